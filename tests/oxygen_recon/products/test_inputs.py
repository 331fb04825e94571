import numpy as np
import pytest
import xarray as xr

from oxygen_recon.products.inputs import blocks, check_thresholds, prepare
from qc.errors import InputError
from tests.support.water_columns import DEPTH, field, one_column, wedge


def test_fields_that_go_with_oxygen_are_turned_like_it() -> None:
    grid = one_column()
    oxygen = field(np.stack([wedge(DEPTH), wedge(DEPTH) + 5]), grid)
    oxygen = xr.concat([oxygen, oxygen.assign_coords(latitude=[1.5])], "latitude")
    oxygen = xr.concat([oxygen, oxygen.assign_coords(longitude=[1.5])], "longitude")
    error = xr.zeros_like(oxygen) + oxygen["latitude"]
    upside_down = {"latitude": slice(None, None, -1), "depth": slice(None, None, -1)}
    flipped, found, (turned, static, none) = prepare(
        oxygen.isel(upside_down), None, None, [error.isel(upside_down), error.isel(time=0).transpose(), None]
    )
    np.testing.assert_array_equal(flipped, oxygen)
    np.testing.assert_array_equal(turned, error)
    np.testing.assert_array_equal(static, error.isel(time=0))
    assert none is None and found.latitude_edges.tolist() == [0, 1, 2]
    with pytest.raises(InputError, match="not those of oxygen"):
        prepare(oxygen, None, None, [error.isel(latitude=slice(2), depth=slice(3))])


def test_a_given_grid_leaves_the_field_as_it_lies() -> None:
    grid = one_column()
    bare = field(wedge(DEPTH), grid).drop_vars(["depth", "latitude", "longitude"])
    oxygen, same, _ = prepare(bare.transpose(), grid)
    assert same is grid and oxygen.dims == ("time", "depth", "latitude", "longitude")
    np.testing.assert_array_equal(oxygen, bare)
    with pytest.raises(InputError, match="is not the grid's"):
        prepare(bare.isel(depth=slice(3)), grid)
    with pytest.raises(InputError, match="no axis of latitude"):
        prepare(bare, None)


def test_blocks_are_whole_steps_within_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    oxygen = field(np.arange(5.0)[:, None] + np.zeros(DEPTH.size), one_column())
    monkeypatch.setattr("oxygen_recon.products.inputs.BLOCK", 2 * DEPTH.size + 1)
    assert [len(part) for part in blocks(oxygen)] == [2, 2, 1]
    monkeypatch.setattr("oxygen_recon.products.inputs.BLOCK", 1)
    np.testing.assert_array_equal(np.concatenate(list(blocks(oxygen))), oxygen)


def test_thresholds_are_numbers_above_zero_in_the_unit_of_the_field() -> None:
    oxygen = field(wedge(DEPTH), one_column())
    check_thresholds(oxygen, [20.0], "umol kg-1")
    for thresholds, unit, match in (
        ([20.0], "mmol m-3", "thresholds in mmol m-3"), ([20.0], "ml/l", "unknown unit"),
        ([0.0], "umol kg-1", "above zero"), ([np.nan], "umol kg-1", "above zero"), ([], "umol kg-1", "above zero"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=match):
            check_thresholds(oxygen, thresholds, unit)
