import numpy as np
import pytest
import xarray as xr

from graphs.grid import Grid
from oxygen_recon.evaluation.predictions import Targets, concatenate, load, look_up, save
from qc.errors import InputError
from tests.support.predictions import predictions


def test_predictions_survive_a_round_trip(tmp_path):
    p = predictions(10)
    save(p, tmp_path / "p.npz")
    q = load(tmp_path / "p.npz")
    assert all(np.array_equal(getattr(p, name), getattr(q, name)) for name in vars(p))
    (tmp_path / "p.npz").write_bytes(b"cut short")
    with pytest.raises(InputError, match=r"p\.npz"):
        load(tmp_path / "p.npz")


def test_parts_are_put_after_each_other_and_taken_apart():
    p = predictions(50)
    parts = [p.take(p.fold == fold) for fold in range(4)]
    whole = concatenate(parts)
    order = np.argsort(p.fold, kind="stable")
    assert all(np.array_equal(getattr(whole, name), getattr(p, name)[order]) for name in vars(p))


def test_a_field_is_looked_up_at_cells_and_steps():
    wet = np.ones((2, 2, 3), bool)
    wet[1, 0] = False
    grid = Grid(np.arange(3.0), np.arange(4.0), np.array([0.0, 10, 30]), np.array([5.0, 20]), wet)
    oxygen = np.random.default_rng(0).normal(200, 30, (4, grid.cells))
    dims = ("time", "depth", "latitude", "longitude")
    values = {"oxygen": oxygen, "oxygen_standard_error": oxygen / 9}
    field = xr.Dataset({name: (dims, grid.scatter(value)) for name, value in values.items()})
    targets = Targets(np.array([8, 0, 3, 8]), np.array([3, 0, 3, 1]), np.array([1.0, 2, 3, 4]))
    found = look_up(field, grid, targets)
    np.testing.assert_array_equal(found.mean, oxygen[targets.step, targets.cell])
    np.testing.assert_array_equal(found.scale, oxygen[targets.step, targets.cell] / 9)
    assert (found.fold == -1).all() and found.truth is targets.truth
