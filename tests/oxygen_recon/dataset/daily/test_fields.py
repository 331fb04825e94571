from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.dataset.daily.fields import Channel, DailyFields, Dates, blocks, exclude, windows
from qc.errors import InputError

CHANNELS = (Channel("temperature", 0.0, "degC"), Channel("temperature", 50.0, "degC"))


def fields(dates: Dates, seed: int = 0) -> DailyFields:
    values = np.random.default_rng(seed).normal(size=(dates.size, 2, 3, 4)).astype(np.float32)
    latitude, longitude = np.array([10.0, 11.0, 12.0]), np.array([0.0, 1.0, 2.0, 3.0])
    return DailyFields(values, np.ones((2, 3, 4), bool), dates, latitude, longitude, CHANNELS)


JANUARY = np.arange("2001-01-01", "2001-02-01", dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"dates": JANUARY[[*range(30), 29]]}, "2001-01-30 is given twice"),
        ({"dates": JANUARY[::-1].copy()}, "2001-01-30 is out of order"),
        ({"dates": JANUARY.astype("datetime64[s]")}, "give one datetime64\\[D\\] a day"),
        ({"values": np.zeros((31, 2, 4, 3), np.float32)}, "give \\(day, channel, latitude, longitude\\)"),
        ({"values": np.zeros((31, 2, 3, 4))}, "float64, not"),
        ({"ocean": np.ones((3, 4), bool)}, "give one mask a channel"),
        ({"ocean": np.stack([np.ones((3, 4), bool), np.zeros((3, 4), bool)])}, "temperature at 50 m has no ocean"),
        ({"latitude": np.array([1.0, 3.0, 2.0])}, "latitude is not monotone"),
        ({"channels": (CHANNELS[0], CHANNELS[0])}, "two channels temperature at 0 m"),
    ],
)
def test_what_is_no_daily_field_is_refused_in_one_line(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(fields(JANUARY), **changed)


def test_a_missing_value_is_named_by_channel_and_day() -> None:
    values = fields(JANUARY).values.copy()
    values[4, 1, 0, 0] = np.nan
    with pytest.raises(InputError, match="missing values of temperature at 50 m on 2001-01-05"):
        replace(fields(JANUARY), values=values)


def test_channels_are_found_by_name_and_depth_and_days_by_date() -> None:
    some = fields(JANUARY)
    assert some.index("temperature", 50.0) == 1
    with pytest.raises(InputError, match="2 channels temperature; there are"):
        some.index("temperature")
    with pytest.raises(InputError, match="no channel salinity"):
        some.index("salinity")
    assert some.during(JANUARY[3:5]).dates.tolist() == JANUARY[3:5].tolist()
    with pytest.raises(InputError, match="no field of 2001-02-01; the days are 2001-01-01 to 2001-01-31"):
        some.places(np.array(["2001-02-01"], "datetime64[D]"))


@given(st.lists(st.integers(0, 60), min_size=1, max_size=40, unique=True), st.integers(1, 5))
def test_windows_are_all_and_only_stretches_of_consecutive_days(days: list[int], length: int) -> None:
    dates = np.datetime64("2001-01-01") + np.sort(np.array(days))
    found = windows(fields(dates), length)
    present = set(days)
    expected = [i for i, day in enumerate(sorted(days)) if all(day + step in present for step in range(length))]
    assert found.tolist() == expected
    assert sum(last - first for first, last in fields(dates).runs) == dates.size


def test_windows_stay_within_the_days_that_are_asked_for() -> None:
    assert windows(fields(JANUARY), 3, JANUARY[:5]).tolist() == [0, 1, 2]
    assert windows(fields(JANUARY[:2]), 3).tolist() == []


def test_blocks_are_all_days_once() -> None:
    days = [day for part in blocks(fields(JANUARY)) for day in range(31)[part]]
    assert days == list(range(31))


def test_a_test_day_inside_the_statistics_is_refused() -> None:
    exclude(JANUARY[:20], JANUARY[20:], "scaling")
    with pytest.raises(InputError, match="scaling: 2 of its training days are test days, 2001-01-19 first"):
        exclude(JANUARY[:20], JANUARY[18:], "scaling")
