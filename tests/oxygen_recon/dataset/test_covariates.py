import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.dataset.covariates import cast_values, climatology_covariates, measured, season_of
from oxygen_recon.fields.grids import make_grid
from tests.support.gridded_casts import REGION, YEARS, random_casts


@pytest.fixture(scope="module")
def grid() -> Grid:
    return make_grid(REGION, wet=np.ones((4, 2, 3), bool))


def test_observed_covariates_and_their_smooth_fill(grid: Grid):
    table = random_casts(40, 12)
    casts = cast_values(table, grid, YEARS, ("temperature",), ["3", "1"])
    found = measured(casts, grid.cells, len(YEARS))
    assert found.shape == (4, grid.cells, 1)
    observed = np.isfinite(found[..., 0])
    assert 0 < observed.sum() < observed.size
    expected = np.broadcast_to(20 - grid.depth[grid.level_of] / 20, observed.shape)
    np.testing.assert_allclose(found[..., 0][observed], expected[observed], atol=0.01)
    found[:, grid.level_of == 3] = np.nan
    filled = climatology_covariates(found, grid, YEARS)[season_of(YEARS)]
    assert np.isfinite(filled).all() and filled.shape == found.shape
    shallow = grid.level_of < 3
    np.testing.assert_allclose(filled[..., 0][:, shallow], expected[:, shallow], atol=0.01)
    np.testing.assert_allclose(filled[..., 0][:, ~shallow], 17.5, atol=0.01)
    assert np.isnan(climatology_covariates(np.full((4, grid.cells, 1), np.nan), grid, YEARS)).all(), "missing, not 0"


def test_the_fill_keeps_seasons_and_forgets_years(grid: Grid):
    seasons = TimeAxis.regular(2000, 2003, "season")
    rng = np.random.default_rng(0)
    cycle = np.array([0.0, 2.0, 4.0, -6.0])
    values = (15 + np.tile(cycle, 4)[:, None] + np.zeros(grid.cells))[..., None]
    values[rng.random(values.shape) < 0.3] = np.nan
    values[:, grid.number[0, 0, 0]] = np.nan
    filled = climatology_covariates(values, grid, seasons)
    assert filled.shape == (4, grid.cells, 1) and np.array_equal(season_of(seasons), np.tile(np.arange(4), 4))
    assert np.abs(filled[:, :, 0].mean(axis=1) - 15 - cycle).max() < 0.7


def test_casts_are_pooled_by_cruise_under_the_numbers_of_the_samples(grid: Grid):
    table = random_casts(40, 12)  # four cruises, "0" to "3"
    salinity = np.where(np.arange(len(table)) % 3 == 0, 35.0, np.nan)
    table = table.set_column(table.schema.get_field_index("salinity"), "salinity", pa.array(salinity, pa.float64()))
    table = table.set_column(
        table.schema.get_field_index("salinity_flag"), "salinity_flag", pa.array(np.full(len(table), 2, np.int8))
    )
    names = ("temperature", "salinity")
    casts = cast_values(table, grid, YEARS, names, ["3", "1"])
    key = (casts.step * grid.cells + casts.cell) * 4 + casts.group
    assert np.unique(key).size == len(casts) and set(casts.group.tolist()) == {0, 1, 2, 3}
    for group, cruise in ((0, "3"), (1, "1")):
        alone = table.filter(pc.equal(table["cruise"].cast(pa.string()), cruise))
        mine, own = (measured(c, grid.cells, 4) for c in (
            casts.take(casts.group == group), cast_values(alone, grid, YEARS, names, [])))  # fmt: skip
        np.testing.assert_array_equal(mine, own)
    whole = measured(casts, grid.cells, 4)
    assert 0 < np.isfinite(whole[..., 1]).sum() < np.isfinite(whole[..., 0]).sum(), "each variable has its own gaps"
