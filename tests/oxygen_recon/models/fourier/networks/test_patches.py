import pytest
import torch

from oxygen_recon.models.fourier.networks.convolution import GridConvolution, extend
from oxygen_recon.models.fourier.networks.patches import PatchEmbedding, PatchGrid, PatchRecovery, fixed_positions


def test_tokens_are_patches_in_raster_order() -> None:
    grid = PatchGrid(4, 6, 2)
    embedding = PatchEmbedding(1, 1, grid)
    torch.nn.init.constant_(embedding.projection.weight, 0.25)
    torch.nn.init.zeros_(embedding.projection.bias)
    fields = torch.arange(6.0).view(2, 3).repeat_interleave(2, 0).repeat_interleave(2, 1)[None, None]
    assert embedding(fields).flatten().tolist() == [0, 1, 2, 3, 4, 5]


def test_a_grid_of_no_whole_patches_is_extended_and_cropped_again() -> None:
    grid = PatchGrid(41, 81, 4)
    assert (grid.rows, grid.columns, grid.tokens) == (11, 21, 231)
    values = torch.randn(2, 3, 41, 81)
    whole = grid.extend(values)
    assert whole.shape == (2, 3, 44, 84) and torch.equal(grid.crop(whole), values)
    assert torch.equal(whole[..., 41:, :81], values[..., -1:, :].expand(-1, -1, 3, -1))
    tokens = PatchEmbedding(3, 8, grid)(values)
    assert tokens.shape == (2, 231, 8)
    assert PatchRecovery(8, 3, grid)(tokens.unflatten(1, (11, 21))).shape == values.shape


def test_positions_differ_everywhere_and_are_those_of_the_masked_autoencoder() -> None:
    grid = PatchGrid(5, 7, 1)
    positions = fixed_positions(grid, 16)
    assert positions.shape == (35, 16) and len(torch.unique(positions, dim=0)) == 35
    row, column = 3, 4  # sine and cosine of the column, then of the row
    token = positions[row * 7 + column]
    rate = 10000.0 ** (-torch.arange(4) / 4)
    expected = torch.cat([(column * rate).sin(), (column * rate).cos(), (row * rate).sin(), (row * rate).cos()])
    assert torch.allclose(token, expected, atol=1e-6)


def test_a_width_that_cannot_be_divided_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 4"):
        fixed_positions(PatchGrid(2, 2, 1), 10)


def test_a_convolution_goes_round_the_globe_where_the_grid_does() -> None:
    torch.manual_seed(0)
    layer, values = GridConvolution(2, 2, periodic=True), torch.randn(1, 2, 5, 8)
    assert torch.allclose(layer(values.roll(3, dims=3)), layer(values).roll(3, dims=3), atol=1e-6)
    assert torch.equal(extend(values, 1, 1, False)[0, 0, 1:-1, 0], values[0, 0, :, 0])
    assert torch.equal(extend(values, 1, 1, True)[0, 0, 1:-1, 0], values[0, 0, :, -1])


def test_cells_of_patches_and_patches_of_cells_are_each_other() -> None:
    grid = PatchGrid(7, 10, 3)
    kept = torch.tensor([[0, 3, 9, 11]])  # of 3 x 4
    cells = grid.cells(kept)
    assert cells.shape == (1, 7, 10) and int(cells.sum()) == 9 + 3 + 3 + 1
    assert torch.equal(grid.holding(cells[0]), kept)
    one = torch.zeros(7, 10, dtype=torch.bool)
    one[6, 9] = True
    assert grid.holding(one).tolist() == [[11]]
