"""From names of files, folders and patterns to archive files and the calls that read them."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import cast, get_args

import pyarrow as pa

from oxygen_recon.observations import catalog
from oxygen_recon.observations.collection import Item, PassedOver, key_of
from qc.errors import InputError, printable
from qc.physics import seawater
from qc.readers import registry as readers
from qc.readers.delimited import detect as table_match
from qc.readers.delimited.description import TableSpec
from qc.readers.wod.ascii import Unit

Described = tuple[str, TableSpec, seawater.Policy]
_SHOWN = 8  # columns of a table that are listed
# without measurements of oxygen: found in a folder, these are passed over; named, they are at fault
_NOT_OURS = ("unknown", "argo_core", "argo_index", "woce_sum", "json")


@dataclass(frozen=True)
class Archive:
    """The call that reads one archive file.

    Parameters
    ----------
    path : Path
    spec : TableSpec, optional
        Description of the delimited table it is.
    policy : {"sample", "constant_1025", "refuse"}
        Density by which oxygen per volume is converted.
    otherwise : TableSpec, optional
        Description to use where the content is that of no known archive.
    wod_oxygen_unit : {"ml/l", "umol/kg"}, optional
        Unit of oxygen in native ASCII of the World Ocean Database, which does not say it.
    named : bool
        Whether the user named this file, rather than a folder it lies in.
    rivals : tuple of str
        Catalogue entries whose descriptions fit it alike: the user is asked which.
    """

    path: Path
    spec: TableSpec | None = None
    policy: seawater.Policy = "sample"
    otherwise: TableSpec | None = None
    wod_oxygen_unit: Unit | None = None
    named: bool = True
    rivals: tuple[str, ...] = ()

    @classmethod
    def of(cls, path: Path, entry: catalog.Entry) -> Archive:
        """Read a file as its catalogue entry says."""
        return cls(path, entry.table, entry.density, wod_oxygen_unit=entry.wod_oxygen_unit)

    def key(self, name: str) -> str:
        """Name the part; the files that its reader looks into beside it count too."""
        spec = self.spec or self.otherwise
        try:
            beside = {*readers.companions(self.path, self.spec), *readers.companions(self.path, spec)}
        except (InputError, OSError):
            beside = set()  # reading it will say what is wrong
        states = sorted(key_of("", path) for path in beside)
        return key_of(name, self.path, spec and spec.model_dump_json(), self.policy, states, self.wod_oxygen_unit)

    def __call__(self) -> pa.Table:
        """Read the file; raises `PassedOver` or `qc.errors.InputError`."""
        if self.rivals:
            question = "which? say " + " or ".join(f"--table {name}" for name in self.rivals)
            raise InputError(f"a table that fits {len(self.rivals)} entries of the catalogue", self.path.name, question)
        spec = self.spec
        if spec is None and self.otherwise is not None and readers.detect_format(self.path) == "unknown":
            spec = self.otherwise
        try:
            return readers.read(self.path, spec, self.policy, self.wod_oxygen_unit)
        except InputError as error:
            if spec is not None or (kind := readers.detect_format(self.path)) not in _NOT_OURS:
                raise
            told = (self._undescribed() if kind == "unknown" else None) or error
            if self.named:
                raise told from None
            raise PassedOver(str(told)) from error

    def _undescribed(self) -> InputError | None:
        """Say of a table nobody described what its columns are and how to describe it; None of what is no table."""
        source = table_match.head(self.path)
        columns = table_match.columns(source) if source else []
        if not columns:
            return None
        more = f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else ""
        what = f"a table that no entry of the catalogue describes, with columns {', '.join(columns[:_SHOWN])}{more}"
        fix = 'describe it in a few lines (README, "A table of your own") and say --table FILE.yaml, or --table ENTRY'
        return InputError(what, self.path.name, fix)


def find(
    asked: Sequence[str], table: str | None = None, leave_out: Path | None = None, wod_oxygen_unit: str | None = None
) -> list[Item]:
    """List the archive files behind names of files, folders and patterns.

    Parameters
    ----------
    asked : sequence of str
        Files; folders, searched with all below, hidden files left out; patterns with * and, for any depth, **.
    table : str, optional
        Catalogue entry, or YAML file of the user's own, that describes the delimited tables among them. Without it a
        table whose header has all columns of an entry is read as that entry says, and any other file by its content.
    leave_out : Path, optional
        A folder whose files are not looked at, though it may lie in one that is: where the table goes.
    wod_oxygen_unit : {"ml/l", "umol/kg"}, optional
        Unit of oxygen in native ASCII of the World Ocean Database, which does not say it.

    Returns
    -------
    list of Item
        In order of path, each file once.

    Raises
    ------
    InputError
        If a name leads to no file, the catalogue has no such entry or no table in it, or there is no such unit.
    """
    if wod_oxygen_unit not in (None, *get_args(Unit)):
        raise InputError(f"no unit {wod_oxygen_unit!r}", "WOD oxygen", "ml/l (before WOD18) or umol/kg (since)")
    said = cast(Unit | None, wod_oxygen_unit)
    known = catalog.load()
    described = None if table is None else known.described(table)
    found: dict[Path, bool] = {}
    ours = None if leave_out is None else Path(os.path.abspath(leave_out))
    for word in asked:
        files = [path for path in _files(word) if ours is None or ours not in path.parents]
        if not files:
            raise InputError("no file here", word, "name archive files, folders of them, or a pattern")
        for path in files:
            found[path] = found.get(path, False) or path == Path(os.path.abspath(word))
    told = [_told(path, known, described, found[path]) for path in sorted(found)]
    companions = {a.spec.join.path_in(a.path.parent) for _, a in told if a.spec and a.spec.join}
    items = []
    for name, archive in told:
        if archive.path not in companions:  # those are read with the table that they belong to
            archive = replace(archive, named=found[archive.path], wod_oxygen_unit=said or archive.wod_oxygen_unit)
            items.append(Item(archive.key(name), printable(str(archive.path)), archive))
    return items


def _told(path: Path, known: catalog.Catalog, described: Described | None, named: bool) -> tuple[str, Archive]:
    """Tell by the header of a table, or else by the pattern of an entry, how a file is read, and name that.

    A description that was given holds for the files it fits and for those named one by one; what else lies in a folder
    is told as if there were none.
    """
    expected, entry = next(((n, e) for n, e in known.entries.items() if _describes(e, path)), ("file", None))
    unit = entry.wod_oxygen_unit if entry else None
    head = table_match.head(path)
    if described is not None:
        name, table, policy = described
        fits = head is not None and bool(table_match.matching_descriptions(head, {name: table}))
        if fits or named:
            return name if fits else "file", Archive(path, table if fits else None, policy, table, unit)
    tables = {name: entry.table for name, entry in known.entries.items() if entry.table}
    fitting = table_match.matching_descriptions(head, tables) if head else []
    if len(fitting) == 1 or expected in fitting:
        name = expected if expected in fitting else fitting[0]
        return name, Archive.of(path, known.entry(name))
    if entry is not None:
        return expected, Archive(path, entry.table, entry.density, wod_oxygen_unit=unit)
    return "file", Archive(path, rivals=tuple(fitting))


def _describes(entry: catalog.Entry, path: Path) -> bool:
    return entry.reader != "field" and any(path.match(pattern) for pattern in entry.files)


def _files(word: str) -> Iterator[Path]:
    """Give the files behind one name, as absolute paths."""
    path = Path(os.path.abspath(word))
    if path.is_file() or (path.is_symlink() and not path.exists()):  # a link that leads nowhere is at fault alone
        yield path
    elif path.is_dir():
        for folder, folders, names in os.walk(path):
            folders[:] = [name for name in folders if not name.startswith(".")]
            whole = (name for name in names if not name.startswith(".") and not name.endswith(catalog.UNFINISHED))
            yield from (Path(folder, name) for name in whole)
    else:
        found = (name for name in glob.iglob(word, recursive=True) if not name.endswith(catalog.UNFINISHED))
        yield from (Path(os.path.abspath(name)) for name in found if not os.path.isdir(name))


def asked_for(asked: Sequence[str], file: str) -> bool:
    """Tell whether a path is one of the names, lies in one of the folders, or matches one of the patterns."""
    for word in asked:
        path = printable(os.path.abspath(word))
        if file == path or file.startswith(path.rstrip(os.sep) + os.sep):
            return True
        if glob.has_magic(word) and _matches(path.split(os.sep), file.split(os.sep)):
            return True
    return False


def _matches(pattern: Sequence[str], path: Sequence[str]) -> bool:
    """Compare component by component, as glob does; ** stands for any number of them."""
    if not pattern:
        return not path
    if pattern[0] == "**":
        return any(_matches(pattern[1:], path[i:]) for i in range(len(path) + 1))
    return bool(path) and fnmatch(path[0], pattern[0]) and _matches(pattern[1:], path[1:])
