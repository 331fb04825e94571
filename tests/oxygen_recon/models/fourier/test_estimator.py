from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from oxygen_recon.dataset.daily.fields import DailyFields
from oxygen_recon.models.fourier.config import (
    AnyDailyConfig,
    FourCastNetConfig,
    FourierMaskedAutoencoderConfig,
    UNetConfig,
)
from oxygen_recon.models.fourier.estimator import DailyForecaster
from oxygen_recon.models.training.checkpoints import CHECKPOINT
from qc.errors import InputError

TRAINING: dict[str, Any] = {
    "steps": 8, "batch": 2, "roll_out": [{"until": 0.5, "days": 1}, {"until": 1.0, "days": 2}], "noise": 0.1,
}  # fmt: skip
SMALL = {"patch": 3, "width": 16, "blocks": 1, "groups": 4}
MASKED = FourierMaskedAutoencoderConfig.model_validate(
    {
        "network": {**SMALL, "decoder_width": 16},
        "training": {**TRAINING, "masking": [{"until": 0.4, "ratio": 0.5}]},
        "compute": {"checkpoint_every": 3},
    }
)
KINDS: list[AnyDailyConfig] = [
    MASKED,
    FourCastNetConfig.model_validate({"network": SMALL, "training": TRAINING}),
    UNetConfig.model_validate({"network": {"width": 8, "levels": 2}, "training": TRAINING}),
]
DAYS = 50


def fitted(config: AnyDailyConfig, fields: DailyFields, directory: Path | None = None, **given: Any) -> DailyForecaster:
    forecaster = DailyForecaster(config, directory, given.pop("report", None))
    forecaster.fit(fields, fields.dates[:DAYS], seed=1, **given)
    return forecaster


def forecast(forecaster: DailyForecaster, fields: DailyFields, leads: int = 3) -> np.ndarray:
    return forecaster.forecast(fields.values[DAYS], fields.dates[DAYS], leads)


@pytest.mark.parametrize("config", KINDS, ids=lambda config: config.kind)
def test_a_killed_training_goes_on_to_the_same_numbers(config: AnyDailyConfig, fields: DailyFields, tmp_path) -> None:
    config = config.model_copy(update={"compute": MASKED.compute})
    whole = forecast(fitted(config, fields), fields)

    def die(step: int, *_: float) -> None:
        if step == 5:  # after the checkpoint of step 3, among forecasts of two days
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        fitted(config, fields, tmp_path, report=die)
    assert torch.load(tmp_path / CHECKPOINT, weights_only=True)["step"] == 3
    steps: list[int] = []
    resumed = fitted(config, fields, tmp_path, report=lambda step, *_: steps.append(step))
    assert steps == [4, 5, 6, 7, 8]
    assert np.array_equal(forecast(resumed, fields), whole)
    again = fitted(config, fields, tmp_path, report=lambda *_: pytest.fail("trained again"))
    assert np.array_equal(forecast(again, fields), whole)


def test_blocks_computed_again_change_no_number(fields: DailyFields) -> None:
    again = MASKED.model_copy(update={"compute": MASKED.compute.model_copy(update={"recompute": True})})
    assert np.array_equal(forecast(fitted(again, fields), fields), forecast(fitted(MASKED, fields), fields))


def test_training_learns_waves_that_travel(fields: DailyFields) -> None:
    longer = {**TRAINING, "steps": 150, "noise": 0.0, "learning_rate": 5e-3}
    config = UNetConfig.model_validate({"network": {"width": 8, "levels": 2}, "training": longer})
    forecaster = fitted(config, fields)
    truth, start = fields.values[DAYS + 1 : DAYS + 4], fields.values[DAYS]
    error = np.abs(forecast(forecaster, fields) - truth)[:, fields.ocean].mean(axis=1)
    persisted = np.abs(start - truth)[:, fields.ocean].mean(axis=1)
    assert (error < 0.5 * persisted).all()


def test_a_forecast_of_many_days_stays_finite_and_its_land_is_the_climatology(fields: DailyFields) -> None:
    forecaster = fitted(MASKED, fields)
    days = forecast(forecaster, fields, 365)
    assert days.shape == (365, *fields.ocean.shape) and days.dtype == np.float32 and np.isfinite(days).all()
    assert forecaster.statistics is not None
    normal = forecaster.statistics.climatology.at(fields.dates[:1])[0]
    assert np.allclose(days[:, ~fields.ocean], normal[~fields.ocean], atol=1e-3)
    assert np.array_equal(days, forecast(forecaster, fields, 365))


def test_days_after_the_training_days_have_no_part_in_it(fields: DailyFields) -> None:
    values = fields.values.copy()
    values[DAYS + 1 :] = 77.0
    other = fitted(MASKED, replace(fields, values=values))
    assert np.array_equal(forecast(other, fields), forecast(fitted(MASKED, fields), fields))


