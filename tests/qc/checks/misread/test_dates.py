import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.battery import cruises
from qc.checks.misread.dates import exchanged, in_year
from tests.support.cruise_sections import cast_names, cruise, join

CHECK = "misread_date"
DAYS = np.datetime64("1993-05-03T01:17", "ms") + np.arange(20) * np.timedelta64(60, "h")


def at(days: np.ndarray) -> np.ndarray:
    return (days * 86_400_000).round().astype("datetime64[ms]")


def numbers(time: np.ndarray) -> np.ndarray:
    return time.astype("datetime64[ms]").astype(float) / 86_400_000


def found(time: np.ndarray, **columns: object) -> set[int]:
    table = cruises.check_cruises(cruise("A", time=time, **columns))
    return {int(name[1:]) for name in cast_names(table, CHECK) | cast_names(table, "cruise_date")}


@pytest.mark.parametrize("by", [-10, -1, 1, 10])
@pytest.mark.parametrize(
    "wrong", [[3], [3, 4], [3, 4, 5], [6, 7, 8, 9, 10], range(12, 20), range(8), [1, 5, 6, 9, 13, 16]]
)
def test_stations_of_a_wrong_year_are_found_however_many_they_are(by, wrong):
    days = numbers(DAYS)
    days[wrong] = in_year(days[wrong], by)
    assert found(at(days)) == set(wrong)


def test_a_new_year_that_was_not_counted_up():
    days = numbers(DAYS) + 210
    late = days >= numbers(np.array("1994-01-01", "M8[ms]"))
    days[late] = in_year(days[late], -1)
    assert found(at(days)) == set(np.flatnonzero(late)) != set()


def test_day_and_month_exchanged():
    days = numbers(DAYS)
    days[15] = exchanged(days[15:16])[0]  # 9 June
    assert found(at(days)) == {15}


def test_another_cruise_of_the_same_name_a_year_later_passes():
    days = numbers(DAYS)
    again = np.r_[days, in_year(days[:12], 1)]  # the same stations
    lat = np.r_[np.arange(20.0), np.arange(12.0)]
    assert found(at(again), n=32, lat=lat) == set()
    apart = np.r_[days, in_year(days[-1] + 30 + np.arange(12.0), 1)]  # other stations, a month later in the year
    assert found(at(apart), n=32, lat=np.arange(32.0)) == set()
    other = np.r_[days, in_year(days[:12], 1)]  # at once elsewhere: no ship can be there in the same year
    assert found(at(other), n=32, lat=np.r_[np.arange(20.0), np.arange(40.0, 52)]) == set()


def test_floats_pass():
    days = numbers(DAYS)
    days[12:] = in_year(days[12:], 1)
    assert found(at(days), instrument="float") == set()


@given(st.lists(st.integers(0, 20_000), min_size=20, max_size=20))
def test_never_half_of_a_cruise(days):
    table = join(cruise("A", time=at(np.array(days) + 0.3)), cruise("B", lon=10.0))
    names = cast_names(cruises.check_cruises(table), CHECK)
    assert len(names) < 10 and not any(name.startswith("B") for name in names)


@given(st.integers(-20_000, 30_000), st.integers(-60, 60))
def test_readings_are_those_of_the_calendar(day, years):
    date = np.datetime64(day, "D").item()
    moved = np.datetime64(int(np.floor(in_year(np.array([day + 0.25]), years)[0])), "D").item()
    assert moved.year == date.year + years
    assert (moved.month, moved.day) == (date.month, date.day) or (date.month, date.day) == (2, 29)
    other = exchanged(np.array([day + 0.25]))[0]
    if date.day > 12 or date.day == date.month:
        assert np.isnan(other)
    else:
        swapped = np.datetime64(int(np.floor(other)), "D").item()
        assert (swapped.year, swapped.month, swapped.day, other % 1) == (date.year, date.day, date.month, 0.25)
