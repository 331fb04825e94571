import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.battery import cruises
from qc.checks.misread.places import readings
from tests.support.cruise_sections import cast_names, cruise

CHECK = "misread_position"
STEP = 0.37  # degrees, half a day apart


def found(lat: np.ndarray, lon: np.ndarray, **columns: object) -> set[int]:
    table = cruises.check_cruises(cruise("A", n=len(lat), lat=lat, lon=lon.repeat(6), **columns))
    return {int(name[1:]) for name in cast_names(table, CHECK)}


def section(n: int = 20, angle: float = 90.0) -> tuple[np.ndarray, np.ndarray]:
    """A line of stations near 12 N 30 W."""
    along = STEP * np.arange(n)
    return 12.21 + along * np.cos(np.radians(angle)), -30.33 + along * np.sin(np.radians(angle))


@pytest.mark.parametrize("at", [[2], [9], [17], [9, 10], [9, 10, 11]])
@pytest.mark.parametrize("degrees", [1, -1])
@pytest.mark.parametrize("angle", [90, 60, 30])
def test_one_degree_off_the_line(at, degrees, angle):
    lat, lon = section(angle=angle)
    axis = lat if angle == 90 else lon
    axis[at] += degrees
    assert found(lat, lon) == set(at)


def test_minutes_taken_for_decimals():
    lat, lon = section()
    lat += 0.39  # 12 degrees 36 minutes
    lat[9] = 12.36
    assert found(lat, lon) == {9}


def passage(n: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """A line across the dateline with one station a day, slightly out of line."""
    lon = 163.1 + 2.4 * np.arange(n)
    return 30.21 + 0.05 * np.sin(np.arange(n)), np.where(lon > 180, lon - 360, lon)


@pytest.mark.parametrize("at", [6, 8])
def test_a_wrong_sign_near_the_dateline_is_found_and_its_neighbours_are_not(at):
    lat, lon = passage()
    daily = np.datetime64("2000-01-01T01:17", "ms") + np.arange(20) * np.timedelta64(1, "D")
    assert found(lat, lon, time=daily) == set()
    lon[at] = -lon[at]
    assert found(lat, lon, time=daily) == {at}


def test_sound_stations_near_the_equator_pass_where_dates_have_no_time_of_day():
    lat, lon = -2.1 + 0.5 * np.arange(20), np.full(20, -25.0)
    noon = np.datetime64("2000-01-01T12", "ms") + np.arange(20) // 4 * np.timedelta64(1, "D")
    assert found(lat, lon, time=noon) == set()


@pytest.mark.parametrize("at", [1, 10, 18])
def test_a_lost_sign_near_the_equator(at):
    lat, lon = -2.9 + 0.9 * (np.arange(20) - at + 1.0), np.full(20, -25.0)  # stations at 2.9 and 2.0 S and 1.1 S
    daily = np.datetime64("2000-01-01T01:17", "ms") + np.arange(20) * np.timedelta64(1, "D")
    assert found(lat, lon, time=daily) == set()
    lat[at] = -lat[at]
    assert found(lat, lon, time=daily) == {at}


def test_days_at_a_station_are_no_way_of_the_ship():
    lat = np.r_[-8.4:-1.4:1.0, np.full(9, -1.4), -0.4:8.6:1.0]
    time = np.datetime64("2000-01-01T01:17", "ms") + np.arange(len(lat)) * np.timedelta64(12, "h")
    wiggle = 0.12 * np.where(np.arange(len(lat)) % 2, 1, -1) * (lat != -1.4)
    assert found(lat, -25.0 + wiggle, time=time) == set()


def test_a_line_with_a_corner_or_a_zigzag_passes():
    lat, lon = section()
    assert found(lat, lon) == set()
    corner = np.where(np.arange(20) < 10, lat, lat + STEP * (np.arange(20) - 9))
    assert found(corner, lon) == set()
    assert found(lat + np.arange(20) % 2, lon) == set()
    assert found(lat, lon[[0, 1, 3, 2, 5, 4, *range(6, 20)]]) == set()  # to and fro
    assert found(lat, np.full(20, -30.33)) == set()  # one station


def test_a_float_passes():
    lat, lon = section()
    lat[9] += 1
    assert found(lat, lon, instrument="float") == set()


@given(st.lists(st.tuples(st.floats(-89, 89), st.floats(-180, 179)), min_size=1, max_size=30))
def test_any_track_gives_a_tenth_at_most(places):
    lat, lon = np.array(places).T
    assert len(found(lat, lon)) <= max(3, 0.1 * len(lat))


def test_the_readings():
    place = np.array([[12.45], [-30.30]])
    given = [tuple(np.round(other[:, 0], 6)) for other in readings(place)]
    for expected in [(13.45, -30.3), (12.45, -31.3), (12.45, 30.3), (12.75, -30.3), (12.75, -30.5), (12.45, -30.5)]:
        assert expected in given
    assert np.isnan(list(readings(np.array([[12.7], [1.0]])))[-1][1]).sum() == 0  # longitude only
