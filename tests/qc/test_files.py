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
    with pytest.raises(type(error), match=str(error)), replacing(tmp_path / "a.nc"):
        raise error


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
