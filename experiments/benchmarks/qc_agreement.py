"""Agreement of the battery's flags with those of the originators of real archives, check by check.

    python experiments/benchmarks/qc_agreement.py DATA

DATA holds observations/kodc, /cchdo, /glodap and /argo. The originator's class is the oxygen flag as read: good, not
evaluated, suspect or bad. The battery gets the values without these flags. Prints one Markdown table per set: how many
values of each class fail each check and, in the last rows, how many fail any check, and their share of the class.
Checks without a failure have no row. No relief is used, so that land and sea floor are not checked.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from oxygen_recon.observations import catalog
from qc.battery import battery, cruises, run
from qc.readers import registry as readers
from qc.table import schema
from qc.table.flags import FAIL, MISSING, NOT_EVALUATED, PASS, SUSPECT

CLASSES = {"good": PASS, "not evaluated": NOT_EVALUATED, "suspect": SUSPECT, "bad": FAIL}


def tables(data: Path) -> Iterator[tuple[str, pa.Table]]:
    """Yield the name and the observations of each set."""
    spec = catalog.load().entry("kodc").table
    cchdo = ("hydro__p02.csv.gz", "oce__a03_hy1.csv.gz", "pycchdo__example_hy1.csv.gz")
    observations = data / "observations"
    sets = {
        "KODC, 1968-2024": sorted((observations / "kodc").glob("nso_*")),
        "GO-SHIP P02, A03 and P16C": [observations / "cchdo" / name for name in cchdo],
        "GLODAP, nine extracts": sorted((observations / "glodap").glob("*.mat")),
        "Argo, seven floats": sorted((observations / "argo").glob("*_Sprof.nc*")),
    }
    for name, files in sets.items():
        parts = [readers.read(file, spec if name.startswith("KODC") else None) for file in files]
        yield name, pa.concat_tables(parts).unify_dictionaries().combine_chunks().cast(schema.OBSERVATIONS)


def unflagged(table: pa.Table) -> pa.Table:
    """Return the table without the originator's flags of oxygen."""
    position, present = table.schema.get_field_index("oxygen_flag"), np.isfinite(table["oxygen"].to_numpy())
    flags = pa.array(np.where(present, NOT_EVALUATED, MISSING).astype(np.int8))
    return table.set_column(position, table.schema.field(position), flags)


def compare(name: str, table: pa.Table) -> str:
    """Tabulate the failures of each check by the originator's class."""
    flagged = cruises.check_cruises(run.run_battery(unflagged(table)))
    before, bits = table["oxygen_flag"].to_numpy(), flagged["oxygen_checks"].to_numpy()
    shipped = battery.load_battery()
    rows = {
        check.name: (bits >> np.uint64(check.bit) & 1).astype(bool)
        for check in (*shipped.checks, *shipped.cruises)
        if check.enabled and check.severity != "note"
    }
    rows["**any**"] = np.logical_or.reduce(list(rows.values()))
    columns = {label: before == flag for label, flag in CLASSES.items() if (before == flag).any()}
    lines = [f"**{name}**", "", "| check | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    lines.append("| *values* | " + " | ".join(str(mask.sum()) for mask in columns.values()) + " |")
    for check, found in rows.items():
        counts = [int((found & mask).sum()) for mask in columns.values()]
        if any(counts):
            lines.append(f"| {check} | " + " | ".join(map(str, counts)) + " |")
    shares = [100 * rows["**any**"][mask].mean() for mask in columns.values()]
    lines.append("| *percent* | " + " | ".join(f"{share:.2f}" for share in shares) + " |")
    return "\n".join(lines)


def main() -> None:
    """Print the tables of all sets."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    print("\n\n".join(compare(name, table) for name, table in tables(Path(sys.argv[1]))))


if __name__ == "__main__":
    main()
