from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.evaluation.forecasts.diagnostics import geostrophic_velocity
from oxygen_recon.fields.daily.horizontal import onto_grid
from oxygen_recon.fields.daily.opening import open_daily
from oxygen_recon.sources.daily_fields import daily_fields
from qc.errors import InputError


def plane(latitude: np.ndarray, longitude: np.ndarray) -> xr.Dataset:
    """A field that is linear in latitude and in longitude, from -180 on."""
    values = latitude[:, None] + 0.1 * longitude[None, :]
    axes = {"time": [0], "latitude": latitude, "longitude": longitude}
    return xr.Dataset({"sea_surface_height": (tuple(axes), values[None].astype(np.float32))}, axes)


@given(st.lists(st.floats(-9.0, 9.0), min_size=1, max_size=5, unique=True), st.floats(20.0, 29.0))
def test_a_linear_field_is_kept_and_nothing_is_given_outside_it(latitude: list[float], longitude: float) -> None:
    data = plane(np.linspace(-10.0, 10.0, 9), np.linspace(20.0, 30.0, 11))
    found = onto_grid(data, sorted(latitude), [longitude, 40.0, longitude + 360.0])["sea_surface_height"].values[0]
    np.testing.assert_allclose(found[:, 0], np.sort(latitude) + 0.1 * longitude, atol=1e-5)
    np.testing.assert_allclose(found[:, 0], found[:, 2], atol=1e-5)  # 360 degrees on, a longitude is rounded
    assert np.isnan(found[:, 1]).all()


def test_a_global_field_meets_at_the_dateline_and_land_stays_land() -> None:
    longitude = np.arange(-180.0, 180.0, 2.0)
    data = plane(np.linspace(-10.0, 10.0, 11), longitude)
    data["sea_surface_height"][:] = np.cos(np.radians(longitude)).astype(np.float32)
    found = onto_grid(data, [0.0], [179.0, 181.0])["sea_surface_height"].values.ravel()
    assert found[0] == pytest.approx(found[1]) == pytest.approx(np.cos(np.radians(179.0)), abs=1e-3)
    data["sea_surface_height"][0, :, :90] = np.nan
    found = onto_grid(data, [0.0], [-50.0, -1.5, -0.5, 20.0])["sea_surface_height"].values.ravel()
    assert np.isnan(found[:2]).all() and found[2] == pytest.approx(1.0)
    with pytest.raises(InputError, match="no point of the grid asked for lies within it"):
        onto_grid(plane(np.linspace(-10.0, 10.0, 9), np.linspace(20.0, 30.0, 11)), [50.0], [25.0])


def test_currents_of_a_polar_grid_are_turned_to_those_of_the_sea_surface(data_root: Path) -> None:
    """Fields of ROMS on a polar stereographic grid, components along its axes: at 50 m they follow the sea surface."""
    path = data_root / "gridded" / "opendrift" / "Arctic20_1to5Feb_2016.nc.gz"
    curved = open_daily(path, sampling="instantaneous")
    with pytest.raises(InputError, match="bring it to latitude and longitude first"):
        daily_fields(curved)
    latitude, longitude = np.arange(66.0, 80.0, 0.25), np.arange(-5.0, 40.0, 0.5)
    data = onto_grid(curved, latitude, longitude)
    assert data["temperature"].dims == ("time", "depth", "latitude", "longitude")
    height = data["sea_surface_height"].values
    assert np.nanmax(np.abs(height)) <= float(abs(curved["sea_surface_height"]).max())
    ours = [data[name].sel(depth=50.0).values for name in ("eastward_velocity", "northward_velocity")]
    for balanced, current, least in zip(geostrophic_velocity(height, latitude, longitude), ours, (0.84, 0.93)):
        known = np.isfinite(balanced) & np.isfinite(current)
        assert known.sum() > 10_000
        assert np.corrcoef(balanced[known], current[known])[0, 1] > least  # 0.67 and 0.66 if they are not turned
    fields = daily_fields(data, ["temperature", "sea_surface_height"], depths=[0.0, 50.0], ocean="every day")
    assert fields.dates.size == 5 and fields.ocean[0].sum() > fields.ocean[1].sum() > 1000


def test_a_world_of_two_dimensional_coordinates_is_refused() -> None:
    longitude, latitude = np.meshgrid(np.arange(-180.0, 180.0, 10.0), np.arange(-80.0, 81.0, 10.0))
    coords = {"latitude": (("y", "x"), latitude), "longitude": (("y", "x"), longitude)}
    data = xr.Dataset({"sea_surface_height": (("time", "y", "x"), np.zeros((1, 17, 36), np.float32))}, coords)
    with pytest.raises(InputError, match="reaches more than 80 degrees from its middle"):
        onto_grid(data, [0.0], [0.0])
