"""`experiments/coupled_oxygen.py`: which cells, casts and covariates the graph model gets."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from oxygen_recon.dataset.daily.fields import Channel, DailyFields

FILE = Path(__file__).parents[2] / "experiments" / "coupled_oxygen.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("coupled_oxygen", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fields(names: tuple[str, ...]) -> DailyFields:
    channels = tuple(Channel(name, depth, "1") for name in names for depth in (0.0, 100.0))
    values = np.random.default_rng(0).normal(size=(5, len(channels), 9, 10)).astype(np.float32)
    ocean = np.ones((len(channels), 9, 10), bool)
    ocean[:, 2, 3] = ocean[1::2, 4, 4] = False
    days = np.arange("2001-01-01", "2001-01-06", dtype="datetime64[D]")
    return DailyFields(values, ocean, days, np.arange(-40.0, 50, 10), np.arange(0.0, 100, 10), channels)


def test_casts_and_covariates_are_those_of_their_cell_and_day(script) -> None:
    oxygen, state = fields(("oxygen_",)), fields(("temperature", "salinity", "sea_surface_height"))
    grid = script.grid_of(oxygen)
    assert grid.cells == int(oxygen.ocean.sum()) and grid.depth.tolist() == [0.0, 100.0]
    level, row, place = np.nonzero(oxygen.ocean)
    covariates = script.covariates_of(state.values, state, oxygen.ocean)
    assert covariates.shape == (5, grid.cells, 2)
    np.testing.assert_allclose(covariates[3, :, 1], state.values[3, 2 + level, row, place], rtol=1e-6)
    _, column = np.unique(grid.column_of, return_inverse=True)
    samples = script.casts(oxygen, np.array([1, 4]), np.array([0, 1]), column, seed=0)
    day = np.array([1, 4])[samples.step]
    right = oxygen.values[day, level[samples.cell], row[samples.cell], place[samples.cell]]
    np.testing.assert_allclose(samples.values["oxygen"], right, rtol=1e-6)
    assert np.unique(samples.group).size == 2 * script.CASTS
    assert all(np.unique(column[samples.cell[samples.group == one]]).size == 1 for one in np.unique(samples.group))
