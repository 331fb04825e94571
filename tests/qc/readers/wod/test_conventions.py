"""Conventions of the World Ocean Database: cruises, instruments, times and flags of casts."""

import numpy as np
import pandas as pd
import pytest

from qc.readers.files.source import Source
from qc.readers.wod.conventions import identity, instrument, with_depth_flags, with_flags

N = np.nan
VALUES = np.array([1.0, 2.0, 3.0])


def test_a_cast_without_cruise_belongs_to_its_accession_or_to_none() -> None:
    columns = identity(
        np.array([0, 0, 1, 2]),
        Source("wod_osd.nc"),
        unique=np.array(["7", "8", "9"]),
        cruise=np.array(["US011203", "", ""]),
        accession=np.array([77.0, 77.0, N]),
        platform=np.array(["A", "", ""]),
        dataset=np.array(["", "CTD", "XBT"]),
        time=(np.full(3, np.datetime64("NaT", "ms")), np.full(3, 9, np.int8)),
        north=np.array([1.0, 2.0, 3.0]),
        east=np.array([4.0, 5.0, 6.0]),
    )
    assert list(columns["cruise"]) == ["US011203", "US011203", "accession 77", "cast 9"]
    assert list(columns["cast"]) == ["7", "7", "8", "9"] and columns["latitude"].tolist() == [1.0, 1.0, 2.0, 3.0]
    assert pd.isna(columns["platform"]).tolist() == [False, False, True, True]
    assert list(columns["instrument"]) == ["bottle", "bottle", "ctd", "xbt"]


@pytest.mark.parametrize(
    ("dataset", "file", "expected"),
    [
        ("bottle/rossette/net", "a.nc", "bottle"),
        ("profiling float", "wod_osd.nc", "float"),
        ("", "wod_gld_2001.nc", "glider"),
        ("", "OSDO1934", "bottle"),
        ("", "a.nc", ""),
    ],
)
def test_the_instrument_is_that_of_the_dataset_or_of_the_file_name(dataset: str, file: str, expected: str) -> None:
    assert instrument(np.array([dataset]), Source(file)).tolist() == [expected]


def test_the_worse_of_the_flags_of_level_and_profile_is_kept() -> None:
    assert with_flags(VALUES, "1", None, None).flag.tolist() == [2, 2, 2]
    assert with_flags(VALUES, "1", [0, 1, 2], None).flag.tolist() == [1, 4, 3]
    values = with_flags(VALUES, "1", [0, 1, 2], [0, 0, 3], np.array([True, False, False]))
    assert values.flag.tolist() == [3, 4, 4] and list(values.archive_flag) == ["wod:0", "wod:1", "wod:2"]


def test_a_flagged_depth_makes_the_value_suspect() -> None:
    values = with_flags(VALUES, "1", [0, 1, 0], None)
    assert with_depth_flags(values, np.array([b"1", b"2", b" "])).flag.tolist() == [3, 4, 1]
