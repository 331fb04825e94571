"""Several files at a time, each under its final name only when it is whole and what it must be."""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from oxygen_recon.observations import resume as transfer
from oxygen_recon.observations.pins import checksum
from oxygen_recon.observations.resume import PATIENT, Answer, Missing, Patience, Seen
from qc.errors import InputError


@dataclass(frozen=True)
class Wanted:
    """One file to have.

    Parameters
    ----------
    url : str
        Address.
    path : Path
        Where it goes.
    sha256 : str or None
        What it must be.
    pinned_by : str
        Who says so: the catalogue, or a lock.
    size : int or None
        Bytes the archive has now; a file that is there already and not pinned must have as many.
    newer_than : datetime or None
        When the archive last changed it: an older file is fetched again.
    """

    url: str
    path: Path
    sha256: str | None = None
    pinned_by: str = ""
    size: int | None = None
    newer_than: datetime | None = None

    @property
    def part(self) -> Path:
        """Where its bytes lie until they are whole."""
        return self.path.with_name(self.path.name + ".part")

    def is_there(self) -> bool:
        """Tell whether it lies on disk under its final name, and is not out of date."""
        if not self.path.is_file():
            return False
        return self.newer_than is None or datetime.fromtimestamp(self.path.stat().st_mtime, UTC) >= self.newer_than


@dataclass(frozen=True)
class Got:
    """One file that is there.

    Parameters
    ----------
    wanted : Wanted
        What was asked for.
    size : int
        Bytes.
    sha256 : str
        Checksum.
    fresh : bool
        Whether it was downloaded just now.
    """

    wanted: Wanted
    size: int
    sha256: str
    fresh: bool


@dataclass
class Outcome:
    """What became of a list of files: those that are there, those the archive lacks, and what failed."""

    got: list[Got] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    failed: list[InputError] = field(default_factory=list)


def ask(files: Iterable[Wanted], workers: int = 4, patience: Patience = PATIENT) -> list[Answer]:
    """Ask for the sizes of files, several at a time; in the same order. After one silence the rest is not asked."""
    silent = threading.Event()

    def one(wanted: Wanted) -> Answer:
        answer = Answer(None, reached=False) if silent.is_set() else transfer.ask(wanted.url, patience)
        if not answer.reached:
            silent.set()
        return answer

    with ThreadPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(one, files))


def fetch(
    files: Iterable[Wanted], workers: int = 4, patience: Patience = PATIENT, seen: Seen = lambda n: None
) -> Outcome:
    """Have files on disk: those already there are checked, the others downloaded.

    Parameters
    ----------
    files : iterable of Wanted
        What to have; no two with the same path.
    workers : int
        How many at a time.
    patience : Patience
        How long to try.
    seen : callable
        Told of bytes as they arrive, from several threads; a negative number takes back what must be fetched again.

    Returns
    -------
    Outcome
        A failure of one file does not stop the others.
    """
    outcome, stop = Outcome(), threading.Event()
    with ThreadPoolExecutor(max_workers=workers) as pool:
        jobs = [pool.submit(_have, wanted, patience, seen, stop) for wanted in files]
        try:
            for job in as_completed(jobs):
                try:
                    outcome.got.append(job.result())
                except Missing as error:
                    outcome.missing.append(error)
                except InputError as error:
                    outcome.failed.append(error)
        except BaseException:  # a full disk, Ctrl-C: the parts stay for the next run
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return outcome


def _have(wanted: Wanted, patience: Patience, seen: Seen, stop: threading.Event) -> Got:
    """Check a file that is there, or download it and give it its name."""
    if wanted.is_there():
        return _check(wanted)
    wanted.path.parent.mkdir(parents=True, exist_ok=True)
    with transfer.alone(wanted.part, wanted.url):  # until it has its name: a second fetch must not find it in between
        if not wanted.is_there():
            return _download(wanted, patience, seen, stop)
    return _check(wanted)


def _download(wanted: Wanted, patience: Patience, seen: Seen, stop: threading.Event) -> Got:
    transfer.complete(wanted.url, wanted.part, patience, seen, stop)
    found = checksum(wanted.part)
    if wanted.sha256 not in (None, found):
        transfer.forget(wanted.part)
        raise InputError(
            f"the archive serves another file than the one {wanted.pinned_by} pins",
            wanted.url,
            "if it is a new version you want, remove this address there and fetch again",
        )
    wanted.part.replace(wanted.path)
    transfer.forget(wanted.part)
    return Got(wanted, wanted.path.stat().st_size, found, fresh=True)


def _check(wanted: Wanted) -> Got:
    """Compare a file that is there with its checksum, or else with the size the archive tells."""
    size, found = wanted.path.stat().st_size, checksum(wanted.path)
    if wanted.sha256 not in (None, found):
        raise InputError(
            f"is not the file {wanted.pinned_by} pins", str(wanted.path), "remove the file and fetch again"
        )
    if wanted.sha256 is None and wanted.size not in (None, size):
        raise InputError(
            f"has {size} bytes, in the archive {wanted.size}", str(wanted.path), "remove it and fetch again"
        )
    return Got(wanted, size, found, fresh=False)
