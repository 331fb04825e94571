"""The data of a run: by step, by column, by name; what is not whole is refused."""

from dataclasses import replace

import numpy as np
import pytest

from graphs.time_axis import TimeAxis
from oxygen_recon.report.explorer.data.run_data import INTERVAL, TRUTH, open_run_data
from qc.errors import InputError
from tests.support.explored_run import MODEL, finished_run, oxygen_of, write_compared


def test_steps_columns_and_comparisons_are_those_of_the_files(data):
    oxygen = oxygen_of(data.grid, 6)
    assert np.array_equal(data.step("oxygen", 3), oxygen[3], equal_nan=True)
    column = data.column(5, 12, MODEL)
    assert np.array_equal(column.oxygen, oxygen[:, :, 5, 12], equal_nan=True)
    assert np.array_equal(column.error[:, 0], 4.0 + np.arange(6))
    assert np.allclose(column.compared, oxygen[:, :, 5, 12] + 10, equal_nan=True)
    assert (column.latitude, column.longitude) == (20.0, 70.0)
    assert set(data.compared) == {TRUTH, MODEL}


def test_the_difference_is_the_reconstruction_minus_the_compared(data):
    difference = data.step("difference", 2, TRUTH)
    assert np.allclose(difference[data.grid.wet], -3.0, atol=1e-4) and np.isnan(difference[~data.grid.wet]).all()
    model = data.step("difference", 2, MODEL)
    assert np.isnan(model[:, -1]).all() and np.allclose(model[0, 1], -10.0, atol=1e-4)


def test_counts_are_missing_on_land_and_zero_where_nothing_was_observed(data):
    count = data.step("observations", 1)
    assert np.array_equal(np.isfinite(count), data.grid.wet)
    assert count[0, 5, 12] == 1 and count[0, 5, 3] == 0


def test_the_interval_holds_90_percent_and_is_not_negative(data):
    column = data.column(4, 12)
    low, high = column.interval()
    assert high[2, 1] - column.oxygen[2, 1] == pytest.approx(1.645 * 6.0)
    assert np.nanmin(low) >= 0 and INTERVAL == 1.645


def test_a_run_without_series_has_the_same_columns(tmp_path, data):
    older = open_run_data(finished_run(tmp_path, series=False, truth=False))
    for row, place in ((4, 12), (7, 4)):
        first, second = older.column(row, place), data.column(row, place)
        assert np.array_equal(first.oxygen, second.oxygen, equal_nan=True)
        assert np.array_equal(first.error, second.error, equal_nan=True)
    assert set(older.compared) == {MODEL}


@pytest.mark.parametrize(
    ("step", "labels"),
    [("year", ["2000", "2001"]), ("month", ["2000-01", "2000-02"]), ("season", ["2000-01", "2000-04"])],
)
def test_steps_are_named_as_far_as_needed(data, step, labels):
    other = replace(data, time_axis=TimeAxis.regular(2000, 2001, step))
    assert other.labels()[:2] == labels
    assert [other.step_of(label) for label in other.labels()] == list(range(len(other.labels())))


def test_steps_levels_and_places_are_found(data):
    assert [data.step_of(date) for date in ("1950", "2003-12-31", "2099")] == [0, 3, 5]
    assert [data.level_of(depth) for depth in (0.0, 250.0, 9000.0)] == [0, 2, 3]
    assert data.locate(20.0, 70.0) == data.locate(20.0, 430.0) == (5, 12)
    assert data.locate(0.0, 10.0) is None


def test_colours_are_taken_from_the_whole_period(data):
    assert data.typical("oxygen", 2).shape == (3, 9, 18)
    assert np.array_equal(data.typical("oxygen", 2)[2], data.step("oxygen", 5)[2], equal_nan=True)


def test_what_is_not_whole_is_refused_in_one_line(tmp_path):
    files = finished_run(tmp_path)
    with pytest.raises(InputError, match="no reconstruction here; run reconstruct first"):
        open_run_data(replace(files, reconstruction=tmp_path / "none"))
    other = tmp_path / "other.nc"
    write_compared(other, np.zeros((1, 2, 3, 4), np.float32))
    with pytest.raises(InputError, match=r"other\.nc: no oxygen on the grid and steps of the run"):
        open_run_data(replace(files, compared=[other]))
    other.write_bytes(b"not netCDF")
    with pytest.raises((InputError, OSError), match=r"other\.nc"):
        open_run_data(replace(files, compared=[other]))


def test_an_unfinished_reconstruction_is_refused(tmp_path):
    import zarr

    files = finished_run(tmp_path)
    zarr.open_group(files.reconstruction, mode="r+")["step_done"][2] = 0
    with pytest.raises(InputError, match="some steps are not written; run reconstruct again"):
        open_run_data(files)
