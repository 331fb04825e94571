import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.fields.axes import cut_around
from oxygen_recon.fields.grids import GridConfig, make_grid
from oxygen_recon.fields.regrid import field_covariates, nearest
from qc.errors import InputError
from tests.support.gridded_casts import REGION, YEARS


@pytest.fixture(scope="module")
def grid() -> Grid:
    return make_grid(REGION, wet=np.ones((4, 2, 3), bool))


@pytest.mark.parametrize("west", [-180.0, 0.0, 20.0])
def test_fields_are_read_in_any_longitude_convention(grid: Grid, west):
    latitude, longitude, depth = np.arange(-89.5, 90), west + np.arange(0.5, 360), np.array([5.0, 100.0, 300.0])
    lam = np.radians(longitude)
    value = 10 + np.cos(lam) + latitude[:, None] / 10 - depth[:, None, None] / 100
    field = xr.Dataset(
        {"temperature": (("depth", "lat", "lon"), value)}, {"depth": depth, "lat": latitude[::1], "lon": longitude}
    )
    read = field_covariates(field, grid, YEARS, ("temperature",))
    level, row, place = np.nonzero(grid.wet)
    z = np.maximum(grid.depth[level], 5)
    truth = 10 + np.cos(np.radians(grid.longitude[place])) + grid.latitude[row] / 10 - z / 100
    np.testing.assert_allclose(read[:, :, 0], np.broadcast_to(truth, (4, grid.cells)), atol=2e-3)
    flipped = field.isel(lat=slice(None, None, -1))
    np.testing.assert_allclose(field_covariates(flipped, grid, YEARS, ("temperature",)), read)


@pytest.mark.parametrize("west", [-180.0, 0.0])
def test_a_region_across_the_seam_of_its_file_is_read_inside_and_nowhere_else(west):
    """A file of 170 E to 170 W written as -180 ... 180, or of 10 W to 10 E as 0 ... 360, has a gap of 340 degrees."""
    middle = west + 360.0  # the seam: 180 or 360
    box = GridConfig(latitude=(-4, 4), longitude=(middle - 40, middle + 40), resolution=2, levels=(10,))
    grid = make_grid(box, wet=np.ones((1, 4, 40), bool))
    true = middle + np.arange(-9.5, 10)
    longitude = np.sort(np.mod(true - west, 360.0) + west)
    value = np.where(longitude < west + 180, longitude + 360.0, longitude) * np.ones((8, 1))
    field = xr.Dataset({"sst": (("lat", "lon"), value)}, {"lat": np.arange(-3.5, 4), "lon": longitude})
    read = field_covariates(field, grid, YEARS, ("sst",))[0, :, 0]
    off = np.mod(grid.longitude[np.nonzero(grid.wet)[2]] - middle + 180, 360) - 180
    np.testing.assert_allclose(read[np.abs(off) < 9], (middle + off)[np.abs(off) < 9], atol=1e-3)
    assert np.isnan(read[np.abs(off) > 12]).all()


def test_fields_with_time_are_read_by_year_and_gaps_stay_missing(grid: Grid):
    latitude, longitude = np.arange(9.5, 13), np.arange(176.5, 186)
    when = pd.to_datetime(["2000-03-01", "2000-09-01", "2002-07-01"])
    value = np.ones((3, latitude.size, longitude.size)) * np.array([1.0, 3.0, 5.0])[:, None, None]
    value[:, :, longitude > 183] = np.nan
    field = xr.Dataset({"sst": (("time", "lat", "lon"), value)}, {"time": when, "lat": latitude, "lon": longitude})
    read = field_covariates(field, grid, YEARS, ("sst",))[..., 0]
    place = np.nonzero(grid.wet)[2]
    np.testing.assert_allclose(read[0, place < 2], 2)
    assert np.isnan(read[[1, 3]]).all()
    np.testing.assert_allclose(read[2, place < 2], 5)
    seasonal = field_covariates(field, grid, TimeAxis.regular(2000, 2002, "season"), ("sst",))[:, 0, 0]
    np.testing.assert_allclose(seasonal, [1, np.nan, 3, *[np.nan] * 7, 5, np.nan])
    yearly = field_covariates(field.isel(time=[0, 2]), grid, TimeAxis.regular(2000, 2002, "season"), ("sst",))[:, 0, 0]
    np.testing.assert_allclose(yearly, [1, 1, 1, 1, np.nan, np.nan, np.nan, np.nan, 5, 5, 5, 5])
    with pytest.raises(InputError, match="no variable salt"):
        field_covariates(field, grid, YEARS, ("salt",))


