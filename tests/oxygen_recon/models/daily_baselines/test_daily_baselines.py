from dataclasses import replace

import numpy as np
import pytest

from oxygen_recon.dataset.daily.fields import Channel, DailyFields
from oxygen_recon.models.daily_baselines.eof_autoregression import EofAutoregression
from oxygen_recon.models.daily_baselines.kinds import KINDS
from oxygen_recon.models.daily_baselines.persistence import DampedPersistence, Persistence
from qc.errors import InputError

DAYS = np.arange("2001-01-01", "2006-01-01", dtype="datetime64[D]")
FIRST = DAYS[:1500]
LATITUDE, LONGITUDE = np.linspace(-40.0, -30.0, 5), np.arange(8.0)
CHANNELS = (Channel("temperature", 0.0, "degC"), Channel("sea_surface_height", None, "m"))
DECAY = np.array([0.9, 0.7])  # of a day, by channel


def red_noise(seed: int = 0) -> DailyFields:
    """An annual wave plus anomalies of known decay, independent at every cell; land in a corner."""
    rng = np.random.default_rng(seed)
    anomaly = rng.normal(size=(DAYS.size, 2, 5, 8))
    for day in range(1, DAYS.size):
        noise = np.sqrt(1 - DECAY**2)[:, None, None] * anomaly[day]
        anomaly[day] = DECAY[:, None, None] * anomaly[day - 1] + noise
    wave = (
        np.cos(2 * np.pi * np.arange(DAYS.size) / 365.2425)[:, None, None, None] * np.array([4.0, 0.1])[:, None, None]
    )
    values = np.array([15.0, 0.5])[:, None, None] + wave + anomaly * np.array([1.0, 0.05])[:, None, None]
    ocean = np.ones((2, 5, 8), bool)
    ocean[:, 0, :2] = False
    return DailyFields(values.astype(np.float32), ocean, DAYS, LATITUDE, LONGITUDE, CHANNELS)


def travelling_wave() -> DailyFields:
    """A wave that goes round: two patterns that turn into each other, and a little noise."""
    turn = 2 * np.pi * (np.arange(DAYS.size)[:, None, None, None] / 40.0 - np.arange(8.0) / 8.0)
    noise = 0.02 * np.random.default_rng(0).normal(size=(DAYS.size, 2, 5, 8))
    values = (np.cos(turn) + noise).astype(np.float32)
    return DailyFields(values, np.ones((2, 5, 8), bool), DAYS, LATITUDE, LONGITUDE, CHANNELS)


def error(method: object, fields: DailyFields, leads: int = 10) -> np.ndarray:
    """RMSE by lead and channel over starts after the training days."""
    starts = range(FIRST.size, DAYS.size - leads, 11)
    square = [
        np.square(method.forecast(fields.values[one], DAYS[one], leads) - fields.values[one + 1 : one + 1 + leads])  # type: ignore[attr-defined]
        for one in starts
    ]
    return np.asarray(np.sqrt(np.mean([one[:, fields.ocean].reshape(leads, 2, -1) for one in square], axis=(0, 3))))


@pytest.mark.parametrize("kind", KINDS)
def test_every_baseline_keeps_the_contract(kind: str) -> None:
    fields = red_noise()
    method = KINDS[kind]()
    method.fit(fields, FIRST)
    found = method.forecast(fields.values[1550], DAYS[1550], 12)
    assert found.shape == (12, 2, 5, 8) and found.dtype == np.float32 and np.isfinite(found).all()
    np.testing.assert_array_equal(found, method.forecast(fields.values[1550], DAYS[1550], 12))
    np.testing.assert_array_equal(found[:5], method.forecast(fields.values[1550], DAYS[1550], 5))


@pytest.mark.parametrize("kind", KINDS)
def test_no_baseline_learns_from_days_that_are_not_for_training(kind: str) -> None:
    fields, values = red_noise(), red_noise().values.copy()
    values[1500:] = values[1500:][::-1] * 1.3
    one, other = KINDS[kind](), KINDS[kind]()
    one.fit(fields, FIRST)
    other.fit(replace(fields, values=values), FIRST)
    start, date = fields.values[100], DAYS[100]
    np.testing.assert_array_equal(one.forecast(start, date, 10), other.forecast(start, date, 10))


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"persistence"}))
def test_what_is_not_fitted_or_has_too_few_days_is_refused(kind: str) -> None:
    fields = red_noise()
    with pytest.raises(InputError, match="not fitted; call fit first"):
        KINDS[kind]().forecast(fields.values[0], DAYS[0], 3)
    if kind != "day_of_year":
        with pytest.raises(InputError, match="no 31 training days in a row; train on more days, or forecast fewer"):
            KINDS[kind]().fit(fields, DAYS[:20])


def test_damped_persistence_finds_the_decay_of_each_channel_and_goes_to_the_climatology() -> None:
    fields, damped = red_noise(), DampedPersistence(leads=30)
    damped.fit(fields, FIRST)
    assert damped.coefficients is not None and damped.climatology is not None
    expected = DECAY ** np.arange(1, 31)[:, None]
    np.testing.assert_allclose(damped.coefficients, expected, atol=0.06)  # the climatology of the same days takes some
    start = fields.values[1550].copy()
    start += 100.0
    far = damped.forecast(start, DAYS[1550], 30)
    anomaly = (far - damped.climatology.at(DAYS[1551:1581]))[:, 1]
    assert abs(anomaly[-1]).max() < 5.0 < abs(anomaly[0]).min()
    with pytest.raises(InputError, match="31 days, coefficients of 30"):
        damped.forecast(start, DAYS[1550], 31)


def test_damped_persistence_is_never_much_worse_than_either_of_its_ends() -> None:
    fields = red_noise(1)
    scores = {}
    for kind in KINDS:
        method = KINDS[kind]()
        method.fit(fields, FIRST)
        scores[kind] = error(method, fields)
    best = np.minimum(scores["persistence"], scores["day_of_year"])
    assert (scores["damped_persistence"] < 1.02 * best).all()
    assert (scores["damped_persistence"][:3] < 0.99 * scores["persistence"][:3]).all()


def test_a_travelling_wave_is_forecast_by_autoregression_of_its_patterns() -> None:
    fields, persistence, patterns = travelling_wave(), Persistence(), EofAutoregression(modes=4, ridge=1e-4)
    patterns.fit(fields, FIRST)
    assert (error(patterns, fields)[2:] < 0.2 * error(persistence, fields)[2:]).all()  # 0.03 is noise


def test_values_on_land_do_not_move_a_forecast_over_the_ocean() -> None:
    fields, values = red_noise(), red_noise().values.copy()
    values[:, ~fields.ocean] = 9.0
    for kind in KINDS:
        one, other = KINDS[kind](), KINDS[kind]()
        one.fit(fields, FIRST)
        other.fit(replace(fields, values=values), FIRST)
        found = [
            method.forecast(of.values[1550], DAYS[1550], 5)
            for method, of in ((one, fields), (other, replace(fields, values=values)))
        ]
        np.testing.assert_allclose(found[0][:, fields.ocean], found[1][:, fields.ocean], rtol=1e-5)
