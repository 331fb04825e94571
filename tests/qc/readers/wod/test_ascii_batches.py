"""Lines and batches of casts in World Ocean Database ASCII."""

import gzip
import io
import tarfile
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from qc.errors import InputError
from qc.readers.registry import detect_format, read
from qc.readers.wod import ascii as wod_ascii
from qc.readers.wod.ascii_batches import read_batches
from tests.support.archive_files.wod_ascii import CAST, LEVELS, read_frame, write_casts
from tests.support.wod_writer import file


def test_a_file_of_blanks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"blank\.dat: no cast in it"):
        list(read_batches(b" " * 80 + b"\n", "blank.dat"))


def test_batches_make_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_oxygen = replace(CAST, codes=[1, 2, 11], number=2)
    path = write_casts(tmp_path / "many.dat", *[CAST, no_oxygen, replace(CAST, number=3, levels=LEVELS * 4)] * 5)
    whole = read_frame(path, None)
    monkeypatch.setattr(wod_ascii, "read_batches", partial(read_batches, batch=500))
    assert len(list(wod_ascii.read_batches(path.read_bytes(), "many.dat"))) > 4
    pd.testing.assert_frame_equal(read_frame(path, None), whole, check_categorical=False)
    before = file([CAST] * 8)
    first = before.count(b"\n") + 1  # line of the damaged cast
    path.write_bytes(before + file([replace(CAST, number=77, levels=[])]).replace(b"1934", b"19x4"))
    with pytest.raises(InputError, match=rf"many\.dat, cast 77, line {first} column \d+: a digit is missing"):
        read(path)


def test_every_cut_cast_is_refused(tmp_path: Path) -> None:
    whole = file([CAST, replace(CAST, number=99)])
    text = len(whole.replace(b"\n", b"").rstrip())
    path = tmp_path / "cut.dat"
    for end in range(2 + whole.index(b"\n"), text, 7):
        path.write_bytes(whole[:end])
        if end <= len(file([CAST])) and len(whole[:end].replace(b"\n", b"")) >= len(file([CAST]).rstrip()):
            continue  # only blanks after the first cast are missing
        with pytest.raises(InputError, match=r"cut\.dat, cast number \d, line \d+|content of no known archive"):
            read(path, wod_oxygen_unit="ml/l")


@pytest.mark.parametrize("wrap", ["plain", "gz", "zip", "tar"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_wrapping_and_line_ends_make_no_difference(tmp_path: Path, wrap: str, end: str) -> None:
    raw, box = file([CAST, replace(CAST, number=8)], end=end), io.BytesIO()
    if wrap == "zip":
        with zipfile.ZipFile(box, "w") as archive:
            archive.writestr("OSDO1934", raw)
    elif wrap == "tar":
        with tarfile.open(fileobj=box, mode="w") as archive:
            info = tarfile.TarInfo("OSDO1934")
            info.size = len(raw)
            archive.addfile(info, io.BytesIO(raw))
    path = tmp_path / "OSDO1934"
    path.write_bytes({"plain": raw, "gz": gzip.compress(raw)}.get(wrap, box.getvalue()))
    assert detect_format(path) == "wod_ascii"
    assert read_frame(path).oxygen_original.tolist() == [6.75, 6.70, 6.75, 6.70]


def test_blanks_cut_off_at_line_ends_and_no_last_line_end(tmp_path: Path) -> None:
    raw = file([CAST, replace(CAST, number=8)])
    path = tmp_path / "stripped.dat"
    path.write_bytes(b"\n".join(line.rstrip() for line in raw.split(b"\n")).rstrip(b"\n"))
    assert read_frame(path).cast.tolist() == ["67064", "67064", "8", "8"]
    path.write_bytes(raw.replace(b"\n", b"\r\n", 1) + b"\n\n")  # mixed ends, empty lines after them
    assert read_frame(path).cast.tolist() == ["67064", "67064", "8", "8"]
    path.write_bytes(raw[:81] + raw[81:].replace(b"\n", b"", 1))
    with pytest.raises(InputError, match=r"stripped\.dat, line 2: 160 characters; lines have 80"):
        read(path)


@pytest.mark.parametrize("version", "AB")
def test_other_versions_are_refused(tmp_path: Path, version: str) -> None:
    with pytest.raises(InputError, match="no cast of version C or Q begins here; other versions are not read"):
        read(write_casts(tmp_path / "old.dat", CAST, version=version))
