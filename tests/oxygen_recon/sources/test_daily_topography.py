import numpy as np
import pytest
import xarray as xr

from oxygen_recon.sources.daily_topography import read_topography
from qc.errors import InputError


def test_a_relief_is_interpolated_across_the_date_line_and_land_is_at_0(tmp_path) -> None:
    latitude, longitude = np.arange(80.0, -81.0, -10.0), np.arange(0.0, 360.0, 10.0)
    height = -1000.0 * np.cos(np.radians(longitude)) * np.ones((17, 1))
    axes = {"lat": latitude, "lon": longitude}
    xr.DataArray(height, axes, ("lat", "lon"), name="relief").to_netcdf(tmp_path / "relief.nc")
    found = read_topography(tmp_path / "relief.nc", np.array([-5.0, 5.0]), np.array([-175.0, -5.0, 355.0]))
    assert found.shape == (1, 2, 3) and found.dtype == np.float32
    expected = -500 * (1 + np.cos(np.radians(10)))
    np.testing.assert_allclose(found[0], [[0, expected, expected]] * 2, rtol=1e-5)


def test_a_relief_that_ends_inside_the_state_is_refused(tmp_path) -> None:
    axes = {"lat": np.arange(0.0, 11.0), "lon": np.arange(0.0, 11.0)}
    xr.DataArray(np.full((11, 11), -10.0), axes, ("lat", "lon"), name="relief").to_netcdf(tmp_path / "relief.nc")
    with pytest.raises(InputError, match="no height at 2 points of the state"):
        read_topography(tmp_path / "relief.nc", np.array([5.0, 30.0]), np.array([4.0, 5.0]))
    (tmp_path / "text.nc").write_text("no relief")
    with pytest.raises(InputError, match="not a readable netCDF file"):
        read_topography(tmp_path / "text.nc", np.array([5.0]), np.array([4.0]))
