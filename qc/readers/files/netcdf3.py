"""Structure check of netCDF classic files: it compares the length of a file with the one that its header implies.

The netCDF library reads the values that a truncated file lacks as zeros, and trusts every count of a damaged header.
Format: Unidata, NetCDF Classic Format Specification (CDF-1, CDF-2), and its extension CDF-5.
"""

import mmap
import struct
from math import prod

_SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 4,
    6: 8,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 8,
}  # bytes of each nc_type; those from 7 on are of CDF-5
_DIMENSIONS, _VARIABLES, _ATTRIBUTES = 10, 11, 12  # tags
_NUMBERS = {code: struct.Struct(code) for code in (">I", ">Q", ">II", ">IQ")}
_STREAMING = (2**32 - 1, 2**64 - 1)  # the number of records is not written


class Damaged(ValueError):
    """The header contradicts itself or the length of the file."""


class _Header:
    """A header and the position up to which it has been read."""

    def __init__(self, raw: bytes | mmap.mmap) -> None:
        self.raw, self.position = raw, 4
        self.word = _NUMBERS[">I"]
        self.count = _NUMBERS[">Q" if raw[3] == 5 else ">I"]  # of elements
        self.kind_and_length = _NUMBERS[">IQ" if raw[3] == 5 else ">II"]
        self.offset = _NUMBERS[">I" if raw[3] == 1 else ">Q"]  # of the first byte of a variable

    def number(self, form: struct.Struct) -> int:
        """Read a number."""
        value: int = form.unpack_from(self.raw, self.position)[0]
        self.position += form.size
        return value

    def skip(self, n: int) -> None:
        """Move on by `n` bytes and their padding to four."""
        self.position += -(-n // 4) * 4
        if self.position > len(self.raw):
            raise Damaged("the header is truncated")

    def list_of(self, tag: int) -> range:
        """Read the head of a list of dimensions, attributes or variables; return the numbers of its elements."""
        found, n = self.number(self.word), self.number(self.count)
        if found != tag and (found, n) != (0, 0):
            raise Damaged(f"a list is missing at byte {self.position}")
        return range(n)

    def attributes(self) -> None:
        """Move on past a list of attributes, by two reads for each: a file of one profile has hundreds."""
        for _ in self.list_of(_ATTRIBUTES):
            self.skip(self.number(self.count))
            kind, length = self.kind_and_length.unpack_from(self.raw, self.position)
            self.position += self.kind_and_length.size
            self.skip(_SIZES[kind] * length)


def check_structure(raw: bytes | mmap.mmap) -> None:
    """Check that a netCDF classic file is as long as its header implies.

    Parameters
    ----------
    raw : bytes or mmap
        The whole file.

    Raises
    ------
    Damaged
        If the header breaks the rules of the format, or the file ends before the values of a variable do.
    """
    try:
        end = _end(_Header(raw))
    except (struct.error, KeyError, IndexError, OverflowError) as error:
        raise Damaged("the header is damaged") from error
    if end > len(raw):
        raise Damaged(f"{len(raw)} bytes, its header requires {end}")


def _end(header: _Header) -> int:
    """Return the position of the byte after the last value."""
    records = header.number(header.count)
    sizes = []
    for _ in header.list_of(_DIMENSIONS):
        header.skip(header.number(header.count))
        sizes.append(header.number(header.count))
    header.attributes()
    fixed, recorded = [header.position], []
    for _ in header.list_of(_VARIABLES):
        header.skip(header.number(header.count))
        n = header.number(header.count)
        if n > 1024:  # the library's own limit
            raise Damaged(f"a variable of {n} dimensions")
        shape = [sizes[header.number(header.count)] for _ in range(n)]
        header.attributes()
        each = _SIZES[header.number(header.word)]
        header.number(header.count)  # vsize, which overflows above 4 GiB
        begin = header.number(header.offset)
        if shape and shape[0] == 0:
            recorded.append((begin, each * prod(shape[1:])))
        else:
            fixed.append(begin + each * prod(shape))
    if not recorded or records in (0, *_STREAMING):
        return max(fixed)
    stride = sum(-(-size // 4) * 4 for _, size in recorded) if len(recorded) > 1 else recorded[0][1]
    return max(*fixed, *(begin + (records - 1) * stride + size for begin, size in recorded))
