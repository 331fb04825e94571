"""Station summaries of WOCE text files: positions and times of casts, in the same folder or zip."""

import zipfile
from pathlib import Path

import pandas as pd
import pytest

from qc.errors import InputError
from qc.readers.registry import companions, detect_format, read
from tests.support.archive_files.woce_text import SUM, write_bottles


def test_position_and_time_are_those_of_the_summary(tmp_path: Path) -> None:
    table = read(write_bottles(tmp_path / "p01why.txt")).to_pandas().iloc[:4]
    assert table.latitude.tolist() == [42.5, 42.5, -7.5, -7.5]  # at the bottom
    assert table.longitude.tolist() == [145.25, 145.25, -179.5, -179.5]
    # no time at the bottom: that of the begin; lost zeros, and a year of the next century
    assert table.time.unique().tolist() == [pd.Timestamp("1999-05-23 01:10"), pd.Timestamp("2000-01-01 00:07")]


@pytest.mark.parametrize(
    ("begin", "bottom", "time", "flag"),
    [
        ("052299 2350", "052399     ", "1999-05-22 23:50", 2),  # not 23:50 of the day after
        ("052399     ", "052399     ", "1999-05-23 12:00", 2),  # no time of day at all: noon
        ("052399 0110", "052399 2460", "1999-05-23 01:10", 2),  # no such time at the bottom: that of the begin
        ("052399 2581", "052399 2460", "1999-05-23 12:00", 3),  # no such times: noon, suspect
    ],
)
def test_a_time_of_day_goes_with_its_own_date(begin: str, bottom: str, time: str, flag: int, tmp_path: Path) -> None:
    summary = SUM.replace("052399 0110", begin).replace("052399     ", bottom, 1 if bottom != begin else -1)
    summary = summary.replace("052399 0122   EN", "052399        EN")
    table = read(write_bottles(tmp_path / "p01why.txt", summary=summary)).to_pandas()
    assert table.time.iloc[0] == pd.Timestamp(time) and table.time_flag.iloc[0] == flag


def test_a_cast_that_is_not_in_the_summary_has_no_position(tmp_path: Path) -> None:
    table = read(write_bottles(tmp_path / "p01why.txt", summary=SUM.replace("X13 ", "X14 "))).to_pandas().iloc[:4]
    assert table.latitude.isna().tolist() == table.time.isna().tolist() == [False, False, True, True]
    assert table.oxygen.notna().tolist() == [True, True, False, True]


@pytest.mark.parametrize("summary", ["", SUM.replace("49KA199905/1", "31WTTUNES/3")])
def test_without_a_summary_the_file_is_refused_in_one_line(summary: str, tmp_path: Path) -> None:
    path = write_bottles(tmp_path / "p01why.txt", summary=summary)
    with pytest.raises(InputError, match=r"p01why\.txt: no station summary of 49KA199905_1 beside it.*p01wsu\.txt"):
        read(path)


def test_a_summary_holds_no_measurements(tmp_path: Path) -> None:
    write_bottles(tmp_path / "p01why.txt")
    assert detect_format(tmp_path / "p01wsu.txt") == "woce_sum"
    with pytest.raises(InputError, match=r"p01wsu\.txt: a WOCE station summary"):
        read(tmp_path / "p01wsu.txt")


def test_companions_of_woce_text_are_the_summaries_in_its_folder(tmp_path: Path) -> None:
    file = write_bottles(tmp_path / "p01why.txt")
    assert companions(file) == [tmp_path / "p01wsu.txt"]
    (tmp_path / "a.sum").write_text(SUM)
    assert companions(file) == [tmp_path / "p01wsu.txt", tmp_path / "a.sum"]
    assert companions(tmp_path / "a.sum") == []


@pytest.mark.parametrize("expocode", ["49KA199905/1", "31WTTUNES/3"])
def test_a_summary_in_the_same_zip(expocode: str, tmp_path: Path) -> None:
    file = write_bottles(tmp_path / "p01why.txt", summary="")
    with zipfile.ZipFile(tmp_path / "p01w.zip", "w") as archive:
        archive.write(file, "p01w.hyd")
        archive.writestr("p01w.sum", SUM.replace("49KA199905/1", expocode))
    if expocode != "49KA199905/1":
        with pytest.raises(InputError, match="no station summary of 49KA199905_1"):
            read(tmp_path / "p01w.zip")
        return
    table = read(tmp_path / "p01w.zip").to_pandas().iloc[:4]
    assert table.latitude.tolist() == [42.5, 42.5, -7.5, -7.5]
