"""Headers of casts in World Ocean Database ASCII."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from qc.errors import InputError
from qc.readers.registry import read
from tests.support.archive_files.wod_ascii import CAST, LEVELS, read_frame, write_casts


def test_identity_and_flags(tmp_path: Path) -> None:
    deep = ((1000, 0), 1, 0)  # a depth that WOD flags: repeated or inverted
    level = (deep, [((800, 2), 0, 0), ((3400, 2), 0, 0), ((600, 2), 0, 0)])
    no_cruise = replace(CAST, number=2, cruise=0, date=(1955, 6, 0), hour=(2600, 2), longitude=(180, 0))
    no_header = replace(CAST, number=3, cruise=None, secondary=[], date=(1955, 0, 0), latitude=None)
    a_float = replace(CAST, number=4, secondary=[(29, (9, 0))], profile_flags=[0, 0, 3], levels=[*LEVELS, level])
    table = read_frame(write_casts(tmp_path / "CTDO1955", CAST, no_cruise, no_header, a_float))
    first = table.drop_duplicates("cast").set_index("cast")
    assert first.cruise.tolist() == ["US011203", "accession 9500110", "cast 3", "US011203"]
    assert first.instrument.tolist() == ["bottle", "bottle", "ctd", "float"]  # the third from the file's name
    assert first.platform.tolist()[:2] == ["WOD 1427"] * 2 and first.platform[2:].isna().all()
    assert first.time["2"] == pd.Timestamp("1955-06-15 12:00")  # day 0, and no such hour
    assert pd.isna(first.time["3"]) and np.isnan(first.latitude["3"]) and first.longitude["2"] == -180
    assert table[table.cast == "67064"].oxygen_flag.tolist() == [1, 4]
    assert table[table.cast == "67064"].temperature_flag.tolist() == [1, 3]
    last = table[table.cast == "4"]
    assert last.oxygen_flag.tolist() == [4, 4, 4]  # the cruise is flagged as a whole
    assert last.salinity_flag.tolist() == [1, 1, 3] and last.salinity_original_flag.iloc[2] == "wod:0"
    assert table.row.tolist() == list(range(9))


def test_standard_levels_are_refused(tmp_path: Path) -> None:
    path = write_casts(tmp_path / "standard.dat", CAST, replace(CAST, number=5, kind=1))
    with pytest.raises(InputError, match=r"standard\.dat, cast 5: 1 casts on standard levels.*get the observed"):
        read(path)
