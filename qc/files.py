"""Files and folders that are written whole or not at all."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FULL = 4 * 2**20  # bytes: what is left may be less than the next piece to be written
_OF_WRITING = (errno.EFBIG, errno.ENOSPC, errno.EDQUOT)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; what is written there takes the name `path` when the block succeeds.

    Parameters
    ----------
    path : Path
        File or folder to be made; its parent folder is made. A file replaces an older file or folder of the name, a
        folder an older folder.

    Yields
    ------
    Path
        The temporary name. What lies there is removed when the block fails.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.txt"
    >>> with replacing(path) as partial:
    ...     _ = partial.write_text("whole")
    >>> path.read_text(), partial.exists()
    ('whole', False)
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{path.name}")
    remove(partial)
    try:
        with naming_what_is_written(path):
            yield partial
            if path.is_dir():
                remove(path)
            partial.replace(path)
    finally:
        remove(partial)


@contextmanager
def naming_what_is_written(path: Path) -> Iterator[None]:
    """Name the file in the error of a system or library that cannot write it, and a full disk where that is the reason.

    HDF5 raises "HDF error", numpy "48180 requested and 33760 written": neither means free some space to a user.

    Parameters
    ----------
    path : Path
        What is being written; its folder exists.

    Raises
    ------
    OSError
        ENOSPC where the disk is full, else the number of the error itself, EIO where it has none.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        if shutil.disk_usage(path.parent).free < _FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
        number = getattr(error, "errno", None)
        if number in _OF_WRITING and getattr(error, "filename", None) is None:
            raise OSError(number, os.strerror(number), str(path)) from error
        if number is None and (isinstance(error, OSError) or str(error).startswith("NetCDF: ")):
            raise OSError(errno.EIO, f"cannot be written ({error})", str(path)) from error
        raise


def remove(path: Path) -> None:
    """Remove a file, or a folder with all its content; it is no error if there is none.

    Parameters
    ----------
    path : Path
        File or folder.
    """
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
