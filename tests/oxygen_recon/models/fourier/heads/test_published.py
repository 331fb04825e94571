import torch
from torch import nn

from oxygen_recon.models.fourier.heads.published import (
    PublishedBiochemistryHead,
    PublishedDownscalingHead,
    PublishedWaveHead,
)


def size(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_published_heads_have_their_numbers_of_parameters_and_shapes() -> None:
    with torch.device("meta"):
        features = torch.zeros(1, 90, 180, 1024)
        biochemistry, waves = PublishedBiochemistryHead(), PublishedWaveHead()
        assert size(biochemistry.adapter) == 221_208
        assert size(biochemistry) == 271_760 == 221_208 + 50_552
        assert biochemistry(features, torch.zeros(1, 8, 180, 360)).shape == (1, 8, 180, 360)
        assert size(waves) == 115_016_705
        assert waves(features, torch.zeros(1, 3, 360, 720)).shape == (1, 1, 360, 720)
        downscaling = PublishedDownscalingHead()
        assert size(downscaling) == 9_693_957
        box = features[:, 20:35, 61:90]
        assert downscaling(box, torch.zeros(1, 5, 120, 230)).shape == (1, 5, 360, 690)


def test_the_published_biochemistry_head_computes_and_learns() -> None:
    torch.manual_seed(0)
    head = PublishedBiochemistryHead()
    found = head(torch.randn(1, 3, 4, 1024), torch.randn(1, 8, 6, 8))
    assert found.shape == (1, 8, 6, 8)
    found.square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in head.parameters())
