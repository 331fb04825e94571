import numpy as np
import pytest

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.dataset.domain import Samples
from oxygen_recon.dataset.samples import merge
from oxygen_recon.fields.cube import cube

YEARS = TimeAxis.regular(1968, 1972, "year")


@pytest.fixture(scope="module")
def grid() -> Grid:
    wet = np.ones((2, 3, 4), bool)
    wet[1, 1, 1:3] = False
    return Grid(np.arange(10.0, 14), np.arange(178.0, 183), np.array([0.0, 5, 50]), np.array([0.0, 20]), wet)


def test_the_cube_merges_cruises(grid: Grid):
    samples = Samples(
        cell=np.array([0, 0, 5]), step=np.array([1, 1, 4]), group=np.array([0, 1, 1]),
        values={"oxygen": np.array([200.0, 230.0, 90.0])}, count=np.array([2, 1, 1]),
        spread={"oxygen": np.array([3.0, np.nan, np.nan])},
    )  # fmt: skip
    temperature = np.full((5, grid.cells, 1), np.nan)
    temperature[1, 0] = 12.0
    data = cube(grid, YEARS, merge(samples, grid.cells, 5), temperature, ("temperature",))
    oxygen = grid.gather(data["oxygen"].to_numpy())
    assert oxygen[1, 0] == pytest.approx(210)
    assert oxygen[4, 5] == 90
    assert np.isfinite(oxygen).sum() == 2
    assert grid.gather(data["oxygen_count"].to_numpy())[1, 0] == 3
    spread = grid.gather(data["oxygen_spread"].to_numpy())
    assert spread[1, 0] == pytest.approx(np.sqrt((2 * (9 + 100) + 400) / 3), rel=1e-6)
    assert np.isfinite(spread).sum() == 1
    assert grid.gather(data["temperature"].to_numpy())[1, 0] == 12
    assert data["temperature"].attrs["units"] == "degree_Celsius"
