"""Members of gzip, zip and tar bundles, decompressed in memory within limits, because a bundle may be hostile."""

import gzip
import io
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from qc.errors import InputError

DAMAGE = "is it truncated? get it again"
_DISTRUST = "do not trust this file"
_CHUNK = 1 << 20
_BROKEN = (
    EOFError,  # cut
    OSError,  # gzip: bad magic, bad checksum
    RuntimeError,  # a password is needed
    NotImplementedError,
    ValueError,  # impossible names and times
    OverflowError,
    zlib.error,
    zipfile.BadZipFile,
    tarfile.TarError,
)


@dataclass(frozen=True)
class Limits:
    """Limits above which a file is refused.

    Parameters
    ----------
    member : int
        Bytes of one member: it is held in memory whole, and its table needs as much again.
    ratio : int
        Decompressed bytes for each byte on disk, all members and layers together. Real archives of text reach 20,
        those of netCDF full of fill values 57; the maximum of deflate is 1032, and a decompression bomb is close to it.
    free : int
        Bytes that any file may decompress to, independent of its ratio: they fit in memory, and small files have the
        highest ratios.
    depth : int
        Layers: a tar.gz of zips of gzips has four. A bundle that contains itself has infinitely many.
    members : int
        Members of one bundle: more than the profiles of any one Argo data centre.
    """

    member: int = 4 << 30
    ratio: int = 300
    free: int = 256 << 20
    depth: int = 4
    members: int = 1_000_000


LIMITS = Limits()


class Allowance:
    """Bytes that one file on disk may still decompress to.

    Parameters
    ----------
    name : str
        The file, for the message.
    size : int
        Its bytes on disk.
    """

    def __init__(self, name: str, size: int) -> None:
        self.name = name
        self.left = max(LIMITS.free, LIMITS.ratio * size)

    def read(self, stream: IO[bytes] | gzip.GzipFile, name: str) -> bytes:
        """Read a member to its end.

        Parameters
        ----------
        stream : binary stream
            The member.
        name : str
            Its name, for the message.

        Returns
        -------
        bytes
            Its content.

        Raises
        ------
        InputError
            As soon as a limit is exceeded.
        """
        whole = io.BytesIO()
        while chunk := stream.read(_CHUNK):
            self.spend(len(chunk))
            if whole.tell() + len(chunk) > LIMITS.member:
                what = f"a member of more than {LIMITS.member >> 20} MiB"
                raise InputError(what, name, "unpack it, and name the folder that it is in")
            whole.write(chunk)
        return whole.getvalue()

    def inflate(self, packed: bytes) -> None:
        """Decompress a zlib stream and discard its content.

        Parameters
        ----------
        packed : bytes
            The stream.

        Raises
        ------
        InputError
            As soon as a limit is exceeded.
        zlib.error
            If it is damaged.
        """
        stream = zlib.decompressobj()
        while packed and not stream.eof:
            self.spend(len(stream.decompress(packed, _CHUNK)))
            packed = stream.unconsumed_tail

    def spend(self, n: int) -> None:
        """Subtract decompressed bytes from the allowance.

        Parameters
        ----------
        n : int
            Number of bytes.

        Raises
        ------
        InputError
            If they are more than the allowance.
        """
        self.left -= n
        if self.left < 0:
            raise InputError(f"unpacks to more than {LIMITS.ratio} times its size", self.name, _DISTRUST)


