"""Quality control of a collection, part by part: first what each cast says of itself, then what its company says."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from rich.console import Console

from oxygen_recon.observations import collection, parts, region_counts
from oxygen_recon.observations import summaries as accounts
from oxygen_recon.runtime.errors import naming_damage
from oxygen_recon.runtime.locking import alone_in
from oxygen_recon.runtime.parallel import Pool
from oxygen_recon.runtime.progress import Watch, tell
from qc.battery import counts as tally
from qc.battery import cruises
from qc.battery import run as checking
from qc.battery.battery import Battery
from qc.checks import cast_summary as casts
from qc.duplicates import search as duplicates
from qc.duplicates import signatures as fingerprints
from qc.errors import InputError
from qc.files import replacing
from qc.physics.bathymetry import Relief
from qc.table.schema import OBSERVATIONS, VARIABLES
from qc.types import Integers

_ALONE = ("regions", "casts", "prints", "alone")
_FOLDERS = (*_ALONE, "by_cast", "parts")
VERDICTS = [f"{variable}_{what}" for variable in VARIABLES for what in ("flag", "checks")]
_UNREAD = ("row", "oxygen_uncertainty", "duplicate_of")  # by no check; nor are original units and other flags
_READ = [name for name in OBSERVATIONS.names if name not in _UNREAD and not name.endswith(("_unit", "_original_flag"))]
_READ.append("oxygen_original_flag")  # by which a copy is kept that its originator has judged
_PROFILE = ["source", "file", "cast", "instrument", "time", "latitude", "longitude", "pressure", "depth"]
_PROFILE += [f"{variable}{end}" for variable in ("oxygen", "temperature", "salinity") for end in ("", "_flag")]


@dataclass(frozen=True)
class Court:
    """All that judges a level, fit to be sent to other processes.

    Parameters
    ----------
    source : Path
        Parts as ingested.
    home : Path
        Folder of results.
    checks : Battery
        What runs, with which thresholds.
    relief : Relief or None
        What tells land and sea floor; without it the checks of both find nothing.
    now : datetime64[ms]
        End of the possible dates, UTC.
    """

    source: Path
    home: Path
    checks: Battery
    relief: Relief | None
    now: np.datetime64

    def alone(self, key: str) -> int:
        """Run the battery on one part; keep verdicts, counts by region and casts in brief. Returns the levels."""
        table = read_some(parts.part(self.source, key), _READ)
        land, floor = (self.relief.is_land, self.relief.floor) if self.relief else (None, None)
        table, counts = checking.run_profile_tests(table, self.checks, land, self.now, floor)
        region_counts.save(counts, parts.part(self.home / "regions", key))
        _write(casts.summarise(table, self.checks.bits), self.home / "casts", key)
        _write(fingerprints.summarise(table), self.home / "prints", key)
        _write(table.select(VERDICTS), self.home / "alone", key)  # last: where it is, the others are
        return int(table.num_rows)

    def written(self, verdict: Verdict) -> bool:
        """Tell whether a part is there with these verdicts."""
        target, casts_of_it = (parts.part(self.home / name, verdict.key) for name in ("parts", "by_cast"))
        if not (target.exists() and casts_of_it.exists()):
            return False
        with naming_damage(casts_of_it):
            said = pq.read_schema(casts_of_it).metadata[b"verdict"].decode()
        return bool(said == verdict.hash == parts.footer(target).facts.get("verdict"))

    def together(self, verdict: Verdict) -> int:
        """Write one part with all verdicts. Returns the number of levels."""
        target = parts.part(self.home / "parts", verdict.key)
        table = parts.read(parts.part(self.source, verdict.key), made_by="ingest")
        alone = parts.read(parts.part(self.home / "alone", verdict.key))
        for name in VERDICTS:
            table = table.set_column(table.schema.get_field_index(name), OBSERVATIONS.field(name), alone[name])
        regions = region_counts.known(self.home / "regions.npz", verdict.regions)
        table = checking.run_regional_tests(table, self.checks, regions)
        table = cruises.write_bits(table, verdict.bits, self.checks)
        table = duplicates.write(table, pd.DataFrame({"cast": verdict.lost, "duplicate_of": verdict.copy_of}))
        by_cast = tally.by_cast(table, self.checks).replace_schema_metadata({"verdict": verdict.hash})
        _write(by_cast, self.home / "by_cast", verdict.key)
        parts.write(table, target, self.checks, {"file": verdict.file, "verdict": verdict.hash})
        return int(table.num_rows)


@dataclass(frozen=True)
class Verdict:
    """What company says of the casts of one part.

    Parameters
    ----------
    key, file : str
        The part, and where it comes from.
    bits : uint32, shape (cast,)
        Failed checks of cruises.
    lost : integers, shape (n,)
        Casts that are copies.
    copy_of : list of str
        Of which cast each is.
    regions : str
        Hash of what the regions of the whole collection are like, which lies in a file.
    """

    key: str
    file: str
    bits: NDArray[np.uint32]
    lost: Integers
    copy_of: list[str]
    regions: str

    @property
    def hash(self) -> str:
        """SHA-256 of the verdict."""
        text = json.dumps([self.bits.tolist(), self.lost.tolist(), self.copy_of, self.regions])
        return hashlib.sha256(text.encode()).hexdigest()


def run(folder: Path, home: Path, checks: Battery, relief: Relief | None, pool: Pool, console: Console) -> None:
    """Bring the quality control of a collection up to date.

    Memory grows with the casts of the collection, of which it holds one row each, and with its largest file.

    Parameters
    ----------
    folder : Path
        The collection, as `oxygen_recon.observations.collection.ingest` leaves it.
    home : Path
        Folder of results: `parts/<key>.parquet`, the flagged table; `counts.csv`, levels of each file, archive and
        variable by state and failed check; `tally.csv`, `cruises.csv` and `casts.parquet`, the oxygen of each
        archive, cruise and cast.
    checks : Battery
        What runs.
    relief : Relief or None
        As for `Court`.
    pool : Pool
        Who does the work.
    console : rich.console.Console
        Where to report.

    Raises
    ------
    InputError
        If the folder is no collection, its ingestion is unfinished, a count does not add up, or another command is at
        work in the folder.
    """
    folder, home = folder.absolute(), home.absolute()  # workers elsewhere start from another place
    relief = relief and replace(relief, path=relief.path.absolute())
    collection.rows_of(folder)  # where there is no collection, no lock is left either
    with alone_in(folder):
        file_of = _files(folder)
        keys = sorted(file_of)
        court = Court(folder / "parts", home, checks, relief, _begin(home, keys, checks, relief))
        for name in _FOLDERS:
            parts.prepare(home / name, keys)
        missing = [key for key in keys if not all(parts.part(home / name, key).exists() for name in _ALONE)]
        with pool.start() as running:
            with Watch(console, "qc: each cast alone", len(missing)) as first:
                for _, levels in running.each(court.alone, missing, _lost):
                    first.saw(levels)
            with Watch(console, "qc: casts in company", 0) as between:
                verdicts = [verdict for verdict in company(court, keys, file_of) if not court.written(verdict)]
            with Watch(console, "qc: verdicts written", len(verdicts)) as second:
                for _, levels in running.each(court.together, verdicts, _lost):
                    second.saw(levels)
        totals = parts.count(home / "parts", keys, home / "counts.csv", partial(tell, console))
        accounts.archives(totals, home / "tally.csv")
        accounts.casts_and_cruises(home / "by_cast", keys, home, checks)
        if relief is None:
            tell(console, "qc: no relief was given: nothing was looked for on land or below the sea floor")
        spent = f"each cast alone: {first}; in company: {between.seconds:.1f} s; written: {second}"
        levels = sum(number for (_, *what), number in totals.items() if what == ["oxygen", "levels"])
        tell(console, f"qc: {spent}; in all {len(keys)} files, {levels:,} levels in {home / 'parts'}")


def _files(folder: Path) -> dict[str, str]:
    """Key to file of all parts of a collection."""
    rows = collection.rows_of(folder)
    read = [parts.part(folder / "parts", row.key) for row in rows if row.state == collection.READ]
    if any(row.state == collection.TO_DO for row in rows) or not all(path.exists() for path in read):
        raise InputError("its ingestion is unfinished", str(folder), "run the same ingest again")
    found = {row.key: row.file for row in rows if row.state == collection.READ}
    if not found:
        raise InputError("no file of this collection could be read", str(folder), "see files.csv")
    return found


def _begin(home: Path, keys: Sequence[str], checks: Battery, relief: Relief | None) -> np.datetime64:
    """Remove the results of other settings; return the end of the possible dates, that of a run to be gone on with."""
    ground = None if relief is None else collection.key_of("relief", relief.path)
    text = json.dumps([version("oxygen-recon"), checks.model_dump(mode="json"), ground], sort_keys=True, default=str)
    settings = {name: hashlib.sha256(t.encode()).hexdigest() for name, t in (("court", text), ("parts", str(keys)))}
    try:
        before = json.loads((home / "settings.json").read_text())
        now = np.datetime64(before["now"], "ms")
    except (OSError, ValueError, KeyError):
        before = {}
    if before.get("court") != settings["court"]:
        for name in (*_FOLDERS, "report"):
            if (home / name).exists():
                shutil.rmtree(home / name)
        for name in ("counts.csv", *accounts.NAMES):
            (home / name).unlink(missing_ok=True)
        now = np.datetime64("now", "ms")
    if any(before.get(name) != value for name, value in settings.items()):
        with replacing(home / "settings.json") as partial_file:
            partial_file.write_text(json.dumps(settings | {"now": str(now)}, indent=1) + "\n")
    return now


def company(court: Court, keys: Sequence[str], file_of: dict[str, str]) -> list[Verdict]:
    """Find the copies among all casts, and judge the casts by their cruises.

    Parameters
    ----------
    court : Court
    keys : sequence of str
        Parts, in order.
    file_of : dict
        Where each comes from.

    Returns
    -------
    list of Verdict
        One a part.
    """
    counted = [parts.part(court.home / "regions", key) for key in keys]
    regions = region_counts.settle(counted, court.checks, court.home / "regions.npz")
    prints = [parts.read(parts.part(court.home / "prints", key)) for key in keys]
    start = np.cumsum([0, *(some.num_rows for some in prints)])
    plan = duplicates.plan(pa.concat_tables(prints).unify_dictionaries(), court.checks.duplicates)
    del prints
    lost = duplicates.settle(plan, partial(_profiles, court.source, keys, start))
    del plan
    briefs = [parts.read(parts.part(court.home / "casts", key)) for key in keys]
    bits = cruises.check_casts(casts.with_copies(pa.concat_tables(briefs).unify_dictionaries(), lost), court.checks)
    del briefs
    cast, copy_of = lost["cast"].to_numpy(), lost["duplicate_of"].to_numpy()
    edge = np.searchsorted(cast, start)
    return [
        Verdict(key, file_of[key], bits[a:b], cast[i:j] - a, copy_of[i:j].tolist(), regions)
        for key, a, b, i, j in zip(keys, start[:-1], start[1:], edge[:-1], edge[1:])
    ]


def _profiles(source: Path, keys: Sequence[str], start: Integers, casts: Integers) -> fingerprints.Profiles:
    """Read the levels of some casts, given by increasing numbers, from the parts that hold them."""
    part = np.searchsorted(start, casts, side="right") - 1
    found = [
        fingerprints.profiles(read_some(parts.part(source, keys[i]), _PROFILE)).take(casts[part == i] - start[i])
        for i in np.unique(part)
    ]
    names = ("count", "pressure", "value", "salinity")
    return fingerprints.Profiles(*(np.concatenate([getattr(one, name) for one in found]) for name in names))


def read_some(path: Path, columns: Sequence[str]) -> pa.Table:
    """Read some columns of a part, and fill the others with nothing.

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
    table = parts.read(path, columns, made_by="ingest")
    nothing = {field.name: pa.nulls(table.num_rows, field.type) for field in OBSERVATIONS}
    return pa.table({name: table[name] if name in columns else nothing[name] for name in nothing}, schema=OBSERVATIONS)


def _write(table: pa.Table, folder: Path, key: str) -> None:
    with replacing(parts.part(folder, key)) as name:
        pq.write_table(table, name, compression="zstd")


def _lost(job: object, why: str) -> int:
    raise InputError(why, str(getattr(job, "key", job)), "use fewer workers, and run the same command again")
