import numpy as np
import pytest
import xarray as xr

from oxygen_recon.fields.axes import axis, carry_bounds, cell_bounds, coordinates, depths, has_axis
from qc.errors import InputError


def field(**coordinates_of: tuple[np.ndarray, dict[str, str]]) -> xr.DataArray:
    coords = {name: (name, values, attributes) for name, (values, attributes) in coordinates_of.items()}
    return xr.DataArray(np.zeros([len(v) for v, _ in coordinates_of.values()]), coords, tuple(coordinates_of))


@pytest.mark.parametrize("name", ["lat", "latitude", "LAT", "nav_lat", "TLAT", "geolat"])
def test_names_stand_for_axes_without_attributes(name: str) -> None:
    assert axis(field(**{name: (np.arange(3.0), {})}), "latitude") == name


@pytest.mark.parametrize("name", ["lev", "olevel", "deptht", "zlev", "olev", "depth", "z_t", "level", "z"])
def test_levels_have_many_names(name: str) -> None:
    assert axis(field(**{name: (np.arange(3.0), {})}), "depth") == name


def test_cf_attributes_declare_axes_of_any_name() -> None:
    data = field(
        t=(np.arange(2.0), {"standard_name": "time"}),
        k=(np.arange(3.0), {"positive": "down", "units": "m"}),
        ETOPO60Y=(np.arange(2.0), {"units": "degrees_north"}),
        ETOPO60X=(np.arange(2.0), {"standard_name": "longitude"}),
    )
    found = [axis(data, kind) for kind in ("time", "depth", "latitude", "longitude")]
    assert found == ["t", "k", "ETOPO60Y", "ETOPO60X"]


def test_pressure_is_no_depth_and_a_missing_axis_is_a_mistake_in_one_line() -> None:
    data = field(p=(np.arange(3.0), {"positive": "down", "units": "dbar"}))
    assert not has_axis(data, "depth") and not has_axis(data, "time")
    with pytest.raises(InputError, match="no axis of depth among p"):
        axis(data, "depth")


def test_two_dimensional_coordinates_are_found_among_the_variables_of_a_file() -> None:
    plane = np.zeros((2, 3))
    data = xr.Dataset(
        {"nav_lat": (("j", "i"), plane), "where": (("j", "i"), plane, {"units": "degrees_east"}), "o2": ("i", plane[0])}
    )
    assert coordinates(data, "latitude") == ["nav_lat"] and coordinates(data, "longitude") == ["where"]


@pytest.mark.parametrize(
    ("values", "attributes", "metres"),
    [
        ([5.0, 100.0], {}, [5, 100]),
        ([500.0, 10000.0], {"units": "centimeters"}, [5, 100]),
        ([-5.0, -100.0], {"positive": "up", "units": "m"}, [5, 100]),
        ([1.0, 2.0], {"units": "1"}, [1, 2]),
    ],
)
def test_depths_are_metres_downwards(values: list[float], attributes: dict[str, str], metres: list[float]) -> None:
    np.testing.assert_array_equal(depths(xr.DataArray(values, dims="z", attrs=attributes)), metres)


def test_an_array_carries_the_bounds_and_the_mask_of_its_dataset() -> None:
    data = xr.Dataset(
        {"oxygen": (("depth", "lat"), np.zeros((2, 2))), "wet": (("depth", "lat"), np.ones((2, 2)))},
        {"depth": [5.0, 20.0], "lat": ("lat", [1.0, 0.0], {"bounds": "lat_bnds"})},
    ).assign(lat_bnds=(("lat", "two"), [[0.5, 1.5], [-0.5, 0.5]]))
    array = carry_bounds(data)["oxygen"]
    lower, upper = cell_bounds(array, "lat")
    np.testing.assert_array_equal([lower, upper], [[0.5, -0.5], [1.5, 0.5]])
    assert cell_bounds(array, "depth") is None and "wet" in array.coords
    np.testing.assert_array_equal(array.isel(lat=[1])["lat_lower_edge"], [-0.5])
