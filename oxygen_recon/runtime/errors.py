"""Damaged files of our own, told in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qc.errors import InputError


@contextmanager
def naming_damage(path: Path, fix: str = "remove it and run the same command again") -> Iterator[None]:
    """Turn whatever a library says of a damaged file of the house's own into one line that names the file.

    Parameters
    ----------
    path : Path
        What is being read.
    fix : str
        What the user can do about it.

    Raises
    ------
    InputError
        If the block fails; what the system says of a file (there is none, it may not be read) or of memory passes
        as it is.
    """
    try:
        yield
    except Exception as error:  # bytes at random make zip, zlib, numpy and parquet raise nearly anything
        if isinstance(error, (InputError, MemoryError)) or (isinstance(error, OSError) and error.errno is not None):
            raise
        raise InputError("is damaged", str(path), fix) from error
