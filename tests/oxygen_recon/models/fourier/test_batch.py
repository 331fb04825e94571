from dataclasses import replace

import numpy as np
import pytest
import torch

from oxygen_recon.dataset.daily.fields import DailyFields
from oxygen_recon.models.fourier.batch import GridBatch, Starts, assemble, phase_at
from oxygen_recon.models.fourier.config import ForecastTraining, MaskPhase, RollOutPhase
from oxygen_recon.models.fourier.statistics import measure
from qc.errors import InputError

PUBLISHED = (  # 150 epochs (arXiv 2308.03152)
    MaskPhase(until=3 / 150, ratio=0.0),
    MaskPhase(until=20 / 150, ratio=0.75),
    MaskPhase(until=40 / 150, ratio=0.25),
)
SETTINGS = ForecastTraining(
    steps=10, batch=3, roll_out=(RollOutPhase(until=0.5, days=1), RollOutPhase(until=1, days=4)),
    masking=(MaskPhase(until=0.5, ratio=0.5),), noise=0.1,
)  # fmt: skip


def starts(fields: DailyFields, settings: ForecastTraining = SETTINGS, seed: int = 0) -> Starts:
    return Starts(fields, measure(fields, fields.dates[:40], 4), fields.dates[:40], settings, 2, 30, seed)


def test_the_schedule_is_the_published_one_by_epoch() -> None:
    phases = [phase_at(PUBLISHED, (epoch - 1) / 150) for epoch in (1, 3, 4, 20, 21, 40, 41, 150)]
    assert [phase.ratio if phase else 0.0 for phase in phases] == [0.0, 0.0, 0.75, 0.75, 0.25, 0.25, 0.0, 0.0]


def test_batches_are_the_same_whenever_they_are_made_and_follow_the_phases(fields: DailyFields) -> None:
    batches = starts(fields)
    for i in (7, 2):
        one, other = batches[i], starts(fields)[i]
        assert torch.equal(one.state, other.state) and torch.equal(one.day, other.day)
    early, late = batches[4], batches[5]
    assert early.leads == 1 and early.kept is not None and early.kept.shape == (3, 15)
    assert late.leads == 4 and late.kept is None and late.state.shape == (3, 2, 2, 9, 12)
    assert not torch.equal(batches[2].day, starts(fields, seed=1)[2].day)


def test_targets_are_the_days_after_the_start_among_the_training_days(fields: DailyFields) -> None:
    without_noise = SETTINGS.model_copy(update={"noise": 0.0})
    scaled = measure(fields, fields.dates[:40], 4).scaling.apply(fields.values)
    last = fields.dates[39].astype(int)
    for i in range(10):
        batch = starts(fields, without_noise)[i]
        assert batch.target is not None and int(batch.target_day.max()) <= last
        place = (batch.day - fields.dates[0].astype(int)).numpy()
        assert np.array_equal(batch.state.numpy(), scaled[place])
        place = (batch.target_day - fields.dates[0].astype(int)).numpy()
        assert np.array_equal(batch.target.numpy(), scaled[place])


def test_noise_is_on_the_start_alone(fields: DailyFields) -> None:
    noisy, clean = starts(fields)[3], starts(fields, SETTINGS.model_copy(update={"noise": 0.0}))[3]
    assert torch.equal(noisy.day, clean.day) and noisy.target is not None and clean.target is not None
    assert torch.equal(noisy.target, clean.target) and not torch.equal(noisy.state, clean.state)


def test_a_batch_that_leaks_or_lacks_values_is_refused(fields: DailyFields) -> None:
    batch = assemble(fields, measure(fields, fields.dates, 2), 5, 2, 2)
    with pytest.raises(ValueError, match="leaks"):
        replace(batch, target_day=batch.day)
    with pytest.raises(ValueError, match="names"):
        replace(batch, names=batch.names[:1])
    with pytest.raises(ValueError, match="fill land"):
        replace(batch, state=torch.full_like(batch.state, torch.nan))
    with pytest.raises(ValueError, match="season"):
        replace(batch, season=batch.season[:, :1])
    assert isinstance(batch.to("cpu"), GridBatch)


def test_forcing_is_of_the_day_that_a_step_starts_from(fields: DailyFields) -> None:
    batch = assemble(fields, measure(fields, fields.dates, 2, forcing=fields), 5, 1, 3, fields)
    assert torch.equal(batch.forcing[:, 0], batch.state[:, 0]) and batch.target is not None
    assert torch.equal(batch.forcing[:, 1:], batch.target[:, :-1])
    assert batch.forcings == ("temperature at 0 m", "temperature at 100 m")


def test_too_few_days_in_a_row_are_one_clear_line(fields: DailyFields) -> None:
    short = fields.dates[:40:2]
    with pytest.raises(InputError, match="no 6 training days in a row"):
        Starts(fields, measure(fields, fields.dates, 4), short, SETTINGS, 2, 30, 0)


def test_phases_must_be_in_order_and_go_to_the_end() -> None:
    with pytest.raises(ValueError, match="until 1"):
        ForecastTraining(roll_out=(RollOutPhase(until=0.5, days=1),))
    with pytest.raises(ValueError, match="ends after the one before"):
        ForecastTraining(roll_out=(RollOutPhase(until=0.5, days=1), RollOutPhase(until=0.5, days=2)))
