import numpy as np
import pytest

from qc.checks.cruises import cruise_offset

OXYGEN = np.array([[220.0], [300.0], [200.0], [210.0]])
LATITUDE = np.array([0.0, 0.1, 0.2, -0.3])
CRUISE = np.array([0, 1, 1, 2])


def ratios(reference, others=2, cruise=CRUISE) -> list[float]:
    found = cruise_offset.log_ratios(OXYGEN, LATITUDE, np.zeros(4), cruise, np.array(reference, bool), 100.0, others)
    return np.exp(found[:, 0]).tolist()


def test_the_nearest_cast_of_each_other_cruise_counts():
    first, second, third, fourth = ratios([1, 1, 1, 1])
    assert first == pytest.approx(220 / np.sqrt(300 * 210)) and fourth == pytest.approx(210 / np.sqrt(220 * 300))
    assert second == pytest.approx(300 / np.sqrt(220 * 210)) and third == pytest.approx(200 / np.sqrt(220 * 210))


def test_a_copy_is_compared_and_no_reference():
    first, second, third, fourth = ratios([1, 0, 1, 1])
    assert first == pytest.approx(220 / np.sqrt(200 * 210)) and fourth == pytest.approx(210 / np.sqrt(220 * 200))
    assert second == pytest.approx(300 / np.sqrt(220 * 210)) and third == pytest.approx(200 / np.sqrt(220 * 210))


def test_too_few_other_cruises_give_no_ratio():
    assert np.isnan(ratios([1, 0, 0, 0])).all() and np.isnan(ratios([0, 0, 0, 0])).all()
    first, second, *_ = ratios([1, 0, 0, 0], others=1)
    assert np.isnan(first) and second == pytest.approx(300 / 220)
    assert np.isnan(ratios([1, 1, 1, 1], cruise=np.array([-1, 1, 1, 2]))[0]), "without a cruise nothing is compared"
