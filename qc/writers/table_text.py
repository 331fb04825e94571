"""Comma-separated text with every column of the observation table, and the description by which it is read again."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from qc.table.schema import OBSERVATIONS, UNITS, VARIABLES
from qc.writers.parts import About, Profiles, Written
from qc.writers.text import numbers, times, write_rows

_AMOUNTS = ("oxygen", "nitrate", "phosphate", "silicate", "oxygen_uncertainty")
_MEANING = {
    "source": "archive",
    "file": "archive file, with #member for a member of a zip or tar",
    "row": "line or level number in that file, from 0",
    "cast": "name of the cast, unique within the archive",
    "cruise": "cruise, or platform of a float or glider",
    "platform": "platform",
    "instrument": "bottle, ctd, float or glider",
    "time": "UTC, ISO 8601",
    "duplicate_of": "archive/cast of the preferred copy; empty where it is no copy",
}


def write(parts: Iterable[Profiles], path: str, about: About) -> Written:
    """Write one line a level with all columns of the observation table.

    Parameters
    ----------
    parts : iterable of Profiles
        Parts of the table; one is in memory at a time.
    path : str
        File to make.
    about : About
        Title, and names of the checks.

    Returns
    -------
    Written
        Numbers of casts and levels; the description by which the text is read again.
    """
    levels = casts = 0
    sources: dict[str, None] = {}
    with Path(path).open("wb") as file:
        file.write((",".join(OBSERVATIONS.names) + "\n").encode())
        for part in parts:
            write_rows({field.name: _column(part, field) for field in OBSERVATIONS}, file, ",", quotes=True)
            levels, casts = levels + len(part.cast), casts + len(part.first)
            sources |= dict.fromkeys(part.text("source"))
    return Written(levels, casts, description=_comments(about) + _description(list(sources)))


def _column(part: Profiles, field: pa.Field) -> Any:
    """Return a column as it is written; an empty text is null, which is an empty field too."""
    if pa.types.is_float64(field.type):
        return numbers(part.numbers(field.name))
    if pa.types.is_dictionary(field.type) or pa.types.is_string(field.type):
        text = pa.array(part.text(field.name, of_casts=False), pa.string())
        return pc.if_else(pc.equal(text, ""), None, text)
    return times(part) if field.name == "time" else part.table[field.name]


def _comments(about: About) -> str:
    """Explain every column, for people."""
    lines = [about.title, f"written by {about.software} at {about.created}", "", "columns:"]
    for field in OBSERVATIONS:
        facts = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
        words = [_MEANING.get(field.name, "")] + [f"{key} {value}" for key, value in facts.items()]
        lines.append(f"  {field.name}: " + ", ".join(word for word in words if word))
    lines.append("bits of <variable>_checks: " + ", ".join(f"{bit} {name}" for bit, name in about.names.items()))
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)


def _description(sources: list[str]) -> str:
    """Return the description of the table as YAML, which `oxygen-recon ingest --table` takes."""
    several = len(sources) > 1
    named = [*VARIABLES, "latitude", "longitude", "pressure", "depth", "oxygen_uncertainty"]
    spec = {
        "archive": "several" if several else (sources or [""])[0] or "unknown",
        "columns": {name: name for name in named},
        "units": {name: UNITS[name] for name in _AMOUNTS},
        "flags": {name: f"{name}_flag" for name in (*VARIABLES, "position", "time")},
        "flag_scheme": "iode",
        "notes": "oxygen_original_unit",
        "time": {"columns": ["time"], "format": "ISO8601"},
        "cast": "{source}/{cast}" if several else "{cast}",
        "cruise": "{cruise}",
        "platform": "{platform}",
        "instrument": "{instrument}",
    }
    return yaml.safe_dump(spec, sort_keys=False, allow_unicode=True)
