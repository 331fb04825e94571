import gzip
import os

import numpy as np
import pytest
import xarray as xr

from qc.errors import InputError
from qc.physics import bathymetry
from qc.physics.bathymetry import Relief, deepest_neighbour, on_land

NORTH, EAST = np.arange(-80.0, 81, 20), np.arange(20.0, 380, 20)


def relief(height: np.ndarray) -> xr.DataArray:
    return xr.DataArray(height, coords={"lat": NORTH, "lon": EAST}, dims=("lat", "lon"), name="relief")


def hole() -> np.ndarray:
    """Land 300 m high with one deep point at 0 N, 20 E."""
    height = np.full((NORTH.size, EAST.size), 300.0)
    height[4, 0] = -4000.0
    return height


def test_the_floor_is_that_of_the_deepest_neighbour_and_wraps_around_the_globe():
    height = hole()
    for north, east in ((NORTH, EAST), (NORTH[::-1], EAST)):
        floor = deepest_neighbour(north, east, height if north is NORTH else height[::-1])
        found, difference = floor(np.array([0.0, 19, 0, 0, 41]), np.array([20.0, 41, -1, 0.1, 20]))
        assert found.tolist() == difference.tolist() == [4000, 4000, 4000, 4000, 0]
    floor = deepest_neighbour(NORTH, EAST, height - 1300)  # 1000 m deep but for one hole
    deepest, difference = floor(np.array([0.0, 41]), np.array([20.0, 20]))
    assert (deepest.tolist(), difference.tolist()) == ([5300, 1000], [4300, 0])
    for bad in ((NORTH, EAST[:-1], height), (NORTH**2, EAST, height), (NORTH[:2], EAST, height[:2])):
        with pytest.raises(InputError):
            deepest_neighbour(*bad)


@pytest.mark.parametrize("order", [(1, 1), (-1, 1), (1, -1), (-1, -1)])
def test_land_and_floor_are_the_same_whichever_way_the_axes_run(order):
    turned = relief(hole())[:: order[0], :: order[1]]
    latitude, longitude = np.array([0.0, 0, 19, 41, 0, np.nan]), np.array([20.0, -1, 41, 20, 60.1, 0])
    assert on_land(turned, latitude, longitude).tolist() == [False, False, False, True, True, False]
    floor = deepest_neighbour(*(turned[dim].to_numpy() for dim in turned.dims), turned.to_numpy())
    assert floor(latitude[:5], longitude[:5])[0].tolist() == [4000, 4000, 4000, 0, 0]


def test_a_relief_is_opened_once_and_anew_when_its_file_changes(tmp_path):
    path = tmp_path / "relief.nc"
    relief(hole()).to_netcdf(path, engine="scipy")
    here = Relief(path)
    place = np.array([0.0]), np.array([20.0])
    assert not here.is_land(*place).any() and here.floor(*place)[0].tolist() == [4000.0]
    relief(np.abs(hole())).to_netcdf(path, engine="scipy")
    os.utime(path, ns=(1, 1))
    assert here.is_land(*place).all() and here.floor(*place)[0].tolist() == [0.0]
    packed = tmp_path / "relief.nc.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert bathymetry.open_relief(packed).shape == (9, 18)


def test_what_is_no_relief_is_refused(tmp_path):
    (tmp_path / "a.nc").write_text("no netCDF")
    two = xr.Dataset({"a": (("y", "x"), np.zeros((3, 3))), "b": (("y", "x"), np.zeros((3, 3)))})
    two.to_netcdf(tmp_path / "b.nc", engine="scipy")
    for name, message in (("a.nc", "not a readable netCDF"), ("b.nc", "2 two-dimensional"), ("c.nc", "netCDF")):
        with pytest.raises(InputError, match=message):
            bathymetry.open_relief(tmp_path / name)
