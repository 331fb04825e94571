"""Members of a gzip, zip or tar, in memory and no further than limits allow: what is packed may be hostile."""

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
    ValueError,  # names and times that cannot be
    OverflowError,
    zlib.error,
    zipfile.BadZipFile,
    tarfile.TarError,
)


@dataclass(frozen=True)
class Limits:
    """How much is unpacked before a file is refused.

    Parameters
    ----------
    member : int
        Bytes of one member: it is held in memory whole, and its table takes as much again.
    ratio : int
        Bytes unpacked for each byte on disk, all members and layers together. Real archives of
        text come to 20, of netCDF full of fill values to 57; deflate reaches 1032 at most, and a bomb goes as near to
        that as it can.
    free : int
        Bytes that any file may unpack to, whatever its ratio: a machine bears them, and small files pack best.
    depth : int
        Layers: a tar.gz of zips of gzips has four. An archive that holds itself has no end.
    members : int
        Members of one bundle: more than all profiles of one Argo data centre.
    """

    member: int = 4 << 30
    ratio: int = 300
    free: int = 256 << 20
    depth: int = 4
    members: int = 1_000_000


LIMITS = Limits()


class Allowance:
    """What one file on disk may still unpack to.

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

        Raises
        ------
        InputError
            As soon as a limit is passed.
        """
        whole = io.BytesIO()
        while chunk := stream.read(_CHUNK):
            self.spend(len(chunk))
            if whole.tell() + len(chunk) > LIMITS.member:
                what = f"a member of more than {LIMITS.member >> 20} MiB"
                raise InputError(what, name, "unpack it, and name the folder it lies in")
            whole.write(chunk)
        return whole.getvalue()

    def inflate(self, packed: bytes) -> None:
        """Unpack a zlib stream and forget what it holds.

        Raises
        ------
        InputError
            As soon as a limit is passed.
        zlib.error
            If it is damaged.
        """
        stream = zlib.decompressobj()
        while packed and not stream.eof:
            self.spend(len(stream.decompress(packed, _CHUNK)))
            packed = stream.unconsumed_tail

    def spend(self, n: int) -> None:
        """Count `n` bytes that were unpacked.

        Raises
        ------
        InputError
            If they are more than are left.
        """
        self.left -= n
        if self.left < 0:
            raise InputError(f"unpacks to more than {LIMITS.ratio} times its size", self.name, _DISTRUST)


def members(kind: str, file: Path | bytes, name: str, allowance: Allowance) -> Iterator[tuple[str, bytes]]:
    """Give name and bytes of each file in a gzip, zip or tar.

    Parameters
    ----------
    kind : {"gzip", "zip", "tar"}
    file : Path or bytes
        The bundle.
    name : str
        What it is called.
    allowance : Allowance
        Shared by all layers of one file on disk.

    Yields
    ------
    tuple of str and bytes
        The name is "bundle#member"; that of the gzip itself for what is in it. Folders are passed over.

    Raises
    ------
    InputError
        If the bundle is broken, empty, encrypted, a limit is passed, a name leads out of its folder or occurs twice.
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
    with _opened(file) as opened, gzip.GzipFile(fileobj=opened) as stream:
        yield name, allowance.read(stream, name)


def _zip(file: Path | bytes, name: str, allowance: Allowance) -> Iterator[tuple[str, bytes]]:
    with _opened(file) as opened, zipfile.ZipFile(opened) as bundle:
        seen: set[str] = set()
        for entry in bundle.infolist():
            _refuse_name(entry.filename, name, seen)
            if entry.is_dir():
                continue
            if entry.flag_bits & 1:
                raise InputError(f"member {entry.filename} is encrypted", name, "unpack it with its password")
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                # these are unpacked by zipfile without a bound: 4 kB of bzip2 may hold gigabytes
                raise InputError(
                    f"member {entry.filename} is packed in a rare way", name, "unpack it, and name the folder"
                )
            with bundle.open(entry) as stream:
                yield f"{name}#{entry.filename}", allowance.read(stream, f"{name}#{entry.filename}")


def _tar(file: Path | bytes, name: str, allowance: Allowance) -> Iterator[tuple[str, bytes]]:
    with _opened(file) as opened, tarfile.open(fileobj=opened, mode="r:") as bundle:
        seen: set[str] = set()
        last = -1
        for entry in bundle:
            if entry.size < 0 or entry.offset <= last:  # a negative size: tarfile would go round for ever
                raise tarfile.ReadError("members overlap")
            last = entry.offset
            _refuse_name(entry.name, name, seen)
            if entry.issym() or entry.islnk():  # what a link inside leads to is a member itself
                depth = len(PurePosixPath(entry.name).parts) - 1 if entry.issym() else 0
                _refuse_escape(entry.linkname, name, depth)
            elif entry.isfile():
                stream = bundle.extractfile(entry)
                assert stream is not None
                data = allowance.read(stream, f"{name}#{entry.name}")
                if len(data) < entry.size:
                    raise tarfile.ReadError("unexpected end of data")
                yield f"{name}#{entry.name}", data
            elif not entry.isdir():
                raise InputError(f"member {entry.name} is no file but a device", name, _DISTRUST)
        opened.seek(bundle.offset)
        if opened.read(512) != bytes(512):  # tarfile takes a damaged header for the end
            raise tarfile.ReadError(f"no sound header and no end at byte {bundle.offset}")


def _opened(file: Path | bytes) -> IO[bytes]:
    return io.BytesIO(file) if isinstance(file, bytes) else file.open("rb")


def _refuse_name(name: str, where: str, seen: set[str]) -> None:
    _refuse_escape(name, where)
    if name in seen and not name.endswith("/"):
        raise InputError(f"member {name} occurs twice", where, "unpack it and read the files you mean")
    seen.add(name)


def _refuse_escape(name: str, where: str, depth: int = 0) -> None:
    """Refuse a name that is absolute, has a drive, or climbs above the bundle from `depth` folders below its top."""
    path = PurePosixPath(name.replace("\\", "/"))
    outside = path.is_absolute() or re.match(r"[A-Za-z]:", name) is not None
    for part in path.parts:
        depth += -1 if part == ".." else 1
        outside |= depth < 0
    if outside:
        raise InputError(f"member {name!r} leads out of its folder", where, _DISTRUST)
