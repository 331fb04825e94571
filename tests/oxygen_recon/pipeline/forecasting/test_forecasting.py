"""A run of daily forecasts, from files to its page, on a small basin of waves that drift and decay."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

import oxygen_recon as ox
from oxygen_recon.cli import app
from oxygen_recon.dataset.daily.perturbations import days_alike, perturbations
from oxygen_recon.pipeline.forecasting.ensemble import members_from
from oxygen_recon.pipeline.forecasting.experiment import EnsembleConfig, ForecastExperiment
from qc.errors import InputError

DAYS = np.arange("2001-01-01", "2001-04-11", dtype="datetime64[D]")  # 100
SHORT = {"training": {"steps": 6, "batch": 2, "roll_out": [{"until": 1.0, "days": 2}]}}


def write_days(path: Path, names: dict[str, str], phase: float = 0.0) -> None:
    """Write daily means of waves that travel west, on 12 x 16 cells with land in one corner."""
    latitude, longitude = np.arange(-30.0, -24.0, 0.5), np.arange(15.0, 23.0, 0.5)
    x, y, t = longitude, latitude[:, None], np.arange(DAYS.size)[:, None, None]
    wave = np.sin(0.8 * x + 0.4 * y + 0.07 * t + phase) + 0.3 * np.sin(0.5 * x - 0.9 * y + 0.19 * t)
    wave[:, :3, :4] = np.nan
    data = xr.Dataset(coords={"time": DAYS.astype("datetime64[ns]"), "latitude": latitude, "longitude": longitude})
    data["latitude"].attrs = {"standard_name": "latitude", "units": "degrees_north"}
    data["longitude"].attrs = {"standard_name": "longitude", "units": "degrees_east"}
    for number, (name, unit) in enumerate(names.items()):
        attributes = {"units": unit, "cell_methods": "time: mean (interval: 1 day)"}
        data[name] = (("time", "latitude", "longitude"), (wave + 0.1 * number).astype(np.float32), attributes)
    data.to_netcdf(path)


def settings(**changes: object) -> dict:
    return {
        "kind": "forecast", "name": "basin", "question": "How far ahead are waves known?",
        "source": {"kind": "daily_files", "paths": ["state.nc"], "names": ["eastward_velocity", "northward_velocity"],
                   "sampling": "daily mean"},
        "training": {"start": "2001-01-01", "end": "2001-03-20"}, "test": {"start": "2001-03-21", "end": "2001-04-10"},
        "models": [{"kind": "fourier_mae", "network": {"width": 16, "decoder_width": 16, "blocks": 1}, **SHORT},
                   {"kind": "unet", "network": {"width": 8, "levels": 2}, **SHORT}],
        "leads": 8, "starts": 3, "ensemble": {"members": 4, "size": 0.2, "errors": False},
        "topography": "relief.nc",
    } | changes  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("days")
    write_days(folder / "state.nc", {"eastward_velocity": "m s-1", "northward_velocity": "m s-1"})
    write_days(folder / "wind.nc", {"eastward_wind": "m s-1"}, phase=1.0)
    latitude, longitude = np.arange(-40.0, -9.0), np.arange(0.0, 40.0)
    relief = xr.DataArray(100.0 * latitude[:, None] + longitude, {"y": latitude, "x": longitude}, ("y", "x"))
    relief.to_netcdf(folder / "relief.nc")
    return folder


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    experiment = ForecastExperiment.model_validate(settings())
    return ox.forecast(experiment, data=data, work=tmp_path_factory.mktemp("runs"))


def test_every_method_is_scored_at_the_same_starts_and_leads(run) -> None:
    skill = run.skill()
    assert set(skill["method"]) == {"fourier_mae", "unet", "ensemble", "persistence", "damped_persistence",
                                    "day_of_year", "eof_autoregression"}  # fmt: skip
    assert set(skill["starts"]) == {3} and set(skill["lead"]) == set(range(1, 9)) and set(skill["forcing"]) == {"none"}
    damped = skill[skill["method"] == "damped_persistence"]
    assert (damped["relative"] == 1).all()
    kept = skill[skill["method"] == "persistence"]
    assert (kept["rmse"].to_numpy() >= damped["rmse"].to_numpy() * 0.9).all()


def test_the_score_is_that_of_the_files(run) -> None:
    state, fields = run.pipeline.state, run.forecasts("persistence")
    assert fields["eastward_velocity"].dims[:2] == ("forecast_reference_time", "forecast_period")
    start = int(run.pipeline.starts[0])
    error = state.values[start + 3, 0] - fields["eastward_velocity"].values[0, 2]
    cosine = np.cos(np.radians(state.latitude))  # mean weight 1 over rows, sum over ocean cells, as published
    weight = (cosine / cosine.mean())[:, None] * state.ocean[0] / state.ocean[0].sum()
    others = [state.values[i + 3, 0] - state.values[i, 0] for i in run.pipeline.starts[1:]]
    squares = [np.sum(weight * np.where(state.ocean[0], e, 0.0) ** 2) for e in (error, *others)]
    skill = run.skill().set_index(["method", "variable", "lead"])
    assert skill.loc[("persistence", "eastward_velocity", 3), "rmse"] == pytest.approx(
        np.mean(squares) ** 0.5, rel=1e-4
    )


def test_land_is_missing_and_nothing_else_and_the_file_says_where_it_comes_from(run) -> None:
    with xr.open_dataset(next((run.pipeline.folder.stage("forecast") / "unet").glob("*.nc"))) as file:
        assert (
            np.isfinite(file["eastward_velocity"]).all("forecast_period").values == run.pipeline.state.ocean[0]
        ).all()
        assert file.attrs["sampling"] == "daily mean" and file.attrs["forcing"] == "none"
        assert file["eastward_velocity"].attrs["standard_name"] == "eastward_sea_water_velocity"
        assert (
            str(file["time"].values[0])[:10]
            == str(file["forecast_reference_time"].values + np.timedelta64(1, "D"))[:10]
        )


def test_the_page_shows_scores_and_maps(run) -> None:
    text = (run.pipeline.folder.stage("report") / "index.html").read_text()
    assert "How far ahead are waves known?" in text and "fourier_mae" in text
    for name in ("skill.png", "spectra.png", "map-eastward_velocity.png"):
        assert name in text and (run.pipeline.folder.stage("report") / name).stat().st_size > 10_000


def test_a_lost_forecast_is_made_again_the_same(run, data, tmp_path) -> None:
    shutil.copytree(run.pipeline.folder.root, tmp_path / "basin")
    lost = next((tmp_path / "basin/forecast/fourier_mae").glob("*.nc"))
    with xr.open_dataset(lost) as file:
        before = file.load()
    lost.unlink()
    ox.forecast(run.pipeline.experiment, data=data, work=tmp_path, to="forecast")
    with xr.open_dataset(lost) as file:
        xr.testing.assert_identical(file.drop_attrs(), before.drop_attrs())


def test_a_trained_run_forecasts_from_other_days_as_from_its_own(run, data, tmp_path) -> None:
    own = run.forecast("2001-03-25", leads=4)
    again = run.forecast("2001-03-25", leads=4, paths=[data / "state.nc"])
    np.testing.assert_allclose(again["eastward_velocity"], own["eastward_velocity"], atol=1e-6)
    out = tmp_path / "f.nc"
    verb = ["forecast", str(run.pipeline.folder.root), "--start", "2001-03-25", "--leads", "4", "--out", str(out)]
    result = CliRunner().invoke(app, verb)
    assert result.exit_code == 0, result.output
    assert "2001-03-26 to 2001-03-29, by fourier_mae" in result.output
    with xr.open_dataset(out) as file:
        np.testing.assert_array_equal(file["eastward_velocity"], own["eastward_velocity"])


def test_networks_read_the_sea_floor(run) -> None:
    state = run.pipeline.state
    floor = 100 * state.latitude[:, None] + state.longitude
    np.testing.assert_allclose(run.pipeline.topography[0], floor, rtol=1e-5)
    fixed = run.pipeline.network.fitted()[0].fixed
    np.testing.assert_allclose(fixed[0], (floor - floor.mean()) / floor.std(), atol=1e-4)


def test_members_scatter_around_the_forecast_and_their_mean_and_spread_are_the_ensemble(run, tmp_path) -> None:
    members = run.forecast("2001-03-25", leads=8, members=4)
    assert members["eastward_velocity"].dims[:2] == ("realization", "forecast_period")
    again = run.forecast("2001-03-25", leads=8, members=4, out=tmp_path / "members.nc")
    xr.testing.assert_identical(again.drop_attrs(), members.drop_attrs())
    alone = run.forecast("2001-03-25", leads=8)["eastward_velocity"]
    first = members["eastward_velocity"].isel(forecast_period=0)
    np.testing.assert_allclose(first.mean("realization"), alone[0], atol=0.02)  # pairs of opposite sign
    pipeline, date = run.pipeline, run.pipeline.state.dates[run.pipeline.starts[0]]
    of_start = run.forecast(str(date), leads=8, members=4)["eastward_velocity"]
    with xr.open_dataset(pipeline.path("ensemble", date), decode_timedelta=False) as file:
        np.testing.assert_allclose(file["eastward_velocity"], of_start.mean("realization"), atol=1e-6)
        spread = of_start.std("realization", ddof=1)
        np.testing.assert_allclose(file["eastward_velocity_spread"], spread, atol=1e-6)
    skill = run.skill()
    assert skill["spread"].notna().sum() == 2 * 8 and (skill.loc[skill["spread"].notna(), "method"] == "ensemble").all()
    both = run.forecast(str(date), leads=8, method="ensemble")
    np.testing.assert_allclose(both["eastward_velocity_spread"], spread, atol=1e-6)
    with pytest.raises(InputError, match="no members of persistence"):
        run.forecast("2001-03-25", members=4, method="persistence")


def test_errors_of_training_days_are_added_to_each_day_of_a_member(run, data, monkeypatch) -> None:
    """Of persistence in place of a network: a member is then the start and the changes of the days that were drawn."""
    pipeline = replace(
        run.pipeline, experiment=run.pipeline.experiment.model_copy(update={"ensemble": EnsembleConfig()})
    )
    state, start = pipeline.state, int(pipeline.starts[0])
    network = pipeline.network
    monkeypatch.setattr(network, "forecast", lambda days, date, leads, forcing: np.repeat(days[-1:], leads, axis=0))
    members = list(members_from(pipeline, start, 8, state, 2))
    days, errors = state.dates[start], perturbations(state, pipeline.training, state.dates[start], 2, 0.1, 0)
    generator = np.random.default_rng([0, 1, int(days.astype(np.int64))])
    for member, error in zip(members, errors, strict=True):
        alike = state.places(days_alike(pipeline.training, days, 8, 1, generator))
        assert np.isin(state.dates[alike + 1], pipeline.training).all() and (np.diff(alike) == 1).all()
        changes = np.cumsum(state.values[alike + 1] - state.values[alike], axis=0)
        np.testing.assert_allclose(member, state.values[start] + error + changes, atol=1e-4)


def test_forcing_follows_the_rule_that_files_and_tables_name(data, tmp_path) -> None:
    wind = {"kind": "daily_files", "paths": ["wind.nc"], "sampling": "daily mean"}
    given = {}
    for rule in ("persisted", "climatology", "given"):
        changes = {"forcing": {"source": wind, "during": rule}, "models": settings()["models"][1:], "baselines": []}
        experiment = ForecastExperiment.model_validate(settings(name=rule, **changes))
        done = ox.forecast(experiment, data=data, work=tmp_path, to="validate")
        assert set(done.skill()["forcing"]) == {rule}
        given[rule] = done.pipeline.driven(DAYS[80], 5)
    days = done.pipeline.forcing.values
    assert (given["persisted"] == days[80]).all() and (given["given"] == days[80:85]).all()
    assert (given["climatology"][0] == days[80]).all() and (given["climatology"][1:] != days[81:85]).any()


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"test": {"start": "2001-03-01", "end": "2001-04-10"}}, "20 days are in training and in test, 2001-03-01"),
        ({"test": {"start": "2001-04-10", "end": "2001-03-21"}}, "no day from 2001-04-10 to 2001-03-21"),
        ({"baselines": ["persistance"]}, "persistance; choose from persistence"),
        ({"lead": 3}, "lead: no such key; did you mean leads?"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_one_line(changes, what, tmp_path) -> None:
    import yaml

    (tmp_path / "e.yaml").write_text(yaml.safe_dump(settings(**changes)))
    with pytest.raises(InputError, match=what):
        ox.read_experiment(tmp_path / "e.yaml")


def test_a_folder_with_another_experiment_is_refused(run, data) -> None:
    other = ForecastExperiment.model_validate(settings(seed=5))
    with pytest.raises(InputError, match="holds another experiment: seed is 0 there and 5 here"):
        ox.forecast(other, data=data, work=run.pipeline.folder.root.parent)


def test_days_without_files_and_forcing_of_another_grid_are_refused(data, tmp_path) -> None:
    late = ForecastExperiment.model_validate(settings(test={"start": "2005-01-01", "end": "2005-02-01"}))
    with pytest.raises(InputError, match="no day of test in the files, 2001-01-01 to 2001-04-10"):
        ox.forecast(late, data=data, work=tmp_path, to="fields")
    with xr.open_dataset(data / "wind.nc") as file:
        file.isel(longitude=slice(0, 9)).to_netcdf(tmp_path / "narrow.nc")
    forcing = {"source": {"kind": "daily_files", "paths": [str(tmp_path / "narrow.nc")], "sampling": "daily mean"}}
    narrow = ForecastExperiment.model_validate(settings(name="narrow", forcing=forcing))
    with pytest.raises(InputError, match="no value at 84 ocean cells of the state"):
        ox.forecast(narrow, data=data, work=tmp_path, to="fields")


def test_a_dry_check_says_what_would_run_and_makes_nothing(data, tmp_path) -> None:
    import yaml

    (tmp_path / "e.yaml").write_text(yaml.safe_dump(settings()))
    verb = ["check", str(tmp_path / "e.yaml"), "--data", str(data), "--work", str(tmp_path / "runs")]
    result = CliRunner().invoke(app, verb)
    assert result.exit_code == 0, result.output
    assert "eastward_velocity, northward_velocity on 12 x 16 cells, daily mean; 1 files" in result.output
    assert "2001-03-21 to 2001-04-10, 3 starts, 8 days" in result.output and not (tmp_path / "runs").exists()


def test_a_twin_makes_its_files_and_its_weather_drives_it(tmp_path) -> None:
    twin = {"rows": 16, "spin_up": 2, "days": 45, "first_year": 2001, "ecosystem": False}
    changes = {
        "source": {"kind": "dynamical_twin", "twin": twin, "names": ["temperature", "sea_surface_height"],
                   "depths": [0, 100]},
        "topography": None, "forcing": {"during": "given"},
        "models": settings()["models"][1:], "baselines": ["damped_persistence"],
        "training": {"start": "2001-01-01", "end": "2001-02-03"}, "test": {"start": "2001-02-04", "end": "2001-02-14"},
        "leads": 3, "starts": 2,
    }  # fmt: skip
    done = ox.forecast(ForecastExperiment.model_validate(settings(**changes)), work=tmp_path, to="validate")
    assert [str(one) for one in done.pipeline.state.channels] == [
        "temperature at 0 m", "temperature at 100 m", "sea_surface_height",
    ]  # fmt: skip
    assert done.pipeline.forcing is not None and len(done.pipeline.forcing.channels) == 5
    assert set(done.skill()["forcing"]) == {"given"} and np.isfinite(done.skill()["rmse"]).all()
    assert (done.pipeline.folder.source / "hycom" / "hycom_2001-02.nc").exists()


@pytest.mark.parametrize(
    ("option", "what"),
    [
        (["--workers", "2"], "--workers: does not go with daily forecasts"),
        (["--catalog", "mine.yaml"], "forecasts read no catalogue"),
    ],
)
def test_options_that_forecasts_do_not_read_are_refused(option, what, tmp_path) -> None:
    import yaml

    (tmp_path / "e.yaml").write_text(yaml.safe_dump(settings()))
    result = CliRunner().invoke(app, ["run", str(tmp_path / "e.yaml"), *option])
    assert result.exit_code != 0 and what in result.output + result.stderr
