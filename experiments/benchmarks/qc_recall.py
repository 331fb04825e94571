"""Recall of the planted errors of a twin ocean by check, and the false-positive rate on its good levels.

    python experiments/benchmarks/qc_recall.py TWIN [TWIN ...]

Each TWIN is a folder made by `oxygen_recon.sources.twin.make`. A planted level is found if its oxygen flag is 3 or 4
after the checks; planted levels that the archive delivers as missing are not counted. "unflagged" are planted levels
that the originator did not flag. A false positive is a level without a planted error that the archive delivers as good
and a check flags 3 or 4. Prints two Markdown tables. About ten seconds per twin.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import xarray as xr

from qc.battery import battery, cruises, run
from qc.duplicates import search as duplicates
from qc.physics import bathymetry
from qc.physics import bathymetry as relief
from qc.readers import registry as readers
from qc.table import schema
from qc.table.flags import FAIL, SUSPECT

RULES = battery.load_battery().duplicates

NOW = np.datetime64("2024-01-01", "ms")  # the twin's record ends in 2023
KEY = ["source", "file", "cast", "row"]


def levels_of(twin: Path) -> pd.DataFrame:
    """Run quality control on a twin's archives; return one row per finite oxygen value, with the planted error."""
    files = sorted(path for path in (twin / "archives").rglob("*") if path.is_file())
    table = pa.concat_tables(readers.read(file) for file in files).unify_dictionaries().combine_chunks()
    table = table.cast(schema.OBSERVATIONS)
    with xr.open_dataset(twin / "relief.nc") as dataset:
        height = dataset["relief"].load()
    floor = relief.deepest_neighbour(*(height[dim].to_numpy() for dim in height.dims), height.to_numpy())
    flagged = run.run_battery(table, is_land=lambda y, x: bathymetry.on_land(height, y, x), now=NOW, floor=floor)
    flagged = cruises.check_cruises(duplicates.mark(flagged, RULES))
    frame = flagged.select([*KEY, "oxygen", "oxygen_flag", "oxygen_checks"]).to_pandas()
    frame = frame.astype(dict.fromkeys(KEY[:3], str)).assign(before=table["oxygen_flag"].to_numpy())
    planted = pd.read_parquet(twin / "truth" / "planted.parquet", columns=[*KEY, "class"])
    frame = frame.merge(planted, on=KEY, how="left", validate="one_to_one")
    if frame["class"].notna().sum() != len(planted):
        raise SystemExit(f"{twin}: planted levels that no archive holds")
    frame["caught"] = np.isin(frame["oxygen_flag"], (SUSPECT, FAIL))
    return frame[np.isfinite(frame["oxygen"])]


def check_masks(bits: pd.Series) -> dict[str, np.ndarray]:
    """Return where each check that changes flags has failed, by its name."""
    shipped = battery.load_battery()
    found = [(check.name, check.bit) for check in (*shipped.checks, *shipped.cruises) if check.severity != "note"]
    array = bits.to_numpy(np.uint64)
    return {name: (array >> np.uint64(bit) & 1).astype(bool) for name, bit in found}


def recall(frame: pd.DataFrame) -> str:
    """Format the table of planted classes."""
    lines = ["| planted | levels | found | recall | unflagged | recall | by |", "|---|---:|---:|---:|---:|---:|---|"]
    planted = frame[frame["class"].notna()]
    for name, group in [*planted.groupby("class"), ("**all**", planted)]:
        hidden = group[~np.isin(group["before"], (SUSPECT, FAIL))]
        counts = {check: int(mask.sum()) for check, mask in check_masks(group["oxygen_checks"]).items()}
        top = sorted((item for item in counts.items() if item[1]), key=lambda item: -item[1])[:5]
        by = ", ".join(f"{check} {count}" for check, count in top) if name != "**all**" else ""
        lines.append(
            f"| {name} | {len(group)} | {group['caught'].sum()} | {group['caught'].mean():.3f} "
            f"| {len(hidden)} | {hidden['caught'].mean():.3f} | {by} |"
        )
    return "\n".join(lines)


def alarms(frame: pd.DataFrame) -> str:
    """Format the table of false positives."""
    good = frame[frame["class"].isna() & ~np.isin(frame["before"], (SUSPECT, FAIL))]
    lines = ["| check | good levels flagged | percent of good levels |", "|---|---:|---:|"]
    rows = {name: mask & good["caught"].to_numpy() for name, mask in check_masks(good["oxygen_checks"]).items()}
    rows = {name: mask for name, mask in rows.items() if mask.any()} | {"**any**": good["caught"].to_numpy()}
    lines += [f"| {name} | {mask.sum()} | {100 * mask.mean():.3f} |" for name, mask in rows.items()]
    state = frame["class"].isna() & np.isin(frame["before"], (SUSPECT, FAIL))
    lines.append(f"\nOf {len(good)} good levels; {state.sum()} others have an originator's 3 or 4, which is kept.")
    return "\n".join(lines)


def main() -> None:
    """Score the twins of the command line as one set."""
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    frame = pd.concat([levels_of(Path(name)) for name in sys.argv[1:]], ignore_index=True)
    print(recall(frame), alarms(frame), sep="\n\n")


if __name__ == "__main__":
    main()
