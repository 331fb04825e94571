"""Citations and licences: of the data of an experiment or a table, and of the toolkit itself."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from oxygen_recon.observations import catalog as catalogue
from oxygen_recon.observations import collection
from oxygen_recon.observations.catalog import Catalog, Entry
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.runtime import resources
from oxygen_recon.sources.archives import ArchiveSourceConfig
from oxygen_recon.sources.field import FieldSourceConfig
from oxygen_recon.sources.twin_ocean import TwinSourceConfig
from qc.errors import InputError

_DOI = re.compile(r"https://doi\.org/(10\.\S+?)[.,;)]*(?:\s|$)")
_YEAR = re.compile(r"\((\d{4})\)")
_ADDRESS = re.compile(r"https://\S+[^\s.,;)]")
_TEX = str.maketrans({c: f"\\{c}" for c in "&%$#_{}"} | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}"})
_VERBATIM = ("doi", "howpublished")
# name of an archive in the observation table -> its catalogue entry, for archives with one citation for all files
_ALIKE = {"wod": "wod", "argo": "argo", "glodap": "glodap", "cchdo": "cchdo_exchange"}
_TWIN = "twin"  # first word in the names of parts that the twin ocean made
_NO_DATA = "No data of others: the twin ocean is synthetic."


@dataclass(frozen=True)
class Work:
    """A work to cite.

    Parameters
    ----------
    key, title, citation, licence : str
        Key in a bibliography, title, text of the citation, and terms of use.
    address : str
        Web address.
    data : bool
        Whether it is data, which changes: the year of access is given where no year of publication is known.
    """

    key: str
    title: str
    citation: str
    licence: str
    address: str = ""
    data: bool = True

    @classmethod
    def of(cls, name: str, entry: Entry) -> Work:
        """Make it from an entry of the catalogue.

        Parameters
        ----------
        name : str
            Name of the entry, the key of the work.
        entry : Entry
            The entry.

        Returns
        -------
        Work
            Its address is the first in the entry's `access`; "" where there is none.
        """
        address = _ADDRESS.search(entry.access)
        return cls(name, entry.title, entry.citation, entry.licence, address[0] if address else "")


def datasets(experiment: Experiment, known: Catalog) -> list[str]:
    """List the entries of the catalogue that an experiment uses.

    Parameters
    ----------
    experiment : Experiment
        The experiment.
    known : Catalog
        The catalogue.

    Returns
    -------
    list of str
        Observations or field, then relief, gridded products, background and climate models; of a twin ocean, which is
        synthetic, products and background only.
    """
    source, background = experiment.source, experiment.background
    products = [one for one in (experiment.covariates, experiment.covariates.surface) if one is not None]
    gridded = [entry for one in products for entry in one.entries]
    gridded += [background.entry] if background and background.entry else []
    if isinstance(source, TwinSourceConfig):
        return list(dict.fromkeys(gridded))
    names = list(source.entries) if isinstance(source, ArchiveSourceConfig) else []
    names += [source.relief] if isinstance(source, ArchiveSourceConfig) and not source.own_relief else []
    names += [source.entry] if isinstance(source, FieldSourceConfig) else []
    names += gridded
    names += [one.entry for one in experiment.products if one.entry is not None]
    if experiment.climate_models:
        names += [name for name, entry in known.entries.items() if entry.reader == "climate_model"]
    return list(dict.fromkeys(names))


def cite(what: Experiment | str | Path, form: str = "text", *, catalog: str | Path | None = None) -> str:
    """Write the citations and licences of all data of an experiment or a table, and of the toolkit.

    Parameters
    ----------
    what : Experiment, str or Path
        An experiment; or the folder of a table that `oxygen_recon.ingest` made, whose archives are cited.
    form : {"text", "bibtex"}
        Plain text, or one @misc a work.
    catalog : str or Path, optional
        YAML file of catalogue entries of the user's own, for a table; an experiment names its own.

    Returns
    -------
    str
        Archives of a table, and files of an experiment, that are not in the catalogue are named at the end.

    Raises
    ------
    InputError
        If the form is neither, a dataset is not in the catalogue, or the folder is no table.

    Examples
    --------
    >>> from oxygen_recon.runtime import resources
    >>> twin = Experiment.from_yaml(resources.find("experiments/twin_demo.yaml"))
    >>> print(cite(twin).splitlines()[-1])
    No data of others: the twin ocean is synthetic.
    """
    if not isinstance(what, Experiment):
        return _of_table(Path(what), form, catalogue.load(own=None if catalog is None else Path(catalog)))
    known = catalogue.load(own=what.catalog)
    works = [Work.of(name, known.entry(name)) for name in datasets(what, known)]
    return _written(works, _own_files(what) or ("" if works else _NO_DATA), form)


def _own_files(experiment: Experiment) -> str:
    """Name the files of the user's own, of which the catalogue knows nothing; "" where there are none."""
    source, background = experiment.source, experiment.background
    files = [
        *map(str, experiment.covariates.paths),
        *(map(str, experiment.covariates.surface.paths) if experiment.covariates.surface else ()),
        *(str(one.path) for one in (background, *experiment.products) if one and one.path),
    ]
    if isinstance(source, ArchiveSourceConfig):
        files = [*map(str, source.paths), *([str(source.relief)] if source.own_relief else []), *files]
    return f"Not in the catalogue, cite as their providers ask: {', '.join(files)}." if files else ""


