"""Quality control of a collection, part by part: profile tests, then cross-profile tests, then the flagged parts."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
from rich.console import Console

from oxygen_recon.observations import collection, finished, parts, summaries
from oxygen_recon.observations.quality_run import FOLDERS, QualityRun, cross_profile_tests
from oxygen_recon.runtime.files import locked_folder
from oxygen_recon.runtime.parallel import Job, RunningPool, Workers
from oxygen_recon.runtime.progress import ProgressBar, print_line
from qc.battery import counts, overrides
from qc.battery.battery import Battery
from qc.errors import InputError
from qc.files import replacing
from qc.physics.bathymetry import Relief
from qc.physics.climatology import OxygenClimatology

_SPEED = 4e6  # bytes of a part a second, in the profile tests and in writing: measured on floats and a section
_FOLDERS_OF_0_2 = ("prints", "alone")  # version 0.2 called two of them so


def run(
    folder: Path, home: Path, checks: Battery, relief: Relief | None, pool: Workers, console: Console,
    climatology: OxygenClimatology | None = None, decisions: Path | None = None, keep: Path | None = None,
) -> None:  # fmt: skip
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
        Checks and thresholds.
    relief : Relief or None
        Land and sea floor; without it the checks of both flag nothing.
    pool : Pool or RunningPool
        Workers; the files are the same bytes for any number of them.
    console : rich.console.Console
        Where to report.
    climatology : OxygenClimatology, optional
        Mean and standard deviation of oxygen, which values and whole cruises are compared with.
    decisions : Path, optional
        File of the flags that an expert decided on: see `qc.battery.overrides`.
    keep : Path, optional
        Where a copy of that file goes, once every line of it is found to be about some value.

    Raises
    ------
    InputError
        If the folder is no collection, its ingestion is unfinished, a count does not add up, a decision is about no
        value, or another command is at work in the folder.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from oxygen_recon.runtime.parallel import Pool
    >>> from qc.battery import battery
    >>> from qc.table import schema
    >>> columns = {"source": "mine", "file": "a", "cast": "1", "time": np.full(3, np.datetime64("2001-05-01"))}
    >>> columns |= {"latitude": np.full(3, 10.0), "longitude": np.full(3, -150.0)}
    >>> columns |= {"pressure": np.array([5.0, 50.0, 100.0]), "oxygen": np.array([210.0, 900.0, 190.0])}
    >>> item = collection.Item("mine-a", "a.csv", lambda refused: schema.from_columns(columns, "example"))
    >>> out, quiet = Path(mkdtemp()), Console(quiet=True)
    >>> collection.ingest([item], out, Pool(), quiet)
    >>> run(out, out / "qc", battery.load_battery(), None, Pool(), quiet)
    >>> schema.read(out / "qc" / "parts")["oxygen_flag"].to_pylist()
    [1, 4, 1]
    """
    folder, home = folder.absolute(), home.absolute()  # workers elsewhere start from another place
    relief = relief and replace(relief, path=relief.path.absolute())
    if climatology is not None:
        climatology = replace(climatology, path=climatology.path.absolute())
        climatology.load()  # a field that cannot be used is refused before anything is flagged
    decided = () if decisions is None else overrides.read(decisions)
    if decided:
        overrides.expert_bit(checks)  # a battery without the mark is refused before anything is flagged
    collection.rows_of(folder)  # where there is no collection, no lock is left either
    with locked_folder(folder):
        read = finished.rows(folder)
        files, keys = len(read), sorted({row.part for row in read})
        now = _begin(home, keys, checks, relief, climatology)
        this = QualityRun(folder / "parts", home, checks, relief, now, climatology, decided, str(decisions))
        for name in FOLDERS:
            parts.prepare(home / name, keys)
        with pool.start() as running:
            spent = _run_tests(this, keys, running, console, partial(_keep, decisions, keep))
        totals = summaries.count(home / "parts", keys, home / "counts.csv", partial(print_line, console))
        summaries.archives(totals, home / "tally.csv")
        summaries.casts_and_cruises(home / "by_cast", keys, home, checks)
        if relief is None:
            print_line(console, "qc: no relief was given: no level was checked against land or sea floor")
        if decided:
            flagged = sum(number for (_, _, what), number in totals.items() if what == counts.EXPERT)
            print_line(console, f"qc: {flagged:,} values flagged by an expert, in {len(decided)} lines of {decisions}")
        levels = sum(number for (_, *what), number in totals.items() if what == ["oxygen", "levels"])
        print_line(console, f"qc: {spent}; in all {files} files, {levels:,} levels in {home / 'parts'}")


