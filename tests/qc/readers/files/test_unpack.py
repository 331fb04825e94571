"""Bundles that are broken, hostile, large, nested or unusually named: one-line errors, and no file unpacked to disk."""

import bz2
import gzip
import io
import lzma
import os
import re
import struct
import tarfile
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from qc.errors import InputError, printable
from qc.readers.files import limits
from qc.readers.files.source import Source, _unpacked
from qc.readers.registry import read
from tests.support.archive_files.bundles import EXCHANGE, zip_of


def _fails(path: Path, content: bytes, message: str) -> None:
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        read(path)
    assert str(caught.value).isprintable() and str(caught.value).startswith(printable(path.name))
    assert os.listdir(path.parent) == [path.name]  # nothing was unpacked


def _one(tar_format: int = tarfile.USTAR_FORMAT, **attributes: object) -> bytes:
    """Make a tar of one sound member and one of the given attributes."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tar_format) as archive:
        for name, given in (("a.csv", {}), ("b.csv", attributes)):
            info = tarfile.TarInfo(name)
            info.size = len(EXCHANGE)
            for key, value in given.items():
                setattr(info, key, value)
            info.size = info.size if info.isfile() else 0
            archive.addfile(info, io.BytesIO(EXCHANGE.encode()))
    return file.getvalue()


def _encrypted() -> bytes:
    raw = bytearray(zip_of({"a.csv": EXCHANGE}))
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


def _other_checksum() -> bytes:
    raw = bytearray(zip_of({"a.csv": EXCHANGE}))
    raw[raw.index(b"PK\x01\x02") + 16] ^= 1
    raw[14] ^= 1
    return bytes(raw)


def _twice() -> bytes:
    return zip_of({"a.csv": EXCHANGE, "b.csv": EXCHANGE}).replace(b"b.csv", b"a.csv")


def _bzip2() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.csv", EXCHANGE)
    return file.getvalue()


_HUGE_DICTIONARY = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 29}]


def _negative_size() -> bytes:
    """Make a tar that leads tarfile back to the same header for ever (CVE-2025-8194)."""
    raw = bytearray(_one())
    second = 512 + -(-len(EXCHANGE) // 512) * 512
    raw[second + 124 : second + 136] = b"\xff" + struct.pack(">q", -512).rjust(11, b"\xff")
    raw[second + 148 : second + 156] = b" " * 8
    raw[second + 148 : second + 156] = b"%06o\x00 " % sum(raw[second : second + 512])
    return bytes(raw)


SOUND = gzip.compress(EXCHANGE.encode())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (_encrypted(), r"#a\.csv: is encrypted"),
        (_other_checksum(), r"#a\.csv: damaged .Bad CRC-32"),
        (_bzip2(), "unusual compression method"),
        (SOUND + b"trash", "broken gzip file"),
        (SOUND[:-3], "broken gzip file"),
        (SOUND[:-8] + bytes(8), "broken gzip file .CRC check failed"),
        (bz2.compress(EXCHANGE.encode()) + b"trash", "broken bzip2 file"),
        (bz2.compress(EXCHANGE.encode())[:-3], "broken bzip2 file"),
        (lzma.compress(EXCHANGE.encode()) + b"trash", "broken xz file"),
        (lzma.compress(EXCHANGE.encode())[:-3], "broken xz file"),
        (lzma.compress(EXCHANGE.encode(), filters=_HUGE_DICTIONARY), "broken xz file .Memory usage limit exceeded"),
        (zip_of({"a.csv": ""}), r"#a\.csv: the file inside is empty"),
        (zip_of({}), "the zip holds no file"),
        (zip_of({"a.csv": "", "b.csv": ""}), r"none of its members can be read; the first of 2 faults: bundle#a\.csv"),
    ],
)
def test_a_bundle_of_which_nothing_can_be_read_is_refused_in_one_line(
    content: bytes, message: str, tmp_path: Path
) -> None:
    _fails(tmp_path / "bundle", content, message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (_twice(), r"#a\.csv: occurs twice"),
        (_one(name="a.csv"), r"#a\.csv: occurs twice"),
        (_one(name="../b.csv"), "points outside its folder"),
        (_one(name="../b.csv", type=tarfile.SYMTYPE, linkname="a.csv"), "points outside its folder"),
        (_one(type=tarfile.SYMTYPE, linkname="../../etc/passwd"), "'../../etc/passwd', outside its folder"),
        (_one(type=tarfile.SYMTYPE, linkname="/etc/passwd"), "outside its folder"),
        (_one(type=tarfile.LNKTYPE, linkname="../x"), "outside its folder"),
        (_one(type=tarfile.FIFOTYPE), "is a device, not a file"),
        (_one(type=tarfile.CHRTYPE), "is a device, not a file"),
        (_one(size=0), r"#b\.csv: the file inside is empty"),
        (zip_of({"a.csv": EXCHANGE, "C:evil.csv": EXCHANGE}), "points outside its folder"),
        (_negative_size(), "members overlap|broken tar"),
        (_one()[:1024], "broken tar file .neither a valid header nor the end"),
        (_one()[:1100], r"#b\.csv: is cut off|broken tar"),
        (_one().replace(b"ustar", b"u\xfftar").replace(b"u\xfftar", b"ustar", 1), "neither a valid header"),
        (zip_of({"a.csv": EXCHANGE, "b.csv": EXCHANGE[:-20]}), r"#b\.csv.*: .*END_DATA"),
        (zip_of({"a.csv": EXCHANGE, "b.nc": "CDF\x01"}), r"#b\.nc: the netCDF file is truncated"),
    ],
)
def test_a_bad_member_is_named_and_the_others_are_read(content: bytes, message: str, tmp_path: Path) -> None:
    path, refused = tmp_path / "bundle", []
    path.write_bytes(content)
    assert read(path, refused=refused)["oxygen"].to_pylist() == [250.0]
    assert os.listdir(tmp_path) == ["bundle"]  # nothing was unpacked
    (one,) = refused
    assert re.search(message, str(one)) and str(one).isprintable() and not one.lines
    with pytest.warns(UserWarning, match=f"not read: .*({message})"):
        read(path)


def test_links_inside_and_climbs_that_come_back_are_harmless(tmp_path: Path) -> None:
    path = tmp_path / "bundle.tar"
    for content in (_one(name="x/b.csv", type=tarfile.SYMTYPE, linkname="../a.csv"), _one(name="x/../b.csv")):
        path.write_bytes(content)
        assert set(read(path)["oxygen"].to_pylist()) == {250.0}


@pytest.mark.parametrize(
    "name", ["é ü.csv", "tab\there.csv", "new\nline.csv", "\u2028.csv", "\udcff\udcfe.csv", "a#b.csv"]
)
def test_odd_names_are_written_out(name: str, tmp_path: Path) -> None:
    inside, outside = tmp_path / "bundle.tar", tmp_path / name
    inside.write_bytes(_one(name=name, tar_format=tarfile.GNU_FORMAT))
    outside.write_bytes(EXCHANGE.encode())
    assert read(inside)["file"].to_pylist()[1] == f"bundle.tar#{printable(name)}"
    assert read(outside)["file"].to_pylist() == [printable(name)]
    outside.write_bytes(EXCHANGE.encode()[:-20])
    with pytest.raises(InputError, match=r"END_DATA|fields|columns") as caught:
        read(outside)
    assert str(caught.value).isprintable() and printable(name) in str(caught.value)


def _layers(n: int) -> bytes:
    data = EXCHANGE.encode()
    for _ in range(n):
        data = gzip.compress(data)
    return data


def test_bundles_in_bundles_to_a_depth(tmp_path: Path) -> None:
    path = tmp_path / "deep"
    path.write_bytes(_layers(limits.LIMITS.depth))
    assert read(path)["oxygen"].to_pylist() == [250.0]
    _fails(path, _layers(limits.LIMITS.depth + 1), "bundles nested more than 4 deep")


def _bomb(kind: str, zeros: bytes) -> bytes:
    file = io.BytesIO()
    if kind in ("zip", "many"):
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for i in range(1 if kind == "zip" else 8):
                archive.writestr(f"{i}.csv", zeros[: len(zeros) if kind == "zip" else len(zeros) // 8])
    elif kind == "tar.gz":
        with tarfile.open(fileobj=file, mode="w:gz") as tar:
            info = tarfile.TarInfo("a.csv")
            info.size = len(zeros)
            tar.addfile(info, io.BytesIO(zeros))
    elif kind == "holes":  # a header alone contains the size of the member
        holes = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.size": str(1 << 40)}
        return _one(tarfile.PAX_FORMAT, pax_headers=holes | {"GNU.sparse.map": "0,1"})
    elif kind in ("bzip2", "xz"):
        return (bz2 if kind == "bzip2" else lzma).compress(zeros)
    else:
        packed = gzip.compress(zeros)
        return gzip.compress(packed) if kind == "nested" else packed
    return file.getvalue()


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz", "zip", "tar.gz", "nested", "many", "holes"])
def test_a_bomb_is_not_unpacked(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LIMITS", limits.Limits(free=8 << 20))
    bomb = _bomb(kind, bytes(32 << 20))
    tracemalloc.start()
    try:
        _fails(tmp_path / "bomb", bomb, "unpacks to more than 300 times its size; do not trust this file")
        assert tracemalloc.get_traced_memory()[1] < 24 << 20
    finally:
        tracemalloc.stop()


def test_members_too_large_and_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LIMITS", limits.Limits(member=100, members=2))
    _fails(tmp_path / "large", gzip.compress(EXCHANGE.encode()), "a member of more than")
    _fails(tmp_path / "large", zip_of({f"{i}": "x" for i in range(3)}), "more than 2 members")


def test_real_archives_are_far_from_the_limits(data_root: Path) -> None:
    for path in sorted((data_root / "observations").rglob("*")):
        if path.is_file():
            allowance = limits.Allowance(path.name, path.stat().st_size)
            allowance.left = full = 100 * path.stat().st_size + 1
            with suppress(InputError):
                for _ in _unpacked(Source(path.name, path=path), allowance, lambda one: None):
                    pass
            assert 0 < allowance.left <= full, path.name
