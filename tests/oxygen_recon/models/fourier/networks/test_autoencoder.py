import pytest
import torch
from torch import nn

from oxygen_recon.models.fourier.networks.autoencoder import (
    FourCastNet,
    FourierMaskedAutoencoder,
    published,
    published_fourcastnet,
)
from oxygen_recon.models.fourier.networks.masking import kept_tokens
from oxygen_recon.models.fourier.networks.sizes import PUBLISHED, FourCastNetSizes, FourierSizes

SMALL = FourierSizes(patch=2, width=16, decoder_width=24, blocks=2, groups=4)


def trained(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def small(**changes: object) -> FourierMaskedAutoencoder:
    torch.manual_seed(0)
    return FourierMaskedAutoencoder(5, 3, 8, 12, SMALL.model_copy(update=changes))


def test_the_published_network_has_its_parts_and_number_of_parameters() -> None:
    with torch.device("meta"):
        network = published()
    parts = {name: trained(part) for name, part in network.named_children() if part is not None}
    assert parts["embedding"] == 2_195_968
    assert parts["encoder"] == 35_758_080 == 16 * 2_234_880
    assert parts["to_decoder"] == 525_312
    assert parts["decoder"] == 71_409_664 == 8 * 8_926_208
    assert parts["recovery"] == 3_997_757
    assert trained(network) == 113_891_901
    assert sum(buffer.numel() for buffer in network.buffers()) == 24_883_200


@pytest.mark.parametrize(
    ("changes", "expected"), [({"unused_norm": False}, 113_890_877), ({"blocks": 12}, 104_952_381)]
)
def test_variants_of_the_published_network_have_their_numbers(changes: dict[str, object], expected: int) -> None:
    with torch.device("meta"):
        network = FourierMaskedAutoencoder(67, 61, 720, 1440, PUBLISHED.model_copy(update=changes))
    assert trained(network) == expected


def test_fourcastnet_has_its_published_number_of_parameters() -> None:
    with torch.device("meta"):
        assert trained(published_fourcastnet()) == 79_015_680


@pytest.mark.parametrize("mixing", ["sequence", "grid"])
def test_two_calls_agree_bitwise(mixing: str) -> None:
    network, inputs = small(mixing=mixing).eval(), torch.randn(2, 5, 8, 12)
    with torch.no_grad():
        assert torch.equal(network(inputs), network(inputs))


def test_hidden_patches_are_not_read_and_every_patch_is_estimated() -> None:
    network, inputs = small(), torch.randn(1, 5, 8, 12)
    kept = torch.tensor([[0, 3, 7, 23]])  # of 4 x 6 patches
    changed = inputs.clone()
    changed[..., 0:2, 2:4] += 5.0  # patch 1, hidden
    assert torch.equal(network(inputs, kept), network(changed, kept))
    changed[..., 0:2, 0:2] += 5.0  # patch 0, kept
    assert not torch.equal(network(inputs, kept), network(changed, kept))
    assert network(inputs, kept).shape == (1, 3, 8, 12)


def test_the_order_of_tokens_matters_so_that_keeping_raster_order_is_needed() -> None:
    network, inputs = small(mixing="sequence", local=False), torch.randn(1, 5, 8, 12)
    everything = torch.arange(24)[None]
    assert torch.allclose(network(inputs), network(inputs, everything), atol=1e-5)
    assert not torch.allclose(network(inputs), network(inputs, everything.flip(1)), atol=1e-3)


def test_the_gradient_reaches_every_parameter() -> None:
    network = small()
    kept = kept_tokens(2, 24, 0.5, torch.Generator().manual_seed(0))
    network(torch.randn(2, 5, 8, 12), kept).square().sum().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0] == []


def test_fourcastnet_reads_all_patches() -> None:
    network = FourCastNet(5, 3, 8, 12, FourCastNetSizes(patch=2, width=16, blocks=2, groups=4))
    network(torch.randn(2, 5, 8, 12)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())
    with pytest.raises(ValueError, match="hide none"):
        network(torch.randn(1, 5, 8, 12), torch.tensor([[0, 1]]))


def test_sizes_that_do_not_divide_are_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 4 and of groups 8"):
        FourierSizes(width=36)
    with pytest.raises(ValueError, match="multiple of groups 8"):
        FourCastNetSizes(width=36)
