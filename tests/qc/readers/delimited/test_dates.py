from datetime import date, datetime
from datetime import time as clock
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.errors import InputError
from qc.readers.delimited.description import TableSpec
from qc.readers.delimited.description_parts import Time
from qc.readers.delimited.reader import _parse
from qc.readers.registry import read

FORMATS = ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y%m%d", "%d %b %Y", "%Y %j"]


def dated(tmp_path: Path, texts: list[str], flags: dict[str, str] | None = None, **time: Any) -> pd.DataFrame:
    path = tmp_path / "dates.csv"
    path.write_text("lat,lon,z,O,day" + ",flag" * bool(flags) + "\n" + "".join(f"1,2,3,200,{text}\n" for text in texts))
    described = TableSpec(
        archive="own",
        columns={"latitude": "lat", "longitude": "lon", "depth": "z", "oxygen": "O"},
        units={"oxygen": "umol/kg"},
        flags=flags or {},
        time={"columns": ["day"], **time},
        cast="1",
        cruise="1",
    )
    return read(path, described).to_pandas()


def test_a_month_without_a_day_is_its_middle_and_suspect(tmp_path: Path) -> None:
    texts = ["2010-03-05", "20100305", "2010-03", "2010/3", "2010", "2010-03-05T04", "2010-03-05 04:05"]
    table = dated(tmp_path, texts, format="ISO8601")
    hours = ["05 12:00", "05 12:00", "15 12:00", "15 12:00", None, "05 04:00", "05 04:05"]
    assert table.time.tolist() == [pd.NaT if hour is None else pd.Timestamp(f"2010-03-{hour}") for hour in hours]
    assert table.time_flag.tolist() == [2, 2, 3, 3, 9, 2, 2]
    own = dated(tmp_path, ["2010-03-05,1", "2010-03,1"], flags={"time": "flag"}, format="ISO8601")
    assert own.time_flag.tolist() == [1, 3]
    for wrong in ("2010-13", "2010.5", "201003", "2010-02-30"):
        with pytest.raises(InputError, match="is no time of the form ISO8601"):
            dated(tmp_path, [wrong], format="ISO8601")


def test_a_format_without_a_day_gives_the_middle_of_the_month(tmp_path: Path) -> None:
    table = dated(tmp_path, ["03/2010"], format="%m/%Y", hour=12)
    assert table.time.tolist() == [pd.Timestamp("2010-03-15 12:00")] and table.time_flag.tolist() == [3]
    table = dated(tmp_path, ["2010"], format="%Y")
    assert table.time.isna().all() and table.time_flag.tolist() == [9]
    assert dated(tmp_path, ["2010-064"], format="%Y-%j")["time"].tolist() == [pd.Timestamp("2010-03-05 12:00")]


@pytest.mark.parametrize(
    "text, time, expected",
    [
        ("05.02.1996", {"format": "%d.%m.%Y"}, "1996-02-05 12:00"),  # a date alone is noon, as everywhere
        ("05.02.1996", {"format": "%d.%m.%Y", "hour": 0}, "1996-02-05 00:00"),  # midnight on request
        ("05.02.1996", {"format": "%d.%m.%Y", "utc_offset": 2}, "1996-02-05 10:00"),  # noon there
        ("05.02.1996 00:00", {"format": "%d.%m.%Y %H:%M"}, "1996-02-05 00:00"),  # a midnight that is written stays
        ("05.02.1996 07 PM", {"format": "%d.%m.%Y %I %p"}, "1996-02-05 19:00"),
        ("1996-02-05", {"format": "ISO8601"}, "1996-02-05 12:00"),
        ("1996-02-05T00:00", {"format": "ISO8601"}, "1996-02-05 00:00"),
    ],
)
def test_a_date_without_a_time_of_day_is_noon(tmp_path: Path, text: str, time: dict[str, Any], expected: str) -> None:
    table = dated(tmp_path, [text], **time)
    assert table.time.tolist() == [pd.Timestamp(expected)] and table.time_flag.tolist() == [2]


@given(st.lists(st.dates(date(1900, 1, 1), date(2030, 12, 31)), min_size=1, max_size=6), st.sampled_from(FORMATS))
def test_every_date_alone_is_noon_of_its_own_day(days: list[date], form: str) -> None:
    described = Time(columns=["day"], format=form)
    times, _, wrong = _parse(pd.Series([day.strftime(form) for day in days], dtype=object), described)
    assert not wrong.any()
    assert times.tolist() == [datetime.combine(day, clock(12)) for day in days]
