import numpy as np
import pytest

from oxygen_recon.dataset.daily.fields import Channel, DailyFields
from oxygen_recon.dataset.daily.perturbations import days_alike, perturbations
from qc.errors import InputError

DAYS = np.arange("2001-01-01", "2003-01-01", dtype="datetime64[D]")


def fields() -> DailyFields:
    """Noise of standard deviation 2 on a season of 10."""
    season = 10 * np.cos(2 * np.pi * np.arange(DAYS.size) / 365.2425)[:, None, None, None]
    values = (np.random.default_rng(0).normal(0, 2, (DAYS.size, 1, 4, 5)) + season).astype(np.float32)
    axes = np.arange(4.0), np.arange(5.0), (Channel("temperature", 0.0, "degC"),)
    return DailyFields(values, np.ones((1, 4, 5), bool), DAYS, *axes)


def test_perturbations_have_the_size_of_a_share_of_the_anomalies_and_no_season() -> None:
    drawn = perturbations(fields(), DAYS, DAYS[300], number=200, size=0.1, seed=0)
    assert drawn.std() == pytest.approx(0.2, rel=0.05)
    np.testing.assert_array_equal(drawn[::2], -drawn[1::2])


def test_seed_and_date_decide_them_and_nothing_but_training_days_is_drawn() -> None:
    some = fields()
    one = perturbations(some, DAYS[:365], DAYS[400], 4, 0.1, seed=1)
    np.testing.assert_array_equal(one, perturbations(some, DAYS[:365], DAYS[400], 4, 0.1, seed=1))
    assert not np.allclose(one, perturbations(some, DAYS[:365], DAYS[400], 4, 0.1, seed=2))
    assert not np.allclose(one, perturbations(some, DAYS[:365], DAYS[401], 4, 0.1, seed=1))
    some.values[365:] = 1e6
    np.testing.assert_array_equal(one, perturbations(some, DAYS[:365], DAYS[400], 4, 0.1, seed=1))


def test_few_training_days_are_refused() -> None:
    with pytest.raises(InputError, match="5 training days of the season, none 10 days from another"):
        perturbations(fields(), DAYS[:5], DAYS[400], 4, 0.1, seed=1)


def test_days_alike_are_of_the_season_with_the_days_around_them_among_the_training_days() -> None:
    training = np.concatenate([DAYS[:200], DAYS[210:500]])
    for seed in range(20):
        drawn = days_alike(training, np.datetime64("2010-06-20"), 90, 3, np.random.default_rng(seed))
        for step in (-2, -1, 0, 1):
            assert np.isin(drawn + np.timedelta64(step, "D"), training).all()
        of_year = np.array([(day - day.astype("datetime64[Y]")).astype("timedelta64[D]").astype(int) for day in drawn])
        assert (np.abs(of_year[:30] - 170) <= 46 + np.arange(30)).all()
    nearest = days_alike(DAYS[:60], np.datetime64("2010-06-20"), 1, 1, np.random.default_rng(0))
    assert DAYS[39] <= nearest[0] <= DAYS[59]
    with pytest.raises(InputError, match="no 3 training days in a row"):
        days_alike(DAYS[:2], np.datetime64("2010-06-20"), 5, 2, np.random.default_rng(0))
