"""The data catalogue: every external dataset, where it comes from, how it is read, and the files of it on a disk."""

import hashlib
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import ConfigDict, Field, field_validator, model_validator

from oxygen_recon.runtime import resources
from oxygen_recon.runtime.files import checksum
from qc.config import Strict, read_yaml, validate
from qc.errors import InputError
from qc.physics.seawater import Policy
from qc.readers.delimited.description import TableSpec
from qc.readers.registry import READERS
from qc.readers.wod.ascii import Unit

NAME = "data_catalog.yaml"
OTHER_KINDS = ("table", "field", "climate_model", "none")
UNFINISHED = (".part", ".part.tag", ".part.lock")
Folder = Annotated[str, Field(pattern=r"^[^/.][^.]*$")]
Https = Annotated[str, Field(pattern=r"^https://[^/]+/")]


class _Strict(Strict):
    """A frozen model that converts nothing: a number in quotes is refused."""

    model_config = ConfigDict(strict=True)


class Download(_Strict):
    """A public address.

    Parameters
    ----------
    url : str
        May hold "{year}" where there is one file a year.
    folder : str
        Where the file goes, below the data folder.
    years : list of int or None
        First and last year the address serves; the last is left out where the archive goes on.
    verified : bool
        Whether a public source names this address; otherwise it follows the pattern of its siblings.
    """

    url: Https
    folder: Folder
    years: Annotated[list[int], Field(min_length=1, max_length=2)] | None = None
    verified: bool = True

    @property
    def yearly(self) -> bool:
        """Whether there is one file a year."""
        return "{year}" in self.url

    @property
    def span(self) -> tuple[int, int]:
        """First and last year; 9999 where the archive goes on."""
        first, last = [*(self.years or [0]), 9999][:2]
        return first, last

    def addresses(self, years: tuple[int, int] | None = None) -> list[str]:
        """List the addresses of some years.

        Parameters
        ----------
        years : tuple of int, optional
            First and last year, both included; all years when left out.

        Examples
        --------
        >>> yearly = Download(url="https://example.org/{year}.nc", folder="a", years=[1990, 2000])
        >>> yearly.addresses((1999, 2005))
        ['https://example.org/1999.nc', 'https://example.org/2000.nc']
        """
        first, last = self.span
        first, last = (first, last) if years is None else (max(first, years[0]), min(last, years[1]))
        if not self.yearly:
            return [self.url] if first <= last else []
        return [self.url.replace("{year}", str(year)) for year in range(first, last + 1)]


class Index(_Strict):
    """A list of files of which some are chosen, such as the index of Argo's synthetic profiles.

    Parameters
    ----------
    url : str
        Address of the list.
    root : str
        Address that its paths start from.
    folder : str
        Where the files go, below the data folder; the list goes into its subfolder "index".
    """

    url: Https
    root: Https
    folder: Folder


