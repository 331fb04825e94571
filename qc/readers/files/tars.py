"""Members of a tar, also of one that is cut."""

import io
import re
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import PurePosixPath
from typing import IO

from qc.errors import Refused
from qc.readers.files import limits
from qc.readers.files.file_types import is_tar


def members(file: IO[bytes], name: str, allowance: limits.Allowance) -> Iterator[tuple[str, bytes] | Refused]:
    """Yield the members of a tar.

    Parameters
    ----------
    file : binary stream
        The tar.
    name : str
        Its name, for messages.
    allowance : Allowance
        Of the file on disk.

    Yields
    ------
    tuple of str and bytes, or Refused
        Names and contents in order, up to the damage; what is refused. A link inside is passed over: what it leads to
        is a member itself.

    Raises
    ------
    InputError
        If a limit is exceeded.
    tarfile.TarError
        If a header is damaged.
    """
    with tarfile.open(fileobj=file, mode="r:") as bundle:
        last = -1
        for member in bundle:
            if member.size < 0 or member.offset <= last:  # after a negative size tarfile would loop endlessly
                raise tarfile.ReadError("members overlap")
            last = member.offset
            where = f"{name}#{member.name}"
            if leads_outside(member.name):
                yield Refused(f"points outside its folder; {limits.DISTRUST}", where)
            elif member.isfile():
                data = _read(bundle, member, allowance, where)
                if data is None:
                    yield Refused(f"is cut off, and what may lie behind it is lost; {limits.DAMAGE}", where)
                    return
                yield member.name, data
            elif member.issym() or member.islnk():
                depth = len(PurePosixPath(member.name).parts) - 1 if member.issym() else 0
                if leads_outside(member.linkname, depth):
                    yield Refused(f"is a link to {member.linkname!r}, outside its folder; {limits.DISTRUST}", where)
            elif not member.isdir():
                yield Refused(f"is a device, not a file; {limits.DISTRUST}", where)
        file.seek(bundle.offset)
        if file.read(512) != bytes(512):  # tarfile treats a damaged header as the end
            raise tarfile.ReadError(f"neither a valid header nor the end at byte {bundle.offset}")


def begins(data: bytes) -> bool:
    """Tell whether bytes are the sound beginning of a tar, up to the end of a member or anywhere inside one.

    Parameters
    ----------
    data : bytes
        Content of a compressed file that ended early: without its checksum, a damaged file may look like one that is
        cut, but what follows the damage is no header of a member.
    """
    if not is_tar(data):
        return False
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as bundle:
        with suppress(tarfile.TarError):
            for _ in bundle:
                pass
        header = data[bundle.offset : bundle.offset + 512]
    return len(header) < 512 or not any(header)


def _read(bundle: tarfile.TarFile, member: tarfile.TarInfo, allowance: limits.Allowance, where: str) -> bytes | None:
    """Read a member; None where the tar ends inside it."""
    stream = bundle.extractfile(member)
    assert stream is not None
    try:
        data = allowance.read(iter(partial(stream.read, limits.CHUNK), b""), where)
    except tarfile.ReadError:
        return None
    return data if len(data) == member.size else None


def leads_outside(name: str, depth: int = 0) -> bool:
    """Tell whether a name is absolute, has a drive, or leads above the bundle.

    Parameters
    ----------
    name : str
        Name of a member, or target of a link.
    depth : int
        Number of folders from the top of the bundle to where it starts.

    Examples
    --------
    >>> leads_outside("a/../b.nc"), leads_outside("../b.nc"), leads_outside("../b.nc", 1), leads_outside("C:b.nc")
    (False, True, False, True)
    """
    path = PurePosixPath(name.replace("\\", "/"))
    outside = path.is_absolute() or re.match(r"[A-Za-z]:", name) is not None
    for part in path.parts:
        depth += -1 if part == ".." else 1
        outside |= depth < 0
    return outside
