"""What the compliance checker and CDO say of a netCDF file."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import xarray as xr


def keeps_the_conventions(path: Path, acdd: bool = True) -> None:
    """Assert that a file keeps CF 1.8 strictly, and has what ACDD 1.3 highly recommends, a standard name for all."""
    checker = Path(sys.executable).with_name("compliance-checker")
    for test, criteria in (("cf:1.8", "strict"), ("acdd:1.3", "lenient"))[: 1 + acdd]:
        words = [checker, f"--test={test}", f"--criteria={criteria}", str(path)]
        report = subprocess.run(words, capture_output=True, text=True, timeout=600)
        assert "All tests passed!" in report.stdout, report.stdout + report.stderr
        assert report.returncode == 0


def cdo_reads(path: Path, names: Sequence[str]) -> None:
    """Assert that CDO lists every variable of a file, warns of none, and averages it; skip where there is no CDO."""
    if shutil.which("cdo") is None:
        pytest.skip("no CDO here")
    listed = subprocess.run(["cdo", "-s", "showname", str(path)], capture_output=True, text=True, timeout=600)
    found = set(listed.stdout.split())
    assert {*names} <= found, f"{listed.stdout}{listed.stderr}"
    info = subprocess.run(["cdo", "-s", "sinfo", str(path)], capture_output=True, text=True, timeout=600)
    assert info.returncode == 0 and "Warning" not in info.stderr, info.stderr
    mean = path.with_name(f"{path.stem}_mean.nc")
    made = subprocess.run(["cdo", "-s", "fldmean", str(path), str(mean)], capture_output=True, text=True, timeout=600)
    assert made.returncode == 0, made.stderr
    with xr.open_dataset(mean, decode_times=False) as data:
        assert {*names} <= {*map(str, data.data_vars)}
