"""Detection of the description that fits a delimited table, by the columns of its header."""

import lzma
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from qc.errors import printable
from qc.readers.delimited.description import TableSpec
from qc.readers.delimited.description_parts import Layout
from qc.readers.delimited.text import read_header
from qc.readers.files import streams
from qc.readers.files.file_types import file_type
from qc.readers.files.source import Source

_HEAD = 1 << 16  # bytes that are read: comments and a header
_LEAST = 3  # fields of the header of a table with positions


def head(path: Path) -> Source | None:
    """Read the first lines of a text.

    Parameters
    ----------
    path : Path
        A file, plain or compressed.

    Returns
    -------
    Source or None
        Its first complete lines; None for a bundle, a file that is no text, or one that cannot be read.
    """
    try:
        if not path.is_file():  # reading a pipe would block
            return None
        with path.open("rb") as file:
            found = file_type(first := file.read(512))
            raw = first + file.read(_HEAD) if found == "text" else b""
        if found in streams.KINDS:
            with path.open("rb") as file:
                raw = _first(streams.blocks(found, file))
    except (OSError, EOFError, zlib.error, lzma.LZMAError):
        return None
    if not raw or file_type(raw) != "text":
        return None
    whole = raw[: raw.rfind(b"\n") + 1] or raw  # a character of several bytes may be incomplete
    return Source(printable(path.name), data=whole, folder=path.parent)


def _first(blocks: Iterator[bytes]) -> bytes:
    """Return the first bytes of a file that is compressed."""
    raw = b""
    for block in blocks:
        raw += block
        if len(raw) >= _HEAD:
            break
    return raw[:_HEAD]


def matching_descriptions(source: Source, specs: Mapping[str, TableSpec]) -> list[str]:
    """Return the names of the descriptions that fit a table best.

    Parameters
    ----------
    source : Source
        The table, or its first lines; the second table that a description joins is in the same folder.
    specs : mapping of str to TableSpec
        Descriptions by name. One that names columns by position does not describe a header and fits no table.

    Returns
    -------
    list of str
        Of those whose required columns the table has, the one that uses most columns; several where they use equally
        many. If there is none, those of which only the second table is missing. Empty if none fits.
    """
    by_name = {name: spec for name, spec in specs.items() if not spec.layout.names}
    here = {name: set(read_header(source, spec.layout)[3]) for name, spec in by_name.items()}
    both = {name: here[name] | _joined_columns(source, spec) for name, spec in by_name.items()}
    used = {
        name: len(spec.used_columns & both[name])
        for name, spec in by_name.items()
        if spec.required_columns <= both[name]
    }
    if used:
        return [name for name, number in used.items() if number == max(used.values())]
    return [
        name for name, spec in by_name.items() if spec.join and {spec.join.by, spec.columns["oxygen"]} <= here[name]
    ]


def columns(source: Source) -> list[str]:
    """Return the columns of a delimited table without a description, with the delimiter that gives most of them.

    Parameters
    ----------
    source : Source
        The table, or its first lines.

    Returns
    -------
    list of str
        Empty where the text is not likely a table.
    """
    found = max((read_header(source, Layout(delimiter=one))[3] for one in "\t,;|"), key=len)
    return found if len(found) >= _LEAST else []


def _joined_columns(source: Source, spec: TableSpec) -> set[str]:
    """Return the columns of the table that a description joins; none unless both have the column of the join."""
    if spec.join is None or source.folder is None:
        return set()
    second = head(spec.join.path_in(source.folder))
    names = set(read_header(second, spec.join.layout)[3]) if second else set()
    both = {*read_header(source, spec.layout)[3]} & names
    return names if spec.join.by in both else set()
