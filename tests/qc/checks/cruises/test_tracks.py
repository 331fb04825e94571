import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.checks.cruises import tracks
from qc.checks.cruises.tracks import Tracks

KNOTS_30 = 15.4 * 86.4  # km/day


def track_of(latitude, longitude, day, cruise=None, usual=0.0) -> Tracks:
    lat, lon, days = (np.asarray(x, float) for x in np.broadcast_arrays(latitude, longitude, day))
    code = np.zeros(len(lat), int) if cruise is None else np.asarray(cruise)
    return Tracks(code, int(code.max(initial=-1)) + 1, days, tracks.slack(days, usual), lat, lon)


def odd(track: Tracks, speed: float = KNOTS_30, reach: float = 20.0, share: float = 0.05) -> list[int]:
    n = len(track.day)
    found = tracks.odd_places(track, np.ones(n, bool), np.full(n, speed), np.full(n, reach), share)
    return np.flatnonzero(found).tolist()


def section(n: int = 20) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One degree and half a day a station."""
    return np.linspace(-10, n - 11, n), np.full(n, 170.0), 9000.1 + 0.5 * np.arange(n)


@pytest.mark.parametrize("at", [0, 1, 7, 18, 19])
@pytest.mark.parametrize("wrong", ["sign of latitude", "sign of longitude", "exchanged"])
def test_one_misplaced_cast_is_found_and_its_neighbours_are_not(at, wrong):
    lat, lon, day = section()
    lat = lat + 40
    lat[at], lon[at] = {
        "sign of latitude": (-lat[at], lon[at]),
        "sign of longitude": (lat[at], -lon[at] / 2),
        "exchanged": (lon[at] / 2, lat[at]),
    }[wrong]
    assert odd(track_of(lat, lon, day)) == [at]


def test_two_misplaced_casts_side_by_side_or_nearly():
    lat, lon, day = section()
    lat[7], lat[8], lat[10] = 60, -60, 61
    assert odd(track_of(lat, lon, day), share=0.2) == [7, 8, 10]


def test_casts_of_one_station_at_one_time_are_fine():
    lat, lon, day = section()
    assert odd(track_of(np.repeat(lat, 3), np.repeat(lon, 3), np.repeat(day, 3))) == []


def test_a_line_across_the_dateline_or_over_the_pole_is_fine():
    lon = np.mod(np.linspace(170, 190, 20) + 180, 360) - 180
    assert odd(track_of(20.0, lon, 9000.1 + 0.3 * np.arange(20))) == []
    lat = np.r_[np.arange(80, 90, 1.0), np.arange(90, 80, -1.0)]
    lon = np.r_[np.full(10, 10.0), np.full(10, -170.0)]
    assert odd(track_of(lat, lon, 9000.1 + 0.5 * np.arange(20))) == []


def test_dates_without_time_of_day_pass():
    """Six stations a day, a degree apart, all at noon: the order within the day is not known either."""
    lat = np.arange(30.0)
    day = np.floor(9000 + np.arange(30) / 6) + 0.5
    assert odd(track_of(lat, 0.0, day)) == []
    assert odd(track_of(lat, 0.0, np.floor(day))) == []
    shuffled = np.random.default_rng(1).permutation(30)
    assert odd(track_of(lat[shuffled], 0.0, day[shuffled])) == []
    assert odd(track_of(np.where(lat == 12, -60, lat), 0.0, day)) == [12]


def test_of_two_halves_or_two_ships_neither_is_flagged():
    lat, lon, day = section()
    halves = np.where(np.arange(20) < 10, lon, -30.0)
    assert odd(track_of(lat, halves, day)) == []
    two_ships = np.where(np.arange(20) % 2 == 0, lon, 140.0)
    assert odd(track_of(lat, two_ships, day)) == []
    assert odd(track_of([0.0, 50.0], 0.0, [9000.1, 9000.2])) == []  # which of two?


def test_each_cruise_is_compared_with_itself_only():
    lat, lon, day = section()
    other = track_of(np.r_[lat, lat + 50], np.r_[lon, lon], np.r_[day, day], np.repeat([0, 1], 20))
    assert odd(other) == []
    misplaced = np.where(np.arange(20) == 5, 70.0, lat)
    unnamed = Tracks(np.full(20, -1), 0, day, np.zeros(20), misplaced, lon)
    assert odd(unnamed) == []


def test_unknown_places_and_dates_pass():
    lat, lon, day = section()
    lat[3], day[6], lat[9] = np.nan, np.nan, 70
    assert odd(track_of(lat, lon, day)) == [9]


def dates(day, gap=300.0, spans=1.0, body=0.75) -> list[int]:
    return np.flatnonzero(tracks.odd_dates(track_of(0.0, 0.0, day), np.ones(len(day), bool), gap, spans, body)).tolist()


@pytest.mark.parametrize("years", [-100, -10, -1, 1, 10, 100])
def test_a_date_years_off_is_found(years):
    day = 9000 + np.arange(20.0)
    day[4] += 365.25 * years
    assert dates(day) == [4]
    float_of_four_years = 9000 + 30 * np.arange(48.0)
    float_of_four_years[40] += 365.25 * years
    assert dates(float_of_four_years) == ([40] if abs(years) >= 10 else [])


def test_time_series_and_returns_from_under_the_ice_are_no_errors():
    monthly = 9000 + 30 * np.arange(100.0)
    assert dates(monthly) == []
    assert dates(np.where(monthly > 11000, monthly + 400, monthly)) == []
    assert dates(np.r_[9000 + np.arange(10.0), 9800 + np.arange(10.0)]) == []  # two cruises of one name
    assert dates([9000.0, 12000.0]) == [] and dates([np.nan]) == [] and dates([]) == []


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 179.9), st.floats(0, 400), st.integers(-1, 3)), max_size=40),
    st.randoms(use_true_random=False),
)
def test_wild_tracks_never_fail_and_order_does_not_matter(casts, shuffle):
    lat, lon, day, cruise = (np.array(x) for x in zip(*casts)) if casts else (np.zeros(0),) * 4
    day = day + 1e-6 * np.arange(len(day))  # ties go by the order of the table
    cruise = cruise.astype(int)
    order = np.array(shuffle.sample(range(len(day)), len(day)), int)
    whole, other = (Tracks(cruise[o], 4, day[o], day[o] * 0, lat[o], lon[o]) for o in (slice(None), order))
    limits = [np.full(len(day), value) for value in (KNOTS_30, 20.0)]
    found = tracks.odd_places(whole, np.ones(len(day), bool), *limits, 0.05)
    again = tracks.odd_places(other, np.ones(len(day), bool), *limits, 0.05)
    assert np.array_equal(found[order], again) and not found[cruise < 0].any()
