from dataclasses import replace

import numpy as np
import pytest

from oxygen_recon.dataset.daily import fields as module
from oxygen_recon.dataset.daily.fields import Channel, DailyFields, Dates
from oxygen_recon.dataset.daily.seasons import DayOfYear

DAYS = np.arange("2000-03-01", "2004-03-01", dtype="datetime64[D]")


def season(dates: Dates) -> np.ndarray:
    phase = 2 * np.pi * (dates - np.datetime64("2000-01-01")).astype(float) / 365.2425
    return np.asarray(15 + 4 * np.cos(phase - 1) + 0.7 * np.sin(2 * phase))


def fields(days: Dates, noise: float) -> DailyFields:
    values = season(days)[:, None, None, None] + np.random.default_rng(0).normal(0, noise, (days.size, 1, 3, 4))
    axes = np.arange(3.0), np.arange(4.0), (Channel("temperature", 0.0, "degC"),)
    return DailyFields(values.astype(np.float32), np.ones((1, 3, 4), bool), days, *axes)


def test_annual_and_semiannual_waves_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 5000)  # some days at a time
    later = np.arange("2010-01-01", "2011-01-01", dtype="datetime64[D]")
    found = DayOfYear.fit(fields(DAYS, 0.5), DAYS).at(later)
    assert found.shape == (365, 1, 3, 4) and found.dtype == np.float32
    np.testing.assert_allclose(found[:, 0, 1, 1], season(later), atol=0.12)  # 0.5 of noise in 1461 days: 0.03 of error


def test_days_outside_the_training_do_not_move_it() -> None:
    full = fields(DAYS, 0.5)
    values = full.values.copy()
    values[800:] += 50.0
    changed = DayOfYear.fit(replace(full, values=values), DAYS[:800])
    np.testing.assert_array_equal(changed.coefficients, DayOfYear.fit(full, DAYS[:800]).coefficients)


def test_a_part_in_memory_may_have_no_training_day(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = DayOfYear.fit(fields(DAYS, 0.5), DAYS[:800])
    monkeypatch.setattr(module, "_BLOCK", 12 * 100)  # 100 days at a time
    found = DayOfYear.fit(fields(DAYS, 0.5), DAYS[:800])
    np.testing.assert_allclose(found.coefficients, whole.coefficients, atol=1e-4)


def test_a_part_of_a_year_gives_the_mean_alone() -> None:
    some = fields(DAYS[:270], 0.5)
    found = DayOfYear.fit(some, DAYS[:270])
    assert found.harmonics == 0
    np.testing.assert_allclose(found.at(DAYS[300:301])[0], some.values.mean(axis=0), rtol=1e-5)
