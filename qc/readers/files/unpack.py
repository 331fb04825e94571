"""Members of compressed files and of bundles, decompressed in memory within limits, because a bundle may be hostile."""

import io
import lzma
import tarfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import IO

from qc.errors import InputError, Refused
from qc.readers.files import limits, streams, tars, zips

Found = tuple[str, bytes] | Refused
"""Name and content of a member, or why it is refused."""

KINDS = (*streams.KINDS, "zip", "tar")
"""Types of files that are opened."""

_BROKEN = (*zips.BROKEN, lzma.LZMAError, tarfile.TarError)


def members(
    kind: str, file: Path | bytes, name: str, allowance: limits.Allowance, refuse: Callable[[Refused], None]
) -> Iterator[tuple[str, bytes]]:
    """Yield the files in a compressed file or a bundle.

    Parameters
    ----------
    kind : {"gzip", "bzip2", "xz", "zip", "tar"}
        Its type.
    file : Path or bytes
        The bundle.
    name : str
        Its name, for messages and for the names of its members.
    allowance : Allowance
        Shared by all layers of one file on disk.
    refuse : callable
        Receives the members that cannot be read, one by one, and the damage behind which others may be lost. Members
        that are encrypted, empty, no file, named twice, or named as if outside their folder are refused.

    Yields
    ------
    tuple of str and bytes
        The name is "bundle#member"; the content of a compressed file has its name. Folders are skipped.

    Raises
    ------
    InputError
        If a limit is exceeded.
    """
    each: dict[str, Callable[..., Iterator[Found]]] = {"zip": zips.members, "tar": tars.members}
    number = 0
    names: set[str] = set()
    try:
        with _opened(file) as opened:
            found = each[kind](opened, name, allowance) if kind in each else _stream(kind, opened, name, allowance)
            for number, one in enumerate(found, 1):
                if number > limits.LIMITS.members:
                    raise InputError(f"more than {limits.LIMITS.members} members", name, limits.DISTRUST)
                if isinstance(one, Refused):
                    refuse(one)
                    continue
                where = f"{name}#{one[0]}" if kind in each else name
                if fault := _fault(*one, names):
                    refuse(Refused(fault, where))
                else:
                    names.add(one[0])
                    yield where, one[1]
    except InputError:
        raise
    except _BROKEN as error:
        why = " ".join(str(error).split())[:120] or type(error).__name__
        refuse(Refused(f"broken {kind} file ({why}); {limits.DAMAGE}", name))
    else:
        if not number:
            refuse(Refused(f"the {kind} holds no file; get it again", name))


def _stream(kind: str, file: IO[bytes], name: str, allowance: limits.Allowance) -> Iterator[Found]:
    """Yield the content of a compressed file; of one that is cut only if it is a tar, whose first members are whole."""
    try:
        yield name, allowance.read(streams.blocks(kind, file), name)
    except limits.Cut as cut:
        if not tars.begins(cut.data):
            raise
        yield name, cut.data
        raise


def _opened(file: Path | bytes) -> AbstractContextManager[IO[bytes]]:
    """Open a file or bytes as a binary stream."""
    return io.BytesIO(file) if isinstance(file, bytes) else file.open("rb")


def is_workbook(file: Path | bytes) -> bool:
    """Tell whether a zip is a workbook of Excel or of OpenDocument.

    Parameters
    ----------
    file : Path or bytes
        The zip.
    """
    with _opened(file) as opened:
        return zips.is_workbook(opened)


def _fault(member: str, data: bytes, names: set[str]) -> str:
    """Say why a member is refused; empty if it is not."""
    if tars.leads_outside(member):
        return f"points outside its folder; {limits.DISTRUST}"
    if member in names:
        return "occurs twice, and the first is read; unpack it and read the files you mean"
    if not data and not PurePosixPath(member).name.startswith("."):
        return "the file inside is empty; get it again"
    return ""
