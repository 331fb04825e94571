import numpy as np
import pytest
import torch

from oxygen_recon.models.fourier.networks.afno import SHRINK, FourierBlock, FourierMixing, Layout
from oxygen_recon.models.fourier.networks.patches import PatchGrid

GRID = PatchGrid(6, 10, 1, periodic=True)


def shrunk(values: np.ndarray) -> np.ndarray:
    return np.sign(values) * np.maximum(np.abs(values) - SHRINK, 0.0)


def mixed_by_hand(layer: FourierMixing, tokens: np.ndarray) -> np.ndarray:
    """The equations of arXiv 2308.03152 for one sample, shape (..., width), written out group by group."""
    w1r, w1i = layer.weight_in.detach().numpy().astype(float)
    w2r, w2i = layer.weight_out.detach().numpy().astype(float)
    b1r, b1i = layer.bias_in.detach().numpy().astype(float)
    b2r, b2i = layer.bias_out.detach().numpy().astype(float)
    axes = tuple(range(tokens.ndim - 1))
    modes = np.fft.rfftn(tokens, axes=axes, norm="ortho")
    out = np.empty_like(modes)
    size = tokens.shape[-1] // layer.groups
    for k in range(layer.groups):
        part = slice(k * size, (k + 1) * size)
        zr, zi = modes[..., part].real, modes[..., part].imag
        hr = np.maximum(zr @ w1r[k] - zi @ w1i[k] + b1r[k], 0)
        hi = np.maximum(zi @ w1r[k] + zr @ w1i[k] + b1i[k], 0)
        out[..., part] = shrunk(hr @ w2r[k] - hi @ w2i[k] + b2r[k]) + 1j * shrunk(hi @ w2r[k] + hr @ w2i[k] + b2i[k])
    return np.fft.irfftn(out, s=tokens.shape[:-1], axes=axes, norm="ortho") + tokens


@pytest.mark.parametrize("tokens", [60, 15])  # an even and an odd number
def test_the_layer_is_the_published_equations(tokens: int) -> None:
    torch.manual_seed(0)
    layer = FourierMixing(16, 4)
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    values = torch.randn(2, tokens, 16)
    kept = torch.arange(tokens).expand(2, tokens)
    found = layer(values, Layout(GRID, kept)).detach().numpy()
    for sample in range(2):
        assert np.allclose(found[sample], mixed_by_hand(layer, values[sample].numpy().astype(float)), atol=2e-5)


@pytest.mark.parametrize(("width", "expected"), [(512, 133_120), (1024, 528_384)])
def test_the_layer_has_the_published_number_of_parameters(width: int, expected: int) -> None:
    with torch.device("meta"):
        layer = FourierMixing(width, 8)
    assert sum(p.numel() for p in layer.parameters()) == expected


def test_over_the_grid_the_transform_is_that_of_rows_and_columns() -> None:
    torch.manual_seed(1)
    layer = FourierMixing(16, 4, "grid")
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    values = torch.randn(2, 60, 16)
    found = layer(values, Layout(GRID)).detach().numpy()
    for sample in range(2):
        expected = mixed_by_hand(layer, values[sample].numpy().astype(float).reshape(6, 10, 16))
        assert np.allclose(found[sample], expected.reshape(60, 16), atol=2e-5)


def test_where_tokens_are_hidden_the_grid_layer_is_the_sequence_layer_with_the_same_weights() -> None:
    torch.manual_seed(2)
    grid, sequence = FourierMixing(16, 4, "grid"), FourierMixing(16, 4)
    sequence.load_state_dict(grid.state_dict())
    layout = Layout(GRID, torch.arange(0, 60, 4)[None])
    values = torch.randn(1, 15, 16)
    assert torch.equal(grid(values, layout), sequence(values, layout))


def test_transforms_are_of_single_precision_under_autocast() -> None:
    torch.manual_seed(3)
    layer, values = FourierMixing(16, 4), torch.randn(1, 60, 16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = layer(values, Layout(GRID))
    assert mixed.dtype == torch.float32
    assert torch.allclose(mixed, layer(values, Layout(GRID)), atol=0.02)


@pytest.mark.parametrize("hidden", [False, True])
def test_a_block_computed_again_has_the_same_gradients(hidden: bool) -> None:
    torch.manual_seed(4)
    kept = torch.arange(0, 60, 3)[None] if hidden else None
    values = torch.randn(1, 20 if hidden else 60, 16)
    plain = FourierBlock(16, 4, "grid", 2, GRID)
    again = FourierBlock(16, 4, "grid", 2, GRID, recompute=True)
    again.load_state_dict(plain.state_dict())
    for block in (plain, again):
        block(values, Layout(GRID, kept)).square().sum().backward()
    for one, other in zip(plain.parameters(), again.parameters()):
        assert one.grad is not None and torch.equal(one.grad, other.grad)


def test_local_convolution_reads_only_neighbours_that_are_kept() -> None:
    torch.manual_seed(5)
    block = FourierBlock(16, 4, "grid", 2, GRID)
    assert block.local is not None
    tokens = torch.randn(1, 2, 16)
    apart = FourierBlock._neighbours(block.local, tokens, Layout(GRID, torch.tensor([[0, 35]])))
    alone = FourierBlock._neighbours(block.local, tokens[:, :1], Layout(GRID, torch.tensor([[0]])))
    assert torch.allclose(apart[:, :1], alone, atol=1e-6), "35 is no neighbour of 0"
    beside = FourierBlock._neighbours(block.local, tokens, Layout(GRID, torch.tensor([[0, 9]])))
    assert not torch.allclose(beside[:, :1], alone, atol=1e-3), "9 is, round the globe"
