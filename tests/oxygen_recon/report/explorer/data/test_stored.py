"""Quantities on disk: the same values by step and by column, missing as NaN."""

import numpy as np
import pytest

from oxygen_recon.report.explorer.data.stored import ArrayOnDisk, WetCells
from qc.errors import InputError
from tests.support.explored_run import small_grid


class Counted:
    """An array that counts how often it is read."""

    def __init__(self, values):
        self.values, self.shape, self.reads = values, values.shape, 0

    def __getitem__(self, index):
        self.reads += 1
        return self.values[index]


VALUES = np.arange(2 * 3 * 4 * 5, dtype=float).reshape(2, 3, 4, 5)


def test_steps_and_columns_agree_whichever_pieces_they_come_from():
    plain, both = ArrayOnDisk(VALUES), ArrayOnDisk(VALUES, VALUES)
    for stored in (plain, both):
        assert np.array_equal(stored.step(1), VALUES[1])
        assert np.array_equal(stored.column(2, 3), VALUES[:, :, 2, 3])
    assert np.array_equal(plain.step(0), VALUES[0])  # from memory by now


def test_what_was_read_is_not_read_again():
    steps, columns = Counted(VALUES), Counted(VALUES)
    stored = ArrayOnDisk(steps, columns)
    for _ in range(3):
        stored.step(1), stored.column(0, 0)
    assert (steps.reads, columns.reads) == (1, 1)


def test_without_pieces_of_columns_all_steps_are_read_once():
    steps = Counted(VALUES)
    stored = ArrayOnDisk(steps)
    for place in range(5):
        stored.column(0, place)
    assert steps.reads == VALUES.shape[0]


def test_masked_values_and_the_mark_of_missing_are_missing():
    masked = np.ma.masked_equal(VALUES, 7.0)
    stored = ArrayOnDisk(masked, missing=8.0)
    first = stored.step(0)
    assert np.isnan(first[0, 1, 2]) and np.isnan(first[0, 1, 3]) and first[0, 1, 4] == 9.0
    assert np.isnan(first).sum() == 2


def test_wet_cells_are_put_on_the_grid_and_land_is_missing(tmp_path):
    grid = small_grid()
    values = np.arange(2.0 * grid.cells).reshape(2, -1)
    np.save(tmp_path / "truth.npy", values)
    stored = WetCells(tmp_path / "truth.npy", grid)
    assert np.array_equal(stored.step(1), grid.scatter(values[1]), equal_nan=True)
    assert np.array_equal(stored.column(4, 4), grid.scatter(values)[:, :, 4, 4], equal_nan=True)
    assert np.isnan(stored.column(4, 4)[:, 3]).all() and np.isfinite(stored.column(4, 4)[:, :3]).all()


def test_wet_cells_of_another_grid_are_refused(tmp_path):
    np.save(tmp_path / "truth.npy", np.zeros((2, 3)))
    with pytest.raises(InputError, match=r"truth\.npy: does not have the cells"):
        WetCells(tmp_path / "truth.npy", small_grid())
