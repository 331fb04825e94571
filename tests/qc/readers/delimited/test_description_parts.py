"""Parts of a table description: types are not converted, and parts that contradict themselves are refused."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from qc.readers.delimited.description_parts import Flag, Join, Layout, Second, Time


@pytest.mark.parametrize(
    ("part", "settings", "message"),
    [
        (Layout, {"delimiter": ", "}, "at most 1 character"),
        (Layout, {"skip_rows": "2"}, "valid integer"),
        (Layout, {"skip_rows": -1}, "greater than or equal to 0"),
        (Layout, {"separator": ";"}, "Extra inputs"),
        (Join, {"file": "folder/cast.csv", "by": "Cst"}, "pattern"),
        (Time, {"columns": [], "format": "ISO8601"}, "at least 1 item"),
        (Time, {"columns": ["a"], "format": "%H", "pad": [2, 2]}, "one width for each"),
        (Time, {"columns": ["a"], "format": "%H", "utc_offset": 15}, "less than or equal to 14"),
        (Flag, {"column": "Q", "digit": 0}, "digit counts from 1"),
        (Second, {"column": "O2"}, "Field required"),
    ],
)
def test_a_wrong_part_is_refused(part: type[BaseModel], settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        part.model_validate(settings)


def test_hours_may_be_integers() -> None:
    time = Time.model_validate({"columns": ["a"], "format": "%Y", "hour": 12, "utc_offset": -4})
    assert (time.hour, time.utc_offset) == (12.0, -4.0)


def test_text_columns_of_a_time_include_those_of_its_alternative() -> None:
    time = Time(columns=["day", "clock"], format="%d %H", otherwise=Time(columns=["day", "note"], format="%d"))
    assert time.text_columns == {"day", "clock", "note"}


@pytest.mark.parametrize("given", ["cast.csv", "cast.csv.gz"])
@pytest.mark.parametrize("there", ["cast.csv", "cast.csv.gz"])
def test_the_second_table_may_be_gzipped(given: str, there: str, tmp_path: Path) -> None:
    join = Join(file=given, by="Cst")
    assert join.path_in(tmp_path) == tmp_path / given
    (tmp_path / there).touch()
    assert join.path_in(tmp_path) == tmp_path / there
