"""MATLAB 5 files: names of their variables, and their arrays.

Format: The MathWorks, MAT-File Format, "Level 5 MAT-File Format".
"""

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from qc.errors import InputError
from qc.readers.files import limits
from qc.readers.files.source import Source

_HEADER = 128  # bytes of text, version and byte order before the first element
_MATRIX, _COMPRESSED = 14, 15  # types of an element: an array, and one that zlib compressed
_HEAD = 1024  # bytes of an array that hold its name: flags, up to a hundred dimensions, 63 characters


def names(source: Source) -> list[str]:
    """Return the names of the variables; only the heads of the elements are read, no array is decompressed.

    Parameters
    ----------
    source : Source
        The file.

    Returns
    -------
    list of str
        In the order of the file.

    Raises
    ------
    InputError
        If the file is no MATLAB 5 file or is truncated.
    """
    raw = _raw(source)
    found = []
    try:
        for kind, element in _elements(raw, source):
            if kind == _COMPRESSED:
                head = zlib.decompressobj().decompress(element, _HEAD)
                kind, head = struct.unpack_from(f"{_order(raw)}I", head)[0], head[8:]
            else:
                head = bytes(element[:_HEAD])
            if kind == _MATRIX:
                found.append(_name(head, _order(raw)))
    except (struct.error, zlib.error) as error:
        raise InputError(f"not a readable MATLAB 5 file ({error})", source.name, "get it again") from error
    return found


def arrays(source: Source, variables: list[str]) -> dict[str, Any]:
    """Return variables as arrays, each with at least one dimension.

    Parameters
    ----------
    source : Source
        The file.
    variables : list of str
        Names of the variables to read.

    Returns
    -------
    dict of str to array
        In the shape of the file, less dimensions of length one.

    Raises
    ------
    InputError
        If the file is no MATLAB 5 file, is truncated, or decompresses to more than a limit allows.
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    raw = _raw(source)
    _check_elements(raw, source)
    try:
        loaded = loadmat(io.BytesIO(raw), variable_names=variables, squeeze_me=True)
        return {name: np.atleast_1d(loaded[name]) for name in variables}
    except (MatReadError, ValueError, TypeError, KeyError, NotImplementedError, OSError, zlib.error) as error:
        raise InputError(f"not a readable MATLAB 5 file ({str(error)[:80]})", source.name, "get it again") from error


def _raw(source: Source) -> bytes:
    """Return the bytes of a file; version 7.3 is refused."""
    raw = source.bytes()
    if raw.startswith(b"MATLAB 7.3"):
        raise InputError("MATLAB 7.3 (HDF5) is not read", source.name, "use the csv, or save it as version 5")
    return raw


def _order(raw: bytes) -> str:
    """Return the byte order as a `struct` character; empty where the header has none."""
    return {b"IM": "<", b"MI": ">"}.get(raw[126:128], "")


def _elements(raw: bytes, source: Source) -> Iterator[tuple[int, memoryview]]:
    """Yield type and bytes of each element; a truncated file raises, which scipy ignores."""
    order, position = _order(raw), _HEADER
    while order and position + 8 <= len(raw):
        kind, size = struct.unpack_from(f"{order}2I", raw, position)
        position += 8 + size
        if position <= len(raw):
            yield kind, memoryview(raw)[position - size : position]
    if not order or position != len(raw):
        raise InputError("the MATLAB file is truncated", source.name, "is it truncated? get it again")


def _name(head: bytes, order: str) -> str:
    """Return the name of an array: its third part, after flags and dimensions."""
    position = 0
    for _ in range(2):
        (size,) = struct.unpack_from(f"{order}I", head, position + 4)
        position += 8 + -(-size // 8) * 8
    kind, size = struct.unpack_from(f"{order}2I", head, position)
    if kind >> 16:  # four bytes or fewer are in the tag itself
        return head[position + 4 : position + 4 + (kind >> 16)].decode("latin-1")
    return head[position + 8 : position + 8 + size].decode("latin-1")


def _check_elements(raw: bytes, source: Source) -> None:
    """Decompress and discard each element within the limits, because scipy decompresses without any."""
    allowance = limits.Allowance(source.name, len(raw))
    try:
        for kind, element in _elements(raw, source):
            if kind == _COMPRESSED:
                allowance.inflate(bytes(element))
    except zlib.error as error:
        raise InputError(f"not a readable MATLAB 5 file ({error})", source.name, "get it again") from error
