import numpy as np
import pytest
import xarray as xr

from oxygen_recon.fields.daily.selection import at_depths, coarse, within
from qc.errors import InputError


def world() -> xr.Dataset:
    longitude = np.arange(-180.0, 180.0, 10.0)
    axes = {
        "time": np.arange("2001-01-01", "2001-01-11", dtype="datetime64[D]").astype("datetime64[ns]"),
        "latitude": np.arange(-80.0, 81.0, 10.0),
        "longitude": longitude,
    }
    values = np.broadcast_to(longitude, (10, 17, 36))
    return xr.Dataset({"sea_surface_height": (tuple(axes), values)}, axes)


def test_a_region_across_the_dateline_is_one_piece() -> None:
    cut = within(world(), ((-20.0, 20.0), (160.0, 210.0)))
    assert cut["longitude"].values.tolist() == [160.0, 170.0, 180.0, 190.0, 200.0, 210.0]
    assert cut["sea_surface_height"][0, 0].values.tolist() == [160.0, 170.0, -180.0, -170.0, -160.0, -150.0]
    assert within(world(), ((-20.0, 20.0), (160.0, 160.0))).sizes["longitude"] == 1


def test_what_leaves_nothing_is_refused_with_what_there_is() -> None:
    with pytest.raises(InputError, match="no cell in 85 to 90 N, 0 to 10 E; they cover -80 to 80 N"):
        within(world(), ((85.0, 90.0), (0.0, 10.0)))
    with pytest.raises(InputError, match="no day from 2002-01-01 to 2002-02-01; the files have 2001-01-01"):
        within(world(), period=("2002-01-01", "2002-02-01"))
    assert within(world(), period=("2001-01-03", "2001-01-05")).sizes["time"] == 3


def test_depths_beyond_the_levels_are_refused_and_land_stays_land() -> None:
    values = np.array([10.0, 8.0, np.nan], np.float32).reshape(1, 3, 1, 1)
    levels = np.array([5.0, 15.0, 25.0])
    found = at_depths(values, levels, np.array([0.0, 5.0, 10.0, 15.0, 20.0])).ravel()
    np.testing.assert_array_equal(found, np.array([10.0, 10.0, 9.0, 8.0, np.nan], np.float32))
    with pytest.raises(InputError, match="no level at 30 m; the levels are 5 to 25 m"):
        at_depths(values, levels, np.array([30.0]))
    with pytest.raises(InputError, match="no level at 0 m"):
        at_depths(values, np.array([500.0, 510.0, 520.0]), np.array([0.0]))


def test_coarse_cells_are_means_of_the_ocean_only() -> None:
    values = np.arange(16.0, dtype=np.float32).reshape(4, 4)
    values[:2, :2] = [[np.nan, np.nan], [np.nan, 3.0]]
    values[2, 2] = np.nan
    found = coarse(values, np.zeros(4), 2)
    assert np.isnan(found[0, 0])
    assert found[1, 0] == np.mean([8, 9, 12, 13]) and found[1, 1] == pytest.approx(np.mean([11, 14, 15]))
    with pytest.raises(InputError, match="4 rows of latitude are no whole number of blocks of 3; cut 1 of them off"):
        coarse(values, np.zeros(4), 3)
