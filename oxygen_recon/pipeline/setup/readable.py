"""Whether tables of one's own can be read, by their first rows and by the reader of the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from oxygen_recon.observations.collection import Item, PassedOver
from oxygen_recon.observations.discover import Archive
from qc.readers import registry
from qc.readers.delimited import detect, reader
from qc.readers.delimited.description import TableSpec
from qc.readers.files.source import Source

_READ = 20  # tables whose rows are read: 64 KiB of each take about 20 ms
_NAMED = 3  # tables without a description that are named


def own_table(item: Item) -> bool:
    """Tell whether an item is a table of one's own that a description is given for.

    Parameters
    ----------
    item : Item
        As from a source.
    """
    archive = item.read
    described = isinstance(archive, Archive) and (archive.spec is not None or archive.fallback is not None)
    return described and item.key.split("-")[0] in ("table", "file")


def refuse_unreadable(items: Iterable[Item]) -> None:
    """Refuse what reading the files would: a question to the user, and the faults of the first rows of own tables.

    Parameters
    ----------
    items : iterable of Item
        As from a source; of own tables the first 20 are read.

    Raises
    ------
    InputError
        As reading the file does: two descriptions fit, a column is missing, a date or a number has another form, a unit
        is unknown.
    """
    left = _READ
    for item in items:
        archive = item.read
        if isinstance(archive, Archive) and archive.candidates:
            archive([])  # raises the question
        if left and isinstance(archive, Archive) and own_table(item):
            left -= 1
            _read_beginning(archive)


def undescribed(items: Iterable[Item]) -> Iterator[str]:
    """Name tables of one's own that no description fits, which a run passes over.

    Parameters
    ----------
    items : iterable of Item
        As from a source.

    Yields
    ------
    str
        How to describe them, one line each for the first three; a line for the others.
    """
    found = 0
    for item in items:
        archive = item.read
        if not isinstance(archive, Archive) or own_table(item) or archive.spec or detect.head(archive.path) is None:
            continue
        if registry.detect_format(archive.path) != "unknown":
            continue
        found += 1
        if found > _NAMED:
            continue
        try:
            archive([])
        except PassedOver as reason:
            yield str(reason)
    if found > _NAMED:
        yield f"{found - _NAMED} more text files that nothing describes"


def _read_beginning(archive: Archive) -> None:
    """Read the first rows of a table as the run will."""
    source, spec = detect.head(archive.path), archive.spec
    if source is None:
        return
    if spec is None and registry.detect_format(archive.path) == "unknown":
        spec = archive.fallback
    if spec is not None and spec.join is None and _has_rows(source, spec, archive.path):  # a joined table is read whole
        reader.read(source, spec, archive.policy)


def _has_rows(source: Source, spec: TableSpec, path: Path) -> bool:
    """Tell whether the header and a row are in what is read of the file, or that is all there is."""
    if len(source.bytes()) >= path.stat().st_size:
        return True
    lines = source.text(spec.layout.encoding).split("\n")[spec.layout.skip_rows :]
    comment = spec.layout.comment
    return sum(bool(line.strip()) and not (comment and line.startswith(comment)) for line in lines) > 1
