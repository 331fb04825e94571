"""Factors of the oxygen of cruises from deep crossovers, compared with GLODAP's table of adjustments.

    python experiments/benchmarks/crossovers.py OBSERVATIONS

OBSERVATIONS holds `glodap/*.mat`, `glodap/AdjustmentTable.csv.gz` and `cchdo/oce__a03_hy1.csv.gz`. Prints three
Markdown tables: the crossovers of GLODAP's cruises, which are adjusted and should agree; the factor of each
cruise with all others as reference, which should be 1; and the factor where GLODAP's own is not 1 and was undone (the
values divided by it), or never applied (A03 of 1993 as delivered to CCHDO), against the table of adjustments. A few
seconds.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from qc.battery import battery, run
from qc.corrections import crossovers
from qc.corrections import glodap_adjustments as adjustments
from qc.duplicates import search as duplicates
from qc.readers import registry as readers

RULES = battery.load_battery().duplicates

EXPOCODES = {  # file number: expocode
    "249": "316N19941201",
    "250": "316N19950124",
    "336": "33MW19910711",
    "338": "33MW19930704",
    "352": "33RR20070204",
    "353": "33RR20070322",
    "461": "49K619990523",
    "694": "74DI19980423",
    "1041": "33RO20130803",
    "1042": "33RO20131223",
    "3028": "29AH20090725",
}
A03 = ("cchdo/RUCT40_1", "90CT19930911")


def trusted(pairs: pd.DataFrame, cruise: str) -> pd.Series:
    """Return the factor of one cruise with all others as reference."""
    names = {*pairs["a"], *pairs["b"]} - {cruise}
    return crossovers.adjust(pairs, sorted(names)).loc[cruise]


def undone(table: pa.Table, cruise: str, factor: float) -> pa.Table:
    """Divide the oxygen of one cruise by its factor."""
    mine = np.array([name == cruise for name in table["cruise"].to_pylist()])
    oxygen = pa.array(table["oxygen"].to_numpy() / np.where(mine, factor, 1))
    return table.set_column(table.schema.get_field_index("oxygen"), table.schema.field("oxygen"), oxygen)


def show(frame: pd.DataFrame) -> None:
    """Print a Markdown table."""
    print("| " + " | ".join(frame) + " |\n|" + "---|" * frame.shape[1])
    for row in frame.itertuples(index=False):
        print("| " + " | ".join(f"{value:.4f}" if isinstance(value, float) else str(value) for value in row) + " |")
    print()


def main(folder: Path) -> None:
    """Print the tables."""
    factors = adjustments.read(folder / "glodap" / "AdjustmentTable.csv.gz")
    glodap = pa.concat_tables(readers.read(path) for path in sorted((folder / "glodap").glob("*.mat")))
    glodap = run.run_battery(glodap.unify_dictionaries().combine_chunks())
    pairs = crossovers.find(glodap)
    show(pairs)
    spread = np.sqrt(np.mean(np.log(pairs["ratio"]) ** 2))
    print(f"root mean square of the {len(pairs)} log ratios: {spread:.4f}\n")
    rows = []
    for name in sorted({*pairs["a"], *pairs["b"]}):
        found = trusted(pairs, name)
        expocode = EXPOCODES.get(name.split("/")[1], "")
        rows.append([name, expocode, int(found["crossovers"]), float(found["factor"]), float(found["error"])])
    show(pd.DataFrame(rows, columns=["cruise", "expocode", "crossovers", "factor (1 expected)", "error"]))
    rows = []
    for number, expocode in EXPOCODES.items():
        expected = float(factors.get(expocode, 1.0))
        if expected != 1:
            found = trusted(crossovers.find(undone(glodap, number, expected)), f"glodap/{number}")
            rows.append([expocode, "undone", expected, float(found["factor"]), float(found["error"])])
    a03 = run.run_battery(readers.read(folder / "cchdo" / "oce__a03_hy1.csv.gz"))
    both = duplicates.mark(pa.concat_tables([glodap, a03]).unify_dictionaries(), RULES)
    found = trusted(crossovers.find(both), A03[0])
    rows.append([A03[1], "as delivered", float(factors[A03[1]]), float(found["factor"]), float(found["error"])])
    frame = pd.DataFrame(rows, columns=["expocode", "oxygen", "GLODAP", "found", "error"])
    show(
        frame.assign(deviation=[f"{d:+.1f} errors" for d in np.log(frame["found"] / frame["GLODAP"]) / frame["error"]])
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
