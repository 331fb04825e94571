import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.sphere import EARTH_RADIUS_KM, great_circle, unit_vector, wrap

EARTH_RADIUS = 1000.0 * EARTH_RADIUS_KM  # m


def test_great_circle_check_values():
    assert great_circle(0, 0, 0, 90) == pytest.approx(np.pi / 2 * EARTH_RADIUS)
    assert great_circle(0, 179.5, 0, -179.5) == pytest.approx(np.radians(1) * EARTH_RADIUS)
    assert great_circle(80, 0, 80, 180) == pytest.approx(np.radians(20) * EARTH_RADIUS)
    assert great_circle(90, 12, 90, 77) == pytest.approx(0, abs=1e-6)


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180))
def test_great_circle_agrees_with_the_chord(lat1, lon1, lat2, lon2):
    chord = np.linalg.norm(unit_vector(lat1, lon1) - unit_vector(lat2, lon2))
    arc = 2 * EARTH_RADIUS * np.arcsin(min(1.0, chord / 2))
    assert great_circle(lat1, lon1, lat2, lon2) == pytest.approx(arc, rel=1e-6, abs=1.0)


@given(st.floats(-1e4, 1e4))
def test_wrap_stays_in_range_and_moves_by_whole_turns(longitude):
    wrapped = float(wrap(longitude))
    assert -180 <= wrapped < 180
    turns = (longitude - wrapped) / 360
    assert abs(turns - round(turns)) < 1e-9
