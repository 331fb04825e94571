"""Parallel, verified downloads, and the lock file with the checksums of what was fetched first."""

import os
import shutil
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import pooch
import yaml
from pydantic import ConfigDict, Field

from oxygen_recon.observations.downloads import resume
from oxygen_recon.observations.downloads.resume import DEFAULT_RETRY, Missing, Probe, Received, RetryPolicy
from oxygen_recon.runtime.files import checksum
from qc.config import Strict, read_yaml, validate
from qc.errors import InputError
from qc.files import replacing

LOCK_NAME = "data_catalog.lock"
_HEAD = """\
# What stood at each address when it was first fetched: later downloads must be the same bytes.
# Written by `oxygen-recon fetch`. To accept what an archive has changed, remove its address here and fetch again.
"""


@dataclass(frozen=True)
class Item:
    """One file of a download plan.

    Parameters
    ----------
    url : str
        Address.
    path : Path
        Its place on disk.
    sha256 : str or None
        Required checksum.
    required_by : str
        Where that checksum stands: the catalogue, or a lock file.
    size : int or None
        Bytes in the archive; a file on disk without required checksum must have as many.
    newer_than : datetime or None
        When the archive last changed it: an older file on disk is fetched again.
    """

    url: str
    path: Path
    sha256: str | None = None
    required_by: str = ""
    size: int | None = None
    newer_than: datetime | None = None

    @property
    def part(self) -> Path:
        """The unfinished file."""
        return self.path.with_name(self.path.name + ".part")

    def on_disk(self) -> bool:
        """Tell whether the file is on disk under its final name, and not out of date."""
        if not self.path.is_file():
            return False
        return self.newer_than is None or datetime.fromtimestamp(self.path.stat().st_mtime, UTC) >= self.newer_than


@dataclass(frozen=True)
class Result:
    """One file that is on disk: its item, bytes, checksum, and whether it was downloaded just now."""

    item: Item
    size: int
    sha256: str
    fresh: bool


@dataclass
class Report:
    """Results of a download plan: files on disk, files that the archive lacks, and failures."""

    results: list[Result] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    failed: list[InputError] = field(default_factory=list)


def probe(items: Iterable[Item], workers: int = 4, retry: RetryPolicy = DEFAULT_RETRY) -> list[Probe]:
    """Find the sizes of files in the archive, several at a time.

    Parameters
    ----------
    items : iterable of Item
        Files.
    workers : int
        Requests at a time.
    retry : RetryPolicy
        Only its `timeout` is used.

    Returns
    -------
    list of Probe
        In the order of the items. After one silence the others are not requested.
    """
    silent = threading.Event()

    def one(item: Item) -> Probe:
        """Find the size of one file."""
        found = Probe(None, reached=False) if silent.is_set() else resume.probe(item.url, retry)
        if not found.reached:
            silent.set()
        return found

    with ThreadPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(one, items))


def download(
    items: Iterable[Item], workers: int = 4, retry: RetryPolicy = DEFAULT_RETRY, received: Received = lambda n: None
) -> Report:
    """Bring files to disk: those already there are verified, the others downloaded.

    Parameters
    ----------
    items : iterable of Item
        Files, no two with the same path.
    workers : int
        Downloads at a time.
    retry : RetryPolicy
        How often and how long to try.
    received : callable
        Receives the number of bytes as they arrive, from several threads; negative where they must be fetched again.

    Returns
    -------
    Report
        A failure of one file does not stop the others.
    """
    report, stop = Report(), threading.Event()
    with ThreadPoolExecutor(max_workers=workers) as pool:
        jobs = [pool.submit(_bring, item, retry, received, stop) for item in items]
        try:
            for job in as_completed(jobs):
                try:
                    report.results.append(job.result())
                except Missing as error:
                    report.missing.append(error)
                except InputError as error:
                    report.failed.append(error)
        except BaseException:  # a full disk, Ctrl-C: the unfinished files stay for the next run
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return report


