"""Ocean Data View spreadsheets: the generic text format that ODV and webODV import.

Format: Schlitzer, Ocean Data View User's Guide, "Generic ODV Spreadsheet Format"; flags of the scheme "IODE", which is
among ODV's own.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from qc.table.schema import VARIABLES
from qc.writers.parts import About, Profiles, Written
from qc.writers.text import numbers, times, write_rows

_TYPES = {"bottle": "B", "": "*"}  # C: continuous profiles of any instrument
# label, kind of variable, type of value
_META = (
    ("Cruise", "METACRUISE", "INDEXED_TEXT"),
    ("Station", "METASTATION", "INDEXED_TEXT"),
    ("Type", "METATYPE", "TEXT:2"),
    ("yyyy-mm-ddThh:mm:ss.sss", "METATIME", "TEXT"),
    ("Longitude [degrees_east]", "METALONGITUDE", "DOUBLE"),
    ("Latitude [degrees_north]", "METALATITUDE", "DOUBLE"),
    ("Bot. Depth [m]", "METABOTDEPTH", "FLOAT"),
)
_MORE = {
    "Archive": "source",
    "Archive file": "file",
    "Platform": "platform",
    "Instrument": "instrument",
    "Copy of": "duplicate_of",
}
_DATA = {
    "Pressure [dbar]": "pressure",
    "Depth [m]": "depth",
    "Temperature [degrees C]": "temperature",
    "Salinity [PSS-78]": "salinity",
    "Oxygen [umol/kg]": "oxygen",
    "Nitrate [umol/kg]": "nitrate",
    "Phosphate [umol/kg]": "phosphate",
    "Silicate [umol/kg]": "silicate",
}
_FLAG = "QV:IODE"
_FLAGGED = (_META[3][0], _META[5][0])  # time; latitude, whose flag is that of the position


def write(parts: Iterable[Profiles], path: str, about: About) -> Written:
    """Write profiles as one ODV spreadsheet; its "Station" is the name of the cast.

    Parameters
    ----------
    parts : iterable of Profiles
        Parts of the table; one is in memory at a time.
    path : str
        File to make.
    about : About
        Title.

    Returns
    -------
    Written
        Numbers of casts and levels, and of notes behind the unit as delivered. Values, units and flags as delivered and
        the failed checks are not part of it; in names tabs are blanks and double quotes single ones.
    """
    levels = casts = 0
    lost = Counter[str]()
    with Path(path).open("wb") as file:
        file.write("".join(f"{line}\n" for line in _header(about)).encode())
        for part in parts:
            write_rows(_columns(part), file, "\t", quotes=False)
            levels, casts = levels + len(part.cast), casts + len(part.first)
            lost.update(part.notes_lost)
    return Written(levels, casts, left_out=dict(lost))


def _header(about: About) -> list[str]:
    """Return the comment lines and the line of labels."""
    facts = {"Encoding": "UTF-8", "Version": "ODV Spreadsheet V4.6", "Creator": about.software}
    facts |= {"CreateTime": about.created, "DataField": "Ocean", "DataType": "Profiles", "MissingValueIndicators": ""}
    lines = [f"//<{key}>{text}</{key}>" for key, text in facts.items()] + [f"// {about.title}"]
    lines += [f"// cite: {line}" for line in about.references.splitlines() if line.strip()]
    meta = [*_META, *((label, "METABASIC", "INDEXED_TEXT") for label in _MORE)]
    for label, kind, value in meta:
        scheme = "IODE" if label in _FLAGGED else ""
        what = f'label="{label}" var_type="{kind}" value_type="{value}" qf_schema="{scheme}" significant_digits=""'
        lines.append(f"//<MetaVariable>{what} comment=</MetaVariable>")
    for label, name in _DATA.items():
        scheme, primary = ("IODE", "F") if name in VARIABLES else ("", "T" if name == "pressure" else "F")
        what = f'label="{label}" value_type="DOUBLE" qf_schema="{scheme}" significant_digits=""'
        lines.append(f'//<DataVariable>{what} is_primary_variable="{primary}" comment=""</DataVariable>')
    labels = [name for label, _, _ in _META for name in ((label, _FLAG) if label in _FLAGGED else (label,))] + [
        f"{label}:METAVAR:INDEXED_TEXT" for label in _MORE
    ]
    for label, name in _DATA.items():
        labels += [label, _FLAG] if name in VARIABLES else [label]
    return [*lines, "\t".join(labels)]


def _columns(part: Profiles) -> dict[str, Any]:
    """Return the columns of one part, in the order of the labels."""

    def text(name: str) -> Any:
        plain = [one.replace('"', "'").removeprefix("//") for one in part.text(name)]
        return np.array(plain, object)[part.cast]

    kinds = np.array([_TYPES.get(one, "C") for one in part.text("instrument")], object)
    columns: dict[str, Any] = {
        "cruise": text("cruise"),
        "station": text("cast"),
        "type": kinds[part.cast],
        "time": times(part),
        "time_flag": part.flags("time"),
        "longitude": numbers(part.numbers("longitude")),
        "latitude": numbers(part.numbers("latitude")),
        "position_flag": part.flags("position"),
        "bottom": pa.nulls(len(part.cast), pa.string()),
    }
    for label, name in _MORE.items():
        columns[label] = text(name)
    for name in _DATA.values():
        columns[name] = numbers(part.numbers(name))
        if name in VARIABLES:
            columns[f"{name}_flag"] = part.flags(name)
    return columns
