import numpy as np
import pytest
import xarray as xr

from oxygen_recon.sources.twin import truth


def test_the_truth_file_is_the_function(config, twin):
    with xr.open_dataset(twin / "truth" / "truth.nc") as file:
        again = truth(config, file.latitude, file.longitude, file.depth, np.array([1950.0, 2020.0]))
        picked = file["oxygen"].sel(time=["1950-07-02", "2020-07-02"])
        np.testing.assert_allclose(again["oxygen"], picked, rtol=1e-6)
        assert bool((file["oxygen"].isel(time=0).notnull() == (file["wet_fraction"] > 0)).all())
        assert file["oxygen"].attrs["units"] == "umol kg-1"


def test_truth_at_another_resolution_is_the_same_ocean(config):
    coarse = truth(config, np.array([-12.5, -7.5]), np.array([-142.5, -137.5]), np.array([300.0]), np.array([2000]))
    fine = truth(config, np.array([-12.5, -12.25]), np.array([217.5, 217.75]), np.array([300.0]), np.array([2000]))
    assert float(fine["oxygen"][0, 0, 0, 0]) == pytest.approx(float(coarse["oxygen"][0, 0, 0, 0]), abs=1e-3)


def test_the_analysis_is_better_in_the_present_than_in_the_past(twin):
    with xr.open_dataset(twin / "truth" / "truth.nc") as true, xr.open_dataset(twin / "analysis.nc") as guess:
        error = (guess["temperature"] - true["temperature"]).isel(depth=1)
        early, late = (
            float(np.sqrt((error.sel(time=slice(a, b)) ** 2).mean())) for a, b in (("1920", "1935"), ("2005", "2023"))
        )
        assert 0.1 < late < 0.8 * early < 1.0
        assert guess["phosphate"].dims == ("depth", "latitude", "longitude")
        relative = guess["phosphate"].isel(depth=2) / true["phosphate"].isel(depth=2).mean("time") - 1
        assert 0.01 < float(relative.std()) < 0.08
