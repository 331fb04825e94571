import numpy as np
import pytest

from oxygen_recon.pipeline.osse.truth import planted


def test_a_planted_change_is_steady_about_the_middle_and_fades_in_the_deep():
    years, depth = np.array([1980.5, 1990.5, 2000.5]), np.array([10.0, 1000.0, 2000.0])
    found = planted(np.full((3, 3), 200.0), depth, years, -2.0)
    assert found[1] == pytest.approx(200)
    change = found[2] - found[0]
    assert change[:2] == pytest.approx(-8.0) and change[2] == pytest.approx(-8.0 / np.e)
    assert np.allclose(found[1] - found[0], found[2] - found[1])


def test_no_planted_change_leaves_the_field_and_a_large_one_stops_at_zero():
    field, depth, years = np.array([[100.0], [120.0]]), np.array([10.0]), np.array([1900.5, 2000.5])
    assert np.array_equal(planted(field, depth, years, 0.0), field)
    assert planted(field, depth, years, -30.0).min() == 0
