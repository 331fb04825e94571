"""What the compliance checker says of a netCDF file."""

import subprocess
import sys
from pathlib import Path


def keeps_the_conventions(path: Path, acdd: bool = True) -> None:
    """Assert that a file keeps CF 1.8 strictly, and has what ACDD 1.3 highly recommends, a standard name for all."""
    checker = Path(sys.executable).with_name("compliance-checker")
    for test, criteria in (("cf:1.8", "strict"), ("acdd:1.3", "lenient"))[: 1 + acdd]:
        words = [checker, f"--test={test}", f"--criteria={criteria}", str(path)]
        report = subprocess.run(words, capture_output=True, text=True, timeout=600)
        assert "All tests passed!" in report.stdout, report.stdout + report.stderr
        assert report.returncode == 0
