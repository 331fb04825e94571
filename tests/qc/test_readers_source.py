"""The door itself: missing, empty, cut, hostile and unknown files."""

import bz2
import gzip
import io
import os
import struct
import tarfile
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qc import readers
from qc.errors import InputError, printable
from qc.readers import unpack
from qc.readers.coordinates import calendar, days_since, position, pressure_and_depth
from qc.readers.source import Source, _unpacked

EXCHANGE = (
    "BOTTLE,20120101\nEXPOCODE,STNNBR,CASTNO,DATE,LATITUDE,LONGITUDE,CTDPRS,OXYGEN\n,,,,,,DBAR,UMOL/KG\n"
    "33RO2011,1,1,20110928,-28.5,190,4.7,250\nEND_DATA\n"
)


def _zip(members: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return file.getvalue()


def _tar(members: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return file.getvalue()


@pytest.mark.parametrize("pack", [str.encode, lambda t: gzip.compress(t.encode()), lambda t: _zip({"a/b.csv": t})])
def test_the_wrapping_makes_no_difference(pack: object, tmp_path: Path) -> None:
    path = tmp_path / "no.ending"
    path.write_bytes(pack(EXCHANGE))  # type: ignore[operator]
    assert readers.sniff(path) == "exchange"
    assert readers.read(path)["oxygen"].to_pylist() == [250.0]


def test_members_of_a_tar_keep_their_names_and_readme_files_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "bundle.tar.gz"
    path.write_bytes(_tar({"README": "hello", "x/1_hy1.csv": EXCHANGE, "x/2_hy1.csv": EXCHANGE}))
    assert readers.sniff(path) == "exchange"
    table = readers.read(path)
    assert table["file"].to_pylist() == ["bundle.tar.gz#x/1_hy1.csv", "bundle.tar.gz#x/2_hy1.csv"]
    assert not list(tmp_path.glob("x*"))  # nothing was unpacked


@pytest.mark.parametrize("name", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "..\\evil.csv"])
@pytest.mark.parametrize("pack", [_zip, _tar])
def test_members_that_lead_out_of_their_folder_are_refused(name: str, pack: object, tmp_path: Path) -> None:
    path = tmp_path / "bundle"
    path.write_bytes(pack({name: EXCHANGE}))  # type: ignore[operator]
    with pytest.raises(InputError, match="leads out of its folder"):
        readers.read(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "no such file"),
        (b"", "the file is empty"),
        (gzip.compress(b""), "the file inside is empty"),
        (b"hello world\n", "content of no known archive"),
        (b"\x00\x01\x02\x03" * 200, "content of no known archive"),
        (b"a,b,c\n1,2,3\n", "content of no known archive"),
        (b"\x89HDF\r\n\x1a\n" + b"\x00" * 100, "not a readable netCDF file"),
        (b"CDF\x01" + b"\xff" * 50, "the netCDF file breaks off|not a readable netCDF file"),
        (b"MATLAB 7.3 MAT-file" + b"\x00" * 600, "MATLAB 7.3"),
        (b"MATLAB 5.0 MAT-file" + b"\x00" * 600, "breaks off"),
        (_zip({"README": "hello"}), "content of no known archive"),
        (_zip({}), "the zip holds no file"),
        (bytes(10240), "content of no known archive"),  # a tar of nothing
    ],
)
def test_one_clear_line(content: bytes | None, says: str, tmp_path: Path) -> None:
    path = tmp_path / "file.nc"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=says) as caught:
        readers.read(path)
    assert "\n" not in str(caught.value) and "file.nc" in str(caught.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        readers.sniff(tmp_path)


def _fails(path: Path, content: bytes, says: str) -> None:
    path.write_bytes(content)
    with pytest.raises(InputError, match=says) as caught:
        readers.read(path)
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
    raw = bytearray(_zip({"a.csv": EXCHANGE}))
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


def _other_checksum() -> bytes:
    raw = bytearray(_zip({"a.csv": EXCHANGE}))
    raw[raw.index(b"PK\x01\x02") + 16] ^= 1
    raw[14] ^= 1
    return bytes(raw)


def _twice() -> bytes:
    return _zip({"a.csv": EXCHANGE, "b.csv": EXCHANGE}).replace(b"b.csv", b"a.csv")


def _bzip2() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.csv", EXCHANGE)
    return file.getvalue()


def _negative_size() -> bytes:
    """Make a tar that leads tarfile back to the same header for ever (CVE-2025-8194)."""
    raw = bytearray(_one())
    second = 512 + -(-len(EXCHANGE) // 512) * 512
    raw[second + 124 : second + 136] = b"\xff" + struct.pack(">q", -512).rjust(11, b"\xff")
    raw[second + 148 : second + 156] = b" " * 8
    raw[second + 148 : second + 156] = b"%06o\x00 " % sum(raw[second : second + 512])
    return bytes(raw)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (_encrypted(), r"member a\.csv is encrypted"),
        (_other_checksum(), "broken zip file .Bad CRC-32"),
        (_twice(), r"member a\.csv occurs twice"),
        (_one(name="a.csv"), r"member a\.csv occurs twice"),
        (_bzip2(), "packed in a rare way"),
        (_one(name="../b.csv", type=tarfile.SYMTYPE, linkname="a.csv"), "leads out of its folder"),
        (_one(type=tarfile.SYMTYPE, linkname="../../etc/passwd"), "'../../etc/passwd' leads out"),
        (_one(type=tarfile.SYMTYPE, linkname="/etc/passwd"), "leads out of its folder"),
        (_one(type=tarfile.LNKTYPE, linkname="../x"), "leads out of its folder"),
        (_one(type=tarfile.FIFOTYPE), "no file but a device"),
        (_one(type=tarfile.CHRTYPE), "no file but a device"),
        (_one(size=0), r"#b\.csv: the file inside is empty"),
        (_zip({"a.csv": EXCHANGE, "C:evil.csv": EXCHANGE}), "leads out of its folder"),
        (_negative_size(), "members overlap|broken tar"),
        (_one()[:1024], "broken tar file .no sound header and no end"),
        (_one()[:1100], "broken tar file"),
        (_one().replace(b"ustar", b"u\xfftar").replace(b"u\xfftar", b"ustar", 1), "no sound header"),
        (gzip.compress(EXCHANGE.encode()) + b"trash", "broken gzip file"),
        (gzip.compress(EXCHANGE.encode())[:-3], "broken gzip file"),
        (gzip.compress(EXCHANGE.encode())[:-8] + bytes(8), "broken gzip file .CRC check failed"),
        (bz2.compress(EXCHANGE.encode()), "content of no known archive"),
        (_zip({"a.csv": ""}), r"#a\.csv: the file inside is empty"),
    ],
)
def test_hostile_bundles_are_refused_in_one_line(content: bytes, says: str, tmp_path: Path) -> None:
    _fails(tmp_path / "bundle", content, says)