def _of_table(folder: Path, form: str, known: Catalog) -> str:
    """Cite the archives that a table was read from."""
    read = [row for row in collection.rows_of(folder) if row.state == collection.READ]
    archives = _archives(folder)
    names: set[str] = set()
    unknown: set[str] = set()
    for row in read:
        name = row.key.split("-")[0]
        if name in known.entries:
            names.add(name)
        elif name != _TWIN:
            for archive in archives.get(row.file, ()):
                (names if archive in _ALIKE else unknown).add(_ALIKE.get(archive, archive))
    works = [Work.of(name, entry) for name, entry in known.entries.items() if name in names]
    note = f"Not in the catalogue, cite as their providers ask: {', '.join(sorted(unknown))}." if unknown else ""
    note = note or ("" if works or not read else _NO_DATA)
    return _written(works, note, form)


def _archives(folder: Path) -> dict[str, set[str]]:
    """Read from the counts of a table the archives in each file."""
    found: dict[str, set[str]] = {}
    try:
        with (folder / "counts.csv").open(newline="", encoding="utf-8") as file:
            for line in csv.DictReader(file):
                found.setdefault(line["file"], set()).add(line["source"])
    except (FileNotFoundError, KeyError) as error:
        raise InputError("no counts of this table", str(folder / "counts.csv"), "run ingest again") from error
    return found


def references(experiment: Experiment) -> str:
    """Write the paper of the method and all data in one line, the attribute "references" of ACDD.

    Parameters
    ----------
    experiment : Experiment
        The experiment.

    Returns
    -------
    str
    """
    known = catalogue.load(own=experiment.catalog)
    data = [known.entry(name).citation for name in datasets(experiment, known)]
    return "; ".join(dict.fromkeys([*_methods(_own()), *data]))


def licence(experiment: Experiment) -> str:
    """Write the licences of all data in one line, the attribute "license" of ACDD.

    Parameters
    ----------
    experiment : Experiment
        The experiment.

    Returns
    -------
    str
    """
    known = catalogue.load(own=experiment.catalog)
    given = [f"{name}: {known.entry(name).licence}" for name in datasets(experiment, known)]
    given += ["files of their owner's: as their providers ask"] if _own_files(experiment) else []
    return f"made from data under these terms: {'; '.join(given)}" if given else _NO_DATA


def _written(works: Iterable[Work], note: str, form: str) -> str:
    """Write the toolkit, works and a closing note in one of the two forms."""
    if form not in ("text", "bibtex"):
        raise InputError("no such form of citation", form, "text or bibtex")
    own = _own()
    words = "; after ".join([_names(own["authors"]), *_methods(own)])
    title = f"{own['title']}, version {version('oxygen-recon')}"
    items = [Work("oxygen-recon", title, words, own["license"], data=False), *works]
    if form == "bibtex":
        return "\n\n".join([*map(_bibtex, items), *([f"% {note}"] if note and note != _NO_DATA else [])])
    lines = [f"{work.title}\n    {work.citation}\n    licence: {work.licence}" for work in items]
    return "\n\n".join([*lines, *([note] if note else [])])


def _own() -> dict[str, Any]:
    """Read CITATION.cff of the toolkit."""
    own: dict[str, Any] = yaml.safe_load(resources.find("CITATION.cff").read_text(encoding="utf-8"))
    return own


def _methods(own: dict[str, Any]) -> list[str]:
    """List the papers whose methods the toolkit follows, from its CITATION.cff."""
    named = []
    for work in own.get("references", []):
        where = ", ".join(str(work[key]) for key in ("collection-title", "year", "notes") if key in work)
        named.append(f"{_names(work['authors'])}: {work['title']}, {where}")
    return named


def _names(people: list[dict[str, Any]]) -> str:
    """Write the authors in one line."""
    return ", ".join(p.get("name") or f"{p['family-names']}, {p['given-names']}" for p in people)


def _bibtex(work: Work) -> str:
    """Write one @misc from the catalogue alone; with the year of access where that of publication is unknown."""
    doi, year = _DOI.search(work.citation), _YEAR.search(work.citation)
    today = str(date.today().year)
    note = f"{work.citation}. Licence: {work.licence}"
    fields = {"title": work.title}
    if year or work.data:
        fields["year"] = year[1] if year else today
        note += "" if year else f". Accessed {today}"
    if doi:
        fields["doi"] = doi[1]
    elif work.address:
        fields["howpublished"] = rf"\url{{{work.address}}}"
    fields["note"] = note
    body = ",\n".join(f"  {k} = {{{v if k in _VERBATIM else v.translate(_TEX)}}}" for k, v in fields.items())
    return f"@misc{{{work.key},\n{body}\n}}"
