"""Structure of netCDF classic files: whether a file is as long as its header says.

The library reads lost values as zeros, and believes any count of a damaged header. Format: Unidata, NetCDF Classic
Format Specification (CDF-1, CDF-2), and its extension CDF-5.
"""

import mmap
import struct
from math import prod

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}  # bytes of nc_type; from 7 CDF-5 alone
_DIMENSIONS, _VARIABLES, _ATTRIBUTES = 10, 11, 12  # tags
_STREAMING = (2**32 - 1, 2**64 - 1)  # the number of records is not written


class Damaged(ValueError):
    """The header contradicts itself or the length of the file."""


class _Header:
    """A place in a header, that moves on as it is read."""

    def __init__(self, raw: bytes | mmap.mmap) -> None:
        self.raw, self.at = raw, 4
        self.count = ">Q" if raw[3] == 5 else ">I"  # of elements
        self.place = ">I" if raw[3] == 1 else ">Q"  # where a variable begins

    def number(self, form: str) -> int:
        (value,) = struct.unpack_from(form, self.raw, self.at)
        self.at += struct.calcsize(form)
        return int(value)

    def skip(self, n: int) -> None:
        self.at += -(-n // 4) * 4
        if self.at > len(self.raw):
            raise Damaged("the header breaks off")

    def list_of(self, tag: int) -> range:
        found, n = self.number(">I"), self.number(self.count)
        if found != tag and (found, n) != (0, 0):
            raise Damaged(f"no list where one should be, at byte {self.at}")
        return range(n)

    def attributes(self) -> None:
        for _ in self.list_of(_ATTRIBUTES):
            self.skip(self.number(self.count))
            size = _SIZES[self.number(">I")]
            self.skip(size * self.number(self.count))


def refuse_damaged(raw: bytes | mmap.mmap) -> None:
    """Walk through the header of a netCDF classic file.

    Parameters
    ----------
    raw : bytes or mmap
        The whole file.

    Raises
    ------
    Damaged
        If the header breaks its rules, or the file ends before the values of a variable do.
    """
    try:
        end = _end(_Header(raw))
    except (struct.error, KeyError, IndexError, OverflowError) as error:
        raise Damaged("the header is damaged") from error
    if end > len(raw):
        raise Damaged(f"{len(raw)} bytes, its header says {end}")


def _end(header: _Header) -> int:
    """Return the byte behind the last value."""
    records = header.number(header.count)
    sizes = []
    for _ in header.list_of(_DIMENSIONS):
        header.skip(header.number(header.count))
        sizes.append(header.number(header.count))
    header.attributes()
    fixed, recorded = [header.at], []
    for _ in header.list_of(_VARIABLES):
        header.skip(header.number(header.count))
        n = header.number(header.count)
        if n > 1024:  # the library's own limit
            raise Damaged(f"a variable of {n} dimensions")
        shape = [sizes[header.number(header.count)] for _ in range(n)]
        header.attributes()
        each = _SIZES[header.number(">I")]
        header.number(header.count)  # vsize, which wraps round above 4 GiB
        begin = header.number(header.place)
        if shape and shape[0] == 0:
            recorded.append((begin, each * prod(shape[1:])))
        else:
            fixed.append(begin + each * prod(shape))
    if not recorded or records in (0, *_STREAMING):
        return max(fixed)
    stride = sum(-(-size // 4) * 4 for _, size in recorded) if len(recorded) > 1 else recorded[0][1]
    return max(*fixed, *(begin + (records - 1) * stride + size for begin, size in recorded))
