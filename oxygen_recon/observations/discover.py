"""Archive files behind names of files, folders and patterns, and the calls that read them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import cast, get_args

import pyarrow as pa

from oxygen_recon.observations import catalog
from oxygen_recon.observations.collection import Item, PassedOver, key_of
from oxygen_recon.runtime import listing
from qc.errors import InputError, Refused, printable
from qc.physics import seawater
from qc.readers import registry, unsupported
from qc.readers.delimited import detect
from qc.readers.delimited.description import TableSpec
from qc.readers.wod.ascii import Unit

TableDescription = tuple[str, TableSpec, seawater.Policy]
"""Name, layout and density policy of a delimited table."""

_LISTED = 8  # columns of a table that are listed


@dataclass(frozen=True)
class Archive:
    """The call that reads one archive file.

    Parameters
    ----------
    path : Path
        The file.
    spec : TableSpec, optional
        Description of the delimited table it is.
    policy : {"sample", "constant_1025", "refuse"}
        Density by which oxygen per volume is converted.
    fallback : TableSpec, optional
        Description to use where the content is that of no known archive.
    wod_oxygen_unit : {"ml/l", "umol/kg"}, optional
        Unit of oxygen in native ASCII of the World Ocean Database, whose files do not name it.
    candidates : tuple of str
        Catalogue entries whose descriptions fit it equally well: reading raises a question to the user.
    """

    path: Path
    spec: TableSpec | None = None
    policy: seawater.Policy = "sample"
    fallback: TableSpec | None = None
    wod_oxygen_unit: Unit | None = None
    candidates: tuple[str, ...] = ()

    @classmethod
    def of(cls, path: Path, entry: catalog.Entry) -> Archive:
        """Describe a file by its catalogue entry.

        Parameters
        ----------
        path : Path
            The file.
        entry : Entry
            The dataset it belongs to.
        """
        return cls(path, entry.table, entry.density, wod_oxygen_unit=entry.wod_oxygen_unit)

    def key(self, name: str, by_name: bool = False) -> str:
        """Name the part; files beside it that its reader opens count too.

        Parameters
        ----------
        name : str
            Dataset.
        by_name : bool
            As for `oxygen_recon.observations.collection.key_of`.
        """
        spec = self.spec or self.fallback
        try:
            beside = set(registry.companions(self.path, self.spec))
            beside |= set() if spec is self.spec else set(registry.companions(self.path, spec))
        except (InputError, OSError):
            beside = set()  # reading it will raise the error
        states = sorted(key_of("", path, by_name=by_name) for path in beside)
        decides = (spec and spec.model_dump_json(), self.policy, states, self.wod_oxygen_unit)
        return key_of(name, self.path, *decides, by_name=by_name)

    def item(self, name: str, named: bool = True) -> Item:
        """Return the file as something to ingest.

        Parameters
        ----------
        name : str
            Dataset.
        named : bool
            Whether the user named this file, rather than a folder it lies in.
        """
        try:
            size = self.path.stat().st_size
        except OSError:  # a broken or circular link: reading it will raise the error
            size = 0
        return Item(self.key(name), printable(str(self.path)), self, size, named)

    def __call__(self, refused: list[Refused]) -> pa.Table:
        """Read the file.

        Parameters
        ----------
        refused : list of Refused
            Receives the rows, and the members of a bundle, that were not read.

        Returns
        -------
        pyarrow.Table
            Observations.

        Raises
        ------
        PassedOver
            If it holds no oxygen.
        InputError
            If it cannot be read.
        """
        if self.candidates:
            question = "which? write " + " or ".join(f"--table {name}" for name in self.candidates)
            raise InputError(
                f"a table that fits {len(self.candidates)} entries of the catalogue", self.path.name, question
            )
        spec = self.spec
        if spec is None and self.fallback is not None and registry.detect_format(self.path) == "unknown":
            spec = self.fallback
        try:
            return registry.read(self.path, spec, self.policy, self.wod_oxygen_unit, refused)
        except registry.NoReader as error:
            if error.kind not in unsupported.WITHOUT_OXYGEN:
                raise
            reason = (self._undescribed() if error.kind == "unknown" else None) or error
            raise PassedOver(reason.what, reason.where, reason.fix) from error

    def _undescribed(self) -> InputError | None:
        """Explain how to describe a table without description, by its columns; None for what is no table."""
        source = detect.head(self.path)
        columns = detect.columns(source) if source else []
        if not columns:
            return None
        more = f" and {len(columns) - _LISTED} more" if len(columns) > _LISTED else ""
        what = f"a table that no entry of the catalogue describes, with columns {', '.join(columns[:_LISTED])}{more}"
        how = 'describe it in a few lines (docs/archives.md, "A table of your own")'
        fix = f"{how} and add --table FILE.yaml, or --table ENTRY"
        return InputError(what, self.path.name, fix)


@dataclass(frozen=True)
class Unlisted:
    """A folder that cannot be listed; the call that reads an archive file raises for it.

    Parameters
    ----------
    path : Path
        The folder.
    why : str
        Reason that the system gives.
    """

    path: Path
    why: str

    def __call__(self, refused: list[Refused]) -> pa.Table:
        """Raise InputError, which names the folder beside the files at fault."""
        fix = "change its permissions, or leave it out"
        raise InputError(f"none of its files is read: the folder cannot be listed ({self.why})", str(self.path), fix)


def find(
    names: Sequence[str],
    tables: Sequence[str] = (),
    leave_out: Path | None = None,
    wod_oxygen_unit: str | None = None,
    own: Path | None = None,
) -> list[Item]:
    """List the archive files behind names of files, folders and patterns.

    Parameters
    ----------
    names : sequence of str
        Files; folders, searched with all below, hidden files left out; patterns with ``*`` and, for any depth, ``**``.
        Links are followed (`oxygen_recon.runtime.listing.files`).
    tables : sequence of str
        Catalogue entries, or YAML files of the user's own, that describe the delimited tables among them. A table that
        none of them fits is read as the entry describes all of whose columns it has, any other file by its content.
    leave_out : Path, optional
        A folder whose files are skipped, though it may lie in one that is searched: where the table goes.
    wod_oxygen_unit : {"ml/l", "umol/kg"}, optional
        Unit of oxygen in native ASCII of the World Ocean Database, whose files do not name it.
    own : Path, optional
        YAML file of catalogue entries of the user's own.

    Returns
    -------
    list of Item
        In order of path, each file once; reading an item that is a folder, which cannot be listed, raises InputError.

    Raises
    ------
    InputError
        If a name leads to no file, the catalogue has no such entry or no table in it, or there is no such unit.
    """
    if wod_oxygen_unit not in (None, *get_args(Unit)):
        raise InputError(f"no unit {wod_oxygen_unit!r}", "WOD oxygen", "ml/l (before WOD18) or umol/kg (since)")
    unit = cast(Unit | None, wod_oxygen_unit)
    known = catalog.load(own=own)
    descriptions = {name: known.table_description(name) for name in tables}
    found, unlisted = _files(names, leave_out)
    archives = [_recognise(path, known, descriptions, found[path]) for path in sorted(found)]
    companions = {a.spec.join.path_in(a.path.parent) for _, a in archives if a.spec and a.spec.join}
    items = [Item(key_of("folder", one.path), printable(str(one.path)), one) for one in unlisted]
    for name, archive in archives:
        if archive.path not in companions:  # those are read with the table that they belong to
            archive = replace(archive, wod_oxygen_unit=unit or archive.wod_oxygen_unit)
            items.append(archive.item(name, found[archive.path]))
    return items


def _files(names: Sequence[str], leave_out: Path | None) -> tuple[dict[Path, bool], list[Unlisted]]:
    """Return the files behind names, with whether the user named the file itself, and the folders not listed."""
    found: dict[Path, bool] = {}
    unlisted: dict[Path, str] = {}
    ours = None if leave_out is None else Path(os.path.realpath(leave_out))

    @cache
    def is_ours(folder: Path) -> bool:
        place = Path(os.path.realpath(folder))  # a link may lead into it
        return ours is not None and (place == ours or ours in place.parents)

    for name in names:
        itself = Path(os.path.abspath(name))
        below: dict[Path, str] = {}
        files = [
            path
            for path in listing.files(name, below.__setitem__)
            if not is_ours(path if path.is_symlink() else path.parent)
            and (path == itself or not path.name.endswith(catalog.UNFINISHED))
        ]
        if not files and not below:
            raise InputError("no file here", name, "name archive files, folders of them, or a pattern")
        unlisted |= below
        for path in files:
            found[path] = found.get(path, False) or path == itself
    return found, [Unlisted(path, why) for path, why in sorted(unlisted.items())]


def _recognise(
    path: Path, known: catalog.Catalog, descriptions: dict[str, TableDescription], named: bool
) -> tuple[str, Archive]:
    """Find by the header of a table, or else by the pattern of an entry, how a file is read, and the dataset's name.

    A given description holds for the files it fits and, if it is the only one, for those named one by one, not for
    others in a folder.
    """
    expected, entry = next(((n, e) for n, e in known.entries.items() if _describes(e, path)), ("file", None))
    unit = entry.wod_oxygen_unit if entry else None
    head = detect.head(path)
    own = {name: table for name, (_, table, _) in descriptions.items()}
    fitting = detect.matching_descriptions(head, own) if head else []
    if len(fitting) > 1:
        return "file", Archive(path, candidates=tuple(fitting))
    for given in fitting or (list(own) if named and len(own) == 1 else []):
        name, table, policy = descriptions[given]
        return name if fitting else "file", Archive(path, table if fitting else None, policy, table, unit)
    tables = {name: entry.table for name, entry in known.entries.items() if entry.table}
    fitting = detect.matching_descriptions(head, tables) if head else []
    if len(fitting) == 1 or expected in fitting:
        name = expected if expected in fitting else fitting[0]
        return name, Archive.of(path, known.entry(name))
    if entry is not None:
        return expected, Archive(path, entry.table, entry.density, wod_oxygen_unit=unit)
    return "file", Archive(path, candidates=tuple(fitting))


def _describes(entry: catalog.Entry, path: Path) -> bool:
    """Tell whether a path matches a pattern of an entry of observations."""
    return entry.reader != "field" and any(path.match(pattern) for pattern in entry.files)
