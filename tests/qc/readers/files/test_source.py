"""Sources of bytes: files that are missing, empty, truncated, hostile or of unknown content."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.errors import InputError, Refused
from qc.readers.files.source import Source, open_all
from qc.readers.registry import detect_format, read
from tests.support.archive_files.bundles import EXCHANGE, tar_of, zip_of
from tests.support.archive_files.wod_netcdf import write_ragged


@pytest.mark.parametrize("pack", [str.encode, lambda t: gzip.compress(t.encode()), lambda t: zip_of({"a/b.csv": t})])
def test_the_wrapping_makes_no_difference(pack: object, tmp_path: Path) -> None:
    path = tmp_path / "no.ending"
    path.write_bytes(pack(EXCHANGE))  # type: ignore[operator]
    assert detect_format(path) == "exchange"
    assert read(path)["oxygen"].to_pylist() == [250.0]


def test_members_of_a_tar_keep_their_names_and_readme_files_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "bundle.tar.gz"
    path.write_bytes(tar_of({"README": "notes", "x/1_hy1.csv": EXCHANGE, "x/2_hy1.csv": EXCHANGE}))
    assert detect_format(path) == "exchange"
    table = read(path)
    assert table["file"].to_pylist() == ["bundle.tar.gz#x/1_hy1.csv", "bundle.tar.gz#x/2_hy1.csv"]
    assert not list(tmp_path.glob("x*"))  # nothing was unpacked


@pytest.mark.parametrize("packed", [False, True])
def test_a_netcdf_file_is_opened_once_and_closed(packed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, opened, check = tmp_path / "made.nc", [], Source._check_netcdf
    write_ragged(path, [261.42, 250.0, 130.71, 200.0, 210.0])
    monkeypatch.setattr(Source, "_check_netcdf", lambda source: opened.append(source) or check(source))
    if packed:
        path.write_bytes(gzip.compress(path.read_bytes()))
    assert read(path).num_rows > 0
    assert len(opened) == 1 and "_dataset" not in vars(opened[0])
    (source,) = list(open_all(path))
    with source.netcdf() as dataset, source.netcdf() as again:
        assert dataset is again and dataset.isopen()
    source.close()
    source.close()
    assert not dataset.isopen() and len(opened) == 2


@pytest.mark.parametrize("name", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "..\\evil.csv"])
@pytest.mark.parametrize("pack", [zip_of, tar_of])
def test_members_that_lead_out_of_their_folder_are_refused(name: str, pack: object, tmp_path: Path) -> None:
    path = tmp_path / "bundle"
    path.write_bytes(pack({name: EXCHANGE}))  # type: ignore[operator]
    with pytest.raises(InputError, match="points outside its folder"):
        read(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        (b"", "the file is empty"),
        (gzip.compress(b""), "the file inside is empty"),
        (b"some notes\n", "content of no known archive"),
        (b"\x00\x01\x02\x03" * 200, "content of no known archive"),
        (b"a,b,c\n1,2,3\n", "content of no known archive"),
        (b"\x89HDF\r\n\x1a\n" + b"\x00" * 100, "not a readable netCDF file"),
        (b"CDF\x01" + b"\xff" * 50, "the netCDF file is truncated|not a readable netCDF file"),
        (b"MATLAB 7.3 MAT-file" + b"\x00" * 600, "MATLAB 7.3"),
        (b"MATLAB 5.0 MAT-file" + b"\x00" * 600, "is truncated"),
        (zip_of({"README": "notes"}), "content of no known archive"),
        (zip_of({}), "the zip holds no file"),
        (bytes(10240), "content of no known archive"),  # a tar of nothing
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_line(content: bytes | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "file.nc"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        read(path)
    assert "\n" not in str(caught.value) and "file.nc" in str(caught.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        detect_format(tmp_path)


@settings(max_examples=200)
@given(st.binary(min_size=1, max_size=400))
def test_any_bytes_read_or_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read(path)


@settings(max_examples=100)
@given(st.text(max_size=200), st.integers(0, 5))
def test_any_text_in_an_exchange_file_reads_or_is_refused(tmp_path: Path, text: str, line: int) -> None:
    lines = EXCHANGE.splitlines()
    lines.insert(line, text)
    path = tmp_path / "cruise_hy1.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    refused: list[Refused] = []
    try:
        table = read(path, refused=refused)
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert all(str(one).isprintable() for one in refused)
        assert 250.0 in table["oxygen"].to_pylist()
