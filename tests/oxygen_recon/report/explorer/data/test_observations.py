"""Observations near a place: the same as by measuring every distance."""

import numpy as np
import pytest

from graphs.sphere import great_circle
from oxygen_recon.dataset.domain import Samples
from oxygen_recon.report.explorer.data.observations import Observations
from tests.support.explored_run import small_grid


@pytest.fixture(scope="module")
def many():
    """Grid, samples at random, and their index."""
    grid, rng = small_grid(), np.random.default_rng(3)
    cell, step, group = (rng.integers(size, size=4000) for size in (grid.cells, 6, 5))
    oxygen = {"oxygen": rng.uniform(0, 300, 4000)}
    samples = Samples(cell, step, group, oxygen, rng.integers(1, 4, 4000), {"oxygen": np.full(4000, np.nan)})
    return grid, samples, Observations(grid, samples, [f"cruise {number}" for number in range(5)])


@pytest.mark.parametrize(("reach", "level", "steps"), [(0.0, None, None), (2500.0, 2, None), (6000.0, None, (1, 3))])
@pytest.mark.parametrize(("row", "place"), [(4, 0), (8, 17)])
def test_all_within_reach_are_found_and_no_others(many, row, place, reach, level, steps):
    grid, samples, index = many
    found = index.near(row, place, reach, level=level, steps=steps, most=10**6)
    at_row, at_place = np.divmod(grid.column_of[samples.cell], grid.shape[2])
    where = grid.latitude[at_row], grid.longitude[at_place]
    distance = great_circle(grid.latitude[row], grid.longitude[place], *where) / 1000
    near = distance <= reach + 1e-6
    near &= True if level is None else grid.level_of[samples.cell] == level
    near &= True if steps is None else (samples.step >= steps[0]) & (samples.step <= steps[1])
    assert near.any() and len(found) == near.sum()
    assert sorted(found["oxygen"]) == sorted(samples.values["oxygen"][near])
    assert np.all(np.diff(found["distance"]) >= 0)
    by_value = dict(zip(samples.values["oxygen"][near], zip(distance[near], samples.group[near])))
    for value, reported, cruise in found[["oxygen", "distance", "cruise"]].itertuples(index=False):
        assert reported == pytest.approx(by_value[value][0], abs=1e-3) and cruise == f"cruise {by_value[value][1]}"


def test_the_nearest_of_each_level_are_kept(many):
    _, _, index = many
    everything, few = (index.near(4, 3, 9000.0, most=most) for most in (10**6, 7))
    assert (few.groupby("level").size() == 7).all()
    for level, rows in few.groupby("level"):
        assert np.array_equal(rows["distance"], everything[everything["level"] == level]["distance"][:7])


def test_none_within_reach_is_an_empty_table():
    grid = small_grid()
    where = np.array([[grid.number[0, 8, 0]], [0], [0]])
    one = Samples(*where, {"oxygen": np.array([200.0])}, np.array([1]), {"oxygen": np.zeros(1)})
    index = Observations(grid, one, ["a cruise"])
    found = index.near(1, 9, 100.0)
    assert len(index) == 1 and found.empty and "cruise" in found
