"""MATLAB 5 files: which variables they hold, and their arrays."""

import io
import struct
import zlib
from typing import Any

import numpy as np

from qc.errors import InputError
from qc.readers import unpack
from qc.readers.source import Source

_HEADER = 128  # bytes of text, version and byte order before the first element
_COMPRESSED = 15  # type of an element that is packed by zlib


def names(source: Source) -> list[str]:
    """Return the names of the variables.

    Raises
    ------
    InputError
        If the file is no MATLAB 5 file or breaks off.
    """
    from scipy.io import whosmat

    return [name for name, _, _ in _read(whosmat, source)]


def arrays(source: Source, wanted: list[str]) -> dict[str, Any]:
    """Return variables as arrays, each with at least one dimension.

    Raises
    ------
    InputError
        If the file is no MATLAB 5 file or breaks off.
    """
    from scipy.io import loadmat

    loaded = _read(lambda file: loadmat(file, variable_names=wanted, squeeze_me=True), source)
    return {name: np.atleast_1d(loaded[name]) for name in wanted}


def _read(reader: Any, source: Source) -> Any:
    from scipy.io.matlab import MatReadError

    raw = source.bytes()
    if raw.startswith(b"MATLAB 7.3"):
        raise InputError("MATLAB 7.3 (HDF5) is not read", source.name, "use the csv, or save it as version 5")
    _refuse_unsound(raw, source)
    try:
        return reader(io.BytesIO(raw))
    except (MatReadError, ValueError, TypeError, KeyError, NotImplementedError, OSError, zlib.error) as error:
        raise InputError(f"not a readable MATLAB 5 file ({str(error)[:80]})", source.name, "get it again") from error


def _refuse_unsound(raw: bytes, source: Source) -> None:
    """Walk from element to element: scipy passes silently over what a cut-off file has lost, and unpacks any bomb."""
    order = {b"IM": "<", b"MI": ">"}.get(raw[126:128])
    allowance = unpack.Allowance(source.name, len(raw))
    position = _HEADER
    while order is not None and position + 8 <= len(raw):
        kind, size = struct.unpack(f"{order}2I", raw[position : position + 8])
        position += 8
        if kind == _COMPRESSED and position + size <= len(raw):
            try:
                allowance.inflate(raw[position : position + size])
            except zlib.error as error:
                raise InputError(f"not a readable MATLAB 5 file ({error})", source.name, "get it again") from error
        position += size
    if order is None or position != len(raw):
        raise InputError("the MATLAB file breaks off", source.name, "is it truncated? get it again")