def _bring(item: Item, retry: RetryPolicy, received: Received, stop: threading.Event) -> Result:
    """Verify a file on disk, or download it and give it its name."""
    if not item.on_disk():
        item.path.parent.mkdir(parents=True, exist_ok=True)
        with resume.locked_part(item.part, item.url):  # up to its final name, so that a second fetch finds it whole
            if not item.on_disk():
                return _download(item, retry, received, stop)
    return _verified(item)


def _download(item: Item, retry: RetryPolicy, received: Received, stop: threading.Event) -> Result:
    """Let pooch verify what our downloader completes.

    pooch itself starts a broken download again, replaces a damaged file without a message, and takes a file that is out
    of date for the right one. So it works in a folder of its own, and only here for a file that is to be new.
    """
    staging = item.path.absolute().with_name(f".partial-{item.path.name}")
    moved: list[Path] = []

    def resuming(url: str, output: str, _: object) -> None:
        """Complete the unfinished file, and hand it to pooch; it stays, where that can be, for a kill meanwhile."""
        resume.complete(url, item.part, retry, received, stop)
        os.unlink(output)
        try:
            os.link(item.part, output)
        except OSError:  # a file system without hard links
            moved.append(item.part.replace(output))

    pooch.get_logger().setLevel("WARNING")
    shutil.rmtree(staging, ignore_errors=True)
    try:
        whole = Path(pooch.retrieve(item.url, item.sha256, item.path.name, staging, downloader=resuming))
        found = item.sha256 or checksum(whole)  # pooch returns no checksum
        resume.discard(item.part)  # first: one left beside its file would be taken for the next version
        whole.replace(item.path)
    except InputError:
        raise
    except ValueError as error:
        if item.sha256 is None:  # nothing was compared: the library says something else
            raise
        moved.clear()
        resume.discard(item.part)
        what = f"the archive serves another file than the one that {item.required_by} requires"
        fix = "if it is a new version you want, remove this address there and fetch again"
        raise InputError(what, item.url, fix) from error
    finally:
        for whole in (*moved, *(staging / item.path.name for _ in moved)):  # pooch renames it once it is verified
            if whole.exists():  # interrupted before it had its name: the next run goes on from here
                whole.replace(item.part)
        shutil.rmtree(staging, ignore_errors=True)
    return Result(item, item.path.stat().st_size, found, fresh=True)


def _verified(item: Item) -> Result:
    """Compare a file on disk with its checksum, or else with its size in the archive."""
    size, found = item.path.stat().st_size, checksum(item.path)
    if item.sha256 not in (None, found):
        what = f"is not the file that {item.required_by} requires"
        raise InputError(what, str(item.path), "remove the file and fetch again")
    if item.sha256 is None and item.size not in (None, size):
        raise InputError(f"has {size} bytes, in the archive {item.size}", str(item.path), "remove it and fetch again")
    return Result(item, size, found, fresh=False)


class LockEntry(Strict):
    """The content of one address: bytes, SHA-256, and the day of the first fetch (YYYY-MM-DD)."""

    model_config = ConfigDict(strict=True)
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


def read_lock(path: Path) -> dict[str, LockEntry]:
    """Read a lock file.

    Parameters
    ----------
    path : Path
        The lock file; there may be none.

    Returns
    -------
    dict
        Address to `LockEntry`; empty where there is no file.

    Raises
    ------
    InputError
        If the file is no lock file.
    """
    content = read_yaml(path, "lock file") if path.is_file() else None
    return validate(dict[str, LockEntry], content or {}, str(path), "restore the lock file or remove the line")


def add_to_lock(path: Path, new: Mapping[str, LockEntry]) -> None:
    """Add entries to a lock file; entries it holds stay as they are.

    Parameters
    ----------
    path : Path
        The lock file; made if there is none.
    new : dict
        Address to `LockEntry`.
    """
    if not new:
        return
    lock = {**new, **read_lock(path)}
    lines = yaml.safe_dump({url: lock[url].model_dump() for url in sorted(lock)}, default_flow_style=None, width=4096)
    with replacing(path) as partial:
        partial.write_text(_HEAD + lines, encoding="utf-8")
