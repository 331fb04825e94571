from dataclasses import replace

import numpy as np
import pytest

from oxygen_recon.dataset.daily import fields as module
from oxygen_recon.dataset.daily.fields import Channel, DailyFields, exclude
from oxygen_recon.dataset.daily.scaling import Scaling
from qc.errors import InputError

DAYS = np.arange("2001-01-01", "2001-03-01", dtype="datetime64[D]")
CHANNELS = (Channel("temperature", 0.0, "degC"), Channel("sea_surface_height", None, "m"))


def fields() -> DailyFields:
    values = np.random.default_rng(0).normal([[[[20.0]], [[0.5]]]], [[[[3.0]], [[0.1]]]], (DAYS.size, 2, 4, 5))
    axes = np.arange(4.0), np.arange(5.0)
    return DailyFields(values.astype(np.float32), np.ones((2, 4, 5), bool), DAYS, *axes, CHANNELS)


def test_scores_have_mean_zero_and_deviation_one_over_the_training_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 200)  # some days at a time
    scaling = Scaling.fit(fields(), DAYS[:40])
    scores = scaling.apply(fields().values[:40])
    np.testing.assert_allclose(scores.mean(axis=(0, 2, 3)), 0.0, atol=1e-5)
    np.testing.assert_allclose(scores.std(axis=(0, 2, 3)), 1.0, rtol=1e-5)
    np.testing.assert_allclose(scaling.undo(scores), fields().values[:40], rtol=1e-5)
    assert scores.dtype == np.float32


def test_days_outside_the_training_do_not_move_it() -> None:
    values = fields().values.copy()
    values[40:] += 100.0
    changed = Scaling.fit(replace(fields(), values=values), DAYS[:40])
    np.testing.assert_array_equal(changed.mean, Scaling.fit(fields(), DAYS[:40]).mean)
    with pytest.raises(InputError, match="1 of its training days are test days, 2001-02-09 first"):
        exclude(changed.training, DAYS[39:], "scaling")


def test_a_channel_that_does_not_vary_is_refused() -> None:
    values = fields().values.copy()
    values[:, 1] = 0.5
    with pytest.raises(InputError, match="sea_surface_height does not vary over the training days"):
        Scaling.fit(replace(fields(), values=values), DAYS)
    with pytest.raises(InputError, match="no training day"):
        Scaling.fit(fields(), DAYS[:0])
