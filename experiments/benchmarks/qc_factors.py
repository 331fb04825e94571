"""Whole cruises multiplied by a factor: how many are found, and how many are flagged as they are.

    oxygen-recon ingest DATA/observations/* --out TABLE
    python experiments/benchmarks/qc_factors.py TABLE [CLIMATOLOGY]

TABLE is an ingested collection, CLIMATOLOGY a field for `--climatology`. The oxygen of one cruise in twenty at a time
is multiplied by a factor, so that the others remain as they are; floats count as cruises. Only values count that their
archive does not flag suspect or bad. A cruise is found if profile and cross-profile tests together flag more than half
of its values. Prints a Markdown table: cruises of each archive, how many are flagged undisturbed, and the percentage of
the others that is found at each factor; then the names of the former, and of those missed at 0.1, 0.5, 2 and 10; then
for each archive the values at 10 dbar or less, how many of them `low_saturation` flags, and the percentage that it
finds of single values multiplied by 0.5, one in fifty.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from qc.battery import cruises, run
from qc.battery.battery import Battery, load_battery
from qc.checks.cruises import cast_summary, cruise_table
from qc.physics.climatology import OxygenClimatology
from qc.table import profiles, schema
from qc.table.flags import NOT_EVALUATED, SUSPECT
from qc.types import Integers

FACTORS = (0.1, 0.5, 0.7, 1.43, 2.0, 10.0)
GROSS = (0.1, 0.5, 2.0, 10.0)
GROUPS = 20
CHECKS = ("cruise_flagged", "cruise_offset", "cruise_saturation", "cruise_high_saturation", "cruise_climatology")


@dataclass
class Casts:
    """One row a cast of a collection: its summary, values that count, and how many of them profile tests flag."""

    summary: pa.Table
    values: Integers
    flagged: Integers

    @classmethod
    def joined(cls, parts: Iterable["Casts"]) -> "Casts":
        """Join the casts of parts."""
        summary, values, flagged = zip(*((one.summary, one.values, one.flagged) for one in parts))
        return cls(pa.concat_tables(summary).unify_dictionaries(), np.concatenate(values), np.concatenate(flagged))

    def mixed(self, other: "Casts", changed: NDArray[np.bool_]) -> "Casts":
        """Take some casts from another table of the same casts."""
        rows = np.arange(len(changed)) + len(changed) * changed
        both = Casts.joined([self, other])
        return Casts(both.summary.take(pa.array(rows)), both.values[rows], both.flagged[rows])


def casts_of(part: pa.Table, factor: float, battery: Battery, climatology: OxygenClimatology | None) -> Casts:
    """Run the profile tests on a part whose oxygen is multiplied by a factor."""
    before = part["oxygen_flag"].to_numpy()
    part = schema.replaced(part, "oxygen", factor * part["oxygen"].to_numpy())
    table, _ = run.run_profile_tests(part, battery, climatology=climatology)
    levels = profiles.from_table(table, [])
    counts = before <= NOT_EVALUATED
    flagged = counts & (table["oxygen_flag"].to_numpy() >= SUSPECT)
    summary = cast_summary.summarise(table, battery.bits, climatology)
    n = len(levels.first)
    return Casts(summary, *(np.bincount(levels.cast[some], minlength=n) for some in (counts, flagged)))


def single_values(part: pa.Table, battery: Battery) -> dict[str, int]:
    """Count surface values, those that `low_saturation` flags, halved ones, and those of them that it flags."""
    levels = profiles.from_table(part)
    low = next(check for check in battery.checks if check.name == "low_saturation")
    counts = (levels.flags["oxygen"] <= NOT_EVALUATED) & (levels.pressure <= 10) & np.isfinite(levels.solubility)
    halved = counts & (np.random.default_rng(0).random(len(counts)) < 0.02)
    factor = np.where(halved, 0.5, 1.0)
    found = []
    for table in (part, schema.replaced(part, "oxygen", factor * part["oxygen"].to_numpy())):
        bits = run.run_profile_tests(table, battery)[0]["oxygen_checks"].to_numpy()
        found.append((bits >> np.uint64(low.bit) & np.uint64(1)).astype(bool))
    sums = (counts, counts & found[0], halved, halved & found[1])
    return dict(zip(("values", "flagged", "halved", "found"), (int(some.sum()) for some in sums)))


def share_flagged(casts: Casts, cruise: Integers, battery: Battery) -> NDArray[np.float64]:
    """Share of the values of each cruise that is flagged; NaN without values."""
    value = [check for check in battery.cruises if check.name in CHECKS]
    failed = cruises.check_casts(casts.summary, battery.model_copy(update={"cruises": tuple(value)})) > 0
    flagged = np.where(failed, casts.values, casts.flagged)
    named, n = cruise >= 0, int(cruise.max()) + 1
    with np.errstate(invalid="ignore"):
        return np.bincount(cruise[named], flagged[named], n) / np.bincount(cruise[named], casts.values[named], n)


def main() -> None:
    """Print the table."""
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    battery = load_battery()
    climatology = OxygenClimatology(Path(sys.argv[2])) if len(sys.argv) == 3 else None
    collected: dict[float, list[Casts]] = {factor: [] for factor in (1.0, *FACTORS)}
    singles: list[dict[str, object]] = []
    for path in sorted((Path(sys.argv[1]) / "parts").glob("*.parquet")):
        part = schema.read(path)
        if np.isfinite(part["oxygen"].to_numpy()).any():
            for name in part["source"].unique().to_pylist():
                some = part.filter(pc.equal(part["source"].cast(pa.string()), name))
                singles.append({"archive": name} | single_values(some, battery))
            for factor, found in collected.items():
                found.append(casts_of(part, factor, battery, climatology))
    casts = {factor: Casts.joined(found) for factor, found in collected.items()}
    true = casts[1.0]
    cruise = cruise_table.from_casts(true.summary).tracks.cruise
    known, first = np.unique(cruise[cruise >= 0], return_index=True)
    rows = pa.array(np.flatnonzero(cruise >= 0)[first])
    names = true.summary.select(["source", "cruise", "platform"]).take(rows).to_pandas().astype(object)
    result = names.set_index(known).assign(undisturbed=share_flagged(true, cruise, battery)[known])
    for factor in FACTORS:
        tables = (true.mixed(casts[factor], cruise % GROUPS == group) for group in range(GROUPS))
        shares = [share_flagged(table, cruise, battery) for table in tables]
        result[factor] = [shares[number % GROUPS][number] for number in known]
    report(result[result.undisturbed.notna()])
    print("\n| archive | values | flagged | percent of halved ones found |\n|---|---:|---:|---:|")
    for name, n in pd.DataFrame(singles).groupby("archive").sum().iterrows():
        print(f"| {name} | {n['values']:.0f} | {n.flagged:.0f} | {100 * n.found / max(n.halved, 1):.1f} |")


def report(result: pd.DataFrame) -> None:
    """Print the table and the names of the exceptions."""
    print("| archive | cruises | flagged as they are | " + " | ".join(f"x {factor:g}" for factor in FACTORS) + " |")
    print("|---|" + "---:|" * (len(FACTORS) + 2))
    sound = result.undisturbed <= 0.5
    for name, some in [*result.groupby("source"), ("**all**", result)]:
        good = some[sound[some.index]]
        shares = [f"{100 * (good[factor] > 0.5).mean():.1f}" for factor in FACTORS]
        print(f"| {name} | {len(some)} | {len(some) - len(good)} | {' | '.join(shares)} |")
    for title, some in [("flagged as they are", ~sound)] + [
        (f"missed at {factor:g}", sound & ~(result[factor] > 0.5)) for factor in GROSS
    ]:
        listed = result[some].cruise.fillna(result.platform)
        print(f"\n{title}: " + "; ".join(f"{source} {name}" for source, name in zip(result[some].source, listed)))


if __name__ == "__main__":
    main()