def test_links_inside_and_climbs_that_come_back_are_harmless(tmp_path: Path) -> None:
    path = tmp_path / "bundle.tar"
    for content in (_one(name="x/b.csv", type=tarfile.SYMTYPE, linkname="../a.csv"), _one(name="x/../b.csv")):
        path.write_bytes(content)
        assert set(readers.read(path)["oxygen"].to_pylist()) == {250.0}


@pytest.mark.parametrize(
    "name", ["é ü.csv", "tab\there.csv", "new\nline.csv", "\u2028.csv", "\udcff\udcfe.csv", "a#b.csv"]
)
def test_odd_names_are_written_out(name: str, tmp_path: Path) -> None:
    inside, outside = tmp_path / "bundle.tar", tmp_path / name
    inside.write_bytes(_one(name=name, tar_format=tarfile.GNU_FORMAT))
    outside.write_bytes(EXCHANGE.encode())
    assert readers.read(inside)["file"].to_pylist()[1] == f"bundle.tar#{printable(name)}"
    assert readers.read(outside)["file"].to_pylist() == [printable(name)]
    outside.write_bytes(EXCHANGE.encode()[:-20])
    with pytest.raises(InputError, match=r"END_DATA|fields|columns") as caught:
        readers.read(outside)
    assert str(caught.value).isprintable() and printable(name) in str(caught.value)


def _layers(n: int) -> bytes:
    data = EXCHANGE.encode()
    for _ in range(n):
        data = gzip.compress(data)
    return data


def test_bundles_in_bundles_to_a_depth(tmp_path: Path) -> None:
    path = tmp_path / "deep"
    path.write_bytes(_layers(unpack.LIMITS.depth))
    assert readers.read(path)["oxygen"].to_pylist() == [250.0]
    _fails(path, _layers(unpack.LIMITS.depth + 1), "bundles in bundles, more than 4 deep")


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
    elif kind == "holes":  # a header alone says how large the member is
        holes = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.size": str(1 << 40)}
        return _one(tarfile.PAX_FORMAT, pax_headers=holes | {"GNU.sparse.map": "0,1"})
    else:
        packed = gzip.compress(zeros)
        return gzip.compress(packed) if kind == "nested" else packed
    return file.getvalue()


