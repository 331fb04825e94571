"""Nearness of observations, against each distance computed."""

from dataclasses import replace

import numpy as np
import pytest

from graphs.sphere import great_circle
from graphs.time_axis import TimeAxis
from oxygen_recon.products.observations_near import REACH_KM, REACH_YEARS, WITHIN, observations_near
from oxygen_recon.products.reconstruction import background_alone


def test_the_nearest_observation_of_the_level_and_how_many_are_within_reach(small_ocean):
    domain, samples, _, _ = small_ocean()
    few = samples.take(samples.group % 8 == 0)
    rng = np.random.default_rng(2)
    latitude, longitude, years = rng.uniform(-15, 15, 50), rng.uniform(160, 210, 50), rng.uniform(1985, 2005, 50)
    level = rng.integers(0, 4, 50)
    found = observations_near(domain, few, latitude, longitude, years, level)
    for i in range(50):
        own = domain.level[few.cell] == level[i]
        cell, step = few.cell[own], few.step[own]
        if not cell.size:
            assert np.isinf(found.distance[i]) and found.number[i] == 0
            continue
        distance = great_circle(latitude[i], longitude[i], domain.latitude[cell], domain.longitude[cell]) / 1000
        lag = np.abs(years[i] - domain.years[step])
        chord = 2 * 6371 * np.sin(distance / 2 / 6371)
        apart = np.hypot(chord / REACH_KM, lag / REACH_YEARS)
        assert found.number[i] == (apart <= WITHIN).sum()
        nearest = np.isclose(apart, apart.min())
        assert np.isclose(distance[nearest], found.distance[i]).any() and np.isclose(lag[nearest], found.years[i]).any()


@pytest.mark.parametrize("step", ["year", "season", "month"])
def test_five_years_by_the_calendar_are_near_whatever_the_leap_years(small_ocean, step):
    domain, samples, _, _ = small_ocean()
    years = TimeAxis.regular(1990, 2010, step).years
    lag = (years.size // 21) * 5
    domain = replace(domain, years=years, covariates=np.zeros((years.size, domain.cells, 0)), names=())
    for start in range(years.size - lag):
        one = replace(samples.take(np.array([0])), step=np.array([start]))
        place = domain.latitude[one.cell], domain.longitude[one.cell], years[[start + lag]], domain.level[one.cell]
        assert observations_near(domain, one, *place).number[0] == 1


def test_none_within_reach_is_what_a_field_marks_as_far(small_ocean):
    domain, samples, _, _ = small_ocean()
    few = samples.take(samples.group % 8 == 0)
    alone = background_alone(domain, few, 0, domain.steps)
    step, cell = np.nonzero(np.ones_like(alone))
    found = observations_near(
        domain, few, domain.latitude[cell], domain.longitude[cell], domain.years[step], domain.level[cell]
    )
    np.testing.assert_array_equal(found.number == 0, alone[step, cell])
