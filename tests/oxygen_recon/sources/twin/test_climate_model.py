import numpy as np
import pytest
import xarray as xr

from oxygen_recon.sources.twin.climate_model import CurvilinearGrid
from oxygen_recon.sources.twin.ocean.omz_growth import twin_ocean


def test_the_climate_model_has_the_layout_and_the_errors_of_one(twin):
    path = twin / "cmip6" / "o2_Oyr_TWIN-ESM_historical_r1i1p1f1_gn_192001-202312.nc"
    with xr.open_dataset(path, decode_times=xr.coders.CFDatetimeCoder(use_cftime=True)) as model:
        assert model["o2"].dims == ("time", "lev", "j", "i") and model["latitude"].dims == ("j", "i")
        assert model["o2"].attrs["units"] == "mol m-3" and model["time"].size == 104
        assert model["time"].to_numpy()[0].calendar == "noleap"
        assert {"lev_bnds", "time_bnds", "vertices_latitude"} <= set(model.variables)
        level = int(np.abs(model["lev"].to_numpy() - 250).argmin())
        oxygen = model["o2"].isel(lev=level, time=slice(-20, None)).mean("time").to_numpy() / 1025e-6
        wet = np.isfinite(oxygen)
        latitude = model["latitude"].to_numpy()[wet]
        longitude = (model["longitude"].to_numpy()[wet] + 180) % 360 - 180
    depth = np.full(wet.sum(), 250.0)
    true = twin_ocean(0).annual(latitude, longitude, depth, np.arange(2004.0, 2024))["oxygen"].mean(0)
    assert 20 < np.sqrt(np.mean((oxygen[wet] - true) ** 2)) < 45
    assert np.corrcoef(oxygen[wet], true)[0, 1] > 0.8


def test_the_curvilinear_grid_covers_the_sphere_once():
    grid = CurvilinearGrid.rotated(20, 40)
    assert grid.area.sum() == pytest.approx(4 * np.pi * 6371e3**2, rel=1e-12)
    assert np.ptp(grid.latitude[-1]) > 5  # rows are no parallels
    assert grid.latitude[-1].mean() == pytest.approx(75, abs=2)
    assert (np.abs(grid.latitude_corners.mean(-1) - grid.latitude) < 6).all()
