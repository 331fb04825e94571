"""Surveys a step: visits of a column that lie apart in time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.pipeline.setup.surveys import surveys_a_step

EDGES = np.array([0.0, 1.0, 2.0])
GRID = Grid(EDGES, EDGES, EDGES[:2], np.array([0.5]), np.ones((1, 2, 2), bool))


def found(days, latitude=0.5, step="season"):
    time = np.datetime64("2001-01-01") + np.array(days, int)
    place = np.broadcast_to(latitude, time.shape).astype(float)
    return surveys_a_step(place, np.full(time.shape, 0.5), time, GRID, TimeAxis.regular(2001, 2001, step)).mean


def test_casts_of_one_survey_count_once():
    assert found([3, 4, 10]) == 1.0
    assert found([3, 40, 80]) == 3.0
    assert found([3, 40, 80], step="month") == 1.0
    assert found([3, 40, 95]) == 1.5, "two in the first season, one in the second"
    assert found([3, 40], latitude=np.array([0.5, 1.5])) == 1.0, "of two columns"


def test_casts_elsewhere_and_undated_ones_do_not_count():
    assert np.isnan(found([3, 40], latitude=50.0)) and np.isnan(found([]))
    time = np.array(["2001-01-03", "NaT"], "datetime64[D]")
    one = surveys_a_step(np.full(2, 0.5), np.full(2, 0.5), time, GRID, TimeAxis.regular(2001, 2001, "season"))
    assert one == (1.0, 0.0)


@given(st.lists(st.integers(0, 364), min_size=1, max_size=30))
def test_at_least_one_and_no_more_than_casts_and_order_does_not_matter(days):
    number = found(days)
    assert 1.0 <= number <= len(days) and number == found(days[::-1])
    assert found(days, step="year") >= number, "a longer step holds no fewer"
    assert found(days + days) == pytest.approx(number)


@given(st.lists(st.integers(0, 364), min_size=1, max_size=30))
def test_the_share_with_several_fits_the_mean(days):
    time = np.datetime64("2001-01-01") + np.array(days, int)
    place = np.full(time.shape, 0.5)
    mean, several = surveys_a_step(place, place, time, GRID, TimeAxis.regular(2001, 2001, "season"))
    assert 0 <= several <= min(1.0, mean - 1.0 + 1e-9) and (several > 0) == (mean > 1)
