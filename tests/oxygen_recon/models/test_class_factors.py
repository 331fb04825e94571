"""Factors by class: a class that is wrong is corrected, one of few groups is left, and coverage over all stays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oxygen_recon.models.class_factors import ClassFactors, distance_class, fit_class_factors
from oxygen_recon.models.nearness import Nearness, join
from oxygen_recon.models.uncertainty import calibrate


def test_a_basin_whose_errors_are_larger_gets_wider_ranges_in_its_classes_only():
    random, n = np.random.default_rng(0), 24_000
    basin, layer, group = random.integers(3, size=n), random.integers(4, size=n), random.integers(300, size=n)
    near = Nearness(random.choice([10.0, 300.0], n), np.zeros(n), np.zeros((n, 0)), (), basin)
    depth = np.array([0.0, 100.0, 300.0, 1000.0])[layer]
    true = np.where((basin == 1) & (near.distance > 100), 3.0, 1.0)
    error = true * random.normal(size=n)
    zero = np.zeros(n)
    shares = []
    for groups in (None, group):
        scale = calibrate(error, zero, zero + 1, depth, near, groups).multiplier(depth, near)
        inside = np.abs(error) <= scale
        shares.append([inside[(basin == b) & (near.distance > 100)].mean() for b in range(3)])
    assert shares[0][1] < 0.5 and shares[0][0] > 0.75
    assert shares[1] == pytest.approx([0.68] * 3, abs=0.04)


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 9))
def test_a_class_of_few_groups_changes_nothing(seed, groups):
    random = np.random.default_rng(seed)
    layer, basin = random.integers(4, size=500), random.integers(6, size=500)
    distance, ratio = random.choice([0.0, 60.0, np.inf], 500), random.exponential(5.0, 500)
    found = fit_class_factors(ratio, layer, distance, basin, random.integers(groups, size=500))
    np.testing.assert_array_equal(found.of(layer, distance, basin), 0)


def test_points_without_a_basin_get_the_factor_of_layer_and_distance():
    found = ClassFactors.none()
    found.near[1, distance_class(np.array([60.0]))] = 0.3
    found.place[2] = 0.2
    one = np.ones(1, int)
    assert found.of(one, 60.0 * one, None).item() == 0.3 and found.of(one, 60.0 * one, 2 * one).item() == 0.5


def test_classes_of_distance_begin_at_their_borders_and_infinite_is_the_last():
    np.testing.assert_array_equal(distance_class(np.array([0.0, 49.9, 50.0, 1000.0, 1e9, np.inf])), [0, 0, 1, 5, 5, 6])


def test_basins_are_taken_and_joined_with_the_rest():
    near = Nearness(np.zeros(3), np.zeros(3), np.zeros((3, 0)), (), np.array([4, 1, 0]))
    assert join([near.take(np.array([1])), near]).basin.tolist() == [1, 4, 1, 0]
    assert join([near, near._replace(basin=None)]).basin is None
