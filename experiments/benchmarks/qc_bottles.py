"""Recall and false alarms of the checks of bottle oxygen, against the flags of the originators of real cruises.

    python experiments/benchmarks/qc_bottles.py DATA

DATA holds observations/cchdo. The battery gets the values without the originators' flags of oxygen; an originator's
flag (bad, suspect, good) is the truth. The checks `winkler_sensor` and `bottle_*` were developed on P02 and A03; P16C,
I08S, GN01 and P01W were withheld. Prints three Markdown tables: each check by cruise; recall and false alarms without
and with these checks, by layer and by what was measured beside oxygen; how far missed values are from their neighbours.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from qc_agreement import unflagged

from qc.battery import battery, run
from qc.checks.base import CheckInput
from qc.checks.bottles.residuals import Residuals, compared
from qc.readers import registry as readers
from qc.table.flags import FAIL, PASS, SUSPECT
from qc.table.profiles import from_table

DEVELOPED = {"P02": "hydro__p02.csv.gz", "A03": "oce__a03_hy1.csv.gz"}
WITHHELD = {
    "P16C": "pycchdo__example_hy1.csv.gz",
    "I08S": "libcchdo_samples/nc_hyd__i08s_33RR20070204_nc_hyd.zip",
    "GN01": "33HQ20150809.tar.gz",
    "P01W": "libcchdo_samples/bottle_woce__p01w_1999ahy.txt",
}
CHECKS = ("winkler_sensor", "bottle_neighbours", "bottle_nutrients", "bottle_station")
CLASSES = {"bad": FAIL, "suspect": SUSPECT, "good": PASS}
LAYERS = {"0-100 dbar": (-10, 100), "100-1000 dbar": (100, 1000), "below 1000 dbar": (1000, 12000)}


def levels_of(cruise: str, file: Path) -> pd.DataFrame:
    """Return one row per oxygen value: originator's flag, failed checks, distance from the neighbours."""
    shipped = battery.load_battery()
    own = sum(1 << check.bit for check in shipped.checks if check.name in CHECKS)
    table = readers.read(file)
    bits = run.run_battery(unflagged(table))["oxygen_checks"].to_numpy()
    levels = from_table(table)
    frame = pd.DataFrame({"cruise": cruise, "flag": levels.flags["oxygen"], "pressure": levels.pressure})
    frame["instrument"] = table["instrument"].to_pandas().astype(str)
    frame["sensor"], frame["nutrients"] = levels.partner >= 0, np.isfinite(levels.values["nitrate"])
    for check in shipped.checks:
        if check.name in CHECKS:
            frame[check.name] = (bits >> np.uint64(check.bit) & 1).astype(bool)
    frame["before"] = (bits & ~np.uint64(own | shipped.bits.notes)) > 0
    frame["after"] = (bits & ~np.uint64(shipped.bits.notes)) > 0
    frame["score"] = scores(table)
    return frame[np.isfinite(levels.values["oxygen"])]


def scores(table: object) -> np.ndarray:
    """Return the distance of each bottle sample from its neighbours, in units of the usual one."""
    levels = from_table(table)
    there = {name: np.isfinite(value) for name, value in levels.values.items()}
    found = Residuals.of(CheckInput(levels, there, there, np.datetime64("now", "ms")))
    every = np.arange(len(found.samples.rows))
    residual, scatter = compared(found.samples, every, found.reference, 4)
    result = np.full(len(levels.cast), np.nan)
    result[found.samples.rows] = np.abs(residual) / scatter
    return result


def counted(frame: pd.DataFrame, found: str) -> str:
    """Format found and all values of each class."""
    cells = []
    for name, flag in CLASSES.items():
        mask = frame["flag"] == flag
        share = f" ({100 * frame.loc[mask, found].mean():.2f} %)" if name == "good" and mask.any() else ""
        cells.append(f"{frame.loc[mask, found].sum()} of {mask.sum()}{share}")
    return " | ".join(cells)


def by_check(frame: pd.DataFrame) -> str:
    """Format the table of checks by cruise."""
    lines = ["| cruise | values | check | bad | suspect | good |", "|---|---|---|---:|---:|---:|"]
    for (cruise, instrument), group in frame.groupby(["cruise", "instrument"], sort=False):
        for check in CHECKS if instrument == "bottle" else CHECKS[:1]:
            lines.append(f"| {cruise} | {instrument} | {check} | {counted(group, check)} |")
    return "\n".join(lines)


def by_class(frame: pd.DataFrame) -> str:
    """Format the table of recall and false alarms, without and with the checks."""
    head = "| bottles | bad, before | suspect, before | good, before | bad | suspect | good |"
    lines = [head, "|---|---:|---:|---:|---:|---:|---:|"]
    for cruises, title in ((DEVELOPED, "developed on"), (WITHHELD, "withheld")):
        part = frame[frame["cruise"].isin(list(cruises))]
        groups = {f"**{title}**": part} | {name: part[part["cruise"] == name] for name in cruises}
        for name, (top, bottom) in LAYERS.items():
            groups[f"{title}, {name}"] = part[(part["pressure"] >= top) & (part["pressure"] < bottom)]
        for what in ("sensor", "nutrients"):
            groups[f"{title}, with {what}"] = part[part[what]]
            groups[f"{title}, without {what}"] = part[~part[what]]
        lines += [f"| {name} | {counted(of, 'before')} | {counted(of, 'after')} |" for name, of in groups.items()]
    return "\n".join(lines)


def missed(frame: pd.DataFrame) -> str:
    """Format how far the missed values are from their neighbours."""
    lines = ["| missed | values | not compared | within 2 | 2 to 5 | beyond 5 |", "|---|---:|---:|---:|---:|---:|"]
    for cruise, part in frame.groupby("cruise", sort=False):
        for name in ("bad", "suspect"):
            score = part.loc[(part["flag"] == CLASSES[name]) & ~part["after"], "score"]
            near, middle = (score <= 2).sum(), ((score > 2) & (score <= 5)).sum()
            cells = [len(score), score.isna().sum(), near, middle, (score > 5).sum()]
            lines.append(f"| {cruise}, {name} | " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def main() -> None:
    """Print the tables."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    folder = Path(sys.argv[1]) / "observations" / "cchdo"
    frame = pd.concat([levels_of(name, folder / file) for name, file in (DEVELOPED | WITHHELD).items()])
    frame = frame[(frame["instrument"] == "bottle") | frame["sensor"]]
    bottles = frame[frame["instrument"] == "bottle"]
    print(by_check(frame), by_class(bottles), missed(bottles), sep="\n\n")


if __name__ == "__main__":
    main()
