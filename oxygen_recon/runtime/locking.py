"""One command at a time: a lock on a file, which the kernel frees however its holder ends."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import IO

from qc.errors import InputError

try:
    import fcntl
except ImportError:  # Windows has no such locks
    fcntl = None  # type: ignore[assignment]


@contextmanager
def held(path: Path, taken: InputError) -> Iterator[None]:
    """Hold the lock of a file; where the file system has no locks, or the file cannot be written, go on without.

    Parameters
    ----------
    path : Path
        The file, in a folder that exists; made if there is none, and left. It may be renamed or removed meanwhile.
    taken : InputError
        What to say where another holds the lock.

    Raises
    ------
    InputError
        `taken`.
    """
    with ExitStack() as stack:
        while fcntl is not None:
            try:
                file = stack.enter_context(path.open("ab"))
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise taken from error
            except OSError:
                break
            if _is(file, path):  # else its last holder has just renamed or removed it
                break
        yield


def alone_in(folder: Path) -> AbstractContextManager[None]:
    """Keep a second command out of a folder while a block runs, by the lock of a file `.lock` in it.

    Parameters
    ----------
    folder : Path
        It exists.

    Raises
    ------
    InputError
        If another command is at work in it.
    """
    return held(
        folder / ".lock", InputError("another command is at work in it", str(folder), "wait until it has ended")
    )


def _is(file: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
