"""Detection and false alarms of the checks of dates and positions, on real cruises with planted clerical errors.

    python experiments/benchmarks/qc_tracks.py DATA [SEED]

DATA holds observations/cchdo and /glodap. In each of `TRIALS` trials a cruise and kind, one error is planted: the
stations concerned, adjacent in time, are drawn with SEED. A planted cast is found if it fails any check of date or
position; a false alarm is another cast that fails one and did not without the planted error. "before" is without the
checks of `qc.checks.misread`. Errors that change nothing (minutes as decimals of whole degrees) are not planted.
Prints two Markdown tables: detection by kind, of cruises that the checks were developed on and of withheld ones, and
what the undisturbed cruises fail. Positions are not compared with land or sea floor.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from qc.battery.battery import Battery, load_battery
from qc.battery.cruises import check_casts
from qc.checks.cruises.cast_summary import summarise
from qc.checks.misread.dates import exchanged, in_year
from qc.readers import registry as readers

TRIALS = 20
DEVELOPED = (
    "cchdo/hydro__p02.csv.gz",
    "cchdo/oce__a03_hy1.csv.gz",
    "glodap/316N19941201.mat",
    "glodap/33MW19930704.mat",
)
WITHHELD = (
    "cchdo/pycchdo__example_hy1.csv.gz", "cchdo/libcchdo_samples/bottle_woce__p01w_1999ahy.txt",
    "cchdo/libcchdo_samples/nc_hyd__i08s_33RR20070204_nc_hyd.zip", "glodap/29AH20090725.mat", "glodap/29HE19920714.mat",
    "glodap/33RO20130803.mat", "glodap/49NZ20070724.mat", "glodap/74DI19980423.mat",
)  # fmt: skip
NEW = ("expocode_date", "misread_date", "misread_position")
KINDS = {
    "year, 1 station": 1, "year, 2 stations": 2, "year, 3 stations": 3, "year, 5 stations": 5, "year, 40 %": 0.4,
    "year, half": 0.5, "day and month exchanged": 1, "one degree": 1, "one degree, 3 stations": 3,
    "minutes as decimals": 1, "sign": 1,
}  # fmt: skip
DAY = 86_400_000


def cruises_of(data: Path, names: tuple[str, ...]) -> Iterator[pa.Table]:
    """Yield the table of casts of each cruise with ten casts or more."""
    for name in names:
        casts = summarise(readers.read(data / "observations" / name), load_battery().bits)
        cruise = casts["cruise"].cast(pa.string()).to_pandas()
        for one in sorted(cruise.unique()):
            if (cruise == one).sum() >= 10:
                yield casts.filter(pa.array(cruise == one))


def stations(casts: pa.Table) -> np.ndarray:
    """Return the number of the station of each cast, in order of time; stops at one place in a row are one."""
    frame = casts.select(["time", "latitude", "longitude"]).to_pandas()
    order = np.argsort(frame["time"].to_numpy(), kind="stable")
    place = frame[["latitude", "longitude"]].round(1).to_numpy()[order]
    result = np.zeros(len(frame), int)
    result[order] = np.r_[0, np.cumsum((np.diff(place, axis=0) != 0).any(axis=1))]
    return result


def as_decimals(degrees: np.ndarray) -> np.ndarray:
    """Read 12 degrees 45 minutes as 12.45 degrees."""
    whole = np.trunc(degrees)
    return whole + 0.6 * (degrees - whole)


def planted(casts: pa.Table, kind: str, rng: np.random.Generator) -> tuple[pa.Table, np.ndarray]:
    """Plant an error; return the casts and where they were changed."""
    station = stations(casts)
    n = KINDS[kind]
    count = n if n >= 1 else round(n * (station.max() + 1))
    first = rng.integers(0, station.max() + 2 - count)
    mine = (station >= first) & (station < first + count)
    day = casts["time"].to_numpy().astype("datetime64[ms]").astype(float) / DAY
    axis = str(rng.choice(["latitude", "longitude"]))
    place = casts[axis].to_numpy().copy()
    if kind.startswith("year"):
        new = np.where(mine, in_year(day, int(rng.choice([-10, -1, 1, 10]))), day)
    elif kind.startswith("day"):
        new = np.where(mine & np.isfinite(exchanged(day)), exchanged(day), day)
    else:
        moved = {"one": place + rng.choice([-1, 1]), "minutes": as_decimals(place), "sign": -place}[kind.split()[0]]
        new, old = np.where(mine, moved, place), place
        column = pa.array(new)
        return casts.set_column(casts.schema.get_field_index(axis), axis, column), np.abs(new - old) > 0.01
    time = pa.array(np.round(new * DAY).astype("datetime64[ms]"))
    return casts.set_column(casts.schema.get_field_index("time"), "time", time), np.abs(new - day) > 0.01


def failing(casts: pa.Table, which: Battery) -> np.ndarray:
    """Tell which casts fail a check of date or position."""
    mask = np.uint64(sum(1 << check.bit for check in which.cruises if check.subject in ("date", "position")))
    return (check_casts(casts, which) & mask) > 0


def batteries() -> dict[str, Battery]:
    """Return the battery without and with the new checks."""
    shipped = load_battery()
    old = tuple(check.model_copy(update={"enabled": check.name not in NEW}) for check in shipped.cruises)
    return {"before": shipped.model_copy(update={"cruises": old}), "after": shipped}


def trials(data: Path, seed: int) -> pd.DataFrame:
    """Return one row per trial and battery: planted, found, false alarms."""
    rows = []
    rng = np.random.default_rng(seed)
    for of, names in (("developed on", DEVELOPED), ("withheld", WITHHELD)):
        for casts in cruises_of(data, names):
            name = casts["cruise"][0].as_py()
            clean = {label: failing(casts, which) for label, which in batteries().items()}
            for label, found in clean.items():
                rows.append((of, name, "none", label, len(casts), 0, 0, int(found.sum())))
            for kind in KINDS:
                for _ in range(TRIALS):
                    changed, mine = planted(casts, kind, rng)
                    for label, which in batteries().items():
                        found = failing(changed, which) & ~(clean[label] & ~mine)
                        counts = (len(casts), int(mine.sum()), int((found & mine).sum()), int((found & ~mine).sum()))
                        rows.append((of, name, kind, label, *counts))
    return pd.DataFrame(rows, columns=["of", "cruise", "kind", "battery", "casts", "planted", "found", "alarms"])


def detection(frame: pd.DataFrame) -> str:
    """Format the table of kinds."""
    head = (
        "| cruises | error | planted casts | found, before | found | false alarms, before | false alarms | of casts |"
    )
    lines = [head, "|---|---|---:|---:|---:|---:|---:|---:|"]
    for (of, kind), group in frame[frame["planted"] > 0].groupby(["of", "kind"], sort=False):
        sums = group.groupby("battery")[["casts", "planted", "found", "alarms"]].sum()
        old, new = sums.loc["before"], sums.loc["after"]
        shares = [f"{one['found']} ({100 * one['found'] / one['planted']:.0f} %)" for one in (old, new)]
        others = new["casts"] - new["planted"]
        cells = [of, kind, new["planted"], *shares, old["alarms"], new["alarms"], others]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def undisturbed(frame: pd.DataFrame) -> str:
    """Format what undisturbed cruises fail."""
    lines = ["| cruises | undisturbed casts | fail, before | fail |", "|---|---:|---:|---:|"]
    for of, group in frame[frame["kind"] == "none"].groupby("of", sort=False):
        sums = group.groupby("battery")[["casts", "alarms"]].sum()
        lines.append(
            f"| {of} | {sums['casts'].iloc[0]} | {sums.loc['before', 'alarms']} | {sums.loc['after', 'alarms']} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print the tables."""
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    frame = trials(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) == 3 else 1)
    print(detection(frame), undisturbed(frame), sep="\n\n")


if __name__ == "__main__":
    main()
