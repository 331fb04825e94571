from pathlib import Path

import pytest
import torch

from oxygen_recon.dataset.daily.fields import DailyFields
from oxygen_recon.models.fourier import budget
from oxygen_recon.models.fourier.batch import Starts
from oxygen_recon.models.fourier.budget import STEPS, steps_within
from oxygen_recon.models.fourier.config import ForecastTraining, RollOutPhase, UNetConfig
from oxygen_recon.models.fourier.estimator import build
from oxygen_recon.models.fourier.statistics import measure
from qc.errors import InputError

LIMITED = ForecastTraining(
    steps=1000, batch=2, minutes=1.0, roll_out=(RollOutPhase(until=0.5, days=1), RollOutPhase(until=1.0, days=2))
)


@pytest.fixture
def given(fields: DailyFields, monkeypatch: pytest.MonkeyPatch):
    """A model and its batches, and a clock that runs 0.3 s in a step of one day and 0.9 s in one of two."""
    config = UNetConfig.model_validate({"network": {"width": 8, "levels": 2}})
    statistics = measure(fields, fields.dates, 2)
    ticks = iter([0.0, 0.3, 1.0, 1.9] * 2)
    monkeypatch.setattr(budget.time, "process_time", lambda: next(ticks))
    return build(config, statistics, 0), Starts(fields, statistics, fields.dates, LIMITED, 1, 0, 0)


def test_steps_fill_the_minutes_and_are_kept_for_a_training_that_goes_on(given, tmp_path: Path) -> None:
    model, batches = given
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert steps_within(LIMITED, model, batches, tmp_path / "run").steps == 100  # 60 s / (0.3 s / 2 + 0.9 s / 2)
    assert (tmp_path / "run" / STEPS).read_text() == "100\n"
    (tmp_path / "run" / STEPS).write_text("70\n")
    assert steps_within(LIMITED, model, batches, tmp_path / "run").steps == 70
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in before.items())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_minutes_never_make_more_steps_than_the_settings(given) -> None:
    few = LIMITED.model_copy(update={"steps": 5})
    assert steps_within(few, *given, None).steps == 5
    assert steps_within(few.model_copy(update={"minutes": None}), *given, None).steps == 5


def test_a_damaged_number_of_steps_is_one_clear_line(given, tmp_path: Path) -> None:
    (tmp_path / STEPS).write_text("many")
    with pytest.raises(InputError, match="is damaged"):
        steps_within(LIMITED, *given, tmp_path)
