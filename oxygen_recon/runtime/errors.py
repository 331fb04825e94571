"""One-line errors for damaged files that this package wrote."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qc.errors import InputError


@contextmanager
def naming_damage(path: Path, fix: str = "remove it and run the same command again") -> Iterator[None]:
    """Turn whatever a library raises for a damaged file of this package into one line that names the file.

    Parameters
    ----------
    path : Path
        What is being read.
    fix : str
        What the user can do about it.

    Raises
    ------
    InputError
        If the block fails. System errors of a file (it is missing, it may not be read) and of memory pass unchanged.
    """
    try:
        yield
    except Exception as error:  # bytes at random make zip, zlib, numpy and parquet raise nearly anything
        if isinstance(error, (InputError, MemoryError)) or (isinstance(error, OSError) and error.errno is not None):
            raise
        raise InputError("is damaged", str(path), fix) from error
