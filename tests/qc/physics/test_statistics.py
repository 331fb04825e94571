import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qc.physics import statistics


@given(arrays(np.float64, 40, elements=st.floats(-1e3, 1e3)), st.integers(1, 8), st.randoms(use_true_random=False))
def test_median_by_group_is_the_median_of_each_group(value, groups, random):
    group = np.array([random.randrange(groups) for _ in value])
    found = statistics.median_by_group(value, group, groups)
    expected = [np.median(value[group == g]) if (group == g).any() else np.nan for g in range(groups)]
    np.testing.assert_allclose(found, expected)


def test_spread_by_group_is_that_of_a_normal_distribution_and_of_no_wild_value():
    value = np.r_[np.random.default_rng(3).normal(10, 2, 20_000), [1e6] * 100, 5.0]
    group = np.r_[np.zeros(20_100, int), 2]
    middle = statistics.median_by_group(value, group, 3)
    spread = statistics.spread_by_group(value, middle, group)
    assert spread[0] == pytest.approx(2, rel=0.03) and np.isnan(spread[1]) and spread[2] == 0


@given(arrays(np.float64, 60, elements=st.floats(-10, 10)), st.integers(1, 9), st.randoms(use_true_random=False))
def test_blocks_divide_each_group_in_order_and_hold_as_many_members_as_asked_for(value, size, random):
    group = np.array([random.randrange(3) for _ in value])
    group = np.unique(group, return_inverse=True)[1]
    member = np.array([random.random() < 0.7 for _ in value])
    block = statistics.blocks(value, group, member, size)
    assert set(block) <= set(range(block.max() + 1))
    for number in set(block):
        of = set(group[block == number])
        assert len(of) == 1, "no block holds values of two groups"
        (whole,) = ((group == one) for one in of)
        assert member[block == number].sum() >= min(size, member[whole].sum())
        lower = whole & (block < number)
        assert not lower.any() or value[lower].max() <= value[block == number].min()
