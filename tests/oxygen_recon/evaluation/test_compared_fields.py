"""Fields of others on the grid of a run: climate models and products at the targets of another method."""

import numpy as np
import pytest
import xarray as xr

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.evaluation.compared_fields import look_up, write_model, write_product
from oxygen_recon.evaluation.predictions import Predictions
from oxygen_recon.fields.cmip6.models import open_models
from qc.errors import InputError
from tests.support.climate_model_files import expected, regular, write

YEARS = TimeAxis.regular(1990, 1995, "year")


@pytest.fixture
def grid() -> Grid:
    """Ten degrees, without the equator, where the model's floor is nearer."""
    wet = np.ones((2, 12, 36), bool)
    wet[:, 5:7] = False
    return Grid(
        np.linspace(-60, 60, 13), np.linspace(-180, 180, 37), np.array([0.0, 100, 400]), np.array([50.0, 250]), wet
    )


def targets_of(grid: Grid, every: int = 7) -> Predictions:
    cell = np.arange(grid.cells)[::every]
    step = np.arange(cell.size) % len(YEARS)
    return Predictions(cell, step, step % 3, np.full(cell.size, 200.0), np.full(cell.size, 201.0), np.ones(cell.size))


def place_of(grid: Grid, cell: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    level, row, column = np.nonzero(grid.wet)
    return grid.latitude[row][cell], grid.longitude[column][cell], grid.depth[level][cell]


def test_a_climate_model_is_read_at_the_targets_of_another_method(grid, tmp_path):
    (model,) = open_models([write(tmp_path / "o2.nc", list(range(1989, 1998)), *regular(4.0))])
    write_model(model, grid, YEARS, tmp_path / "model.nc")
    others = targets_of(grid)
    found, reasons = look_up(tmp_path / "model.nc", grid, others)
    there = np.isfinite(found.mean)
    known = expected(*place_of(grid, others.cell), 1990.5 + others.step)
    apart = np.abs(found.mean - known)[there]
    assert np.quantile(apart, 0.95) < 1.5 and apart.max() < 5  # largest beside its continent
    assert there.mean() > 0.9  # but for its continent
    assert np.isnan(found.scale).all() and found.truth is others.truth and found.fold is others.fold
    assert reasons == {"outside its years 1989-1997": 0, "no ocean of its there": int((~there).sum())}
    with xr.open_dataset(tmp_path / "model.nc") as data:
        assert data.attrs["title"] == "TOY r1i1p1f1" and data.attrs["model"] == "TOY"
        assert data["oxygen"].attrs["units"] == "umol kg-1" and data["oxygen"].dims[0] == "time"


def test_a_climate_model_says_why_it_has_no_value(grid, tmp_path):
    """A run that ends, with a year left out, as of a file that was not downloaded."""
    years = [1988, 1989, 1990, 1991, 1993]
    (model,) = open_models([write(tmp_path / "o2.nc", years, *regular(4.0))])
    write_model(model, grid, YEARS, tmp_path / "model.nc")
    others = targets_of(grid)
    found, reasons = look_up(tmp_path / "model.nc", grid, others)
    (outside, late), (dry, rest) = reasons.items()
    assert "1988-1993" in outside and "no ocean" in dry
    assert late == np.isin(others.step, (2, 4, 5)).sum() and late + rest == np.isnan(found.mean).sum()


def test_fields_without_a_value_in_the_run_are_refused(grid, tmp_path):
    (early,) = open_models([write(tmp_path / "o2.nc", [1850, 1851], *regular(8.0))])
    with pytest.raises(InputError, match="no time of it within the run's; its years are 1850-1851"):
        write_model(early, grid, YEARS, tmp_path / "model.nc")
    nothing = {"oxygen": np.full((len(YEARS), grid.cells), np.nan)}
    with pytest.raises(InputError, match="no value in the run's cells and steps"):
        write_product(nothing, "EMPTY", grid, YEARS, tmp_path / "model.nc", "nothing")
    assert [path.name for path in tmp_path.iterdir()] == ["o2.nc"]


def test_a_product_with_its_error_is_scored_with_it(grid, tmp_path):
    values = np.random.default_rng(0).uniform(0, 300, (len(YEARS), grid.cells)).astype(np.float32)
    values[3] = np.nan
    fields = {"oxygen": values, "oxygen_standard_error": values * 0 + 4}
    write_product(fields, "GOBAI", grid, YEARS, tmp_path / "gobai.nc", "gobai.nc")
    others = targets_of(grid)
    found, reasons = look_up(tmp_path / "gobai.nc", grid, others)
    np.testing.assert_array_equal(found.mean, values[others.step, others.cell])
    assert set(found.scale[others.step != 3]) == {4.0}
    assert reasons == {"outside its years": int((others.step == 3).sum()), "no value of its there": 0}


def test_a_run_of_one_step_is_compared_with_its_own_period(grid, tmp_path):
    (model,) = open_models([write(tmp_path / "o2.nc", list(range(1850, 2015)), *regular(8.0))])
    once = TimeAxis.regular(1990, 1999, "static")
    write_model(model, grid, once, tmp_path / "model.nc")
    with xr.open_dataset(tmp_path / "model.nc") as data:
        mean = grid.gather(data["oxygen"][0].to_numpy())
    cell = np.arange(grid.cells)
    apart = mean - expected(*place_of(grid, cell), 1995.0)
    assert np.nanquantile(np.abs(apart), 0.9) < 4.0  # a century is 97 umol/kg of its trend
