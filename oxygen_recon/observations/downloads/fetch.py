"""Selection of a part of a dataset, the plan of its files, and their download into the data folder."""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from rich.console import Console

from oxygen_recon.observations.catalog import Catalog, Entry, Index
from oxygen_recon.observations.downloads import argo_index, download
from oxygen_recon.observations.downloads.download import LOCK_NAME, Item, LockEntry, Report
from oxygen_recon.observations.downloads.resume import DEFAULT_RETRY, RetryPolicy, size_of
from oxygen_recon.observations.downloads.selection import EVERYTHING, Selection
from oxygen_recon.runtime import resources
from oxygen_recon.runtime.progress import ProgressBar
from qc.errors import InputError

__all__ = ["EVERYTHING", "Selection", "fetch", "overview"]

Lines = Callable[[str], object]
"""Receives messages, line by line."""

_MOST_PROBES = 300  # sizes are requested one by one: a minute or so


@dataclass(frozen=True)
class _Plan:
    """Items to bring to disk, whether the archive keeps the content of an address, and addresses no source names."""

    items: list[Item]
    constant: bool = True
    unverified: Sequence[str] = ()

    @property
    def to_fetch(self) -> list[Item]:
        """Items that are not on disk."""
        return [item for item in self.items if not item.on_disk()]


def fetch(
    catalog: Catalog,
    name: str,
    data_root: Path,
    selection: Selection = EVERYTHING,
    *,
    workers: int = 4,
    lock: Path | None = None,
    dry_run: bool = False,
    retry: RetryPolicy = DEFAULT_RETRY,
    report: Lines = lambda line: None,
) -> list[Path]:
    """Download the files of a dataset that are not on disk yet, and verify those that are.

    Parameters
    ----------
    catalog : Catalog
        The catalogue.
    name : str
        Dataset.
    data_root : Path
        Data folder.
    selection : Selection
        Which part of the dataset.
    workers : int
        Downloads at a time.
    lock : Path, optional
        Lock file for the checksums of new files; when left out the one of the checkout, or one in the data folder where
        the project is installed. The checksums in the lock file of the project are required in any case.
    dry_run : bool
        Only report what would be done (an index is downloaded all the same, since it decides).
    retry : RetryPolicy
        How often and how long to try.
    report : callable
        Receives what happens, line by line.

    Returns
    -------
    list of Path
        The files that are on disk, sorted.

    Raises
    ------
    InputError
        If the selection does not fit the dataset, it has no public address, the disk is too full, a download fails, or
        a file is not the one that the lock file names. What arrived stays; the same call goes on from there.

    Examples
    --------
    A dry run on a catalogue of one file, which is on disk already:

    >>> from tempfile import mkdtemp
    >>> from oxygen_recon.observations.catalog import Catalog, Download, Entry
    >>> from oxygen_recon.runtime.files import checksum
    >>> data = Path(mkdtemp())
    >>> (data / "ctd").mkdir()
    >>> (data / "ctd" / "a.nc").write_bytes(b"CDF")
    3
    >>> source = Download(url="https://example.org/a.nc", folder="ctd")
    >>> about = {"title": "Casts", "licence": "CC0", "citation": "None", "reader": "wod", "files": ["ctd/*.nc"]}
    >>> known = {"casts": Entry(downloads=[source], sha256={"a.nc": checksum(data / "ctd" / "a.nc")}, **about)}
    >>> paths = fetch(Catalog(entries=known), "casts", data, dry_run=True, report=lambda line: None)
    >>> [path.name for path in paths]
    ['a.nc']
    """
    entry = catalog.entry(name)
    own = lock or _own_lock(data_root)
    locks = {path: download.read_lock(path) for path in (resources.find(LOCK_NAME), own)}
    plan = _with_checksums(_plan(name, entry, data_root, selection, retry, report), entry, locks)
    plan = _with_sizes(plan, workers, retry, report, dry_run)
    _check_space(name, plan, data_root, report)
    if dry_run:
        return sorted(item.path for item in plan.items if item.on_disk())
    found = _download(plan, workers, retry)
    new = {
        result.item.url: LockEntry(size=result.size, sha256=result.sha256, date=date.today().isoformat())
        for result in found.results
        if plan.constant
        and not any(result.item.url in lock for lock in locks.values())
        and (result.fresh or result.item.size is not None)
    }
    download.add_to_lock(own, new)
    return _summarise(found, own if new else None, report)


