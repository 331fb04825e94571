"""Covariance of errors: what is common to a basin for decades, to casts and to cruises is found in means of blocks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oxygen_recon.dataset.domain import Domain
from oxygen_recon.products.error_covariance import (
    ErrorCovariance,
    HeldOutErrors,
    Part,
    fit_error_covariance,
    stretched,
)
from oxygen_recon.products.members import point_error


def held_out(covariance, seed, folds=2, cruises=150):
    """Errors of a covariance at casts of cruises in the Pacific over 30 years, four levels each."""
    random, casts = np.random.default_rng(seed), 12
    latitude = np.repeat(random.uniform(-40, 40, cruises), casts) + np.tile(np.arange(casts), cruises)
    longitude = np.repeat(random.uniform(-170, -110, cruises), casts)
    cruise, step = np.repeat(np.arange(cruises), casts), np.repeat(random.integers(30, size=cruises), casts)
    depth = np.array([10.0, 100.0, 400.0, 1000.0])
    column = np.repeat(np.arange(cruises * casts), 4)
    place = latitude[column], longitude[column], np.tile(depth, cruises * casts)
    domain = Domain(
        *place, column, np.tile(np.arange(4), cruises * casts), np.ones(column.size), 1980.5 + np.arange(30),
        np.zeros((30, column.size, 0)), (),
    )  # fmt: skip
    step, cruise = step[column], cruise[column]
    error = point_error(covariance, *place, domain.years[step], [seed], cruise)
    number = np.arange(column.size)
    return domain, HeldOutErrors(number, step, cruise % folds, cruise, error, np.full(column.size, 5.0))


def test_what_is_common_to_an_ocean_for_decades_is_found():
    slow = ErrorCovariance((Part(0.3, 1.5, 6400.0, 60.0), Part(0.2, 1.5, 400.0, 0.5)), (Part(0.5, 0.3),))
    domain, held = held_out(slow, 5)
    found = fit_error_covariance(domain, held, 0)
    zero, far = np.zeros(1), np.full(1, 3000.0)
    assert slow(far, zero + 10, zero).item() == pytest.approx(0.3 * np.exp(-3000 / 6400 - 1 / 6))
    assert 0.05 < found(far, zero + 10, zero).item() < 0.25
    near = np.full(1, 300.0)
    assert found(near, zero, zero).item() == pytest.approx(slow(near, zero, zero).item(), abs=0.15)
    nothing = ErrorCovariance((), (Part(1.0, 0.3),))
    assert fit_error_covariance(*held_out(nothing, 6), 0)(far, zero + 10, zero).item() < 0.02


def test_the_offset_of_a_cruise_is_the_cruises_and_not_the_oceans():
    domain, held = held_out(ErrorCovariance((), (Part(0.5, 0.3),), (Part(0.5, 8.0),)), 7)
    found = fit_error_covariance(domain, held, 0)
    zero, far = np.zeros(1), np.full(1, 2000.0)
    offset = sum(part.share for part in found.cruise)  # a short cruise looks like 1600 km and a month, too
    assert offset > 0.1 and offset + found(np.full(1, 600.0), zero, zero).item() == pytest.approx(0.5, abs=0.15)
    assert found(far, zero + 1, zero).item() < 0.05


def test_shares_sum_to_one_whatever_the_size_of_the_errors():
    domain, held = held_out(ErrorCovariance((Part(0.5, 1.5, 1600.0, 12.0),), (Part(0.5, 0.3),)), 8)
    for size in (0.0, 0.3, 5.0):
        found = fit_error_covariance(domain, held._replace(error=size * held.error), 0)
        assert sum(part.share for part in (*found.everywhere, *found.cast, *found.cruise)) == pytest.approx(1.0)


@pytest.mark.parametrize("points", [0, 1, 99])
def test_with_few_points_each_water_column_errs_for_itself(points):
    domain, held = held_out(ErrorCovariance((), (Part(1.0, 0.3),)), 9)
    found = fit_error_covariance(domain, HeldOutErrors(*(array[:points] for array in held)), 0)
    assert found.shared == 0 and found.cast == (Part(1.0, 1.5),)


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([1, 2, 40]), st.sampled_from([0.0, 0.3, 8.0]))
def test_points_in_any_order_have_the_same_errors_of_casts_and_cruises(seed, units, vertical):
    random = np.random.default_rng(seed)
    unit, depth = random.integers(units, size=60), random.choice([0.0, 50.0, 700.0], 60)
    covariance = ErrorCovariance((), (), (Part(1.0, vertical),))
    zero = np.zeros(60)
    first = point_error(covariance, zero, zero, depth, zero, [seed], unit)
    order = random.permutation(60)
    again = point_error(covariance, zero, zero, depth[order], zero, [seed], unit[order])
    np.testing.assert_array_equal(again, first[order])
    for one in np.unique(unit):  # a cruise is wrong by as much at all its casts of a depth
        for level in (0.0, 50.0, 700.0):
            assert np.unique(first[(unit == one) & (depth == level)]).size <= 1


def test_depths_are_stretched_as_the_documentation_says():
    np.testing.assert_allclose(stretched(np.array([0.0, 100.0])), [0.0, np.log(2)])
