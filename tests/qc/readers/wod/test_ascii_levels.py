"""Levels of casts in World Ocean Database ASCII."""

from dataclasses import replace
from pathlib import Path

from tests.support.archive_files.wod_ascii import CAST, LEVELS, read_frame, write_casts


def test_a_variable_that_occurs_twice_is_read_once_and_suspect(tmp_path: Path) -> None:
    levels = [(depth, [*values, ((999, 2), 0, 0)]) for depth, values in LEVELS]
    twice = replace(CAST, codes=[1, 2, 3, 3], levels=levels)
    table = read_frame(write_casts(tmp_path / "twice.dat", twice, replace(CAST, number=5)))
    assert table.oxygen_original.tolist() == [6.75, 6.70, 6.75, 6.70]
    assert table.oxygen_flag.tolist() == [3, 4, 1, 4] and table.temperature_flag.tolist() == [1, 3, 1, 3]
