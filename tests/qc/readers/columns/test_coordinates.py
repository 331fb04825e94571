"""Positions, depths and times in the units and ranges of the observation table."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.readers.columns.coordinates import calendar, days_since, position, pressure_and_depth


@given(st.floats(-90, 90), st.floats(-180, 360))
def test_longitudes_land_in_one_turn(latitude: float, longitude: float) -> None:
    north, east = position([latitude], [longitude])
    assert -180 <= east[0] < 180 and north[0] == latitude
    assert np.cos(np.radians(east[0] - longitude)) == pytest.approx(1, abs=1e-9)


def test_an_impossible_position_is_missing() -> None:
    north, east = position([91.0, 0.0, np.nan, 10.0], [0.0, 400.0, 0.0, np.nan])
    assert np.isnan(north).all() and np.isnan(east).all()


@given(st.datetimes())
def test_calendar_gives_back_the_minute(when: object) -> None:
    assert hasattr(when, "year")
    given_time = np.datetime64(when.replace(second=0, microsecond=0, fold=0), "ms")  # type: ignore[attr-defined]
    made = calendar([when.year], [when.month], [when.day], [when.hour], [when.minute])[0][0]  # type: ignore[attr-defined]
    assert np.isnat(made) if not 1700 <= when.year <= 2200 else made == given_time  # type: ignore[attr-defined]


def test_days_that_do_not_exist() -> None:
    made, flag = calendar([2023, 2024, 2023, np.nan], [2, 2, 13, 1], [29, 29, 1, 1], 0.0)
    assert flag.tolist() == [9, 2, 9, 9]
    assert np.isnat(made).tolist() == [True, False, True, True]
    assert np.isnat(days_since([np.nan, 1e9], "1950-01-01")).all()


def test_a_part_of_a_time_that_is_assumed_shows_in_its_flag() -> None:
    nan = np.nan
    rows = {  # day, hour, minute: time, flag
        (5, 7, 30): ("05T07:30", 2),
        (5, 24, 0): ("06T00:00", 2),
        (5, nan, nan): ("05T12:00", 2),  # known to the day
        (5, 7, nan): ("05T07:00", 2),
        (5, 25, 0): ("05T12:00", 3),
        (5, 24, 30): ("05T12:00", 3),
        (5, 7, 81): ("05T12:00", 3),
        (0, nan, 0): ("15T12:00", 3),
        (nan, 7, 0): ("15T07:00", 3),
    }
    day, hour, minute = np.array(list(rows), float).T
    time, flag = calendar(1955.0, 6.0, day, hour, minute)
    np.testing.assert_array_equal(time, np.array([f"1955-06-{text}" for text, _ in rows.values()], "datetime64[ms]"))
    assert flag.tolist() == [expected for _, expected in rows.values()]


def test_pressure_and_depth_complete_each_other() -> None:
    nan = np.nan
    pressure, depth = pressure_and_depth(
        np.array([1000.0, nan, nan]), np.array([nan, 990.0, nan]), np.array([nan, 45, 0.0])
    )
    assert depth[0] == pytest.approx(990, abs=2) and pressure[1] == pytest.approx(999, abs=2)
    assert np.isnan(pressure[2]) and np.isnan(depth[2])
