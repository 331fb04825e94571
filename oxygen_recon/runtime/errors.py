"""One-line errors for damaged files that this package wrote, and for errors of the system."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qc.errors import InputError, printable

_TO_DO = {
    errno.ENOSPC: "no space left on the disk; free some and run the same command again",
    errno.EDQUOT: "the quota of the disk is used up; free some and run the same command again",
    errno.EFBIG: "larger than the disk or this shell (ulimit -f) allows; write elsewhere, or raise the limit",
    errno.EMFILE: "too many open files; use fewer --workers, or raise the limit of this shell (ulimit -n)",
}  # what the system calls them does not say what to do


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


def line_of(error: OSError) -> str:
    """Return one line for an error of the system, or of a library that could not read or write.

    Parameters
    ----------
    error : OSError
        The error.

    Returns
    -------
    str
        The file that it names, what is wrong, and what to do.

    Examples
    --------
    >>> line_of(OSError(errno.EFBIG, "File too large", "a.nc"))
    'a.nc: larger than the disk or this shell (ulimit -f) allows; write elsewhere, or raise the limit'
    """
    what = _TO_DO.get(error.errno or 0) or error.strerror or str(error) or type(error).__name__
    return printable(" ".join(f"{error.filename or 'output'}: {what}".split()))
