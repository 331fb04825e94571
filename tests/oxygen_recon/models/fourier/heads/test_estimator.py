from dataclasses import replace

import numpy as np
import pytest
import torch

from oxygen_recon.dataset.daily.fields import Channel, DailyFields
from oxygen_recon.models.fourier.config import UNetConfig
from oxygen_recon.models.fourier.estimator import DailyForecaster
from oxygen_recon.models.fourier.heads.bicubic import Bicubic
from oxygen_recon.models.fourier.heads.config import HeadConfig
from oxygen_recon.models.fourier.heads.estimator import HeadForecaster
from oxygen_recon.models.fourier.heads.windows import roll_outs
from qc.errors import InputError

DAYS = 50
READ = DAYS - np.array([0, 3])  # days whose fields heads read that make each day from the start
TRAINING = {"steps": 60, "batch": 4, "learning_rate": 1e-2, "starts": 12, "days": 3}
LEADS = 8


@pytest.fixture(scope="module")
def forecaster(fields: DailyFields) -> DailyForecaster:
    settings = {"steps": 40, "batch": 2, "learning_rate": 5e-3, "roll_out": [{"until": 1.0, "days": 1}]}
    config = UNetConfig.model_validate({"network": {"width": 8, "levels": 2}, "training": settings})
    trained = DailyForecaster(config)
    trained.fit(fields, fields.dates[:DAYS])
    return trained


def head(kind: str, forecaster: DailyForecaster, directory=None, report=None, **changes) -> HeadForecaster:
    config = {"kind": kind, "training": {**TRAINING, **changes}, "compute": {"checkpoint_every": 20}}
    config |= {"logarithm": True} if kind == "biochemistry" else {}
    return HeadForecaster(HeadConfig.model_validate(config), forecaster, directory, report)


def blooms(fields: DailyFields) -> DailyFields:
    """Concentrations that follow the temperature of the day: positive, of very different sizes."""
    warm = (fields.values[:, 0] - 20) / 3
    values = np.stack([np.exp(warm), 1e-3 * np.exp(-0.5 * warm)], axis=1).astype(np.float32)
    channels = (Channel("chlorophyll", None, "mg m-3"), Channel("iron", None, "nmol l-1"))
    return replace(fields, values=values, ocean=fields.ocean[[0, 0]], channels=channels)


def waves(fields: DailyFields) -> tuple[DailyFields, DailyFields]:
    """Wave height that follows the wind of its own day, and the wind."""
    wind = np.abs(fields.values[:, :1] - 20).astype(np.float32)
    one = {"ocean": fields.ocean[:1]}
    height = replace(fields, values=0.3 + 0.5 * wind, channels=(Channel("wave_height", None, "m"),), **one)
    return height, replace(fields, values=wind, channels=(Channel("wind_speed", None, "m s-1"),), **one)


def finer(fields: DailyFields, factor: int = 3) -> DailyFields:
    """Temperature of a box, each cell divided, with a pattern that is finer than a cell."""
    rows, columns = slice(4, 8), slice(6, 11)
    pattern = np.tile(np.linspace(-1, 1, factor), 5)[None, None, None, :]
    coarse = fields.values[:, :1, rows, columns].repeat(factor, axis=2).repeat(factor, axis=3)
    step = np.diff(fields.latitude[:2])[0], np.diff(fields.longitude[:2])[0]
    offset = (np.arange(factor) - (factor - 1) / 2) / factor
    latitude, longitude = (
        (axis[part][:, None] + size * offset).ravel()
        for axis, part, size in zip((fields.latitude, fields.longitude), (rows, columns), step)
    )
    values = (coarse + 2 * pattern).astype(np.float32)
    return DailyFields(values, np.ones(values.shape[1:], bool), fields.dates, latitude, longitude, fields.channels[:1])


def error(found: np.ndarray, truth: np.ndarray, ocean: np.ndarray) -> float:
    return float(np.sqrt(np.square(found - truth)[:, ocean].mean()))


def test_biochemistry_follows_the_forecast_and_stays_positive(fields: DailyFields, forecaster: DailyForecaster) -> None:
    task = blooms(fields)
    method = head("biochemistry", forecaster)
    method.fit(task, fields, fields.dates[:DAYS], leads=LEADS)
    found = method.forecast(fields.values[DAYS], task.values[READ], fields.dates[DAYS], 5)
    assert found.shape == (5, *task.ocean.shape) and found.dtype == np.float32 and (found > 0).all()
    truth = np.log(task.values[DAYS + 1 : DAYS + 6])
    persisted = np.broadcast_to(np.log(task.values[DAYS]), truth.shape)
    assert error(np.log(found), truth, task.ocean) < 0.8 * error(persisted, truth, task.ocean)


def test_waves_follow_the_wind_of_the_next_day(fields: DailyFields, forecaster: DailyForecaster) -> None:
    task, wind = waves(fields)
    method = head("waves", forecaster)

    def driven(date: np.datetime64, leads: int) -> np.ndarray:
        days = date + np.arange(1, leads + 1).astype("timedelta64[D]")
        return wind.values[wind.places(days)]

    method.fit(task, fields, fields.dates[:DAYS], drivers=driven, leads=LEADS)
    found = method.forecast(fields.values[DAYS], task.values[DAYS], fields.dates[DAYS], 4)
    truth = task.values[DAYS + 1 : DAYS + 5]
    persisted = np.broadcast_to(task.values[DAYS], truth.shape)
    assert (found >= 0).all() and error(found, truth, task.ocean) < 0.8 * error(persisted, truth, task.ocean)
    ridge = method.forecast(fields.values[DAYS], task.values[DAYS], fields.dates[DAYS], 4, by="ridge")
    assert error(ridge, truth, task.ocean) < 0.3 * error(persisted, truth, task.ocean)  # the truth is linear here
    with pytest.raises(InputError, match="a start of shape"):
        method.forecast(fields.values[DAYS], task.values[DAYS, 0], fields.dates[DAYS], 4)
    with pytest.raises(InputError, match="give the wind to waves"):
        head("waves", forecaster).fit(task, fields, fields.dates[:DAYS], leads=LEADS)


