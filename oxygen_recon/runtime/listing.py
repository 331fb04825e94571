"""Files behind names of files, folders and patterns; a link to a folder is followed, and no folder is listed twice."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

from qc.errors import printable

Unlisted = Callable[[Path, str], object]
"""Receives a folder that cannot be listed, and why."""


def files(name: str, unlisted: Unlisted) -> Iterator[Path]:
    """Give the files behind one name, as absolute paths.

    Parameters
    ----------
    name : str
        A file; a folder, searched with all below, hidden files left out; or a pattern with ``*`` and, for any depth,
        ``**``. Links to folders are followed, after what is no link; a folder is searched once, wherever links lead.
    unlisted : callable
        Receives a folder that cannot be listed, and why.

    Yields
    ------
    Path
        Also a link that leads nowhere.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp(), "casts")
    >>> folder.mkdir()
    >>> _ = (folder / "a.nc").write_text("")
    >>> (folder / "again").symlink_to(folder)
    >>> [path.name for path in files(str(folder), print)]
    ['a.nc']
    """
    path = Path(os.path.abspath(name))
    if path.is_dir():
        for folder, names in _folders(path, unlisted):
            yield from (folder / file for file in names if not file.startswith("."))
    elif os.path.lexists(path):
        yield path
    elif glob.has_magic(name):
        yield from (found for found in _matching(Path(path.anchor), path.parts[1:], unlisted) if not found.is_dir())


def _folders(top: Path, unlisted: Unlisted) -> Iterator[tuple[Path, list[str]]]:
    """Yield a folder and all that are not hidden below it, with the names of their files."""
    searched: set[str] = set()
    tops = [str(top)]
    while tops:
        links: list[str] = []
        for start in tops:
            for folder, below, names in os.walk(start, onerror=lambda error: unlisted(*_place(error, top))):
                if (place := os.path.realpath(folder)) in searched:  # by a link, which may lead in a circle
                    below.clear()
                    continue
                searched.add(place)
                below[:] = sorted(one for one in below if not one.startswith("."))
                links += [path for one in below if os.path.islink(path := os.path.join(folder, one))]
                yield Path(folder), sorted(names)
        tops = links


def _matching(folder: Path, pattern: Sequence[str], unlisted: Unlisted) -> Iterator[Path]:
    """Yield what matches the components of a pattern below a folder; ** stands for any number of them."""
    if not pattern:
        yield folder
        return
    first, rest = pattern[0], pattern[1:]
    if first == "**":
        for below, _ in _folders(folder, unlisted) if folder.is_dir() else ():
            yield from _matching(below, rest or ["*"], unlisted)
    elif not glob.has_magic(first):
        if os.path.lexists(folder / first):
            yield from _matching(folder / first, rest, unlisted)
    else:
        for one in _names(folder, unlisted):
            if fnmatch(one, first) and one.startswith(".") <= first.startswith("."):
                yield from _matching(folder / one, rest, unlisted)


def _names(folder: Path, unlisted: Unlisted) -> list[str]:
    """Return the names in a folder; none where it is a file."""
    try:
        return sorted(os.listdir(folder))
    except (NotADirectoryError, FileNotFoundError):
        return []
    except OSError as error:
        unlisted(*_place(error, folder))
        return []


def _place(error: OSError, folder: Path) -> tuple[Path, str]:
    """Return the folder of an error, and its reason."""
    return Path(error.filename or folder), error.strerror or str(error)


def is_named_by(names: Sequence[str], file: str) -> bool:
    """Tell whether a path is one of the names, lies in one of the folders, or matches one of the patterns.

    Parameters
    ----------
    names : sequence of str
        As for `files`.
    file : str
        Absolute path, printable.

    Examples
    --------
    >>> is_named_by(["/data/**/*.nc"], "/data/wod/a.nc"), is_named_by(["/data/argo"], "/data/wod/a.nc")
    (True, False)
    """
    for name in names:
        path = printable(os.path.abspath(name))
        if file == path or file.startswith(path.rstrip(os.sep) + os.sep):
            return True
        if glob.has_magic(name) and _matches(path.split(os.sep), file.split(os.sep)):
            return True
    return False


def _matches(pattern: Sequence[str], path: Sequence[str]) -> bool:
    """Compare component by component, as `files` does."""
    if not pattern:
        return not path
    if pattern[0] == "**":
        return any(_matches(pattern[1:], path[i:]) for i in range(len(path) + 1))
    return bool(path) and fnmatch(path[0], pattern[0]) and _matches(pattern[1:], path[1:])
