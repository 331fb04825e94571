"""Bad input of daily forecasts ends as one line at the command line: what is wrong, where, and what to do."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import yaml
from typer.testing import CliRunner

import oxygen_recon as ox
from oxygen_recon.cli import app
from oxygen_recon.pipeline.forecasting.experiment import ForecastExperiment
from tests.oxygen_recon.pipeline.forecasting.test_forecasting import SHORT, settings, write_days

NAMES = {"eastward_velocity": "m s-1", "northward_velocity": "m s-1"}
UNET = {"kind": "unet", "network": {"width": 8, "levels": 2}, **SHORT}
FILE_SAYS = settings()["source"] | {"sampling": None}
BOTH = {"source": FILE_SAYS | {"paths": ["state.nc", "more.nc"]}}
WIND = {"source": {"kind": "daily_files", "paths": ["wind.nc"]}, "during": "persisted"}
SMALL: dict[str, Any] = {"topography": None, "models": [UNET], "baselines": ["persistence"], "leads": 3, "starts": 2}
HALF = slice(50, None)


def said(*arguments: object) -> str:
    """The line that a command which fails says."""
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    assert done.exit_code == 1, done.output
    line = done.stderr.strip().splitlines()[-1]
    assert line.startswith("oxygen-recon: ") and "Traceback" not in done.stderr, done.stderr
    return line


def run(folder: Path, **changes: Any) -> list[object]:
    """Arguments of a run of an experiment on the files of a folder."""
    (folder / "e.yaml").write_text(yaml.safe_dump(settings(**SMALL | changes)))
    return ["run", folder / "e.yaml", "--data", folder, "--work", folder / "runs"]


def changed(path: Path, change: Callable[[xr.Dataset], xr.Dataset], out: Path | None = None) -> None:
    """Write a changed file in place of a file, or beside it."""
    with xr.open_dataset(path) as data:
        other = change(data.load())
    other.to_netcdf(out or path)


def with_values(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[xr.Dataset], xr.Dataset]:
    def made(data: xr.Dataset) -> xr.Dataset:
        return data.assign({n: (data[n].dims, change(data[n].values.copy()), data[n].attrs) for n in data.data_vars})

    return made


def with_attributes(**attributes: str) -> Callable[[xr.Dataset], xr.Dataset]:
    return lambda data: data.assign({n: data[n].assign_attrs(attributes) for n in data.data_vars})


def hole(values: np.ndarray) -> np.ndarray:
    values[-1, 6, 7] = np.nan
    return values


def upside_down(values: np.ndarray) -> np.ndarray:
    return values[:, ::-1]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    write_days(tmp_path / "state.nc", NAMES)
    return tmp_path


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda data: data.drop_vars("northward_velocity"),
         "state.nc: no variable of northward_velocity; state.nc has eastward_velocity; name them under variables"),
        (with_attributes(units="furlong"), "state.nc: eastward_velocity in 'furlong'; give eastward velocity in m s-1"),
        (with_values(lambda values: 100 * values),
         "eastward_velocity of .* m s-1 on 2001-01-01; all should lie in -10 to 10: correct its unit"),
        (with_values(hole),
         "eastward_velocity is missing on 2001-04-10 at 1 of 180 cells that are ocean on 2001-01-01; fill them"),
        (lambda data: data.isel(time=np.delete(np.arange(100), 40)),
         "state.nc: 2001-02-10 is missing; add its file, or set gaps to true: no window of days will cross it"),
        (lambda data: data.isel(time=[*range(50), *range(49, 100)]),
         "state.nc: 2001-02-19 is in it 2 times; leave out the repeated day"),
        (lambda data: data.assign_coords(latitude=np.full(12, -30.0)), "latitude is not monotone|two rows of latitude"),
    ],
)  # fmt: skip
def test_a_file_at_fault(here: Path, change: Callable[[xr.Dataset], xr.Dataset], what: str) -> None:
    changed(here / "state.nc", change)
    assert re.search(what, said(*run(here)))


@pytest.mark.parametrize(
    ("first", "change", "what"),
    [
        (50, lambda data: data.assign_coords(latitude=data["latitude"] + 0.25),
         "more.nc: latitude of another grid than in state.nc; give files of one grid"),
        (50, with_values(upside_down),
         "eastward_velocity has values on 2001-02-20 at 12 of 12 cells that are land on 2001-01-01"),
        (51, lambda data: data, "eastward_velocity of 2001-02-20 is in state.nc, more.nc; leave out the repeated day"),
        (50, with_attributes(cell_methods="time: point"),
         "more.nc: instantaneous values beside those of state.nc, daily mean; open files of one kind"),
    ],
)  # fmt: skip
def test_two_files_that_do_not_fit(
    here: Path, first: int, change: Callable[[xr.Dataset], xr.Dataset], what: str
) -> None:
    changed(here / "state.nc", lambda data: change(data.isel(time=HALF)), here / "more.nc")
    changed(here / "state.nc", lambda data: data.isel(time=slice(0, first)))
    assert what in said(*run(here, **BOTH))


def test_latitudes_from_north_to_south_are_read_right(here: Path) -> None:
    changed(here / "state.nc", lambda data: data.isel(latitude=slice(None, None, -1)), here / "turned.nc")
    read = []
    for name in ("state.nc", "turned.nc"):
        experiment = ForecastExperiment.model_validate(
            settings(**SMALL | {"name": name[:-3], "source": FILE_SAYS | {"paths": [name]}})
        )
        read.append(ox.forecast(experiment, data=here, work=here / "runs", to="fields").pipeline.state)
    assert (read[0].latitude == read[1].latitude).all() and (np.diff(read[1].latitude) > 0).all()
    np.testing.assert_array_equal(read[0].values, read[1].values)
    np.testing.assert_array_equal(read[0].ocean, read[1].ocean)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda data: data.isel(longitude=slice(0, 9)), "forcing: no value at 84 ocean cells of the state"),
        (lambda data: data.isel(time=slice(0, 90)), "forcing: 10 days of the state are missing, 2001-04-01 first; add"),
        (with_attributes(units="knots per hour"), "wind.nc: eastward_wind in 'knots per hour'"),
    ],
)  # fmt: skip
def test_forcing_that_does_not_cover_the_state(
    here: Path, change: Callable[[xr.Dataset], xr.Dataset], what: str
) -> None:
    write_days(here / "wind.nc", {"eastward_wind": "m s-1"})
    changed(here / "wind.nc", change)
    assert what in said(*run(here, forcing=WIND))


def test_instantaneous_forcing_of_daily_means_is_said(here: Path) -> None:
    write_days(here / "wind.nc", {"eastward_wind": "m s-1"})
    changed(here / "wind.nc", with_attributes(cell_methods="time: point"))
    done = CliRunner().invoke(app, [str(one) for one in run(here, forcing=WIND)])
    assert done.exit_code == 0, done.output
    assert "warning: the state is daily mean, the forcing instantaneous" in done.output


def test_a_test_day_inside_the_statistics(here: Path) -> None:
    line = said(*run(here, test={"start": "2001-03-01", "end": "2001-04-10"}))
    assert "20 days are in training and in test, 2001-03-01 first; end one before the other" in line


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with two runs, basin and wider, whose networks differ in size."""
    folder = tmp_path_factory.mktemp("trained")
    write_days(folder / "state.nc", NAMES)
    for name, width in (("basin", 8), ("wider", 12)):
        model = UNET | {"network": {"width": width, "levels": 2}}
        experiment = ForecastExperiment.model_validate(settings(**SMALL | {"name": name, "models": [model]}))
        ox.forecast(experiment, data=folder, work=folder / "runs", to="train")
    other = settings(**SMALL | {"name": "seeds", "seed": 1})
    ox.forecast(ForecastExperiment.model_validate(other), data=folder, work=folder / "runs", to="train")
    return folder


