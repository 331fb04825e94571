"""From a plan to files on disk: how large they are, whether the disk holds them, and what was pinned."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from oxygen_recon.observations import download as downloads
from oxygen_recon.observations import pins, plans
from oxygen_recon.observations.catalog import Catalog, Entry
from oxygen_recon.observations.download import Outcome, Wanted
from oxygen_recon.observations.plans import EVERYTHING, Plan, Say, Wish
from oxygen_recon.observations.resume import PATIENT, Patience, size_of
from oxygen_recon.runtime import resources as shipped
from qc.errors import InputError

__all__ = ["Wish", "fetch", "overview"]

_ASK_AT_MOST = 300  # sizes are asked for one by one: a minute or so


def fetch(
    catalog: Catalog,
    name: str,
    data_root: Path,
    wish: Wish = EVERYTHING,
    *,
    workers: int = 4,
    lock: Path | None = None,
    dry_run: bool = False,
    patience: Patience = PATIENT,
    say: Say = lambda line: None,
) -> list[Path]:
    """Download the files of a dataset that are not there yet, and check those that are.

    Parameters
    ----------
    catalog : Catalog
        The catalogue.
    name : str
        Dataset.
    data_root : Path
        Data folder.
    wish : Wish
        Which part of it.
    workers : int
        How many downloads at a time.
    lock : Path, optional
        Where checksums are pinned; when left out the lock of the checkout, or one in the data folder where the project
        is installed. What the lock that comes with the project pins holds in any case.
    dry_run : bool
        Only say what would be done (an index is downloaded all the same: it decides).
    patience : Patience
        How long to try.
    say : callable
        Told what happens, line by line.

    Returns
    -------
    list of Path
        The files that are there, sorted.

    Raises
    ------
    InputError
        If the wish does not fit the dataset, it has no public address, the disk is too full, a download fails, or a
        file is not the one that was pinned. What arrived stays; the same call goes on from there.
    """
    entry = catalog.entry(name)
    plan = plans.make(name, entry, data_root, wish, patience, say)
    own = lock or _own_lock(data_root)
    locks = {path: pins.read(path) for path in (shipped.find(pins.NAME), own)}
    plan = _pinned(plan, entry, locks)
    plan = _announce(name, plan, data_root, workers, patience, say, dry_run)
    if dry_run:
        return sorted(file.path for file in plan.files if file.is_there())
    outcome = _download(plan, workers, patience)
    fresh = {
        got.wanted.url: pins.Pin(size=got.size, sha256=got.sha256, date=date.today().isoformat())
        for got in outcome.got
        if plan.pinned
        and not any(got.wanted.url in lock for lock in locks.values())
        and (got.fresh or got.wanted.size is not None)
    }
    pins.add(own, fresh)
    return _report(outcome, own if fresh else None, say)


def overview(catalog: Catalog) -> str:
    """List the datasets, one a line: name, how to come by it, title, size."""
    wide = max(map(len, catalog.entries), default=0)
    return "\n".join(
        f"{name:{wide}}  {'fetch  ' if entry.downloads or entry.index else 'by hand'}  {entry.title}"
        + (f" ({entry.size})" if entry.size else "")
        for name, entry in catalog.entries.items()
    )


def _pinned(plan: Plan, entry: Entry, locks: Mapping[Path, Mapping[str, pins.Pin]]) -> Plan:
    """Add what each file must be: the published checksum, or else that of the first fetch."""

    def one(file: Wanted) -> Wanted:
        if published := entry.sha256.get(file.path.name):
            return replace(file, sha256=published, pinned_by="the catalogue")
        found = [(path, lock[file.url]) for path, lock in locks.items() if file.url in lock and plan.pinned]
        return replace(file, sha256=found[-1][1].sha256, pinned_by=str(found[-1][0])) if found else file

    return replace(plan, files=[one(file) for file in plan.files])


def _own_lock(data_root: Path) -> Path:
    """Name the lock to write when none is named: see `fetch`."""
    checkout = shipped.ROOT / pins.NAME
    return checkout if checkout.is_file() and os.access(checkout, os.W_OK) else data_root / pins.NAME


def _announce(name: str, plan: Plan, data_root: Path, workers: int, patience: Patience, say: Say, each: bool) -> Plan:
    """Say what is to come, and refuse what the disk cannot hold; return the plan with the sizes the archive tells."""
    unsure = [file for file in plan.files if not file.is_there() or (plan.pinned and file.sha256 is None)]
    answers = downloads.ask(unsure, workers, patience) if len(unsure) <= _ASK_AT_MOST else []
    for url in plan.unverified:
        say(f"unverified address, it follows the pattern of its siblings: {url}")
    for file, answer in zip(unsure, answers):
        if each and not file.is_there():
            size = amount(answer.size) if answer.size is not None else "size not told"
            size = size if answer.there else "not in the archive"
            say(f"{file.url} -> {file.path} ({size if answer.reached else 'the archive does not answer'})")
    told = {file.url: answer.size for file, answer in zip(unsure, answers)}
    plan = replace(plan, files=[replace(file, size=told.get(file.url)) for file in plan.files])
    to_come = [file for file in plan.files if not file.is_there()]
    total = sum(max(0, (file.size or 0) - size_of(file.part)) for file in to_come)
    free = shutil.disk_usage(next(p for p in (data_root, *data_root.absolute().parents) if p.exists())).free
    more = " and more, for not every size is told" if any(file.size is None for file in to_come) else ""
    say(
        f"{name}: {len(to_come):,} of {len(plan.files):,} files to fetch, {amount(total)}{more}; "
        f"{amount(free)} free in {data_root}"
    )
    if total > free:
        fix = "free some, or name another --data"
        raise InputError(f"{amount(total)} to fetch, but {amount(free)} free", str(data_root), fix)
    return plan


def _download(plan: Plan, workers: int, patience: Patience) -> Outcome:
    """Fetch with a bar of progress on the terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    to_come = [file for file in plan.files if not file.is_there()]
    total = None if any(file.size is None for file in to_come) else sum(file.size or 0 for file in to_come)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("downloading", total=total, completed=sum(size_of(file.part) for file in to_come))
        return downloads.fetch(plan.files, workers, patience, seen=lambda n: progress.advance(bar, n))


def _report(outcome: Outcome, lock: Path | None, say: Say) -> list[Path]:
    """Sum up; raise the first failure after all that could be fetched is there."""
    fresh = [got for got in outcome.got if got.fresh]
    for error in outcome.missing:
        say(str(error))
    say(
        f"{len(fresh):,} files fetched ({amount(sum(got.size for got in fresh))}), "
        f"{len(outcome.got) - len(fresh):,} were there and are right"
        + (f", {len(outcome.missing):,} not in the archive" if outcome.missing else "")
    )
    if lock is not None:
        say(f"checksums pinned in {lock}: keep it with your experiment")
    if outcome.failed:
        if len(outcome.failed) > 1:
            say("\n".join(map(str, outcome.failed[1:])))
        raise outcome.failed[0]
    if not outcome.got:
        raise outcome.missing[0]
    return sorted(got.wanted.path for got in outcome.got)


def amount(size: int) -> str:
    """Write a number of bytes for people: "27.3 GB"."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size} bytes"