def test_downscaling_adds_what_a_coarse_cell_hides(fields: DailyFields, forecaster: DailyForecaster) -> None:
    task = finer(fields)
    method = head("downscaling", forecaster)
    method.fit(task, fields, fields.dates[:DAYS], leads=LEADS)
    found = method.forecast(fields.values[DAYS], task.values[READ], fields.dates[DAYS], 2)
    smooth = Bicubic(forecaster.fitted()[0], task).of(
        forecaster.forecast(fields.values[DAYS], fields.dates[DAYS], 2), fields.dates[DAYS]
    )
    truth = task.values[DAYS + 1 : DAYS + 3]
    assert error(found, truth, task.ocean) < 0.6 * error(smooth, truth, task.ocean)


def test_downscaling_knows_details_of_the_start_that_last(fields: DailyFields, forecaster: DailyForecaster) -> None:
    task = finer(fields)
    drawn = np.random.default_rng(0).normal(size=(7, *task.values.shape[1:]))
    slow = task.values + drawn.repeat(9, axis=0)[: len(task.values)].astype(np.float32)  # for 9 days, finer than a cell
    task = replace(task, values=slow)
    method = head("downscaling", forecaster, starts=30)
    method.fit(task, fields, fields.dates[:DAYS], leads=3)
    start = 54  # the details change at days 45 and 54
    found = method.forecast(fields.values[start], task.values[start - np.array([0, 3])], fields.dates[start], 3)
    other = method.forecast(fields.values[start], task.values[start - np.array([3, 3])], fields.dates[start], 3)
    truth = task.values[start + 1 : start + 4]
    assert error(found, truth, task.ocean) < 0.8 * error(other, truth, task.ocean)


def test_what_is_kept_is_found_on_days_that_were_not_learned(fields: DailyFields, monkeypatch) -> None:
    settings = {"steps": 2, "batch": 2, "roll_out": [{"until": 1.0, "days": 1}], "calibration": 14}
    network = DailyForecaster(UNetConfig.model_validate({"network": {"width": 8, "levels": 2}, "training": settings}))
    network.fit(fields, fields.dates[:DAYS])
    asked: list[np.ndarray] = []

    def noting(head, reading, state, task, training, leads, number):
        asked.append(training)
        return roll_outs(head, reading, state, task, training, leads, number)

    monkeypatch.setattr("oxygen_recon.models.fourier.heads.estimator.roll_outs", noting)
    head("biochemistry", network, steps=1).fit(blooms(fields), fields, fields.dates[:DAYS], leads=LEADS)
    assert [days[[0, -1]].tolist() for days in asked] == [
        fields.dates[[0, DAYS - 15]].tolist(), fields.dates[[DAYS - 14, DAYS - 1]].tolist()
    ]  # fmt: skip
    asked.clear()
    head("biochemistry", network, steps=1).fit(blooms(fields), fields, fields.dates[:DAYS], leads=12)
    assert len(asked) == 1  # 14 days hold no forecast of 12 with the 3 days before


def test_the_network_stays_as_it_is_and_a_killed_head_goes_on_to_the_same_numbers(
    fields: DailyFields, forecaster: DailyForecaster, tmp_path
) -> None:
    task = blooms(fields)
    before = {name: value.clone() for name, value in forecaster.fitted()[1].state_dict().items()}

    def forecast(method: HeadForecaster) -> np.ndarray:
        method.fit(task, fields, fields.dates[:DAYS], leads=LEADS)
        return method.forecast(fields.values[DAYS], task.values[READ], fields.dates[DAYS], 2)

    whole = forecast(head("biochemistry", forecaster))

    def die(step: int, *_: float) -> None:
        if step == 30:
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        forecast(head("biochemistry", forecaster, tmp_path, die))
    steps: list[int] = []
    assert np.array_equal(
        forecast(head("biochemistry", forecaster, tmp_path, lambda step, *_: steps.append(step))), whole
    )
    assert steps == list(range(21, 61))
    assert all(torch.equal(value, forecaster.fitted()[1].state_dict()[name]) for name, value in before.items())


def test_faults_are_one_clear_line(fields: DailyFields, forecaster: DailyForecaster) -> None:
    task, fine = blooms(fields), finer(fields)
    with pytest.raises(InputError, match="fit it first"):
        head("biochemistry", forecaster).forecast(fields.values[0], task.values[0], fields.dates[0], 1)
    with pytest.raises(InputError, match="is not positive"):
        head("biochemistry", forecaster).fit(
            replace(task, values=-task.values), fields, fields.dates[:DAYS], leads=LEADS
        )
    with pytest.raises(InputError, match="do not divide"):
        moved = replace(fine, latitude=fine.latitude + 0.5)
        head("downscaling", forecaster).fit(moved, fields, fields.dates[:DAYS], leads=LEADS)
    with pytest.raises(InputError, match="the state has no salinity"):
        other = replace(fine, channels=(Channel("salinity", 0.0, "1e-3"),))
        head("downscaling", forecaster).fit(other, fields, fields.dates[:DAYS], leads=LEADS)
    with pytest.raises(InputError, match="no 9 training days in a row"):
        head("biochemistry", forecaster).fit(task, fields, fields.dates[:DAYS:2], leads=LEADS)
