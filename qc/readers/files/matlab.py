"""MATLAB 5 files: which variables they hold, and their arrays.

Format: The MathWorks, MAT-File Format, "Level 5 MAT-File Format".
"""

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from qc.errors import InputError
from qc.readers.files import unpack
from qc.readers.files.source import Source

_HEADER = 128  # bytes of text, version and byte order before the first element
_MATRIX, _COMPRESSED = 14, 15  # types of an element: an array, and one that is packed by zlib
_HEAD = 1024  # bytes of an array that hold its name: flags, up to a hundred dimensions, 63 characters


def names(source: Source) -> list[str]:
    """Return the names of the variables, by one walk over the heads of the elements: no array is unpacked.

    Raises
    ------
    InputError
        If the file is no MATLAB 5 file or breaks off.
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


def arrays(source: Source, wanted: list[str]) -> dict[str, Any]:
    """Return variables as arrays, each with at least one dimension.

    Raises
    ------
    InputError
        If the file is no MATLAB 5 file, breaks off, or unpacks to more than a limit allows.
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    raw = _raw(source)
    _refuse_unsound(raw, source)
    try:
        loaded = loadmat(io.BytesIO(raw), variable_names=wanted, squeeze_me=True)
        return {name: np.atleast_1d(loaded[name]) for name in wanted}
    except (MatReadError, ValueError, TypeError, KeyError, NotImplementedError, OSError, zlib.error) as error:
        raise InputError(f"not a readable MATLAB 5 file ({str(error)[:80]})", source.name, "get it again") from error


def _raw(source: Source) -> bytes:
    raw = source.bytes()
    if raw.startswith(b"MATLAB 7.3"):
        raise InputError("MATLAB 7.3 (HDF5) is not read", source.name, "use the csv, or save it as version 5")
    return raw


def _order(raw: bytes) -> str:
    """Return the byte order as `struct` writes it; empty where there is none."""
    return {b"IM": "<", b"MI": ">"}.get(raw[126:128], "")


def _elements(raw: bytes, source: Source) -> Iterator[tuple[int, memoryview]]:
    """Give type and bytes of each element; raise where the file breaks off, over which scipy passes silently."""
    order, position = _order(raw), _HEADER
    while order and position + 8 <= len(raw):
        kind, size = struct.unpack_from(f"{order}2I", raw, position)
        position += 8 + size
        if position <= len(raw):
            yield kind, memoryview(raw)[position - size : position]
    if not order or position != len(raw):
        raise InputError("the MATLAB file breaks off", source.name, "is it truncated? get it again")


def _name(head: bytes, order: str) -> str:
    """Read the name of an array: the third of its parts, behind flags and dimensions."""
    at = 0
    for _ in range(2):
        (size,) = struct.unpack_from(f"{order}I", head, at + 4)
        at += 8 + -(-size // 8) * 8
    kind, size = struct.unpack_from(f"{order}2I", head, at)
    if kind >> 16:  # no more than four bytes: they stand in the tag itself
        return head[at + 4 : at + 4 + (kind >> 16)].decode("latin-1")
    return head[at + 8 : at + 8 + size].decode("latin-1")


def _refuse_unsound(raw: bytes, source: Source) -> None:
    """Unpack element after element, and forget it: scipy unpacks any bomb."""
    allowance = unpack.Allowance(source.name, len(raw))
    try:
        for kind, element in _elements(raw, source):
            if kind == _COMPRESSED:
                allowance.inflate(bytes(element))
    except zlib.error as error:
        raise InputError(f"not a readable MATLAB 5 file ({error})", source.name, "get it again") from error
