import numpy as np
import pytest

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.dataset.covariates import climatology_covariates, grid_covariates
from oxygen_recon.fields.grids import make_grid
from qc.errors import InputError
from tests.support.gridded_casts import REGION, YEARS, random_casts


@pytest.fixture(scope="module")
def grid() -> Grid:
    return make_grid(REGION, wet=np.ones((4, 2, 3), bool))


def test_observed_covariates_and_their_smooth_fill(grid: Grid):
    table = random_casts(40, 12)
    found = grid_covariates(table, grid, YEARS, ("temperature",))
    assert found.shape == (4, grid.cells, 1)
    observed = np.isfinite(found[..., 0])
    assert 0 < observed.sum() < observed.size
    expected = np.broadcast_to(20 - grid.depth[grid.level_of] / 20, observed.shape)
    np.testing.assert_allclose(found[..., 0][observed], expected[observed], atol=0.01)
    found[:, grid.level_of == 3] = np.nan
    filled = climatology_covariates(found, grid, YEARS)
    assert np.isfinite(filled).all()
    shallow = grid.level_of < 3
    np.testing.assert_allclose(filled[..., 0][:, shallow], expected[:, shallow], atol=0.01)
    np.testing.assert_allclose(filled[..., 0][:, ~shallow], 17.5, atol=0.01)
    with pytest.raises(InputError, match="never observed"):
        climatology_covariates(np.full((4, grid.cells, 1), np.nan), grid, YEARS)


def test_the_fill_keeps_seasons_and_forgets_years(grid: Grid):
    seasons = TimeAxis.regular(2000, 2003, "season")
    rng = np.random.default_rng(0)
    cycle = np.array([0.0, 2.0, 4.0, -6.0])
    values = (15 + np.tile(cycle, 4)[:, None] + np.zeros(grid.cells))[..., None]
    values[rng.random(values.shape) < 0.3] = np.nan
    values[:, grid.number[0, 0, 0]] = np.nan
    filled = climatology_covariates(values, grid, seasons)
    np.testing.assert_array_equal(filled[:4], filled[8:12])
    assert np.abs(filled[:4, :, 0].mean(axis=1) - 15 - cycle).max() < 0.7