def test_a_real_climatology_is_read_at_its_own_points_exactly(data_root):
    with xr.open_dataset(data_root / "gridded" / "woa09_2deg" / "woa09_glodap_2deg.nc") as field:
        depth = field["depth"].to_numpy()
        edges = np.concatenate([field["depth_bnds"].to_numpy()[:, 0], field["depth_bnds"].to_numpy()[-1:, 1]])
        wet = field["wet"].to_numpy() > 0
        grid = Grid(np.linspace(-90, 90, 92), np.linspace(-180, 180, 181), edges, depth, np.roll(wet, 90, axis=2))
        assert grid.cells == 200_160
        read = field_covariates(field, grid, TimeAxis.regular(2000, 2000, "static"), ("temperature", "oxygen_mmol_m3"))
        for channel, name in enumerate(("temperature", "oxygen_mmol_m3")):
            own = grid.gather(np.roll(field[name].to_numpy(), 90, axis=2))
            np.testing.assert_allclose(read[0, :, channel], own, rtol=1e-4, atol=1e-4)


def test_levels_are_read_in_their_own_unit_and_direction(grid: Grid):
    depth = np.array([0.0, 10, 50, 200])
    coords = {
        "z": ("z", -100 * depth[::-1], {"units": "cm", "positive": "up"}),
        "lat": [11.0, 13.0],
        "lon": [179.0, 181.0, 183.0],
    }
    field = xr.DataArray(np.broadcast_to(depth[::-1, None, None], grid.shape), coords, ("z", "lat", "lon"))
    expected = np.broadcast_to(depth[:, None, None], grid.shape)
    np.testing.assert_array_equal(nearest(field, grid), expected)
    read = field_covariates(field.to_dataset(name="depth_of"), grid, YEARS, ("depth_of",))
    np.testing.assert_allclose(read[0, :, 0], grid.gather(expected), rtol=1e-6)


def test_a_cell_wider_than_those_of_the_product_takes_their_mean_without_land() -> None:
    """Its centre is one point of many, and may lie on land."""
    latitude, longitude = np.arange(-9.5, 10), np.arange(0.5, 20)
    value = np.random.default_rng(0).normal(10, 3, (20, 20))
    value[:, 12:14] = np.nan  # land through the middle of a column of cells
    field = xr.Dataset({"sst": (("lat", "lon"), value)}, {"lat": latitude, "lon": longitude})
    wide = Grid(
        np.arange(-10.0, 11, 5), np.arange(0.0, 21, 5), np.array([0.0, 10]), np.array([5.0]), np.ones((1, 4, 4), bool)
    )
    read = field_covariates(field, wide, TimeAxis.regular(2000, 2000, "static"), ("sst",))[0, :, 0]
    expected = np.nanmean(value.reshape(4, 5, 4, 5), axis=(1, 3)).ravel()
    np.testing.assert_allclose(read, expected, rtol=1e-6)


