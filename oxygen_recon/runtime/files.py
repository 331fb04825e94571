"""Locks that one command holds, and checksums of files."""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from qc.errors import InputError

_RETRY_LOCK = 0.2  # s: a lock file that its last holder removes as we open it needs a second attempt


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
