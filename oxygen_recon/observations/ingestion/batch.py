"""One part of a table to be made: its archive files are read, or taken from earlier parts, and written together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import pyarrow as pa

from oxygen_recon.observations import parts
from oxygen_recon.observations.ingestion.plan import share_of_part
from oxygen_recon.observations.parts import AT_FAULT, PASSED_OVER, READ, Member
from oxygen_recon.runtime.parallel import RunningPool
from qc.errors import InputError, Refused

_PART = 6.0  # s to read and write a part of the usual size: measured 5 MB/s of text, some 30 MB/s of netCDF


@dataclass(frozen=True)
class Item:
    """One file to ingest: the name of its content and the call that reads it, both picklable.

    Parameters
    ----------
    key : str
        Unchanged as long as the file, and all that decides how it is read, are.
    file : str
        Where it comes from.
    read : callable
        Returns the observation table; adds what it refused of the file to the list that it is given.
    bytes : int, optional
        Its size: small files share a part; without it the file is a part of its own.
    named : bool
        Whether the user named this file, rather than a folder it lies in: then to hold no oxygen is a fault.
    """

    key: str
    file: str
    read: Callable[[list[Refused]], pa.Table]
    bytes: int | None = None
    named: bool = True


class PassedOver(InputError):
    """A file found in a folder that is no archive of observations with oxygen."""


@dataclass(frozen=True)
class Stored:
    """A file that an earlier part has.

    Parameters
    ----------
    member : Member
        The file.
    part : Path
        The part.
    """

    member: Member
    part: Path


@dataclass(frozen=True)
class Batch:
    """A part to be made.

    Parameters
    ----------
    part : str
        Its name.
    files : tuple of Item or Stored
        Its files, in order.
    """

    part: str
    files: tuple[Item | Stored, ...]


def batch_of(
    home: Path, part: str, keys: Sequence[str], named: dict[str, Item], stored: dict[str, Stored]
) -> Batch | None:
    """Give the files of a part that is to be made.

    Parameters
    ----------
    home : Path
        Folder of parts.
    part : str
        The part.
    keys : sequence of str
        Its files, in order.
    named : dict
        Key to the files that can be read now.
    stored : dict
        Key to the files that earlier parts have.

    Returns
    -------
    Batch or None
        None where the part is there, and no file that was at fault can be read again.
    """
    to_retry = [key for key in keys if key not in stored or (stored[key].member.state == AT_FAULT and key in named)]
    if not to_retry and parts.part(home, part).exists():
        return None
    return Batch(part, tuple(named[key] if key in to_retry else stored[key] for key in keys))


def to_read(batches: Sequence[Batch]) -> int:
    """Count the files that are to be read.

    Parameters
    ----------
    batches : sequence of Batch
        Parts to be made.
    """
    return sum(isinstance(one, Item) for batch in batches for one in batch.files)


def make(home: Path, batch: Batch) -> list[Member]:
    """Read the files of a part and write it.

    Parameters
    ----------
    home : Path
        Folder of parts.
    batch : Batch
        The part.

    Returns
    -------
    list of Member
        What came of each file. Where none could be read, no part is written. An error in writing is raised.
    """
    found: list[Member] = []
    tables: list[pa.Table] = []
    for one in batch.files:
        if isinstance(one, Item):
            member, table = _read(one)
        else:
            member = one.member
            table = parts.levels_of(one.part, member.key) if member.state == READ else None
        found.append(member)
        tables += [] if table is None else [table]
    path = parts.part(home, batch.part)
    if tables and not (path.exists() and parts.members(path) == found):
        parts.write(parts.join(tables), path, None, found)
    return found


def _read(item: Item) -> tuple[Member, pa.Table | None]:
    """Read one file."""
    refused: list[Refused] = []
    state = AT_FAULT
    try:
        table = item.read(refused)
    except InputError as error:
        state = PASSED_OVER if isinstance(error, PassedOver) else AT_FAULT
        why = _nameless(str(error), item.file)
    except OSError as error:
        why = error.strerror or " ".join(str(error).split())
    except Exception as error:  # an error that a reader did not foresee must not stop the other files
        why = f"{type(error).__name__}: {' '.join(str(error).split())[:200]} (its reader did not foresee this)"
    else:
        reason = _nameless(str(refused[0]), item.file) if refused else ""
        return Member(item.key, item.file, READ, table.num_rows, reason, tuple(refused)), table
    return Member(item.key, item.file, state, 0, why), None


def _nameless(message: str, file: str) -> str:
    """Message without the name of the file, which has its own column."""
    line = " ".join(message.split())
    for name in (file, Path(file).name):
        line = line.removeprefix(f"{name}: ").removeprefix(f"{name}, ")
    return line


def make_all(
    home: Path, batches: Sequence[Batch], running: RunningPool, interrupted: bool = False
) -> Iterator[tuple[Batch, list[Member]]]:
    """Make parts with workers.

    Where a worker is killed at a part of several files, each of them is made a part of its own, and those that kill
    their worker again are the ones at fault; then the part is made of the others.

    Parameters
    ----------
    home : Path
        Folder of parts.
    batches : sequence of Batch
        Parts to be made.
    running : RunningPool
        Workers.
    interrupted : bool
        Whether an earlier process ended while it made them: one of their files may kill this one too.

    Yields
    ------
    Batch, list of Member
        As from `make`.

    Raises
    ------
    InputError
        If a worker is killed at a part though its files can be read one by one.
    """
    killed: dict[str, str] = {}

    def lost(batch: Batch, why: str) -> list[Member]:
        killed[batch.part] = why
        return []

    expected = sum(map(_seconds, batches)) / max(len(batches), 1)
    kind: Literal["apart", "any"] = "apart" if interrupted else "any"
    for batch, found in running.each(partial(make, home), batches, lost, None, kind, expected):
        if batch.part not in killed:
            yield batch, found
    lost_batches = {batch.part: batch for batch in batches if batch.part in killed}
    single = [Batch(one.key, (one,)) for batch in lost_batches.values() for one in batch.files if isinstance(one, Item)]
    found_of = {batch.part: _at_fault(batch, killed[batch.part]) for batch in single if batch.part in killed}
    to_retry = [batch for batch in single if batch.part not in killed]
    found_of |= {
        one.part: found for one, found in running.each(partial(make, home), to_retry, _at_fault, None, "apart")
    }
    again = [_with_stored(home, batch, found_of) for batch in lost_batches.values()]
    for batch, found in running.each(partial(make, home), again, _too_much, None, "apart"):
        yield lost_batches[batch.part], found


def _seconds(batch: Batch) -> float:
    """Estimate how long a part takes to read."""
    return _PART * sum(share_of_part(one.file, one.bytes) for one in batch.files if isinstance(one, Item))


def _with_stored(home: Path, batch: Batch, found_of: dict[str, list[Member]]) -> Batch:
    """Replace the files of a part that were read one by one by what came of them."""
    files = (
        Stored(found_of[one.key][0], parts.part(home, one.key)) if isinstance(one, Item) else one for one in batch.files
    )
    return Batch(batch.part, tuple(files))


def _at_fault(single: Batch, why: str) -> list[Member]:
    """Call the only file of a part at fault."""
    return [Member(one.key, one.file, AT_FAULT, 0, why) for one in single.files if isinstance(one, Item)]


def _too_much(batch: Batch, why: str) -> list[Member]:
    """Raise for files that can be read one by one but not written together."""
    raise InputError(why, batch.part, "use fewer workers, and run the same command again")
