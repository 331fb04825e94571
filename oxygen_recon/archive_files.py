"""From names of files, folders and patterns to archive files and the calls that read them."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import cast, get_args

import pyarrow as pa

from oxygen_recon import catalog
from oxygen_recon.collection import Item, PassedOver, key_of
from oxygen_recon.errors import Mistake
from qc import readers, seawater
from qc.errors import InputError, printable
from qc.readers.table_spec import TableSpec
from qc.readers.wod_ascii import Unit

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
    """

    path: Path
    spec: TableSpec | None = None
    policy: seawater.Policy = "sample"
    otherwise: TableSpec | None = None
    wod_oxygen_unit: Unit | None = None
    named: bool = True

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
        spec = self.spec
        if spec is None and self.otherwise is not None and readers.sniff(self.path) == "unknown":
            spec = self.otherwise
        try:
            return readers.read(self.path, spec, self.policy, self.wod_oxygen_unit)
        except InputError as error:
            if spec is None and not self.named and readers.sniff(self.path) in _NOT_OURS:
                raise PassedOver(str(error)) from error
            raise


def find(
    asked: Sequence[str], table: str | None = None, leave_out: Path | None = None, wod_oxygen_unit: str | None = None
) -> list[Item]:
    """List the archive files behind names of files, folders and patterns.

    Parameters
    ----------
    asked : sequence of str
        Files; folders, searched with all below, hidden files left out; patterns with * and, for any depth, **.
    table : str, optional
        Catalogue entry that describes the delimited tables among them. Without it a file that matches the pattern
        of an entry is read as that entry says; any other is recognised by its content.
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
    Mistake
        If a name leads to no file, the catalogue has no such entry or no table in it, or there is no such unit.
    """
    if wod_oxygen_unit not in (None, *get_args(Unit)):
        raise Mistake(f"no unit {wod_oxygen_unit!r}", "WOD oxygen", "ml/l (before WOD18) or umol/kg (since)")
    said = cast(Unit | None, wod_oxygen_unit)
    known = catalog.load()
    described = None if table is None else known.entry(table)
    if described is not None and described.table is None:
        raise Mistake("describes no delimited table", str(table), "leave --table out: its content tells its format")
    found: dict[Path, bool] = {}
    ours = None if leave_out is None else Path(os.path.abspath(leave_out))
    for word in asked:
        files = [path for path in _files(word) if ours is None or ours not in path.parents]
        if not files:
            raise Mistake("no file here", word, "name archive files, folders of them, or a pattern")
        for path in files:
            found[path] = found.get(path, False) or path == Path(os.path.abspath(word))
    items = []
    for path in sorted(found):
        name, entry = next(((n, e) for n, e in known.entries.items() if _describes(e, path)), ("file", None))
        spec, policy = (entry.table, entry.density) if entry else (None, "sample")
        unit = said or (entry.wod_oxygen_unit if entry else None)
        if described is not None:
            if described.table and described.table.join and described.table.join.file == path.name:
                continue  # read with the table that it belongs to
            name, spec, policy = str(table), None, described.density
        archive = Archive(path, spec, policy, described.table if described else None, unit, found[path])
        items.append(Item(archive.key(name), printable(str(path)), archive))
    return items


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