def overview(catalog: Catalog) -> str:
    """List the datasets of a catalogue, one a line: name, how to get it, title, size.

    Parameters
    ----------
    catalog : Catalog
        The catalogue.
    """
    wide = max(map(len, catalog.entries), default=0)
    return "\n".join(
        f"{name:{wide}}  {'fetch  ' if entry.downloads or entry.index else 'by hand'}  {entry.title}"
        + (f" ({entry.size})" if entry.size else "")
        for name, entry in catalog.entries.items()
    )


def _plan(name: str, entry: Entry, data_root: Path, selection: Selection, retry: RetryPolicy, report: Lines) -> _Plan:
    """Plan the files of a selection, at least one."""
    _check_selection(name, entry, selection)
    if entry.index:
        plan = _from_index(entry.index, data_root, selection, retry, report)
    else:
        plan = _from_addresses(entry, data_root, selection)
    if not plan.items:
        raise InputError("nothing to fetch for that selection", name, "widen the years, region or mode")
    return plan


def _check_selection(name: str, entry: Entry, selection: Selection) -> None:
    """Refuse a selection that does not fit the dataset."""
    if not entry.downloads and not entry.index:
        where = entry.access or f"put its files below the data folder: {', '.join(entry.files)}"
        raise InputError("has no public address", name, where)
    if entry.yearly and selection.years is None:
        raise InputError("has one file a year", name, "give the years: --years 1990-1999")
    if selection.years and not entry.yearly and not entry.index:
        raise InputError("is not split by years", name, "leave --years out")
    if (selection.region or selection.mode or selection.profiles) and not entry.index:
        raise InputError("is not chosen from an index", name, "leave --region, --mode and --profiles out")


def _from_addresses(entry: Entry, data_root: Path, selection: Selection) -> _Plan:
    """Plan the addresses in the catalogue."""
    pairs = [(source, url) for source in entry.downloads for url in source.addresses(selection.years)]
    return _Plan(
        [Item(url, data_root / source.folder / url.rsplit("/", 1)[-1]) for source, url in pairs],
        unverified=[url for source, url in pairs if not source.verified],
    )


def _from_index(index: Index, data_root: Path, selection: Selection, retry: RetryPolicy, report: Lines) -> _Plan:
    """Choose from an index, which is downloaded; files that changed since they were fetched are fetched again.

    They get no entry in the lock file: the archive goes on rewriting them.
    """
    folder = data_root / index.folder
    path = folder / "index" / index.url.rsplit("/", 1)[-1]
    found = download.download([Item(index.url, path)], 1, retry)
    for error in found.missing + found.failed:
        raise error
    listing = argo_index.read(path)
    chosen = argo_index.select(listing, selection.region, selection.years, selection.mode)
    if selection.profiles:
        files, updated = listing.file[chosen], listing.updated[chosen]
    else:
        files, updated = argo_index.floats_of(listing, chosen)
    report(f"index of {listing.of}: {chosen.sum():,} profiles with oxygen chosen; remove {path} for a newer one")
    seconds = updated.astype("datetime64[s]").astype(np.int64).tolist()
    items = [
        Item(f"{index.root}/{file}", folder / file.rsplit("/", 1)[-1], newer_than=datetime.fromtimestamp(time, UTC))
        for file, time in zip(files.tolist(), seconds)
    ]
    return _Plan(items, constant=False)


