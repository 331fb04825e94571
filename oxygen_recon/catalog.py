"""The data catalogue: every external dataset, where it comes from, how it is read, and the files of it on a disk."""

import hashlib
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from oxygen_recon.errors import Mistake
from qc.readers.table_spec import TableSpec
from qc.seawater import Policy

DEFAULT = Path(__file__).parents[1] / "data_catalog.yaml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Download(_Strict):
    """A public address.

    Parameters
    ----------
    url : str
        May hold "{year}" where there is one file a year.
    folder : str
        Where the file goes, below the data folder.
    """

    url: Annotated[str, Field(pattern=r"^https://")]
    folder: Annotated[str, Field(pattern=r"^[^/.][^.]*$")]


class Entry(_Strict):
    """One dataset.

    Parameters
    ----------
    title, licence, citation : str
        What it is, under which terms, and how to name it in a paper.
    downloads : list of Download
        Public addresses; empty where the data must be asked for.
    reader : {"wod", "argo", "glodap", "exchange", "table", "field"}
        Archive format of observations, "table" for one that `table` describes, "field" for gridded data.
    files : list of str
        Glob patterns below the data folder.
    sha256 : dict
        File name to checksum, for the files whose content is pinned.
    density : {"sample", "constant_1025", "refuse"}
        Density by which oxygen per volume becomes umol/kg.
    table : TableSpec or None
        Description of the table, if and only if the reader is "table".
    """

    title: str
    licence: str
    citation: str
    downloads: list[Download] = []
    reader: Literal["wod", "argo", "glodap", "exchange", "table", "field"]
    files: Annotated[list[str], Field(min_length=1)]
    sha256: dict[str, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = {}
    density: Policy = "sample"
    table: TableSpec | None = None

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

        Raises
        ------
        Mistake
            If there is none of that name.
        """
        if name not in self.entries:
            raise Mistake(f"no dataset {name!r} in the catalogue", "data", f"there are {', '.join(self.entries)}")
        return self.entries[name]

    def resolve(self, name: str, data_root: Path) -> list[Path]:
        """Find the files of a dataset.

        Parameters
        ----------
        name : str
            Dataset.
        data_root : Path
            Data folder.

        Returns
        -------
        list of Path
            Sorted, each once.

        Raises
        ------
        Mistake
            If there is no such dataset or folder, nothing matches, or a file is not the one whose checksum is pinned.
        """
        entry = self.entry(name)
        if not data_root.is_dir():
            raise Mistake("no such data folder", str(data_root), "name it with --data")
        found = sorted({path for pattern in entry.files for path in data_root.glob(pattern) if path.is_file()})
        if not found:
            raise Mistake(f"no file of dataset {name}", str(data_root), f"looked for {', '.join(entry.files)}")
        for path in found:
            pinned = entry.sha256.get(path.name)
            if pinned and hashlib.sha256(path.read_bytes()).hexdigest() != pinned:
                raise Mistake("is not the file the catalogue pins", str(path), "is it truncated? get it again")
        return found


def load(path: Path | None = None) -> Catalog:
    """Read a catalogue.

    Parameters
    ----------
    path : Path, optional
        YAML file; `data_catalog.yaml` at the root of the repository when left out.

    Returns
    -------
    Catalog

    Raises
    ------
    Mistake
        If the file is missing, is no YAML, or breaks the rules of `Entry`.
    """
    path = path or DEFAULT
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Catalog(entries=content)
    except FileNotFoundError as error:
        raise Mistake("no such catalogue", str(path)) from error
    except yaml.YAMLError as error:
        raise Mistake(f"not a YAML file ({' '.join(str(error).split())[:120]})", str(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "all of it"
        raise Mistake(f"{where}: {first['msg'].lower()}", str(path), "see Entry in oxygen_recon/catalog.py") from error


def fetch(catalog: Catalog, name: str, data_root: Path, year: int | None = None) -> list[Path]:
    """Download the files of a dataset that are not there yet.

    Parameters
    ----------
    catalog : Catalog
        The catalogue.
    name : str
        Dataset.
    data_root : Path
        Data folder.
    year : int, optional
        For datasets with one file a year.

    Returns
    -------
    list of Path
        The files, checked where the catalogue pins their checksum; a broken download leaves nothing.

    Raises
    ------
    Mistake
        If the dataset has no public address, needs a year, cannot be reached or fails its checksum.
    """
    import pooch

    entry = catalog.entry(name)
    if not entry.downloads:
        raise Mistake("has no public address", name, f"put its files below the data folder: {', '.join(entry.files)}")
    files = []
    for download in entry.downloads:
        if "{year}" in download.url and year is None:
            raise Mistake("has one file a year", name, "say which year")
        url = download.url.replace("{year}", str(year))
        file = url.rsplit("/", 1)[-1]
        pinned = entry.sha256.get(file)
        try:
            found = pooch.retrieve(url, pinned and f"sha256:{pinned}", fname=file, path=data_root / download.folder)
        except (OSError, ValueError) as error:  # requests' errors are OSErrors, a wrong checksum is a ValueError
            raise Mistake(f"download failed ({' '.join(str(error).split())[:160]})", url, "try again") from error
        files.append(Path(found))
    return files
