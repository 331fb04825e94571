"""Forecasts of a trained run from files in which parts of the ocean are not seen."""

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

import oxygen_recon as ox
from oxygen_recon.cli import app
from oxygen_recon.pipeline.forecasting.experiment import ForecastExperiment
from qc.errors import InputError
from tests.oxygen_recon.pipeline.forecasting.test_forecasting import DAYS, settings, write_days

FILLING = {"step": {"filling": True}, "training": {"steps": 4, "batch": 2, "seen": 0.2, "seen_days": 5, "cases": 6,
           "roll_out": [{"until": 1.0, "days": 2}]}}  # fmt: skip
VELOCITIES = ("eastward_velocity", "northward_velocity")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    data = tmp_path_factory.mktemp("days")
    write_days(data / "state.nc", dict.fromkeys(VELOCITIES, "m s-1"))
    write_days(data / "wind.nc", {"eastward_wind": "m s-1"}, phase=1.0)
    network = {"kind": "fourier_mae", "network": {"width": 16, "decoder_width": 16, "blocks": 1}, **FILLING}
    unet = {"kind": "unet", "network": {"width": 8, "levels": 2}, "training": {**FILLING["training"], "seen": 1.0}}
    wind = {"kind": "daily_files", "paths": ["wind.nc"], "sampling": "daily mean"}
    changes = {
        "topography": None,
        "models": [network, unet],
        "baselines": ["damped_persistence"],
        "forcing": {"source": wind},
    }
    experiment = ForecastExperiment.model_validate(settings(**changes))
    return ox.forecast(experiment, data=data, work=tmp_path_factory.mktemp("runs"), to="train")


@pytest.fixture
def cloudy(run, tmp_path):
    """Six days of the run, three quarters of the ocean of each in clouds that move."""
    with xr.open_dataset(run.pipeline.data / "state.nc") as file:
        data = file.isel(time=slice(80, 86)).load()
    clear = np.random.default_rng(0).random(data["eastward_velocity"].shape) < 0.25
    for name in VELOCITIES:
        data[name] = data[name].where(xr.DataArray(clear, dims=data[name].dims))
    data.to_netcdf(tmp_path / "cloudy.nc")
    return tmp_path / "cloudy.nc", data


def test_the_verb_fills_the_start_and_forecasts_from_it(run, cloudy, tmp_path) -> None:
    path, data = cloudy
    out, start = tmp_path / "f.nc", str(DAYS[85])
    verb = ["forecast", str(run.pipeline.folder.root), "--state", str(path), "--gaps", "--leads", "3"]
    result = CliRunner().invoke(app, [*verb, "--out", str(out)])
    assert result.exit_code == 0, result.output
    with xr.open_dataset(out, decode_timedelta=False) as file:
        assert file["forecast_period"].values.tolist() == [0, 1, 2, 3] and file.attrs["days_taken_up"] == 5
        assert file.attrs["time_coverage_start"] == start == str(file["forecast_reference_time"].values)[:10]
        for name, ocean in zip(VELOCITIES, run.pipeline.state.ocean, strict=True):
            values, seen = file[name].values, data[name].values[-1]
            assert (np.isfinite(values) == ocean).all()
            assert np.allclose(values[0][np.isfinite(seen)], seen[np.isfinite(seen)], atol=1e-5)
    again = run.forecast(start, 3, paths=[path], gaps=True)
    alone = run.forecast(str(DAYS[80]), 3, paths=[path], gaps=True)
    assert again.attrs["days_taken_up"] == 5 and alone.attrs["days_taken_up"] == 1


def test_a_start_that_is_seen_whole_gives_the_forecast_of_the_run(run, tmp_path) -> None:
    with xr.open_dataset(run.pipeline.data / "state.nc") as file:
        file.isel(time=[85]).to_netcdf(tmp_path / "clear.nc")
    found = run.forecast(paths=[tmp_path / "clear.nc"], leads=3, gaps=True)
    own = run.forecast(str(DAYS[85]), 3)
    for name in VELOCITIES:
        np.testing.assert_allclose(found[name].values[1:], own[name].values, atol=1e-6)


def test_gaps_that_nobody_asked_to_fill_and_nothing_seen_are_one_clear_line(run, cloudy, tmp_path) -> None:
    path, data = cloudy
    with pytest.raises(InputError, match=r"is missing on|has values on"):
        run.forecast(paths=[path])
    with pytest.raises(InputError, match=r"unet does not fill gaps; train a network with step\.filling"):
        run.forecast(paths=[path], method="unet", gaps=True)
    with pytest.raises(InputError, match="gaps are those of files"):
        run.forecast(gaps=True)
    data["eastward_velocity"][:] = np.nan
    data.to_netcdf(tmp_path / "overcast.nc")
    with pytest.raises(InputError, match="nothing is seen of eastward_velocity; give a day"):
        run.forecast(paths=[tmp_path / "overcast.nc"], gaps=True)
    data.isel(latitude=slice(0, 9)).to_netcdf(tmp_path / "narrow.nc")
    with pytest.raises(InputError, match="give files like those of the run"):
        run.forecast(paths=[tmp_path / "narrow.nc"], gaps=True)