def _begin(
    home: Path, keys: Sequence[str], checks: Battery, relief: Relief | None, climatology: OxygenClimatology | None
) -> np.datetime64:
    """Remove results of other settings; return the end of the possible dates, unchanged where a run is resumed."""
    ground = None if relief is None else collection.key_of("relief", relief.path, by_name=True)
    field = climatology and collection.key_of("climatology", climatology.path, climatology.variable, by_name=True)
    text = json.dumps([version("oxygen-recon"), checks.settings, ground, field], sort_keys=True, default=str)
    settings = {name: hashlib.sha256(t.encode()).hexdigest() for name, t in (("checks", text), ("parts", str(keys)))}
    try:
        before = json.loads((home / "settings.json").read_text())
        now = np.datetime64(before["now"], "ms")
    except (OSError, ValueError, KeyError):
        before = {}
    if before.get("checks") != settings["checks"]:
        for name in (*FOLDERS, *_FOLDERS_OF_0_2, "report"):
            if (home / name).exists():
                shutil.rmtree(home / name)
        for name in ("counts.csv", *summaries.NAMES):
            (home / name).unlink(missing_ok=True)
        now = np.datetime64("now", "ms")
    if any(before.get(name) != value for name, value in settings.items()):
        with replacing(home / "settings.json") as partial_file:
            partial_file.write_text(json.dumps(settings | {"now": str(now)}, indent=1) + "\n")
    return now


def _keep(decisions: Path | None, copy: Path | None) -> None:
    """Keep a copy of the decisions, so that no later run is without them."""
    if decisions is not None and copy is not None and decisions.absolute() != copy.absolute():
        text = decisions.read_bytes()
        with replacing(copy) as partial_file:
            partial_file.write_bytes(text)


def _run_tests(
    this: QualityRun, keys: Sequence[str], running: RunningPool, console: Console, checked: Callable[[], None]
) -> str:
    """Run the profile tests, the cross-profile tests and the writing that are not done; return the time of each."""
    untested = [key for key in keys if not this.is_tested(key)]
    size = sum(parts.part(this.source, key).stat().st_size for key in keys) / len(keys)
    each = partial(_each, running, size / _SPEED)
    profile = each(this.profile_tests, untested, ProgressBar(console, "qc: profile tests", len(untested)))
    with ProgressBar(console, "qc: cross-profile tests", None) as cross:
        found = [flags for flags in cross_profile_tests(this, keys) if not this.is_written(flags)]
        checked()
    written = each(this.write, found, ProgressBar(console, "qc: flags written", len(found)))
    return f"profile tests: {profile}; cross-profile tests: {cross.seconds:.1f} s; written: {written}"


def _each(
    running: RunningPool, expected: float, task: Callable[[Job], int], jobs: Sequence[Job], bar: ProgressBar
) -> ProgressBar:
    """Do a task that returns its levels, and takes some seconds, for every job; count the levels."""
    with bar:
        for _, levels in running.each(task, jobs, _lost, None, "any", expected):
            bar.advance(levels=levels)
    return bar


def _lost(job: object, why: str) -> int:
    """Raise for a job whose worker was killed."""
    raise InputError(why, str(getattr(job, "key", job)), "use fewer workers, and run the same command again")
