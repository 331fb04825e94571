import numpy as np
import pytest
import torch
from torch import nn

from oxygen_recon.models.fourier.config import FourierMaskedAutoencoderConfig
from oxygen_recon.models.fourier.heads.fields import FieldsHead, patch_places
from oxygen_recon.models.fourier.networks.autoencoder import FourierMaskedAutoencoder, published

ROWS, COLUMNS = torch.arange(6.0)[:, None] / 3 + 1, torch.arange(9.0) / 3 + 2


def size(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def moved(head: nn.Module) -> nn.Module:
    torch.manual_seed(0)
    for parameter in head.parameters():
        nn.init.normal_(parameter, std=0.2)
    return head


def test_places_are_those_of_the_patches_whatever_the_order_of_the_axis() -> None:
    latitude, longitude = np.linspace(89.875, -89.875, 720), np.arange(1440) * 0.25
    rows = patch_places(latitude, 8, latitude)
    assert torch.allclose(rows.view(90, 8).mean(dim=1), torch.arange(90.0), atol=1e-3)
    columns = patch_places(longitude, 8, np.array([0.875, 2.875, 360.875, -1.125]), turn=360.0)
    assert columns[:3].tolist() == pytest.approx([0.0, 1.0, 0.0], abs=1e-4)
    assert columns[3].item() == pytest.approx(179.0, abs=1e-4)
    westward = patch_places(longitude[::-1], 8, np.array([359.75 - 0.875]), turn=360.0)
    assert westward.item() == pytest.approx(0.0, abs=1e-4)


def test_a_head_of_a_box_reads_the_features_of_its_box_alone() -> None:
    head = moved(FieldsHead(16, ("height", "salinity"), 1, ROWS, COLUMNS))
    features, value, others = torch.randn(1, 8, 10, 16), torch.randn(1, 2, 6, 9), torch.randn(1, 1, 6, 9)
    ocean = torch.ones(2, 6, 9, dtype=torch.bool)
    outside = features.clone()
    outside[:, :1] = outside[:, 4:] = outside[:, :, :2] = outside[:, :, 6:] = 9.0
    assert torch.equal(head(outside, value, others, ocean), head(features, value, others, ocean))


def test_a_new_head_adds_nothing_and_gives_nothing_on_land() -> None:
    head = FieldsHead(16, ("nitrate", "iron"), 3, ROWS, COLUMNS)
    features, value, others = torch.randn(2, 8, 10, 16), torch.randn(2, 2, 6, 9), torch.randn(2, 3, 6, 9)
    ocean = torch.ones(2, 6, 9, dtype=torch.bool)
    assert not head(features, value, others, ocean).any()
    assert moved(head)(features, value, others, ocean).abs().max() > 1


@pytest.mark.parametrize("small", [False, True])
def test_heads_are_at_most_a_tenth_of_the_network(small: bool) -> None:
    with torch.device("meta"):
        sizes = FourierMaskedAutoencoderConfig().network
        network = FourierMaskedAutoencoder(140, 61, 128, 256, sizes) if small else published()
        hidden = {"hidden": 8, "blocks": 2} if small else {}
        heads = [
            FieldsHead(network.width, tuple("abcde"), 5 + 2 + 5 + 10, ROWS, COLUMNS, **hidden),
            FieldsHead(network.width, ("waves",), 65, ROWS, COLUMNS, **hidden),
            FieldsHead(network.width, tuple("abcdefgh"), 61 + 2 + 8 + 16, ROWS, COLUMNS, **hidden),
        ]
    assert all(size(head) <= 0.1 * size(network) for head in heads)


def test_a_head_learns_while_the_features_stay() -> None:
    torch.manual_seed(0)
    features = torch.randn(4, 8, 10, 16)
    fields, wind = torch.rand(4, 1, 6, 9), torch.randn(4, 2, 6, 9)
    head = FieldsHead(16, ("waves",), 2, ROWS, COLUMNS)
    given = (fields, wind, torch.ones(1, 6, 9, dtype=torch.bool))
    optimiser = torch.optim.Adam(head.parameters(), 3e-3)
    target = head(features, *given).detach() + 0.3 * wind[:, :1]
    errors = []
    for _ in range(120):
        optimiser.zero_grad()
        error = (head(features, *given) - target).square().mean()
        error.backward()
        optimiser.step()
        errors.append(float(error.detach()))
    assert errors[-1] < 0.2 * errors[0]
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in head.parameters())
