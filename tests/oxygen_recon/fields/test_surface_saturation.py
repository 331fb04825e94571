"""Saturation of the surface by a climatology, on any grid, of a year or of twelve months."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from oxygen_recon.fields.surface_saturation import open_surface_saturation
from qc.errors import InputError
from qc.physics.oxygen import solubility

DEPTH, NORTH, EAST = np.array([0.0, 20, 100]), np.array([-10.0, -8, -6]), np.array([1.0, 3, 357, 359])
MID = np.array(["2015-01-16", "2015-07-16T18"], "datetime64[ms]")


def file_of(folder: Path, **variables: tuple[np.ndarray, dict[str, str]]) -> Path:
    dims = ("time", "depth", "lat", "lon")
    data = xr.Dataset(
        {name: (dims[-array.ndim :], array, attrs) for name, (array, attrs) in variables.items()},
        {"depth": ("depth", DEPTH, {"units": "m", "positive": "down"}), "lat": NORTH, "lon": EAST},
    )
    data.to_netcdf(folder / "climatology.nc")
    return folder / "climatology.nc"


def everywhere(value: float) -> np.ndarray:
    return np.full((3, 3, 4), value)


def test_percent_of_the_upper_layers_between_mid_months(tmp_path):
    percent = np.empty((12, 3, 3, 4))
    percent[:] = np.arange(12.0)[:, None, None, None] + 95
    percent[:, 2] = 30.0
    attrs = {"standard_name": "fractional_saturation_of_oxygen_in_sea_water", "units": "percent"}
    reference = open_surface_saturation(file_of(tmp_path, O_an=(percent, attrs)))
    here = np.full(2, -8.0), np.full(2, 2.0)
    np.testing.assert_allclose(reference(*here, MID), [95, 101], atol=0.1)
    turn = np.array(["2015-12-31T12", "2015-01-31"], "datetime64[ms]")
    np.testing.assert_allclose(reference(*here, turn), [100.5, 95.5], atol=0.4)


def test_computed_from_oxygen_temperature_and_salinity_with_land_and_the_prime_meridian(tmp_path):
    value = everywhere(0.95 * float(solubility(35.0, 20.0)))
    value[:, 1, 0] = np.nan
    described = {
        "oxygen": (value, {"units": "mmol m-3"}),
        "t": (everywhere(20.0), {"standard_name": "sea_water_temperature", "units": "degC"}),
        "s": (everywhere(35.0), {"standard_name": "sea_water_practical_salinity", "units": "1"}),
    }
    reference = open_surface_saturation(file_of(tmp_path, **described))
    north, east = np.array([-8.0, -8, 40, np.nan]), np.array([0.0, 1, 0, 0])
    found = reference(north, east, np.repeat(MID, 2))
    np.testing.assert_allclose(found, [95, 95, np.nan, np.nan])
    assert np.isnan(reference(north[:1], east[:1], np.array(["NaT"], "datetime64[ms]"))).all()


def test_a_file_that_is_no_climatology_is_refused(tmp_path):
    oxygen = (everywhere(200.0), {"units": "mmol m-3"})
    with pytest.raises(InputError, match=r"climatology\.nc: oxygen without temperature; it needs"):
        open_surface_saturation(file_of(tmp_path, oxygen=oxygen))
    percent = {"standard_name": "fractional_saturation_of_oxygen_in_sea_water", "units": "percent"}
    with pytest.raises(InputError, match="saturation in no unit; write percent or % or 1"):
        open_surface_saturation(file_of(tmp_path, o=(everywhere(100.0), {"standard_name": percent["standard_name"]})))
    with pytest.raises(InputError, match="5 steps of time"):
        open_surface_saturation(file_of(tmp_path, o=(np.full((5, 3, 3, 4), 100.0), percent)))
    with pytest.raises(InputError, match="no value at the surface"):
        open_surface_saturation(file_of(tmp_path, o=(everywhere(np.nan), percent)))
    with pytest.raises(InputError, match="not a readable netCDF file"):
        open_surface_saturation(tmp_path / "nowhere.nc")


def test_twelve_files_of_the_world_ocean_atlas_are_the_months_and_the_analysed_mean_is_taken(tmp_path):
    attrs = {"standard_name": "fractional_saturation_of_oxygen_in_seawater", "units": "percent"}
    for month in range(12):
        values = {"O_mn": (everywhere(50.0)[None], attrs), "O_an": (everywhere(95.0 + month)[None], attrs)}
        (tmp_path / "woa").mkdir(exist_ok=True)
        file_of(tmp_path, **values).rename(tmp_path / "woa" / f"o2sat_{month + 1:02}.nc")
    reference = open_surface_saturation(tmp_path / "woa")
    np.testing.assert_allclose(reference(np.full(2, -8.0), np.full(2, 2.0), MID), [95, 101], atol=0.1)
    (tmp_path / "woa" / "o2sat_12.nc").unlink()
    with pytest.raises(InputError, match=r"11 files \*\.nc"):
        open_surface_saturation(tmp_path / "woa")
