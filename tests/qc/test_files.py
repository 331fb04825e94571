import errno
import shutil
import subprocess
import sys
from collections import namedtuple

import pytest

from qc.files import replacing

Usage = namedtuple("Usage", "total used free")


def test_what_fails_leaves_neither_file_nor_partial(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(KeyError), replacing(target) as partial:
        partial.write_text("half")
        raise KeyError("bug")
    assert target.read_text() == "old" and list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error", [RuntimeError("NetCDF: HDF error"), OSError("48180 requested and 33760 written")])
def test_a_library_that_cannot_write_to_a_full_disk_is_understood(error, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**9, 10**9, 0))
    with pytest.raises(OSError) as raised, replacing(tmp_path / "a.nc"):
        raise error
    assert raised.value.errno == errno.ENOSPC and raised.value.filename == str(tmp_path / "a.nc")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**9, 0, 10**9))
    with pytest.raises(OSError, match=str(error)) as raised, replacing(tmp_path / "a.nc"):
        raise error
    assert raised.value.filename == str(tmp_path / "a.nc")


def test_an_error_that_does_not_come_from_writing_is_left_as_it_is(tmp_path):
    for error in (RuntimeError("a bug"), OSError(errno.ENOENT, "No such file or directory", "other")):
        with pytest.raises(type(error)) as raised, replacing(tmp_path / "a.nc"):
            raise error
        assert raised.value is error


LIMITED = """
import pathlib, resource, sys, numpy, xarray
import pyarrow, pyarrow.parquet
from oxygen_recon import cli
from qc.files import replacing
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
noise = numpy.random.default_rng(0).random(100_000)
write = {
    "bytes": lambda path: path.write_bytes(bytes(100_000)),
    "numpy": lambda path: numpy.save(path.open("wb"), noise),
    "parquet": lambda path: pyarrow.parquet.write_table(pyarrow.table({"a": noise}), path),
    "netcdf": lambda path: xarray.Dataset({"a": ("x", noise)}).to_netcdf(path, engine="netcdf4"),
}[sys.argv[2]]
def task():
    with replacing(pathlib.Path(sys.argv[1])) as partial:
        write(partial)
cli._plainly(task)()
"""


@pytest.mark.parametrize("how", ["bytes", "numpy", "parquet", "netcdf"])
def test_a_file_that_grows_too_large_is_one_line_that_names_it(how, tmp_path):
    pytest.importorskip("resource")
    done = subprocess.run([sys.executable, "-c", LIMITED, tmp_path / "a", how], capture_output=True, text=True)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert done.returncode == 1 and len(lines) == 1, done.stderr
    assert lines[0].startswith(f"oxygen-recon: {tmp_path / 'a'}: ")
    if how in ("bytes", "parquet"):
        assert lines[0].endswith("write elsewhere, or raise the limit")
    assert list(tmp_path.iterdir()) == []


WRITE = """
import pathlib, sys, numpy, xarray
from oxygen_recon import cli
from qc.files import replacing
def write():
    with replacing(pathlib.Path(sys.argv[1]) / "a.nc") as partial:
        xarray.Dataset({"a": ("x", numpy.random.default_rng(0).random(10**6))}).to_netcdf(partial, engine="netcdf4")
cli._plainly(write)()
"""


def test_a_disk_that_is_really_full_is_one_line(tmp_path):
    inside = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"', tmp_path]
    try:
        allowed = subprocess.run([*inside, "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        allowed = False
    if not allowed:
        pytest.skip("a small disk cannot be mounted here")
    done = subprocess.run([*inside, sys.executable, "-c", WRITE, tmp_path], capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1 and "no space left on the disk" in lines[0], done.stderr
