"""Members of a zip, also of one that has lost its end, where the list of its members is.

Format: PKWARE, .ZIP File Format Specification (APPNOTE.TXT) 6.3.10.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from typing import IO

from qc.errors import InputError, Refused
from qc.readers.files import limits

BROKEN = (EOFError, OSError, RuntimeError, NotImplementedError, ValueError, OverflowError, zlib.error, struct.error)
"""What the library raises for damaged members, and for those that need a password."""

_HEADER = struct.Struct("<4s5H3I2H")  # version, flags, method, time, date, CRC, sizes packed and not, lengths of names
_LOCAL, _DESCRIPTOR = b"PK\x03\x04", b"PK\x07\x08"
_ENCRYPTED, _SIZES_FOLLOW, _UTF8 = 1, 1 << 3, 1 << 11  # bits of the flags
_STORED, _DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
_LONG = 0xFFFFFFFF  # the size is in the extra field
_END, _LONGEST_END = b"PK\x05\x06", 22 + 65535  # bytes, with a comment
_MANY = 0xFFFF  # members or more
_LONGEST_NAME = 4096  # bytes: a longer one is damage


class _Unreadable(ValueError):
    """A member that is not decompressed, though it may be sound."""


def members(file: IO[bytes], name: str, allowance: limits.Allowance) -> Iterator[tuple[str, bytes] | Refused]:
    """Yield the members of a zip.

    Parameters
    ----------
    file : binary stream
        The zip.
    name : str
        Its name, for messages.
    allowance : Allowance
        Of the file on disk.

    Yields
    ------
    tuple of str and bytes, or Refused
        Names and contents in order; what cannot be read. Where the list of members at the end is lost, the members
        before the damage.

    Raises
    ------
    InputError
        If a limit is exceeded.
    """
    bundle = _listed(file)
    if bundle is None:
        yield from _recovered(file, name, allowance)
        yield Refused(
            f"its list of members is lost or damaged, and others may be lost; {limits.DAMAGE}",
            name,
        )
        return
    for member in bundle.infolist():
        if member.is_dir():
            continue
        where = f"{name}#{member.filename}"
        try:
            _check_method(member.flag_bits, member.compress_type)
            with bundle.open(member) as stream:
                data = allowance.read(iter(partial(stream.read, limits.CHUNK), b""), where)
        except InputError:
            raise
        except (zipfile.BadZipFile, *BROKEN) as error:
            yield Refused(_reason(error), where)
        else:
            yield member.filename, data


def is_workbook(file: IO[bytes]) -> bool:
    """Tell whether a zip is a workbook of Excel or of OpenDocument.

    Parameters
    ----------
    file : binary stream
        The zip.
    """
    bundle = _listed(file)
    if bundle is None:
        return False
    names = bundle.namelist()
    if "[Content_Types].xml" in names:
        return any(name.startswith("xl/") for name in names)
    file.seek(0)
    return names[:1] == ["mimetype"] and b"opendocument.spreadsheet" in file.read(128)


def _listed(file: IO[bytes]) -> zipfile.ZipFile | None:
    """Open a zip by the list at its end; None where that is lost or damaged."""
    try:
        bundle = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, *BROKEN):
        return None
    found = bundle.infolist()
    if min((member.header_offset for member in found), default=0) > 0:
        return None  # the list is that of a zip inside this one, whose own is cut off
    file.seek(max(0, file.seek(0, io.SEEK_END) - _LONGEST_END))
    end = file.read()
    (number,) = struct.unpack_from("<H", end, end.rfind(_END) + 10)  # of members, which the library does not compare
    return bundle if number in (len(found), _MANY) else None


def _check_method(flags: int, method: int) -> None:
    """Refuse a member that is encrypted, or compressed by a method that is not decompressed."""
    if flags & _ENCRYPTED:
        raise _Unreadable("is encrypted; unpack it with its password")
    if method not in (_STORED, _DEFLATED):
        # zipfile decompresses these without a bound: 4 kB of bzip2 may expand to gigabytes
        raise _Unreadable("has an unusual compression method; unpack it, and name the folder")


def _reason(error: Exception) -> str:
    """Say in one line why a member cannot be read."""
    why = " ".join(str(error).split())[:120] or type(error).__name__
    return why if isinstance(error, _Unreadable) else f"damaged ({why}); {limits.DAMAGE}"


def _recovered(file: IO[bytes], name: str, allowance: limits.Allowance) -> Iterator[tuple[str, bytes] | Refused]:
    """Yield the members by the headers in front of them, as far as these lead."""
    file.seek(0)
    while True:
        head = file.read(_HEADER.size)
        if len(head) < _HEADER.size or not head.startswith(_LOCAL):
            return
        _, _, flags, method, _, _, crc, packed, size, length, more = _HEADER.unpack(head)
        raw, extra = file.read(length), file.read(more)
        if len(raw) + len(extra) < length + more or length > _LONGEST_NAME:
            return
        member = raw.decode("utf-8" if flags & _UTF8 else "cp437", "replace")
        if member.endswith("/"):
            continue
        start = file.tell()
        where = f"{name}#{member}"
        try:
            _check_method(flags, method)
            if flags & _SIZES_FOLLOW and method == _STORED:
                raise _Unreadable(f"has its size at the end of the zip, which is lost; {limits.DAMAGE}")
            packed = _long_size(extra, size) if packed == _LONG else packed
            data = allowance.read(_content(file, method, packed), where)
            crc = _crc_behind(file) if flags & _SIZES_FOLLOW else crc
            if zlib.crc32(data) != crc:
                raise zipfile.BadZipFile("Bad CRC-32")
        except InputError:
            raise
        except (zipfile.BadZipFile, *BROKEN) as error:
            yield Refused(_reason(error), where)
            if flags & _SIZES_FOLLOW or isinstance(error, EOFError):
                return  # where the next one begins is not known
        else:
            yield member, data
        if not flags & _SIZES_FOLLOW:
            file.seek(start + packed)


def _content(file: IO[bytes], method: int, packed: int) -> Iterator[bytes]:
    """Yield the content of a member; the file is left where its compressed bytes end."""
    ends = EOFError("the zip ends inside it")
    if method == _STORED:
        while packed:
            if not (block := file.read(min(packed, limits.CHUNK))):
                raise ends
            packed -= len(block)
            yield block
        return
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    while not stream.eof:
        rest = stream.unconsumed_tail or file.read(limits.CHUNK)
        block = stream.decompress(rest, limits.CHUNK)
        if block:
            yield block
        elif not rest and not stream.eof:
            raise ends
    file.seek(-len(stream.unused_data), 1)


def _crc_behind(file: IO[bytes]) -> int:
    """Read the checksum behind a member whose sizes follow it; the file is left where the next one begins."""
    start = file.tell()
    tail = file.read(32)
    if len(tail) < 16:
        raise EOFError("the zip ends inside it")
    at = 4 if tail.startswith(_DESCRIPTOR) else 0
    following = tail.find(b"PK", at + 4)
    file.seek(start + (following if following > 0 else len(tail)))
    return int(struct.unpack_from("<I", tail, at)[0])


def _long_size(extra: bytes, size: int) -> int:
    """Return the packed size of a member that is beyond 4 GiB, or might have become so."""
    while extra:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == 1:  # the size, where it is as long, then the packed size
            return int(struct.unpack_from("<Q", extra, 12 if size == _LONG else 4)[0])
        extra = extra[4 + length :]
    raise zipfile.BadZipFile("no size")
