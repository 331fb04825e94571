"""Interpolation between the centres of wet cells, levels and steps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.products.interpolation import ABOVE, BELOW, LAND, MISSING, OK, PERIOD, REGION, stencil

YEARS = TimeAxis.regular(2000, 2002, "year")


def ocean(wet=None, west=0.0, width=10.0, levels=(0.0, 10.0, 30.0)) -> Grid:
    """Four by six cells, two levels."""
    wet = np.ones((2, 4, 6), bool) if wet is None else wet
    centre = 0.5 * (np.array(levels[1:]) + levels[:-1])
    return Grid(np.linspace(-20, 20, 5), west + width * np.arange(7.0), np.array(levels), centre, wet)


def estimate(grid, values, latitude, longitude, depth, time):
    """Interpolate values of shape (step, cell) at points; also the status."""
    arrays = [np.asarray(one, float) for one in (latitude, longitude, depth)]
    *arrays, time = np.broadcast_arrays(*np.atleast_1d(*arrays), np.asarray(time, "datetime64[ms]"))
    found = stencil(grid, YEARS, *arrays, time)
    cell, step = found.pairs()
    return found.apply(cell, step, values[step, cell]), found.status


def field(grid, seed=0):
    return np.random.default_rng(seed).uniform(0, 300, (len(YEARS), grid.cells))


def test_at_the_centre_of_a_cell_and_the_middle_of_a_step_it_is_their_value():
    wet = np.random.default_rng(1).random((2, 4, 6)) < 0.6
    grid = ocean(wet)
    level, row, column = np.nonzero(wet)
    values = field(grid)
    for step in range(3):
        time = np.full(level.size, YEARS.centre[step])
        found, status = estimate(grid, values, grid.latitude[row], grid.longitude[column], grid.depth[level], time)
        np.testing.assert_allclose(found, values[step], rtol=1e-12)
        assert (status == OK).all()


def test_between_them_it_is_linear_in_place_depth_and_time():
    grid = ocean()
    level, row, column = np.nonzero(grid.wet)
    seconds = YEARS.centre.astype(float)

    def plane(latitude, longitude, depth, time):
        return 100 + 2 * latitude - longitude + 3 * depth + (time - seconds[0]) / 1e7

    values = plane(grid.latitude[row], grid.longitude[column], grid.depth[level], seconds[:, None])
    where = np.array([-3.0, 7.7, 14.9]), np.array([12.0, 33.3, 54.9]), np.array([5.0, 7.0, 19.0])
    time = YEARS.centre[0] + np.array([0, 200, 700]).astype("timedelta64[D]")
    found, _ = estimate(grid, values, *where, time)
    np.testing.assert_allclose(found, plane(*where, time.astype(float)), rtol=1e-9)


def test_beyond_the_outermost_centre_it_is_the_outermost_value():
    grid = ocean()
    values = field(grid)
    at_centre, _ = estimate(grid, values, 15, 5, 20, YEARS.centre[2])
    at_edge, status = estimate(grid, values, 20, 0, 30, "2002-12-31")
    assert status == [OK] and at_edge == at_centre


def test_land_has_no_part_and_nothing_comes_across_it():
    wet = np.ones((2, 4, 6), bool)
    wet[:, 1, 2] = wet[:, 2, 1] = False  # water at (1, 1) and (2, 2) touches at a corner only
    grid = ocean(wet)
    values = np.where(grid.column_of == 2 * 6 + 2, 1000.0, 100.0) * np.ones((3, 1))
    found, status = estimate(grid, values, [-2, -2, 2], [18, 22, 22], 5, np.full(3, YEARS.centre[0]))
    assert status.tolist() == [OK, LAND, OK]
    assert found[0] == 100 and np.isnan(found[1]) and found[2] == 1000


def test_a_grid_round_the_globe_goes_on_across_its_seam_and_any_convention_of_longitude_fits():
    grid = ocean(west=-180.0, width=60.0)
    values = grid.longitude[grid.column_of % 6] * np.ones((3, 1))
    for east in (180.0, -180.0):
        found, _ = estimate(grid, values, 0, east, 5, YEARS.centre[0])
        assert found == pytest.approx(0.0)  # midway between -150 and 150
    a, b = (estimate(grid, values, 0, east, 5, YEARS.centre[0])[0] for east in (-100.0, 260.0))
    assert a == b


def test_each_reason_for_no_estimate():
    wet = np.ones((2, 4, 6), bool)
    wet[:, 0, 0] = wet[1, 0, 1] = False
    grid = ocean(wet, levels=(2.0, 10.0, 30.0))
    cases = {
        (25, 5, 5, "2000-07-01"): REGION,
        (-15, 65, 5, "2000-07-01"): REGION,
        (5, 5, 5, "1999-12-31T23:59"): PERIOD,
        (5, 5, 5, "2003-01-01"): PERIOD,
        (-15, 5, 5, "2000-07-01"): LAND,
        (-15, 15, 20, "2000-07-01"): BELOW,  # its column ends above
        (5, 5, 31, "2000-07-01"): BELOW,
        (5, 5, 1, "2000-07-01"): ABOVE,
        (np.nan, 5, 5, "2000-07-01"): MISSING,
        (5, 5, np.nan, "2000-07-01"): MISSING,
        (5, 5, 5, "NaT"): MISSING,
        (5, 5, 30, "2000-07-01"): OK,
    }
    found, status = estimate(grid, field(grid), *map(list, zip(*cases)))
    assert status.tolist() == list(cases.values())
    np.testing.assert_array_equal(np.isfinite(found), status == OK)


@given(
    st.integers(0, 2**16),
    st.lists(
        st.tuples(st.floats(-25, 25), st.floats(-10, 400), st.floats(-2, 35), st.integers(-400, 1500)),
        min_size=1, max_size=8,
    ),
    st.sampled_from([10.0, 60.0]),
)  # fmt: skip
def test_weights_are_those_of_water_and_sum_to_one_exactly_where_there_is_an_estimate(seed, points, width):
    rng = np.random.default_rng(seed)
    wet = rng.random((2, 4, 6)) < rng.uniform(0.1, 1.0)
    wet[0, 0, 0] = True
    grid = ocean(wet, width=width)
    latitude, longitude, depth, days = map(np.array, zip(*points))
    time = (np.datetime64("2000-01-01") + days.astype("timedelta64[D]")).astype("datetime64[ms]")
    found = stencil(grid, YEARS, latitude * 1.0, longitude * 1.0, depth * 1.0, time)
    total = found.weight.sum(axis=1)
    np.testing.assert_allclose(total, found.status == OK, atol=1e-12)
    assert (found.weight >= 0).all() and (found.cell < grid.cells).all() and found.cell.min() >= 0
    row, column = grid.locate(latitude * 1.0, longitude * 1.0)
    values = field(grid, seed)
    result = found.apply(*found.pairs(), values[found.pairs()[::-1]])
    for i in np.flatnonzero(found.status == OK):
        used = found.weight[i] > 0
        around = values[found.step[i][used], found.cell[i][used]]
        assert around.min() - 1e-9 <= result[i] <= around.max() + 1e-9
        assert grid.wet[found.level[i], row[i], column[i]]  # the point's own cell is water