def members(kind: str, file: Path | bytes, name: str, allowance: Allowance) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file in a gzip, zip or tar.

    Parameters
    ----------
    kind : {"gzip", "zip", "tar"}
        File type of the bundle.
    file : Path or bytes
        The bundle.
    name : str
        Its name, for messages and for the names of its members.
    allowance : Allowance
        Shared by all layers of one file on disk.

    Yields
    ------
    tuple of str and bytes
        The name is "bundle#member"; the content of a gzip has the name of the gzip. Folders are skipped.

    Raises
    ------
    InputError
        If the bundle is broken, empty or encrypted, exceeds a limit, or has a member whose name points outside its
        folder or occurs twice.
    """
    each: dict[str, Callable[..., Iterator[tuple[str, bytes]]]] = {"gzip": _gzip, "zip": _zip, "tar": _tar}
    found = 0
    try:
        for member, data in each[kind](file, name, allowance):
            found += 1
            if found > LIMITS.members:
                raise InputError(f"more than {LIMITS.members} members", name, _DISTRUST)
            if not data and not PurePosixPath(member).name.startswith("."):
                raise InputError("the file inside is empty", member, "get it again")
            yield member, data
    except InputError:
        raise
    except _BROKEN as error:
        why = " ".join(str(error).split())[:120] or type(error).__name__
        raise InputError(f"broken {kind} file ({why})", name, DAMAGE) from error
    if not found:
        raise InputError(f"the {kind} holds no file", name, "get it again")


def _gzip(file: Path | bytes, name: str, allowance: Allowance) -> Iterator[tuple[str, bytes]]:
    """Yield the content of a gzip."""
    with _opened(file) as opened, gzip.GzipFile(fileobj=opened) as stream:
        yield name, allowance.read(stream, name)


def _zip(file: Path | bytes, name: str, allowance: Allowance) -> Iterator[tuple[str, bytes]]:
    """Yield the members of a zip."""
    with _opened(file) as opened, zipfile.ZipFile(opened) as bundle:
        names: set[str] = set()
        for member in bundle.infolist():
            _refuse_name(member.filename, name, names)
            if member.is_dir():
                continue
            if member.flag_bits & 1:
                raise InputError(f"member {member.filename} is encrypted", name, "unpack it with its password")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                # zipfile decompresses these without a bound: 4 kB of bzip2 may expand to gigabytes
                raise InputError(
                    f"member {member.filename} has an unusual compression method",
                    name,
                    "unpack it, and name the folder",
                )
            with bundle.open(member) as stream:
                yield f"{name}#{member.filename}", allowance.read(stream, f"{name}#{member.filename}")


def _tar(file: Path | bytes, name: str, allowance: Allowance) -> Iterator[tuple[str, bytes]]:
    """Yield the members of a tar."""
    with _opened(file) as opened, tarfile.open(fileobj=opened, mode="r:") as bundle:
        names: set[str] = set()
        last = -1
        for member in bundle:
            if member.size < 0 or member.offset <= last:  # after a negative size tarfile would loop endlessly
                raise tarfile.ReadError("members overlap")
            last = member.offset
            _refuse_name(member.name, name, names)
            if member.issym() or member.islnk():  # the target of a link inside is a member itself
                depth = len(PurePosixPath(member.name).parts) - 1 if member.issym() else 0
                _refuse_escape(member.linkname, name, depth)
            elif member.isfile():
                stream = bundle.extractfile(member)
                assert stream is not None
                data = allowance.read(stream, f"{name}#{member.name}")
                if len(data) < member.size:
                    raise tarfile.ReadError("unexpected end of data")
                yield f"{name}#{member.name}", data
            elif not member.isdir():
                raise InputError(f"member {member.name} is a device, not a file", name, _DISTRUST)
        opened.seek(bundle.offset)
        if opened.read(512) != bytes(512):  # tarfile treats a damaged header as the end
            raise tarfile.ReadError(f"neither a valid header nor the end at byte {bundle.offset}")


def _opened(file: Path | bytes) -> IO[bytes]:
    """Open a file or bytes as a binary stream."""
    return io.BytesIO(file) if isinstance(file, bytes) else file.open("rb")


def _refuse_name(name: str, where: str, names: set[str]) -> None:
    """Refuse a name that occurred before or points outside the bundle."""
    _refuse_escape(name, where)
    if name in names and not name.endswith("/"):
        raise InputError(f"member {name} occurs twice", where, "unpack it and read the files you mean")
    names.add(name)


def _refuse_escape(name: str, where: str, depth: int = 0) -> None:
    """Refuse a name that is absolute, has a drive, or leads above the bundle from `depth` folders below its top."""
    path = PurePosixPath(name.replace("\\", "/"))
    outside = path.is_absolute() or re.match(r"[A-Za-z]:", name) is not None
    for part in path.parts:
        depth += -1 if part == ".." else 1
        outside |= depth < 0
    if outside:
        raise InputError(f"member {name!r} points outside its folder", where, _DISTRUST)
