"""Small WHP-Exchange bottle files of cruises, and the command line run on them."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
from typer.testing import CliRunner

from oxygen_recon.cli import app

HEADER = "EXPOCODE,STNNBR,CASTNO,DATE,TIME,LATITUDE,LONGITUDE,CTDPRS,CTDTMP,CTDSAL,OXYGEN,OXYGEN_FLAG_W"
UNITS = ",,,,,,,DBAR,ITS-90,PSS-78,UMOL/KG,"
CAST = 12  # levels


def archive(path: Path, seed: int, casts: int = 6, cruise: str | None = None) -> Path:
    """Write a WHP-Exchange bottle file: a section along a parallel, one level in twelve bad and one missing."""
    rng = np.random.default_rng(seed)
    lines = []
    for cast in range(casts):
        p = np.linspace(5, 1500, CAST)
        oxygen = 240 - 0.1 * p + rng.normal(0, 2, CAST)
        flags = np.full(CAST, 2)
        oxygen[3], flags[3] = -999, 9
        flags[7], oxygen[5] = 4, 900 if cast == 1 else oxygen[5]
        date = np.datetime64("1995-03-01") + seed * 40 + cast
        lines += [
            f"{cruise or f'31XX{seed:04d}'},{cast + 1},1,{str(date).replace('-', '')},1200,"
            f"{-20 + seed / 10:.4f},{-150 + cast / 2:.4f},{a:.1f},{10 - a / 300:.3f},34.7,{b:.2f},{f}"
            for a, b, f in zip(p, oxygen, flags)
        ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["BOTTLE,20120101TEST", HEADER, UNITS, *lines, "END_DATA\n"]))
    return path


def cli(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of all files but the one that holds the time of the run."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "settings.json")
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def states(folder: Path) -> dict[str, str]:
    table = pd.read_csv(folder / "files.csv")
    return dict(zip(table.file.map(lambda file: Path(file).name), table.state))


def stamps(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*.parquet")}
