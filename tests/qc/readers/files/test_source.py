"""The door itself: missing, empty, cut, hostile and unknown files."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qc.errors import InputError
from qc.readers import registry as readers
from qc.readers.columns.coordinates import calendar, days_since, position, pressure_and_depth

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