def at(field: xr.DataArray, latitude: float, longitude: float, depth: float) -> float:
    """Value of a field at one place: the centre of the only cell of a small grid."""
    one = Grid(
        latitude + np.array([-0.01, 0.01]), longitude + np.array([-0.01, 0.01]), np.array([0.0, 9000.0]),
        np.array([depth]), np.ones((1, 1, 1), bool),
    )  # fmt: skip
    return float(
        field_covariates(field.to_dataset(name="t"), one, TimeAxis.regular(2000, 2000, "static"), ("t",)).item()
    )


PLACE = st.tuples(st.floats(-1.5, 4.5), st.floats(-1.5, 4.5), st.floats(0, 700))
WATER = st.lists(st.booleans(), min_size=16, max_size=16)


@given(PLACE, WATER)
def test_a_product_has_values_in_its_cells_and_where_half_of_the_points_around_are_water(place, water):
    latitude, longitude, depth = place
    axes = {"depth": [20.0, 100.0, 500.0], "lat": np.arange(4.0), "lon": np.arange(4.0)}
    wet = np.reshape(water, (4, 4))
    value = np.where(wet, 7.0, np.nan) * np.ones((3, 1, 1))
    read = at(xr.DataArray(value, axes, tuple(axes)), latitude, longitude, depth)
    inside = -0.5 <= latitude <= 3.5 and -0.5 <= longitude <= 3.5 and depth <= 700
    y, x = np.clip([latitude, longitude], 0, 3)
    share = sum(
        wet[i, j] * max(0, 1 - abs(y - i)) * max(0, 1 - abs(x - j)) for i in range(4) for j in range(4)
    )  # of bilinear interpolation
    if abs(share - 0.5) > 1e-6:
        assert np.isfinite(read) == (inside and share > 0.5)
    assert np.isnan(read) or read == pytest.approx(7.0)


@pytest.mark.parametrize(
    "levels, depth, known",
    [
        ([5.0, 15.0, 30.0], 0.0, True),  # a first level of 0 to 10 m
        ([500.0, 600.0], 400.0, True),
        ([500.0, 600.0], 399.0, False),  # and none of the water far above it
        ([5.0, 15.0, 35.0], 45.0, True),
        ([5.0, 15.0, 35.0], 45.1, False),
    ],
)
def test_the_first_level_reaches_to_the_surface_and_the_last_half_a_spacing_down(levels, depth, known):
    axes = {"depth": levels, "lat": np.arange(4.0), "lon": np.arange(4.0)}
    field = xr.DataArray(np.full((len(levels), 4, 4), 3.0), axes, tuple(axes))
    assert np.isfinite(at(field, 1.3, 1.7, depth)) == known


@given(
    st.sampled_from([-180.0, 0.0, 20.0]), st.integers(-170, 350), st.integers(1, 34), st.integers(-88, 60),
    st.sampled_from([1.0, 2.5, 4.0]), st.booleans(), st.sampled_from([360, 300, 12]),
)  # fmt: skip
def test_a_field_cut_around_a_grid_gives_what_the_whole_gives(
    west, east, wide, south, spacing, flipped, degrees
) -> None:
    latitude, longitude = np.arange(-90 + spacing / 2, 90, spacing), west + np.arange(spacing / 2, degrees, spacing)
    value = np.random.default_rng(wide).normal(size=(latitude.size, longitude.size))
    value[value > 1.5] = np.nan
    field = xr.DataArray(value, {"lat": latitude, "lon": longitude}, ("lat", "lon"))
    field = field.isel(lat=slice(None, None, -1)) if flipped else field
    config = GridConfig(latitude=(south, south + 20), longitude=(east, east + 10 * wide), resolution=5, levels=(10.0,))
    grid = make_grid(config, wet=np.ones((1, 4, 2 * wide), bool))
    step = TimeAxis.regular(2000, 2000, "static")
    whole, cut = (
        field_covariates(one.to_dataset(name="t"), grid, step, ("t",))
        for one in (field, cut_around(field, grid.latitude_edges, grid.longitude_edges))
    )
    np.testing.assert_allclose(cut, whole, rtol=1e-5, atol=1e-6)
