"""Which archive files share a part of a table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

# A part holds small files of so many bytes, and so many of them, on average: some 10^5 levels, which take longer than
# to open it; at most twice as much. A file of a quarter of that is a part of its own.
_BYTES, _FILES, _TWICE, _QUARTER = 2**25, 512, 2.0, 0.25
_PACKED, _UNPACKED = (".gz", ".zip", ".bz2", ".xz", ".tgz"), 8  # times their size, roughly


def plan(files: Iterable[tuple[str, str, int | None]]) -> dict[str, list[str]]:
    """Divide archive files among parts: small files share one, in order of name.

    Where a part ends depends on the names and sizes of the files near its end only, so that a file that is added,
    changed or removed changes its own part and rarely one beside it. Files of one name are in different parts, since
    nothing else would keep their casts apart.

    Parameters
    ----------
    files : iterable of (file, key, bytes)
        Where each comes from, the name of its content, and its size; None for a part of its own.

    Returns
    -------
    dict
        Name of each part, which depends on the content of its files, to their keys.

    Examples
    --------
    >>> plan([("in/b_2.nc", "b_2-f0", 9000), ("in/a_1.nc", "a_1-7c", 9000), ("in/large.nc", "large-3a", 10**9)])
    {'large-3a': ['large-3a'], 'a_1-and-1-more-e1f0905ec88390ed': ['a_1-7c', 'b_2-f0']}
    """
    single: list[list[str]] = []
    shared: list[list[str]] = []
    names: set[str] = set()
    filled, ends = 0.0, True
    for file, key, size in sorted(files):
        share = share_of_part(file, size)
        if share >= _QUARTER:
            single.append([key])
            continue
        share, name = max(share, 1 / _FILES), file.rsplit("/", 1)[-1]
        if ends or name in names:
            shared.append([])
            names, filled = set(), 0.0
        shared[-1].append(key)
        names.add(name)
        filled += share
        ends = filled >= _TWICE or int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) < share * 16**8
    return {_name(keys): keys for keys in [*single, *shared]}


def share_of_part(file: str, size: int | None) -> float:
    """Estimate how many parts of the usual size a file would fill; 1 where its size is not known.

    Parameters
    ----------
    file : str
        Where it comes from: its ending tells whether it is packed.
    size : int or None
        Its bytes.

    Examples
    --------
    >>> share_of_part("casts.nc", 2**25), share_of_part("casts.csv.gz", 2**25), share_of_part("casts.nc", None)
    (1.0, 8.0, 1.0)
    """
    return 1.0 if size is None else size * (_UNPACKED if file.endswith(_PACKED) else 1) / _BYTES


def _name(keys: Sequence[str]) -> str:
    """Name a part: as its file, or by the content of all its files."""
    if len(keys) == 1:
        return keys[0]
    content = hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]
    return f"{keys[0].rpartition('-')[0]}-and-{len(keys) - 1}-more-{content}"