def test_calibration_brings_the_forecast_nearer_to_the_climatology(fields: DailyFields) -> None:
    training = MASKED.training.model_copy(update={"calibration": 10})
    forecaster = fitted(MASKED.model_copy(update={"training": training}), fields)
    assert forecaster.retained is not None and forecaster.retained.shape == (10, 2)
    assert (forecaster.retained >= 0).all() and (forecaster.retained <= 1).all()
    assert (np.diff(forecaster.retained, axis=0) <= 0).all()
    calibrated = forecast(forecaster, fields, 12)
    share, forecaster.retained = forecaster.retained, None
    raw = forecast(forecaster, fields, 12)
    assert forecaster.statistics is not None
    normal = forecaster.statistics.climatology.at(fields.dates[:1])[0]
    place = np.minimum(np.arange(12), 9)
    expected = normal + share[place][:, :, None, None] * (raw - normal)
    assert np.allclose(calibrated, expected, atol=1e-4)


def test_a_calibration_is_found_once_and_belongs_to_its_training(
    fields: DailyFields, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calibrated = MASKED.model_copy(update={"training": MASKED.training.model_copy(update={"calibration": 10})})
    first = fitted(calibrated, fields, tmp_path)
    kept = tmp_path / "retained.npz"
    assert kept.exists()

    def refuse(*_: object) -> None:
        raise AssertionError("found twice")

    monkeypatch.setattr(DailyForecaster, "_retained", refuse)
    again = fitted(calibrated, fields, tmp_path)
    assert np.array_equal(first.retained, again.retained)
    assert np.array_equal(forecast(first, fields), forecast(again, fields))
    np.savez(kept, name="of another training", share=np.zeros((10, 2), np.float32))
    with pytest.raises(AssertionError, match="found twice"):
        fitted(calibrated, fields, tmp_path)
    kept.write_bytes(b"cut")
    with pytest.raises(InputError, match=r"retained\.npz: is damaged; remove it"):
        fitted(calibrated, fields, tmp_path)


def test_a_network_with_forcing_and_fixed_fields_asks_for_its_forcing(fields: DailyFields) -> None:
    fixed = np.random.default_rng(0).normal(size=(1, *fields.ocean.shape[1:]))
    forecaster = fitted(MASKED, fields, forcing=fields, fixed=fixed)
    with pytest.raises(InputError, match=r"forcing of shape \(3, 0, 9, 12\); give|forcing of shape") as caught:
        forecast(forecaster, fields)
    assert "\n" not in str(caught.value)
    start, date, driven = fields.values[DAYS], fields.dates[DAYS], fields.values[DAYS : DAYS + 3]
    one = forecaster.forecast(start, date, 3, forcing=driven)
    other = forecaster.forecast(start, date, 3, forcing=driven + np.float32([[[[0]]], [[[0]]], [[[5]]]]))
    assert np.array_equal(one[:2], other[:2]) and not np.array_equal(one[2], other[2])


def test_faults_of_the_caller_are_one_clear_line(fields: DailyFields, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="fit it first"):
        DailyForecaster(MASKED).forecast(fields.values[0], fields.dates[0], 1)
    forecaster = fitted(MASKED, fields, tmp_path)
    with pytest.raises(InputError, match="a start of shape"):
        forecaster.forecast(fields.values[0, :1], fields.dates[0], 1)
    with pytest.raises(InputError, match="0 known cells"):
        nothing = np.zeros(fields.ocean.shape[1:], bool)
        forecaster.forecast(fields.values[0], fields.dates[0], 1, known=nothing)
    with pytest.raises(InputError, match="other data, settings or another seed"):
        DailyForecaster(MASKED, tmp_path).fit(fields, fields.dates[: DAYS - 1], seed=1)
    larger = MASKED.model_copy(update={"network": MASKED.network.model_copy(update={"blocks": 2})})
    with pytest.raises(InputError, match="another shape"):
        fitted(larger, fields, tmp_path)


@pytest.mark.parametrize("config", KINDS, ids=lambda config: config.kind)
def test_a_start_that_is_known_in_part_is_read_there_alone(config: AnyDailyConfig, fields: DailyFields) -> None:
    forecaster, start, date = fitted(config, fields), fields.values[DAYS], fields.dates[DAYS]
    known = np.zeros(fields.ocean.shape[1:], bool)
    known[4:7, 2:6] = True
    found = forecaster.forecast(start, date, 2, known=known)
    other = forecaster.forecast(np.where(known, start, 7.0).astype(np.float32), date, 2, known=known)
    assert np.array_equal(found, other) and np.isfinite(found).all()
    everything = forecaster.forecast(start, date, 2, known=np.ones_like(known))
    assert np.array_equal(everything, forecaster.forecast(start, date, 2)) and not np.array_equal(everything, found)


def test_half_precision_forecasts_nearly_the_same(fields: DailyFields) -> None:
    half = MASKED.model_copy(update={"compute": MASKED.compute.model_copy(update={"precision": "bf16-mixed"})})
    one, other = forecast(fitted(half, fields), fields), forecast(fitted(MASKED, fields), fields)
    change = np.abs(np.diff(fields.values, axis=0)).mean(axis=(0, 2, 3))[:, None, None]
    assert np.isfinite(one).all() and not np.array_equal(one, other)
    assert (np.abs(one - other) / change).mean() < 0.1