@pytest.mark.parametrize("kind", ["gzip", "zip", "tar.gz", "nested", "many", "holes"])
def test_a_bomb_is_not_unpacked(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "LIMITS", unpack.Limits(free=8 << 20))
    bomb = _bomb(kind, bytes(32 << 20))
    tracemalloc.start()
    try:
        _fails(tmp_path / "bomb", bomb, "unpacks to more than 300 times its size; do not trust this file")
        assert tracemalloc.get_traced_memory()[1] < 24 << 20
    finally:
        tracemalloc.stop()


def test_members_too_large_and_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "LIMITS", unpack.Limits(member=100, members=2))
    _fails(tmp_path / "large", gzip.compress(EXCHANGE.encode()), "a member of more than")
    _fails(tmp_path / "large", _zip({f"{i}": "x" for i in range(3)}), "more than 2 members")


def test_real_archives_are_far_from_the_limits(data_root: Path) -> None:
    for path in sorted((data_root / "observations").rglob("*")):
        if path.is_file():
            allowance = unpack.Allowance(path.name, path.stat().st_size)
            allowance.left = full = 100 * path.stat().st_size + 1
            with suppress(InputError):
                for _ in _unpacked(Source(path.name, path=path), allowance):
                    pass
            assert 0 < allowance.left <= full, path.name


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["zip", "gz", "tar"]), st.floats(0.01, 0.999))
def test_a_cut_bundle_never_reads(tmp_path: Path, kind: str, share: float) -> None:
    pack = {"zip": lambda: _zip({"a.csv": EXCHANGE}), "gz": lambda: gzip.compress(EXCHANGE.encode())}
    whole = pack.get(kind, lambda: _tar({"a.csv": EXCHANGE}))()
    path = tmp_path / "cut"
    path.write_bytes(whole[: max(1, int(share * len(whole)))])
    with pytest.raises(InputError):
        readers.read(path)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=400))
def test_any_bytes_read_or_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(content)
    with pytest.raises(InputError):
        readers.read(path)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200), st.integers(0, 5))
def test_any_text_in_an_exchange_file_reads_or_is_refused(tmp_path: Path, text: str, line: int) -> None:
    lines = EXCHANGE.splitlines()
    lines.insert(line, text)
    path = tmp_path / "cruise_hy1.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    try:
        table = readers.read(path)
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert 250.0 in table["oxygen"].to_pylist()


@given(st.floats(-90, 90), st.floats(-180, 360))
def test_longitudes_land_in_one_turn(latitude: float, longitude: float) -> None:
    north, east = position([latitude], [longitude])
    assert -180 <= east[0] < 180 and north[0] == latitude
    assert np.cos(np.radians(east[0] - longitude)) == pytest.approx(1, abs=1e-9)


def test_nowhere_is_missing() -> None:
    north, east = position([91.0, 0.0, np.nan, 10.0], [0.0, 400.0, 0.0, np.nan])
    assert np.isnan(north).all() and np.isnan(east).all()


@given(st.datetimes())
def test_calendar_gives_back_the_minute(when: object) -> None:
    assert hasattr(when, "year")
    given_time = np.datetime64(when.replace(second=0, microsecond=0, fold=0), "ms")  # type: ignore[attr-defined]
    made = calendar([when.year], [when.month], [when.day], [when.hour], [when.minute])[0]  # type: ignore[attr-defined]
    assert np.isnat(made) if not 1700 <= when.year <= 2200 else made == given_time  # type: ignore[attr-defined]


def test_days_that_do_not_exist() -> None:
    made = calendar([2023, 2024, 2023, np.nan], [2, 2, 13, 1], [29, 29, 1, 1], 0.0)
    assert np.isnat(made).tolist() == [True, False, True, True]
    assert np.isnat(days_since([np.nan, 1e9], "1950-01-01")).all()


def test_pressure_and_depth_complete_each_other() -> None:
    nan = np.nan
    pressure, depth = pressure_and_depth(
        np.array([1000.0, nan, nan]), np.array([nan, 990.0, nan]), np.array([nan, 45, 0.0])
    )
    assert depth[0] == pytest.approx(990, abs=2) and pressure[1] == pytest.approx(999, abs=2)
    assert np.isnan(pressure[2]) and np.isnan(depth[2])
