import shutil

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from oxygen_recon.dataset.daily.fields import DailyFields
from oxygen_recon.fields.daily.opening import open_daily
from oxygen_recon.sources.daily_fields import daily_fields
from oxygen_recon.sources.dynamical_twin import __main__ as command
from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig
from oxygen_recon.sources.dynamical_twin.production import make
from qc.errors import InputError

SMALL = DynamicalTwinConfig(rows=32, spin_up=3, days=35, first_year=2001)


def values(path):
    with xr.open_dataset(path) as data:
        return data.load()


def test_a_file_a_month_of_every_kind(small_twin):
    names = {str(path.relative_to(small_twin)) for path in small_twin.rglob("*.nc")}
    kinds = ("hycom", "era5", "nobm", "oxygen", "waves")
    assert names == {f"{kind}/{kind}_2001-{month}.nc" for kind in kinds for month in ("01", "02")}
    assert not list(small_twin.rglob(".partial-*"))


def test_the_files_are_read_as_those_of_an_archive(small_twin):
    ocean = open_daily(small_twin / "hycom")
    forcing = open_daily(small_twin / "era5")
    assert set(ocean) == {
        "temperature", "salinity", "eastward_velocity", "northward_velocity", "sea_surface_height",
    }  # fmt: skip
    assert len(forcing.data_vars) == 5
    assert ocean.attrs["sampling"] == forcing.attrs["sampling"] == "daily mean"
    assert ocean.sizes == {"time": 35, "depth": 15, "latitude": 32, "longitude": 64}
    for data in (ocean, forcing):
        assert data["time"][0] == np.datetime64("2001-01-01") and data["time"][-1] == np.datetime64("2001-02-04")
    assert (np.diff(forcing["latitude"]) > 0).all()
    days = daily_fields(ocean)
    assert isinstance(days, DailyFields) and len(days.channels) == 61
    assert days.values.shape == (35, 61, 32, 64)


def test_values_are_those_of_an_ocean(small_twin):
    with xr.open_dataset(small_twin / "hycom" / "hycom_2001-02.nc") as data:
        data = data.load()
    assert data["water_temp"].min() > -1.9 and 25 < data["water_temp"].max() < 32
    column = data["water_temp"].sel(lat=20, lon=210, method="nearest")[0]
    assert (column.diff("depth") < 0.01).all() and column[0] - column[-1] > 8
    wet = data["water_temp"].notnull().sum(("lat", "lon"))[0]
    assert (wet.diff("depth") <= 0).all() and wet[0] > wet[-1]  # shelves
    with xr.open_dataset(small_twin / "nobm" / "nobm_2001-02.nc") as data:
        data = data.load()
    parts = data["Chl"] + data["Dia"] + data["Coc"] + data["Cya"]
    assert np.allclose(parts, data["Tca"], rtol=1e-5, equal_nan=True)
    assert all(float(data[name].min()) >= 0 for name in ("Tca", "Irn", "Nit", "MLD"))
    with xr.open_dataset(small_twin / "era5" / "era5_2001-01.nc") as data:
        data = data.load()
    assert (np.diff(data["latitude"]) < 0).all() and 0 <= data["longitude"].min() and data["longitude"].max() < 360
    assert 230 < data["t2m"].mean() < 300 and (data["sp"] <= data["msl"] + 3).all()


def test_a_stopped_command_goes_on_and_makes_the_same_files(small_twin, tmp_path):
    folder = tmp_path / "twin"
    months = []

    def stop(line):
        months.append(line)
        if line == "2001-01":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(SMALL, folder, stop)
    assert not (folder / "hycom" / "hycom_2001-02.nc").exists()
    make(SMALL, folder, months.append)
    assert months == ["3 days of spin-up", "2001-01", "2001-02"]
    for path in small_twin.rglob("*.nc"):
        assert values(path).identical(values(folder / path.relative_to(small_twin))), path.name
    make(SMALL, folder, months.append)
    assert len(months) == 3  # nothing was left to do


def test_other_settings_and_damage_are_named(small_twin, tmp_path):
    with pytest.raises(InputError, match="it holds a twin of other settings; choose another folder"):
        make(SMALL.model_copy(update={"seed": 9}), small_twin)
    folder = tmp_path / "damaged"
    folder.mkdir()
    shutil.copy(small_twin / "twin.json", folder)
    (folder / "restart.npz").write_bytes(b"PK no zip")
    with pytest.raises(InputError, match=r"restart.npz: it is damaged; remove the folder"):
        make(SMALL, folder)


def test_the_command_reports_an_error_in_one_line(small_twin):
    result = CliRunner().invoke(command.app, ["make", str(small_twin), "--rows", "16"])
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
