import numpy as np
import pytest
import xarray as xr
from pydantic import ValidationError

from graphs.grid import Grid
from oxygen_recon.fields.grids import GridConfig, grid_of, make_grid, within
from qc.errors import InputError
from tests.support.gridded_casts import REGION


@pytest.fixture(scope="module")
def grid() -> Grid:
    return make_grid(REGION, wet=np.ones((4, 2, 3), bool))


def test_the_region_may_cross_the_dateline_and_edges_lie_midway(grid: Grid):
    assert grid.shape == (4, 2, 3)
    np.testing.assert_allclose(grid.longitude, [179, 181, 183])
    np.testing.assert_allclose(grid.depth_edges, [0, 5, 30, 125, 275])


@pytest.mark.parametrize(
    "wrong",
    [
        {"latitude": [10, 91]},
        {"longitude": [20, 10]},
        {"resolution": 0.7},
        {"levels": [10, 5]},
        {"levels": []},
        {"level_edges": [0, 10]},
        {"resolutoin": 1},
        {"wet_fraction": 2.0},
    ],
)
def test_a_wrong_region_is_refused(wrong):
    good = {"latitude": [0, 10], "longitude": [0, 10], "resolution": 1, "levels": [0, 10]}
    GridConfig.model_validate(good)
    with pytest.raises(ValidationError):
        GridConfig.model_validate(good | wrong)


def relief(west: float) -> xr.DataArray:
    """A sea of 3000 m with an island of 100 m height, 4 degrees wide, at 12N 181E, and a shelf of 60 m north of 16N."""
    latitude, longitude = np.arange(-89.75, 90, 0.5), west + 0.25 + np.arange(0, 360, 0.5)
    east = np.mod(longitude, 360)
    height = np.full((latitude.size, longitude.size), -3000.0)
    height[latitude > 16] = -60.0
    height[np.ix_(np.abs(latitude - 12) < 2, np.abs(east - 181) < 2)] = 100.0
    return xr.DataArray(height, {"lat": latitude, "lon": longitude}, ("lat", "lon"))


@pytest.mark.parametrize("west", [-180, 0, 20])
@pytest.mark.parametrize("resolution", [2.0, 1.0, 0.25])
def test_wet_cells_follow_the_relief_in_any_convention(west, resolution):
    config = GridConfig(
        latitude=(8.0, 20.0), longitude=(170.0, 190.0), resolution=resolution, levels=(0.0, 50.0, 100.0)
    )
    made = make_grid(config, relief(west))
    latitude, longitude = np.meshgrid(made.latitude, made.longitude, indexing="ij")
    land = (np.abs(latitude - 12) < 2) & (np.abs(longitude - 181) < 2)
    np.testing.assert_array_equal(made.wet[0], ~land)
    np.testing.assert_array_equal(made.wet[1], ~land)
    np.testing.assert_array_equal(made.wet[2], ~land & (latitude < 16))


def test_a_region_without_ocean_is_a_mistake():
    inland = GridConfig(latitude=(11.0, 13.0), longitude=(180.0, 182.0), resolution=1.0, levels=(0.0, 10.0))
    with pytest.raises(InputError, match="no ocean"):
        make_grid(inland, relief(-180))
    with pytest.raises(InputError, match="either a relief or a wet mask"):
        make_grid(inland)


def test_the_real_relief_covers_seventy_one_percent_of_the_globe(data_root):
    with xr.open_dataset(data_root / "gridded" / "bathymetry" / "etopo60.cdf") as relief:
        config = GridConfig(
            latitude=(-90.0, 90.0), longitude=(0.0, 360.0), resolution=2.0, levels=(0.0, 1000.0, 4000.0)
        )
        grid = make_grid(config, relief["ROSE"])
    share = (grid.area * grid.wet).sum(axis=(1, 2)) / grid.area.sum()
    assert share[0] == pytest.approx(0.71, abs=0.04)  # cells are wet from three tenths of water on
    assert 0.35 < share[2] < share[1] < 0.68
    for latitude, longitude, wet in ((0, -150, True), (45, 90, False), (-75, 0, False), (80, 0, True), (23, 10, False)):
        row, place = grid.locate(np.array([latitude + 0.5]), np.array([longitude + 0.5]))
        assert grid.wet[0, row[0], place[0]] == wet


def test_a_grid_comes_from_bounds_else_from_centres(grid: Grid):
    coords = {"depth": grid.depth, "lat": grid.latitude, "lon": grid.longitude}
    data = xr.Dataset({"wet": (tuple(coords), grid.wet)}, coords)
    midway = grid_of(data)
    np.testing.assert_allclose(midway.latitude_edges, [10, 12, 14])
    np.testing.assert_allclose(midway.depth_edges, [0, 5, 30, 125, 275])
    data["depth"].attrs["bounds"] = "depth_bnds"
    data["depth_bnds"] = (("depth", "bnds"), [[0.0, 4], [4, 20], [20, 100], [100, 300]])
    assert grid_of(data).depth_edges.tolist() == [0, 4, 20, 100, 300]
    np.testing.assert_array_equal(grid_of(data, use_bounds=False).depth_edges, midway.depth_edges)
    data["depth_bnds"][1, 1] = 15.0  # a gap between two levels
    np.testing.assert_array_equal(grid_of(data).depth_edges, midway.depth_edges)
    with pytest.raises(InputError, match="no mask `wet`"):
        grid_of(data.drop_vars("wet"))
    with pytest.raises(InputError, match="single latitude without bounds"):
        grid_of(data.isel(lat=[0]))


def test_an_array_without_a_mask_is_wet_where_it_ever_has_a_value(grid: Grid):
    values = np.full((3, *grid.shape), np.nan)
    values[1, 0, 1, 2] = values[2, 3, 0, 0] = 1.0
    coords = {"time": [0, 1, 2], "depth": grid.depth, "lat": grid.latitude, "lon": grid.longitude}
    wet = grid_of(xr.DataArray(values, coords, tuple(coords))).wet
    assert wet.sum() == 2 and wet[0, 1, 2] and wet[3, 0, 0]


def test_a_region_limits_the_columns(grid: Grid):
    mask = np.zeros(grid.shape[1:], bool)
    mask[1] = True
    assert np.array_equal(within(grid, mask).wet, grid.wet & mask)
    # The same region as a field, from north to south, in longitudes that begin at -180.
    east = np.array([-177.0, -179.0, 179.0])
    region = xr.DataArray(mask[::-1, ::-1], {"lat": [13.0, 11.0], "lon": east}, ("lat", "lon"))
    assert np.array_equal(within(grid, region).wet, grid.wet & mask)
    with pytest.raises(InputError, match="a region of shape"):
        within(grid, mask[:1])
    with pytest.raises(InputError, match="no ocean"):
        within(grid, ~np.ones_like(mask))
