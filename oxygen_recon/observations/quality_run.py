"""One quality control run: the tests of one part, of all casts together, and the flagged part they make."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from oxygen_recon.observations import parts, summaries
from oxygen_recon.observations.cross_profile_flags import CrossProfileFlags
from oxygen_recon.runtime.errors import naming_damage
from qc.battery import counts, cruises, overrides
from qc.battery import run as checking
from qc.battery.battery import Battery
from qc.battery.densities import without_failed_density
from qc.checks.cruises import cast_summary
from qc.duplicates import search as duplicates
from qc.duplicates import signatures
from qc.errors import InputError
from qc.files import replacing
from qc.physics.bathymetry import Relief
from qc.physics.climatology import OxygenClimatology
from qc.table.schema import OBSERVATIONS, VARIABLES
from qc.types import Integers

PROFILE_FOLDERS = ("regions", "casts", "signatures", "profile_tests")
FOLDERS = (*PROFILE_FOLDERS, "by_cast", "parts")
_FLAGS = [f"{variable}_{what}" for variable in VARIABLES for what in ("flag", "checks")]
_FLAGS += ["position_flag", "time_flag"]
_UNREAD = ("oxygen_uncertainty", "duplicate_of")  # by no check; nor are most units and flags as delivered
_READ = [name for name in OBSERVATIONS.names if name not in _UNREAD and not name.endswith(("_unit", "_original_flag"))]
_READ.append("oxygen_original_flag")  # a copy that its originator has flagged is kept before others
_READ += [f"{variable}_original_unit" for variable in VARIABLES]  # which values were converted by a density
_PROFILE = ["source", "file", "cast", "instrument", "time", "latitude", "longitude", "pressure", "depth"]
_PROFILE += ["position_flag", "time_flag"]
_PROFILE += [f"{variable}{end}" for variable in ("oxygen", "temperature", "salinity") for end in ("", "_flag")]


@dataclass(frozen=True)
class QualityRun:
    """Settings and folders of one quality control, picklable.

    Parameters
    ----------
    source : Path
        Parts as ingested.
    home : Path
        Folder of results.
    checks : Battery
        Checks and thresholds.
    relief : Relief or None
        Land and sea floor; without it the checks of both flag nothing.
    now : datetime64[ms]
        End of the possible dates, UTC.
    climatology : OxygenClimatology or None
        Mean and standard deviation of oxygen; without it regions are compared with themselves.
    decisions : tuple of Override
        Flags that an expert decided on.
    decided_in : str
        File of the decisions, for messages.
    """

    source: Path
    home: Path
    checks: Battery
    relief: Relief | None
    now: np.datetime64
    climatology: OxygenClimatology | None = None
    decisions: tuple[overrides.Override, ...] = ()
    decided_in: str = ""

    def profile_tests(self, key: str) -> int:
        """Run the profile tests on one part; write flags, regional counts, cast summaries and signatures.

        Parameters
        ----------
        key : str
            The part.

        Returns
        -------
        int
            Number of levels.
        """
        table = read_some(parts.part(self.source, key), _READ)
        land, floor = (self.relief.is_land, self.relief.floor) if self.relief else (None, None)
        table, histograms = checking.run_profile_tests(table, self.checks, land, self.now, floor, self.climatology)
        summaries.save_region_counts(histograms, parts.part(self.home / "regions", key))
        _write(cast_summary.summarise(table, self.checks.bits, self.climatology), self.home / "casts", key)
        _write(signatures.summarise(table), self.home / "signatures", key)
        flags = table.select(_FLAGS).replace_schema_metadata({"members": _hash_of_files(parts.part(self.source, key))})
        _write(flags, self.home / "profile_tests", key)  # last: where it is, the others are
        return int(table.num_rows)

    def is_tested(self, key: str) -> bool:
        """Tell whether the results of the profile tests are there, and about the part as it is now.

        Parameters
        ----------
        key : str
            The part.
        """
        if not all(parts.part(self.home / name, key).exists() for name in PROFILE_FOLDERS):
            return False
        with naming_damage(tested := parts.part(self.home / "profile_tests", key)):
            members = (pq.read_schema(tested).metadata or {}).get(b"members", b"").decode()
        return bool(members == _hash_of_files(parts.part(self.source, key)))

    def is_written(self, found: CrossProfileFlags) -> bool:
        """Tell whether a flagged part is there with these cross-profile flags.

        Parameters
        ----------
        found : CrossProfileFlags
            Of the part.
        """
        target, by_cast = (parts.part(self.home / name, found.key) for name in ("parts", "by_cast"))
        if not (target.exists() and by_cast.exists()):
            return False
        with naming_damage(by_cast):
            written = pq.read_schema(by_cast).metadata[b"cross_profile_flags"].decode()
        return bool(written == found.hash == parts.footer(target).facts.get("cross_profile_flags"))

    def write(self, found: CrossProfileFlags) -> int:
        """Write one part with all flags.

        Parameters
        ----------
        found : CrossProfileFlags
            Of the part.

        Returns
        -------
        int
            Number of levels.
        """
        table = parts.read(parts.part(self.source, found.key), made_by="ingest")
        profile = parts.read(parts.part(self.home / "profile_tests", found.key))
        for name in _FLAGS:
            table = table.set_column(table.schema.get_field_index(name), OBSERVATIONS.field(name), profile[name])
        table = without_failed_density(table)
        regions = summaries.region_statistics(self.home / "regions.npz", found.regions)
        table = checking.run_regional_tests(table, self.checks, regions, self.climatology)
        table = cruises.write_bits(table, found.bits, self.checks)
        table = duplicates.write(table, pd.DataFrame({"cast": found.copies, "duplicate_of": found.copy_of}))
        table = overrides.apply(table, found.decisions, self.checks)
        by_cast = counts.by_cast(table, self.checks).replace_schema_metadata({"cross_profile_flags": found.hash})
        _write(by_cast, self.home / "by_cast", found.key)
        files = parts.members(parts.part(self.source, found.key))
        facts = {"cross_profile_flags": found.hash}
        parts.write(table, parts.part(self.home / "parts", found.key), self.checks, files, facts)
        return int(table.num_rows)


def cross_profile_tests(this: QualityRun, keys: Sequence[str]) -> list[CrossProfileFlags]:
    """Find the copies among all casts, and check the casts of each cruise together.

    Parameters
    ----------
    this : QualityRun
        Its profile tests are done.
    keys : sequence of str
        Parts, in order.

    Returns
    -------
    list of CrossProfileFlags
        One a part.
    """
    region_counts = [parts.part(this.home / "regions", key) for key in keys]
    regions = summaries.save_region_statistics(region_counts, this.checks, this.home / "regions.npz")
    tables = [parts.read(parts.part(this.home / "signatures", key)) for key in keys]
    start = np.cumsum([0, *(table.num_rows for table in tables)])
    plan = duplicates.plan(pa.concat_tables(tables).unify_dictionaries(), this.checks.duplicates)
    del tables  # one row a cast of the whole collection: held no longer than needed
    copies = duplicates.settle(plan, partial(_profiles, this.source, keys, start))
    del plan
    casts = [parts.read(parts.part(this.home / "casts", key)) for key in keys]
    decisions = _decisions(this, keys, casts)
    bits = cruises.check_casts(
        cast_summary.with_copies(pa.concat_tables(casts).unify_dictionaries(), copies), this.checks
    )
    del casts
    cast, copy_of = copies["cast"].to_numpy(), copies["duplicate_of"].to_numpy()
    edge = np.searchsorted(cast, start)
    members = [_hash_of_files(parts.part(this.source, key)) for key in keys]
    return [
        CrossProfileFlags(key, bits[a:b], cast[i:j] - a, copy_of[i:j].tolist(), regions, of_part, decided)
        for key, a, b, i, j, of_part, decided in zip(
            keys, start[:-1], start[1:], edge[:-1], edge[1:], members, decisions
        )
    ]


def _decisions(
    this: QualityRun, keys: Sequence[str], casts: Sequence[pa.Table]
) -> list[tuple[overrides.Override, ...]]:
    """Return the decisions on casts of each part; one that is about no value of any part is refused."""
    found = [overrides.of_casts(this.decisions, table) for table in casts]
    about: set[overrides.Override] = set()
    for key, decided in zip(keys, found):
        names = ["source", "cast", "row", "pressure", *dict.fromkeys(one.variable for one in decided)]
        table = read_some(parts.part(this.source, key), names) if decided else None
        about |= {one for one in decided if overrides.levels(table, one).size}
    for one in this.decisions:
        if one not in about:
            what = f"no value of {one.variable} in {one.source}/{one.cast} at this level"
            fix = "correct source, cast, level or variable, or remove the line"
            raise InputError(what, f"{this.decided_in}, line {one.line}", fix)
    return found


def _profiles(source: Path, keys: Sequence[str], start: Integers, casts: Integers) -> signatures.Profiles:
    """Read the levels of some casts, given by increasing numbers, from the parts that hold them."""
    part = np.searchsorted(start, casts, side="right") - 1
    found = [
        signatures.profiles(read_some(parts.part(source, keys[i]), _PROFILE)).take(casts[part == i] - start[i])
        for i in np.unique(part)
    ]
    names = ("count", "pressure", "value", "salinity")
    return signatures.Profiles(*(np.concatenate([getattr(one, name) for one in found]) for name in names))


def read_some(path: Path, columns: Sequence[str]) -> pa.Table:
    """Read some columns of a part, the others as nulls.

    Parameters
    ----------
    path : Path
        The part.
    columns : sequence of str
        Columns to read.

    Returns
    -------
    pyarrow.Table
        Schema of observations.
    """
    return with_nulls(parts.read(path, columns, made_by="ingest"))


def with_nulls(table: pa.Table) -> pa.Table:
    """Add the columns that were not read, as nulls.

    Parameters
    ----------
    table : pyarrow.Table
        Some columns of observations.

    Returns
    -------
    pyarrow.Table
        Schema of observations.
    """
    columns = {
        field.name: table[field.name] if field.name in table.column_names else pa.nulls(table.num_rows, field.type)
        for field in OBSERVATIONS
    }
    return pa.table(columns, schema=OBSERVATIONS)


def _write(table: pa.Table, folder: Path, key: str) -> None:
    """Write a table of one part, whole or not at all."""
    with replacing(parts.part(folder, key)) as name:
        pq.write_table(table, name, compression="zstd")


def _hash_of_files(part: Path) -> str:
    """SHA-256 of the files of a part, their levels and faults: one that is read at last leaves the part its name."""
    return hashlib.sha256(repr(parts.members(part)).encode()).hexdigest()
