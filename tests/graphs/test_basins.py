import numpy as np
import xarray as xr

from graphs.basins import BASINS, basin_of


def test_the_partition_is_that_of_reccap2_but_for_its_borders(data_root):
    with xr.open_dataset(data_root / "gridded/masks/RECCAP2_region_masks_all_v20221025.nc") as data:
        data = data.load()
    latitude, longitude = np.meshgrid(data.lat.values, data.lon.values, indexing="ij")
    theirs = np.full(latitude.shape, "", "<U16")
    for name in ("Atlantic", "Pacific", "Indian", "Southern", "Arctic"):
        theirs[data[name.lower()].values > 0] = name
    theirs[data.atlantic.values == 6] = "Mediterranean"
    mine = basin_of(latitude.ravel(), longitude.ravel()).reshape(latitude.shape)
    weight = np.where(theirs != "", np.cos(np.radians(latitude)), 0.0)
    assert (weight * (mine == theirs)).sum() / weight.sum() > 0.96
    inside = (latitude > -34) & (latitude < 56) & (theirs != "")
    assert (mine == theirs)[inside].mean() > 0.997


def test_every_point_has_a_basin_and_longitudes_have_any_branch():
    latitude, longitude = (some.ravel() for some in np.meshgrid(np.arange(-90.0, 91), np.arange(-180.0, 180)))
    found = basin_of(latitude, longitude)
    assert set(found) == set(BASINS)
    np.testing.assert_array_equal(found, basin_of(latitude, longitude + 360))
