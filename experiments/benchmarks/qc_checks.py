"""False alarms and detections of every check, one line each, as `measured` of `qc/battery/battery.yaml` holds them.

    python experiments/benchmarks/qc_checks.py DATA TWIN [TWIN ...] [--write]

DATA holds observations/kodc, /cchdo, /glodap and /argo: the battery gets their values without the originators' flags,
and its failures are compared with these. Each TWIN is a folder made by `oxygen_recon.sources.twin.make`; its planted
errors are counted for the class of which a check finds most. Prints "check: text"; with --write puts the lines into the
battery.
"""

import re
import sys
from pathlib import Path
from textwrap import fill

import numpy as np
import pandas as pd
import qc_agreement
import qc_recall

from qc.battery import battery, cruises, run
from qc.table.flags import FAIL, PASS, SUSPECT

BY_MAP = ("on_land", "below_floor")  # the archives are not compared with a map
BY_CLIMATOLOGY = ("cruise_climatology",)  # nor is anything with a climatology


def archives(data: Path) -> pd.DataFrame:
    """Return the class and the failed checks of each value of real archives."""
    parts = []
    for _, table in qc_agreement.tables(data):
        flagged = cruises.check_cruises(run.run_battery(qc_agreement.unflagged(table)))
        parts.append(pd.DataFrame({"flag": table["oxygen_flag"], "bits": flagged["oxygen_checks"]}))
    return pd.concat(parts, ignore_index=True)


def percent(found: np.ndarray) -> str:
    """Format a share of good values."""
    share = 100 * found.mean()
    return "none" if not found.any() else "under 0.001 %" if share < 0.001 else f"{share:.2g} %"


def measured(real: pd.DataFrame, twins: pd.DataFrame) -> dict[str, str]:
    """Return the text of each check."""
    planted = twins[twins["class"].notna()]
    good = twins[twins["class"].isna() & ~np.isin(twins["before"], (SUSPECT, FAIL))]
    tables = {"good": real[real["flag"] == PASS]["bits"], "bad": real[real["flag"] == FAIL]["bits"]}
    masks = {name: qc_recall.check_masks(bits) for name, bits in tables.items()}
    masks |= {
        "twin": qc_recall.check_masks(good["oxygen_checks"]),
        "planted": qc_recall.check_masks(planted["oxygen_checks"]),
    }
    texts = {}
    for check in (one.name for one in battery.load_battery().running if one.name in masks["good"]):
        if check in BY_CLIMATOLOGY:
            continue
        text = f"twins: {percent(masks['twin'][check])} of good"
        if check not in BY_MAP:
            found = f"{masks['bad'][check].sum():,} of {len(tables['bad']):,} bad"
            text = f"archives: {percent(masks['good'][check])} of good, {found}; {text}"
        by_class = planted.assign(hit=masks["planted"][check]).groupby("class")["hit"].agg(["sum", "count"])
        best = by_class.loc[by_class["sum"].idxmax()]
        texts[check] = text + (f", {best['sum']:,} of {best['count']:,} {best.name}" if best["sum"] else "")
    counts = (len(tables["good"]), len(tables["bad"]), len(good), len(planted))
    print("{:,} good and {:,} bad values of archives; {:,} good levels and {:,} planted of twins".format(*counts))
    return texts


def write(texts: dict[str, str], path: Path) -> None:
    """Put the texts into a battery, each after the source of its check."""
    out = []
    for block in re.split(r"(?m)^(?=  - name: )", path.read_text()):
        found = re.match(r"  - name: (\w+)", block)
        if found and found.group(1) in texts:
            bare = re.sub(r'    measured: "[^"]*"\n', "", block)
            line = f'measured: "{texts[found.group(1)]}"'
            line = fill(line, 115, initial_indent=" " * 4, subsequent_indent=" " * 6)
            end = re.search(r'    source: "[^"]*"\n', bare).end()
            block = f"{bare[:end]}{line}\n{bare[end:]}"
        out.append(block)
    path.write_text("".join(out))


def main() -> None:
    """Measure, print and write."""
    folders = [Path(name) for name in sys.argv[1:] if name != "--write"]
    if len(folders) < 2:
        raise SystemExit(__doc__)
    texts = measured(archives(folders[0]), pd.concat([qc_recall.levels_of(twin) for twin in folders[1:]]))
    print(*(f"{name}: {text}" for name, text in texts.items()), sep="\n")
    if "--write" in sys.argv:
        write(texts, battery.SHIPPED)


if __name__ == "__main__":
    main()
