"""What to cite: the data an experiment uses, under which terms, and the toolkit itself."""

import re
from importlib.metadata import version
from typing import Any

import yaml

from oxygen_recon import catalog, shipped
from oxygen_recon.catalog import Catalog
from oxygen_recon.errors import Mistake
from oxygen_recon.experiment import ArchiveSource, Experiment, FieldSource, TwinSource

_DOI = re.compile(r"https://doi\.org/(10\.\S+?)[.,;)]*(?:\s|$)")
_TEX = str.maketrans({c: f"\\{c}" for c in "&%$#_{}"} | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}"})


def datasets(experiment: Experiment, known: Catalog) -> list[str]:
    """Name the entries of the catalogue that an experiment uses.

    Parameters
    ----------
    experiment : Experiment
        The experiment.
    known : Catalog
        The catalogue.

    Returns
    -------
    list of str
        Observations or field, then relief, then climate models; none for the twin ocean, which makes its own.
    """
    source = experiment.source
    if isinstance(source, TwinSource):
        return []
    names = [*source.entries, source.relief] if isinstance(source, ArchiveSource) else []
    names += [source.entry] if isinstance(source, FieldSource) else []
    if experiment.climate_model is not None:
        names += [name for name, entry in known.entries.items() if entry.reader == "climate_model"]
    return list(dict.fromkeys(names))


def of(experiment: Experiment, form: str = "text", known: Catalog | None = None) -> str:
    """Write the citations and licences of all data an experiment uses, and of the toolkit.

    Parameters
    ----------
    experiment : Experiment
        The experiment.
    form : {"text", "bibtex"}
        Plain text, or one @misc an item.
    known : Catalog, optional
        The catalogue; that which comes with the project when left out.

    Returns
    -------
    str

    Raises
    ------
    Mistake
        If the form is neither, or an entry is not in the catalogue.
    """
    if form not in ("text", "bibtex"):
        raise Mistake("no such form of citation", form, "text or bibtex")
    known = known or catalog.load()
    own = yaml.safe_load(shipped.find("CITATION.cff").read_text(encoding="utf-8"))
    items = [("oxygen-recon", f"{own['title']}, version {version('oxygen-recon')}", _own_words(own), own["license"])]
    for name in datasets(experiment, known):
        entry = known.entry(name)
        items.append((name, entry.title, entry.citation, entry.licence))
    if form == "bibtex":
        return "\n\n".join(_bibtex(*item) for item in items)
    lines = [f"{title}\n    {citation}\n    licence: {licence}" for _, title, citation, licence in items]
    if len(items) == 1:
        lines.append("No data of others: the twin ocean is synthetic.")
    return "\n\n".join(lines)


def _own_words(own: dict[str, Any]) -> str:
    """Say who made the toolkit and after which paper, from its CITATION.cff."""
    text = _names(own["authors"])
    for work in own.get("references", []):
        where = ", ".join(str(work[key]) for key in ("collection-title", "year", "notes") if key in work)
        text += f"; after {_names(work['authors'])}: {work['title']}, {where}"
    return text


def _names(people: list[dict[str, Any]]) -> str:
    return ", ".join(p.get("name") or f"{p['family-names']}, {p['given-names']}" for p in people)


def _bibtex(key: str, title: str, citation: str, licence: str) -> str:
    doi = _DOI.search(citation)
    fields = {"title": title, "note": f"{citation}. Licence: {licence}"} | ({"doi": doi[1]} if doi else {})
    body = ",\n".join(f"  {k} = {{{v if k == 'doi' else v.translate(_TEX)}}}" for k, v in fields.items())
    return f"@misc{{{key},\n{body}\n}}"