def _with_checksums(plan: _Plan, entry: Entry, locks: Mapping[Path, Mapping[str, LockEntry]]) -> _Plan:
    """Add the required checksums: the published one, or else that of the first fetch."""

    def one(item: Item) -> Item:
        """Add the checksum of one file."""
        if published := entry.sha256.get(item.path.name):
            return replace(item, sha256=published, required_by="the catalogue")
        found = [(path, lock[item.url]) for path, lock in locks.items() if item.url in lock and plan.constant]
        return replace(item, sha256=found[-1][1].sha256, required_by=str(found[-1][0])) if found else item

    return replace(plan, items=[one(item) for item in plan.items])


def _own_lock(data_root: Path) -> Path:
    """Name the lock file to write when none is named: see `fetch`."""
    checkout = resources.ROOT / LOCK_NAME
    return checkout if checkout.is_file() and os.access(checkout, os.W_OK) else data_root / LOCK_NAME


def _with_sizes(plan: _Plan, workers: int, retry: RetryPolicy, report: Lines, each: bool) -> _Plan:
    """Add the sizes in the archive; report addresses that no source names and, on demand, each file to come."""
    unknown = [item for item in plan.items if not item.on_disk() or (plan.constant and item.sha256 is None)]
    probes = download.probe(unknown, workers, retry) if len(unknown) <= _MOST_PROBES else []
    for url in plan.unverified:
        report(f"unverified address, it follows the pattern of its siblings: {url}")
    for item, found in zip(unknown, probes):
        if each and not item.on_disk():
            size = _amount(found.size) if found.size is not None else "size unknown"
            size = size if found.exists else "not in the archive"
            report(f"{item.url} -> {item.path} ({size if found.reached else 'the archive does not answer'})")
    sizes = {item.url: found.size for item, found in zip(unknown, probes)}
    return replace(plan, items=[replace(item, size=sizes.get(item.url)) for item in plan.items])


def _check_space(name: str, plan: _Plan, data_root: Path, report: Lines) -> None:
    """Report how much is to come, and refuse what the disk cannot hold."""
    total = sum(max(0, (item.size or 0) - size_of(item.part)) for item in plan.to_fetch)
    free = shutil.disk_usage(next(p for p in (data_root, *data_root.absolute().parents) if p.exists())).free
    more = " and more, for not every size is known" if any(item.size is None for item in plan.to_fetch) else ""
    report(
        f"{name}: {len(plan.to_fetch):,} of {len(plan.items):,} files to fetch, {_amount(total)}{more}; "
        f"{_amount(free)} free in {data_root}"
    )
    if total > free:
        fix = "free some, or name another --data"
        raise InputError(f"{_amount(total)} to fetch, but {_amount(free)} free", str(data_root), fix)


def _download(plan: _Plan, workers: int, retry: RetryPolicy) -> Report:
    """Download with a progress bar on the terminal."""
    unknown = any(item.size is None for item in plan.to_fetch)
    total = None if unknown else sum(item.size or 0 for item in plan.to_fetch)
    done = sum(size_of(item.part) for item in plan.to_fetch)
    with ProgressBar(Console(stderr=True), "downloading", total, "bytes", done) as bar:
        return download.download(plan.items, workers, retry, bar.advance)


def _summarise(found: Report, lock: Path | None, report: Lines) -> list[Path]:
    """Sum up; raise the first failure after all that could be fetched is there."""
    fresh = [result for result in found.results if result.fresh]
    for error in found.missing:
        report(str(error))
    report(
        f"{len(fresh):,} files fetched ({_amount(sum(result.size for result in fresh))}), "
        f"{len(found.results) - len(fresh):,} were there and are right"
        + (f", {len(found.missing):,} not in the archive" if found.missing else "")
    )
    if lock is not None:
        report(f"checksums written to {lock}: keep it with your experiment")
    if found.failed:
        if len(found.failed) > 1:
            report("\n".join(map(str, found.failed[1:])))
        raise found.failed[0]
    if not found.results:
        raise found.missing[0]
    return sorted(result.item.path for result in found.results)


def _amount(size: int) -> str:
    """Write a number of bytes for people: "27.3 GB"."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size} bytes"
