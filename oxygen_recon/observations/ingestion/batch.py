"""One part of a table to be made: its archive files are read, or taken from earlier parts, and written together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pyarrow as pa

from oxygen_recon.observations import parts
from oxygen_recon.observations.parts import AT_FAULT, PASSED_OVER, READ, Member
from oxygen_recon.runtime.parallel import RunningPool
from qc.errors import InputError, Refused


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
class Held:
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
    files : tuple of Item or Held
        Its files, in order.
    """

    part: str
    files: tuple[Item | Held, ...]


def lay_out(home: Path, part: str, keys: Sequence[str], named: dict[str, Item], held: dict[str, Held]) -> Batch | None:
    """Lay out a part that is to be made.

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
    held : dict
        Key to the files that earlier parts have.

    Returns
    -------
    Batch or None
        None where the part is there, and no file that was at fault can be read again.
    """
    again = [key for key in keys if key not in held or (held[key].member.state == AT_FAULT and key in named)]
    if not again and parts.part(home, part).exists():
        return None
    return Batch(part, tuple(named[key] if key in again else held[key] for key in keys))


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


def make_all(home: Path, batches: Sequence[Batch], running: RunningPool) -> Iterator[tuple[Batch, list[Member]]]:
    """Make parts with workers.

    Where a worker was killed at a part of several files, each of them is read by itself, and those that kill their
    worker again are at fault alone.

    Parameters
    ----------
    home : Path
        Folder of parts.
    batches : sequence of Batch
        Parts to be made.
    running : RunningPool
        Workers.

    Yields
    ------
    Batch, list of Member
        As from `make`.
    """
    killed: dict[str, str] = {}

    def lost(batch: Batch, why: str) -> list[Member]:
        killed[batch.part] = why
        return []

    for batch, found in running.each(partial(make, home), batches, lost):
        if found:
            yield batch, found
    for batch in batches:
        if batch.part in killed:
            yield batch, make(home, _without_killers(batch, killed[batch.part], running))


def _without_killers(batch: Batch, why: str, running: RunningPool) -> Batch:
    """Read each file of a part by itself, and call those at fault that kill their worker."""
    asked = [one for one in batch.files if isinstance(one, Item)]
    killers = {asked[0].key: why} if len(asked) == 1 else dict[str, str]()
    if len(asked) > 1:
        killers |= {one.key: said for one, said in running.each(_try, asked, lambda _, why: why) if said}
    files = (
        Held(Member(one.key, one.file, AT_FAULT, 0, killers[one.key]), Path())
        if isinstance(one, Item) and one.key in killers
        else one
        for one in batch.files
    )
    return replace(batch, files=tuple(files))


def _try(item: Item) -> str:
    """Read a file for nothing but to see whether that can be done."""
    _read(item)
    return ""
