"""The casts of a quality control: counts of every cast, and the levels of those that show best what a check found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from graphs.types import Ints
from oxygen_recon.observations import parts, summaries
from oxygen_recon.observations.quality_run import with_nulls
from oxygen_recon.report.figures.degrees import meridian_name, parallel_name
from oxygen_recon.report.figures.drawings.casts import ProfileExample
from qc.battery import counts
from qc.battery.archive_flags import by_archive
from qc.battery.battery import Battery
from qc.checks.base import CheckEntry
from qc.checks.regional import RegionalStatistics
from qc.errors import InputError
from qc.table.flags import FAIL
from qc.table.profiles import Levels, casts_of, from_table
from qc.table.text_columns import dictionary_codes
from qc.types import Climatology, Floats, Integers, Mask

EXAMPLES = 4  # casts or cruises drawn a check
_CANDIDATES = 12  # casts whose levels are read, to choose among those with as many values that failed
_CAST = ["source", "file", "cast", "instrument"]  # what tells casts apart
_COLUMNS = [
    "source",
    "file",
    "row",
    "cast",
    "cruise",
    "instrument",
    "time",
    "latitude",
    "longitude",
    "pressure",
    "depth",
]
_COLUMNS += [f"{name}{end}" for name in ("temperature", "salinity", "oxygen") for end in ("", "_flag")]
_COLUMNS += ["oxygen_checks", "oxygen_original_flag"]


@dataclass(frozen=True)
class QualityCasts:
    """The casts of a quality control.

    Parameters
    ----------
    home : Path
        Folder of the results, as `oxygen_recon.observations.quality.run` leaves it.
    checks : Battery
        The battery that ran.
    climatology : callable, optional
        What the regional check compared with.
    """

    home: Path
    checks: Battery
    climatology: Climatology | None = None

    @cached_property
    def table(self) -> pa.Table:
        """One row a cast, as from `qc.battery.counts.by_cast`, with `cruise_name`, `part` and `number` in the part.

        Raises
        ------
        InputError
            If there is no part, or one is damaged.
        """
        found = []
        for i, path in enumerate(self.paths):
            table = parts.read(path, made_by="qc").replace_schema_metadata(None)
            found.append(table.append_column("part", pa.array(np.full(table.num_rows, i))))
            found[-1] = found[-1].append_column("number", pa.array(np.arange(table.num_rows)))
        whole = pa.concat_tables(found).unify_dictionaries()
        return whole.append_column("cruise_name", pa.array(counts.cruise_names(whole)).dictionary_encode())

    @cached_property
    def paths(self) -> list[Path]:
        """The tables of the parts, in order."""
        found = sorted((self.home / "by_cast").glob("*.parquet"))
        if not found:
            raise InputError("no parts to draw", str(self.home), "run qc first")
        return found

    @cached_property
    def by_cruise(self) -> pd.DataFrame:
        """Counts of each archive and cruise, as from `qc.battery.counts.by_cruise`."""
        return counts.by_cruise(self.table)

    @cached_property
    def by_source(self) -> pd.DataFrame:
        """Counts of each archive: those of its levels, and of its casts what is counted of casts only."""
        only = ["good_once", counts.OWN, counts.INTERPOLATED]
        of_casts = self.by_cruise[only].groupby(level=0).sum()
        found = pd.read_csv(self.home / "tally.csv", index_col="source")
        found = found.reindex(columns=counts.column_names(self.checks))  # a table without levels has no column
        return found.join(of_casts)

    @cached_property
    def cruise(self) -> Ints:
        """Number of the cruise of each cast; a cast without a cruise is one of its own."""
        (cruise, names), (source, sources) = (dictionary_codes(self.table[name]) for name in ("cruise_name", "source"))
        own = len(names) + np.arange(cruise.size)
        unnamed = names.index("(none)") if "(none)" in names else -1
        return np.asarray(np.where(cruise == unnamed, own, cruise) * max(len(sources), 1) + source)

    def worst(self, check: CheckEntry) -> pd.DataFrame:
        """Return the casts with most values that failed a check: first one of each cruise, then a second one, ...

        Parameters
        ----------
        check : CheckEntry
            The check.

        Returns
        -------
        pandas.DataFrame
            Indexed by row of `table`, the worst first, copies last; `copy`, `turn` (how many casts of its cruise come
            before) and `passed` (minus the number of values that failed): casts with equal ones are equally bad.
        """
        failed = self.table[check.name].to_numpy()
        cast = np.flatnonzero(failed)
        copy = self.table["duplicate_of"].is_valid().to_numpy()[cast]
        frame = pd.DataFrame({"copy": copy, "turn": 0, "passed": -failed[cast].astype(np.int64)}, index=cast)
        frame = frame.sort_values(["copy", "passed"], kind="stable")
        frame["turn"] = frame.groupby(self.cruise[frame.index.to_numpy()]).cumcount()
        return frame.sort_values(["copy", "turn", "passed"], kind="stable")

    def examples(self, checks: Sequence[CheckEntry]) -> dict[str, list[ProfileExample]]:
        """Read the casts that show best what checks found; only parts that hold one are read.

        Parameters
        ----------
        checks : sequence of CheckEntry
            Checks that profiles show.

        Returns
        -------
        dict of list of ProfileExample
            By name of the check, no more than `EXAMPLES`: in the order of `worst`; of equally bad casts first that
            whose values lie furthest from the line through its other values.
        """
        part, needed, found = self.table["part"].to_numpy(), defaultdict(list), defaultdict(list)
        for check in checks:
            for cast, *rank in self._candidates(check).itertuples():
                needed[part[cast]].append((check, cast, rank))
        for i, selected in sorted(needed.items()):
            levels = self._read(self.paths[i].stem, [cast for _, cast, _ in selected])
            for check, cast, rank in selected:
                example = levels.example(check, cast, self.label(cast))
                if example.failed.any():
                    found[check.name].append(([*rank, -departure(example), cast], example))
        ordered = {name: sorted(every, key=lambda one: one[0]) for name, every in found.items()}
        return {name: [example for _, example in every[:EXAMPLES]] for name, every in ordered.items()}

    def _candidates(self, check: CheckEntry) -> pd.DataFrame:
        """Return the worst casts, and some of those that are as bad as the last of them."""
        first = self.worst(check).iloc[:_CANDIDATES]
        kept = (first == first.iloc[:EXAMPLES].tail(1).squeeze()).all(axis=1)
        kept.iloc[:EXAMPLES] = True
        return first[kept]

    def _read(self, key: str, casts: list[int]) -> _CastLevels:
        """Read some casts of a part, given by their rows in `table`."""
        path, number = parts.part(self.home / "parts", key), self.table["number"].to_numpy()[casts]
        cast, _ = casts_of(parts.read(path, _CAST))
        kept = np.isin(cast, number)
        row = np.zeros(number.max() + 1, np.int64)
        row[number] = casts
        table = with_nulls(parts.read(path, _COLUMNS).filter(pa.array(kept))).combine_chunks()
        levels = from_table(table, ("temperature", "salinity", "oxygen"))
        known = {name: np.isfinite(value) & (levels.flags[name] != FAIL) for name, value in levels.values.items()}
        statistics, limits = self.home / "regions.npz", {}
        for check in self.checks.regional if statistics.exists() else ():
            if isinstance(check, RegionalStatistics):
                regions = summaries.region_statistics(statistics, str(statistics.stat().st_mtime_ns))
                limits[check.name] = check.limits(levels, known, regions, self.climatology)
        _, interpolated = by_archive(table, self.checks)
        return _CastLevels(row[cast[kept]], levels, table["oxygen_checks"].to_numpy(), interpolated, limits)

    def label(self, cast: int) -> str:
        """Name a cast, its date and position.

        Parameters
        ----------
        cast : int
            Row in `table`.
        """
        one = self.table.slice(cast, 1).select(["source", "cast", "time", "latitude", "longitude"]).to_pylist()[0]
        north, east = (one[name] for name in ("latitude", "longitude"))
        there = north is not None and east is not None and np.isfinite(north) and np.isfinite(east)
        place = f"{parallel_name(round(north, 1))} {meridian_name(round(east, 1))}" if there else "no position"
        day = f"{one['time']:%Y-%m-%d}" if one["time"] else "no date"
        return f"{one['source']}/{one['cast']}\n{day}, {place}"


@dataclass(frozen=True)
class _CastLevels:
    """Levels of some casts, the row of each in `QualityCasts.table`, and what is drawn of them, shape (level,)."""

    row: Integers
    levels: Levels
    bits: NDArray[np.uint64]
    interpolated: Mask
    limits: dict[str, list[tuple[Floats, Floats]]]

    def example(self, check: CheckEntry, cast: int, label: str) -> ProfileExample:
        """Return one cast with the levels that failed a check."""
        at = np.flatnonzero(self.row == cast)
        oxygen = self.levels.values["oxygen"][at]
        failed = (self.bits[at] >> np.uint64(check.bit) & np.uint64(1)).astype(bool) & np.isfinite(oxygen)
        title = f"{label}\n{failed.sum():,} of {np.isfinite(oxygen).sum():,} values"
        limits = [(low[at], high[at]) for low, high in self.limits.get(check.name, ())]
        flag = self.levels.flags["oxygen"][at]
        return ProfileExample(title, self.levels.pressure[at], oxygen, flag, failed, self.interpolated[at], limits)


def departure(example: ProfileExample) -> float:
    """Return how far the values that failed lie from the line through the other values of their cast.

    Parameters
    ----------
    example : ProfileExample
        The cast.

    Returns
    -------
    float
        umol/kg, of the value furthest away; 0 where all values of the cast failed.

    Examples
    --------
    >>> p = np.array([0.0, 50.0, 100.0])
    >>> departure(ProfileExample("wod/1", p, np.array([250.0, 380.0, 230.0]), np.array([1, 4, 1]), p == 50.0))
    140.0
    """
    known = np.isfinite(example.oxygen) & np.isfinite(example.pressure)
    other, failed = np.flatnonzero(known & ~example.failed), np.flatnonzero(known & example.failed)
    if not other.size or not failed.size:
        return 0.0
    other = other[np.argsort(example.pressure[other], kind="stable")]
    line: Floats = np.interp(example.pressure[failed], example.pressure[other], example.oxygen[other])
    return float(np.abs(example.oxygen[failed] - line).max())
