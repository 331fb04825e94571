"""Files and folders that are there whole or not at all, locks that one command holds, and checksums."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from qc.errors import InputError

_FULL = 4 * 2**20  # bytes: what is left may be less than the next piece to be written
_RETRY_LOCK = 0.2  # s: a lock file that its last holder removes as we open it needs a second attempt


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; what is written there takes the name `path` when the block succeeds.

    Parameters
    ----------
    path : Path
        File or folder to be made; its parent folder is made, an older one of the name is replaced.

    Yields
    ------
    Path
        The temporary name. Whatever lies there is removed when the block fails.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{path.name}")
    remove(partial)
    try:
        with naming_a_full_disk(path):
            yield partial
            if path.is_dir():
                remove(path)
            partial.replace(path)
    finally:
        remove(partial)


@contextmanager
def naming_a_full_disk(path: Path) -> Iterator[None]:
    """Turn whatever a library says when it cannot write into ENOSPC, where the disk is full.

    HDF5 says "HDF error", numpy "48180 requested and 33760 written": neither tells a user to free some space.

    Parameters
    ----------
    path : Path
        What is being written; its folder exists.

    Raises
    ------
    OSError
        ENOSPC, from the library's own error.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        if shutil.disk_usage(path.parent).free < _FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
        raise


def remove(path: Path) -> None:
    """Remove a file, or a folder with all in it; nothing there is no error."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def locked(path: Path, taken: InputError) -> Iterator[None]:
    """Hold the lock of a file; where the file system has no locks, or the file cannot be written, go on without.

    The kernel frees the lock however its holder ends.

    Parameters
    ----------
    path : Path
        The lock file, in a folder that exists; made if there is none, and left. Its holder may remove it.
    taken : InputError
        The error where another command holds the lock.

    Raises
    ------
    InputError
        `taken`.
    """
    lock = FileLock(path, fallback_to_soft=False)  # a file that only exists would outlast a killed command
    try:
        lock.acquire(timeout=_RETRY_LOCK, poll_interval=_RETRY_LOCK / 4)
    except Timeout as error:
        raise taken from error
    except (OSError, NotImplementedError):
        pass
    try:
        yield
    finally:
        lock.release()


def locked_folder(folder: Path) -> AbstractContextManager[None]:
    """Keep a second command out of a folder while a block runs, by the lock of a file `.lock` in it.

    Parameters
    ----------
    folder : Path
        An existing folder.

    Returns
    -------
    context manager
        Holds the lock within its block.

    Raises
    ------
    InputError
        If another command is at work in the folder.
    """
    taken = InputError("another command is at work in it", str(folder), "wait until it has ended")
    return locked(folder / ".lock", taken)


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file of any size, 64 hexadecimal digits.

    Parameters
    ----------
    path : Path
        The file.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