@pytest.mark.parametrize(
    ("donor", "what"),
    [
        ("wider", "checkpoint.pt: a checkpoint of another shape than these settings give; remove it to train afresh"),
        ("seeds", "checkpoint.pt: a checkpoint of other data, settings or another seed; remove it to train afresh"),
        (None, "checkpoint.pt: "),
    ],
)
def test_a_checkpoint_of_another_network(trained: Path, tmp_path: Path, donor: str | None, what: str) -> None:
    shutil.copytree(trained / "runs" / "basin", tmp_path / "basin")
    checkpoint = tmp_path / "basin" / "train" / "unet" / "checkpoint.pt"
    if donor is None:
        checkpoint.write_bytes(b"no checkpoint")
    else:
        shutil.copy(trained / "runs" / donor / "train" / "unet" / "checkpoint.pt", checkpoint)
    assert what in said("forecast", tmp_path / "basin", "--out", tmp_path / "f.nc")
    assert not (tmp_path / "f.nc").exists()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda data: data.isel(latitude=slice(0, 8)), "other.nc: another grid, or other channels, than the run"),
        (lambda data: data.drop_vars("northward_velocity"), "other.nc: no variable of northward_velocity"),
        (with_values(hole), "eastward_velocity is missing on 2001-04-10 at 1 of 180 cells that are ocean"),
        (with_values(upside_down), "other.nc: no value at 12 ocean cells of the run; give files like its own"),
        (with_attributes(cell_methods="time: point"), "other.nc: it says instantaneous, sampling says daily mean"),
    ],
)
def test_a_start_from_other_files(
    trained: Path, tmp_path: Path, change: Callable[[xr.Dataset], xr.Dataset], what: str
) -> None:
    changed(trained / "state.nc", change, tmp_path / "other.nc")
    verb = ["forecast", trained / "runs" / "basin", "--state", tmp_path / "other.nc", "--out", tmp_path / "f.nc"]
    assert what in said(*verb)


def test_a_start_of_another_kind_than_the_files_of_the_run_said(here: Path) -> None:
    """The experiment leaves it to the files what values are: those of the run were daily means."""
    experiment = ForecastExperiment.model_validate(settings(**SMALL | {"source": FILE_SAYS}))
    ox.forecast(experiment, data=here, work=here / "runs", to="train")
    changed(here / "state.nc", with_attributes(cell_methods="time: point"), here / "point.nc")
    line = said("forecast", here / "runs" / "basin", "--state", here / "point.nc", "--out", here / "f.nc")
    assert "point.nc: it says instantaneous, sampling says daily mean; give files of that kind" in line