class Entry(_Strict):
    """One dataset.

    Parameters
    ----------
    title, licence, citation : str
        What it is, its terms of use, and how to cite it.
    size : str
        About how large it is; "" where not known.
    downloads : list of Download
        Public addresses.
    index : Index or None
        Where files are chosen from a list.
    access : str
        In one line, how to come by files that no address above serves.
    reader : str
        Archive format of observations (a key of `qc.readers.registry.READERS`), "table" for one that `table`
        describes, "field" for gridded data, "climate_model" for CMIP6, "none" for what is not read yet.
    files : list of str
        Glob patterns below the data folder.
    sha256 : dict
        File name to checksum, for the files whose content is published.
    density : {"sample", "constant_1025", "refuse"}
        Density by which oxygen per volume becomes umol/kg.
    wod_oxygen_unit : {"ml/l", "umol/kg"} or None
        Unit of oxygen in native ASCII of the World Ocean Database, whose files do not name it.
    table : TableSpec or None
        Description of the table, if and only if the reader is "table".
    """

    title: str
    licence: str
    citation: str
    size: str = ""
    downloads: list[Download] = Field(default_factory=list)
    index: Index | None = None
    access: str = ""
    reader: str
    files: Annotated[list[str], Field(min_length=1)]
    sha256: dict[str, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = Field(default_factory=dict)
    density: Policy = "sample"
    table: TableSpec | None = None
    wod_oxygen_unit: Unit | None = None

    @property
    def yearly(self) -> bool:
        """Whether it has one file a year."""
        return any(download.yearly for download in self.downloads)

    @field_validator("reader")
    @classmethod
    def _reader_exists(cls, reader: str) -> str:
        if reader not in {*READERS, *OTHER_KINDS}:
            raise ValueError(f"there is no {reader!r}, only {', '.join([*READERS, *OTHER_KINDS])}")
        return reader

    @model_validator(mode="after")
    def _consistent(self) -> "Entry":
        if (self.reader == "table") != (self.table is not None):
            raise ValueError("reader: table needs a description under table:, and no other reader has one")
        for pattern in self.files:
            path = PurePosixPath(pattern)
            if path.is_absolute() or ".." in path.parts:
                raise ValueError(f"files: {pattern} leads out of the data folder")
        return self


class Catalog(_Strict):
    """All datasets.

    Parameters
    ----------
    entries : dict
        Name to `Entry`.
    """

    entries: dict[str, Entry]

    @property
    def hash(self) -> str:
        """SHA-256 of the content, whatever the layout and comments of the file."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def entry(self, name: str) -> Entry:
        """Return a dataset.

        Parameters
        ----------
        name : str
            Its name in the catalogue.

        Raises
        ------
        InputError
            If there is none of that name.
        """
        if name not in self.entries:
            raise InputError(f"no dataset {name!r} in the catalogue", "data", f"there are {', '.join(self.entries)}")
        return self.entries[name]

    def table_description(self, name: str) -> tuple[str, TableSpec, Policy]:
        """Find the description of a delimited table.

        Parameters
        ----------
        name : str
            Dataset; or a YAML file (.yaml, .yml) that holds a `TableSpec`, the user's own.

        Returns
        -------
        name, table, density : str, TableSpec, {"sample", "constant_1025", "refuse"}
            The dataset, "table" for a file; its description; density as for `Entry`.

        Raises
        ------
        InputError
            If there is no such dataset or file, or no description of a table in it.
        """
        if name.endswith((".yaml", ".yml")):
            content = read_yaml(Path(name), "description of a table", "oxygen-recon init description writes one")
            return "table", validate(TableSpec, content, name, "see docs/archives.md, a table of your own"), "sample"
        entry = self.entry(name)
        if entry.table is None:
            raise InputError("describes no delimited table", name, "leave --table out: its content tells its format")
        return name, entry.table, entry.density

    def resolve(self, name: str, data_root: Path, verify: bool = True) -> list[Path]:
        """Find the files of a dataset.

        Parameters
        ----------
        name : str
            Dataset.
        data_root : Path
            Data folder.
        verify : bool
            Whether checksums are compared, for which every file of a published one is read.

        Returns
        -------
        list of Path
            Sorted, each once.

        Raises
        ------
        InputError
            If there is no such dataset or folder, nothing matches, or a file has another checksum than the catalogue.
        """
        entry = self.entry(name)
        if not data_root.is_dir():
            raise InputError("no such data folder", str(data_root), "name it with --data")
        found = sorted({path for pattern in entry.files for path in data_root.glob(pattern) if path.is_file()})
        found = [path for path in found if not path.name.endswith(UNFINISHED)]
        if not found:
            raise InputError(f"no file of dataset {name}", str(data_root), f"looked for {', '.join(entry.files)}")
        for path in found if verify else ():
            required = entry.sha256.get(path.name)
            if required and checksum(path) != required:
                raise InputError("is not the file that the catalogue requires", str(path), "fetch it again")
        return found


def load(path: Path | None = None, own: Path | None = None) -> Catalog:
    """Read a catalogue, and the entries of one's own.

    Parameters
    ----------
    path : Path, optional
        YAML file; the `data_catalog.yaml` that comes with the project when left out.
    own : Path, optional
        YAML file of further entries, in the same form.

    Returns
    -------
    Catalog
        All datasets.

    Raises
    ------
    InputError
        If a file is missing, is no YAML, or breaks the rules of `Entry`; if both have an entry of one name.

    Examples
    --------
    >>> known = load()
    >>> known.entry("kodc").reader
    'table'
    """
    entries = _entries(path or resources.find(NAME))
    added = {} if own is None else _entries(own)
    if both := sorted(entries.keys() & added.keys()):
        raise InputError(f"{', '.join(both)}: in the catalogue already", str(own), "give your entry another name")
    return Catalog(entries=entries | added)


def _entries(path: Path) -> dict[str, Entry]:
    """Read the entries of one file."""
    fix = "see Entry in oxygen_recon/observations/catalog.py"
    return validate(dict[str, Entry], read_yaml(path, "catalogue"), str(path), fix)
