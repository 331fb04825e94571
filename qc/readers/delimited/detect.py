"""Which description a delimited table answers to: told by its header, never by its name."""

import gzip
import zlib
from collections.abc import Mapping
from pathlib import Path

from qc.errors import printable
from qc.readers.delimited import text as delimited
from qc.readers.delimited.description import Layout, TableSpec
from qc.readers.files.source import Source, form

_HEAD = 1 << 16  # bytes looked at: comments and a header
_LEAST = 3  # fields, fewer of which make no header of a table with positions


def head(path: Path) -> Source | None:
    """Look at the first lines of a text.

    Parameters
    ----------
    path : Path
        A file, plain or gzipped.

    Returns
    -------
    Source or None
        Its first whole lines; None for what is no text, a bundle, or cannot be read.
    """
    if not path.is_file():  # a pipe would be waited for
        return None
    try:
        with path.open("rb") as file:
            kind = form(first := file.read(512))
            raw = first + file.read(_HEAD) if kind == "text" else b""
        if kind == "gzip":
            with gzip.open(path) as packed:
                raw = packed.read(_HEAD)
    except (OSError, EOFError, zlib.error):
        return None
    if not raw or form(raw) != "text":
        return None
    whole = raw[: raw.rfind(b"\n") + 1] or raw  # a letter of several bytes may be cut
    return Source(printable(path.name), data=whole, folder=path.parent)


def best(source: Source, specs: Mapping[str, TableSpec]) -> list[str]:
    """Name the descriptions that fit a table best.

    Parameters
    ----------
    source : Source
        The table, or its first lines; the companion that a description joins lies in the same folder.
    specs : mapping of str to TableSpec
        Descriptions by name. One that names columns by position says nothing of a header and fits none.

    Returns
    -------
    list of str
        Of those whose columns are all there, the one that uses most of them; several where they use as many. If there
        is none, those that lack a companion only. Empty if none fits.
    """
    known = {name: spec for name, spec in specs.items() if not spec.layout.names}
    here = {name: set(delimited.headed(source, spec.layout)[3]) for name, spec in known.items()}
    both = {name: here[name] | _joined(source, spec) for name, spec in known.items()}
    used = {name: len(spec.used & both[name]) for name, spec in known.items() if spec.needed <= both[name]}
    if used:
        return [name for name, number in used.items() if number == max(used.values())]
    return [name for name, spec in known.items() if spec.join and {spec.join.by, spec.columns["oxygen"]} <= here[name]]


def columns(source: Source) -> list[str]:
    """Guess the columns of a delimited table that nobody described; empty for what looks like none."""
    found = max((delimited.headed(source, Layout(delimiter=one))[3] for one in "\t,;|"), key=len)
    return found if len(found) >= _LEAST else []


def _joined(source: Source, spec: TableSpec) -> set[str]:
    """Columns of the companion that a description joins; none unless both have the column that joins them."""
    if spec.join is None or source.folder is None:
        return set()
    other = head(spec.join.beside(source.folder))
    names = set(delimited.headed(other, spec.join.layout)[3]) if other else set()
    both = {*delimited.headed(source, spec.layout)[3]} & names
    return names if spec.join.by in both else set()
