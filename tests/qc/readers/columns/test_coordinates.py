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
    made = calendar([when.year], [when.month], [when.day], [when.hour], [when.minute])[0]  # type: ignore[attr-defined]
    assert np.isnat(made) if not 1700 <= when.year <= 2200 else made == given_time  # type: ignore[attr-defined]


def test_days_that_do_not_exist() -> None:
    made = calendar([2023, 2024, 2023, np.nan], [2, 2, 13, 1], [29, 29, 1, 1], 0.0)
    assert np.isnat(made).tolist() == [True, False, True, True]
    assert np.isnat(days_since([np.nan, 1e9], "1950-01-01")).all()


def test_pressure_and_depth_complete_each_other() -> None:
    nan = np.nan
    pressure, depth = pressure_and_depth(
        np.array([1000.0, nan, nan]), np.array([nan, 990.0, nan]), np.array([nan, 45, 0.0])
    )
    assert depth[0] == pytest.approx(990, abs=2) and pressure[1] == pytest.approx(999, abs=2)
    assert np.isnan(pressure[2]) and np.isnan(depth[2])
