"""Ocean Data View spreadsheets, the generic text that ODV, SeaDataNet and GEOTRACES export.

Format: Schlitzer, Ocean Data View User's Guide, "Generic ODV Spreadsheet Format"; SeaDataNet, ODV4 ASCII format.
"""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.delimited import reader as table
from qc.readers.delimited import text as delimited
from qc.readers.delimited.description import Flag, Layout, Second, TableSpec, Time
from qc.readers.files.source import Source
from qc.table import flags

METADATA = ("cruise", "station", "type", "time", "day", "clock", "longitude", "latitude")
_FEWEST_OF_A_CTD = 250  # samples; what ODV itself takes for a CTD cast where Type is "*"

# what a name begins with, in any case; of several columns the one whose pattern stands first
_NAMES = {
    "cruise": (r"cruise$",),
    "station": (r"station$",),
    "type": (r"type$",),
    "time": (r"yyyy-mm-dd",),
    "day": (r"mon/day/yr", r"mm/dd/yyyy"),
    "clock": (r"hh:mm",),
    "longitude": (r"lon(gitude)?$",),
    "latitude": (r"lat(itude)?$",),
    "pressure": (r"ctdprs", r"pres(sure)?\b", r"prs\b"),
    "depth": (r"depth\b",),
    "temperature": (r"ctdtmp", r"temp(erature)?\b"),
    "salinity": (r"ctdsal", r"(practical )?salinity", r"psal\b|sal\b|salnty\b"),
    "oxygen": (r"(ctd)?(dissolved[ _])?(oxygen|doxy|oxy(?![a-z])|ox\b|o2\b|dox\d?\b)",),
    "nitrate": (r"nitrate(_d_conc|(?![\w+]))", r"no3\b"),
    "phosphate": (r"phosphate(_d_conc|(?!\w))", r"po4\b"),
    "silicate": (r"silicate(_d_conc|(?!\w))", r"silicic acid", r"sio[34]\b|sioh4\b"),
}
# the first four letters of a parameter code of SeaDataNet's vocabulary P01
_P01 = {
    "PRES": "pressure",
    "ADEP": "depth",
    "TEMP": "temperature",
    "PSAL": "salinity",
    "PSLT": "salinity",
    "DOXY": "oxygen",
    "NTRA": "nitrate",
    "PHOS": "phosphate",
    "SLCA": "silicate",
}
_AMOUNTS = ("oxygen", "nitrate", "phosphate", "silicate")
_SENSOR = re.compile(r"ctd|sensor|sbe|optode|aanderaa|rinko", re.I)
# the flag columns "QV:SEADATANET" and the like; ODV's own scale is 0 good, 1 unknown, 4 questionable, 8 bad
_SCHEMES = {
    "SEADATANET": "seadatanet",
    "ODV": "odv",
    "IODE": "iode",
    "ARGO": "argo",
    "WOCECTD": "whp_ctd",
    "WOCEBOTTLE": "whp_bottle",  # water samples; WOCESAMPLE is the device that took them
    "WOCESAMPLE": "whp_device",
}
_ODV = {1: "0", 2: "1", 3: "4", 4: "8"}


def looks_like_it(text: str) -> bool:
    """Tell whether a text is an ODV spreadsheet: below its comments a header that names cruise, station and type."""
    names = [_split(label)[0].lower() for label in _fields(delimited.header_line(text, "//"))]
    return {"cruise", "station", "type"} <= set(names)


def read(source: Source, policy: seawater.Policy = "sample") -> pa.Table:
    """Read an ODV spreadsheet.

    Oxygen of bottles and of a sensor beside them are two casts, of instrument "bottle" and "ctd".

    Parameters
    ----------
    source : Source
        The text.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume.

    Returns
    -------
    pyarrow.Table
        Observations; `row` counts data lines; `cast` is cruise, station and time, with "#stop" for the sensor's beside
        bottles.

    Raises
    ------
    InputError
        If it is no such text, has no oxygen or no time, a line has too few or too many fields, or a number is none.
    """
    text = source.text()
    line = delimited.header_line(text, "//")
    labels = _fields(line)
    at = positions(labels, _codes(text), source.name)
    keys = {position: key for key, position in at.items()}
    names = [keys.get(i, f"column {i}") for i in range(len(labels))]
    missing = re.findall(r"(?m)^//\s*<MissingValueIndicators>(.*?)</", text)
    layout = Layout(
        delimiter=_delimiter(line), comment="//", names=names, missing=["-1e10", *" ".join(missing).split()]
    )
    spec = description(labels, at)
    texts = spec.texts - {"instrument"} | {key for key in ("type",) if key in at}
    frame = delimited.read(source, layout, set(at), texts, require=set())
    frame = _spread(frame, source)
    of_float = re.search(r"(?m)^//\s*FLOAT VARIABLES", text)  # FloatViz, whose Type is C
    frame["instrument"] = "float" if of_float else _instrument(frame, by_sensor(labels, at))
    return table.observations(frame, spec, policy, source.name)


def positions(labels: list[str], codes: dict[str, str], file: str) -> dict[str, int]:
    """Find the columns that are wanted, and the flags to the right of them.

    Parameters
    ----------
    labels : list of str
        Header, "Oxygen [umol/kg]", each value followed by its flags, "QV:SEADATANET" or "QF", if it has any.
    codes : dict
        Name to parameter code of SeaDataNet's vocabulary P01, where known.
    file : str
        What to name in an error.

    Returns
    -------
    dict
        Our name to position; "second_oxygen" is a sensor's beside bottles, "oxygen_flag" and so on are flags.

    Raises
    ------
    InputError
        If there is no oxygen, time, position, cruise, station, or neither pressure nor depth.
    """
    found: dict[str, list[tuple[int, int]]] = {key: [] for key in _NAMES}
    for i, label in enumerate(labels):
        key, rank = _meaning(label, codes)
        if key and (key not in _AMOUNTS or _known_unit(label)):
            found[key].append((rank, i))
    at = {key: min(places)[1] for key, places in found.items() if places}
    at |= _two_oxygens(labels, [i for _, i in sorted(found["oxygen"])])
    needed = {"cruise", "station", "longitude", "latitude", "oxygen"} | ({"day"} if "day" in at else {"time"})
    lacking = sorted(needed - set(at)) + ([] if {"pressure", "depth"} & set(at) else ["pressure or depth"])
    if lacking:
        raise InputError(f"an ODV spreadsheet without {', '.join(lacking)}", file, "it needs all of these")
    flagged = {f"{key}_flag": _flag_of(labels, i) for key, i in at.items() if key not in METADATA}
    return at | {key: i for key, i in flagged.items() if i is not None}


def description(labels: list[str], at: dict[str, int]) -> TableSpec:
    """Describe a spreadsheet whose columns are named as in `positions`.

    Parameters
    ----------
    labels : list of str
        Header.
    at : dict
        Our name to position.

    Returns
    -------
    TableSpec
        With the instrument in a column "instrument".
    """
    amounts = (*_AMOUNTS, "second_oxygen")
    units = {key: _split(labels[at[key]])[1] for key in amounts if key in at}
    places = {
        key: Flag(column=f"{key}_flag", scheme=_scheme(labels[at[f"{key}_flag"]])) for key in at if f"{key}_flag" in at
    }
    second = None
    if "second_oxygen" in at:
        second = Second(column="second_oxygen", unit=units.pop("second_oxygen"), flag=places.get("second_oxygen"))
    variables = [key for key in ("temperature", "salinity", *_AMOUNTS) if key in at]
    numbers = [key for key in ("latitude", "longitude", "pressure", "depth") if key in at]
    noon = Time(columns=["day"], format="%m/%d/%Y", hour=12)
    old = Time(columns=["day", "clock"], format="%m/%d/%Y %H:%M", otherwise=noon) if "clock" in at else noon
    return TableSpec.model_validate(
        {
            "archive": "geotraces" if "_D_CONC" in labels[at["oxygen"]].upper() else "odv",
            "columns": {key: key for key in (*numbers, *variables)},
            "units": units,
            "flags": {key: places[key] for key in variables if key in places},
            "schemes": _own_schemes(places),
            "second_oxygen": second,
            "time": Time(columns=["time"], format="ISO8601") if "time" in at else old,
            "cast": "{cruise}_{station}_{time:%Y-%m-%dT%H:%M}",
            "cruise": "{cruise}",
            "instrument": "{instrument}",
        }
    )


def by_sensor(labels: list[str], at: dict[str, int]) -> bool:
    """Tell whether the first oxygen is a sensor's."""
    return _SENSOR.search(_split(labels[at["oxygen"]])[0]) is not None


def _fields(line: str) -> list[str]:
    return [name.strip("\ufeff ") for name in delimited.split(line, _delimiter(line))]


def _delimiter(line: str) -> str:
    return "\t" if "\t" in line else max(",;", key=line.count)


def _split(label: str) -> tuple[str, str]:
    """Take a label apart into name and unit, less ODV's types (":METAVAR:TEXT") and typesetting ("~$m~#mol/kg")."""
    plain = re.sub(r":(METAVAR|PRIMARYVAR|INDEXED_TEXT|TEXT|DOUBLE|FLOAT|INTEGER|SHORT|BYTE)\b.*$", "", label)
    plain = re.sub(r"~[\^_]", "", re.sub(r"~\$m~?#?", "u", plain))
    name, _, unit = plain.partition("[")
    return name.strip(), unit.rsplit("]", 1)[0].strip()


def _codes(text: str) -> dict[str, str]:
    """Read the semantic header of SeaDataNet: local name to P01 code."""
    pattern = r"<subject>SDN:LOCAL:(.*?)</subject>\s*<object>SDN:P01::(\w+)</object>"
    return {_split(name)[0]: code for name, code in re.findall(pattern, text)}


def _meaning(label: str, codes: dict[str, str]) -> tuple[str, int]:
    """Give our name of a column and the rank of the pattern that found it; empty where it is none of ours."""
    name = _split(label)[0]
    coded = re.search(r"\(([A-Z]{4}\w{4})_\w{4}\)", name)  # "Oxygen (DOXYZZXX_UMLL)" of ICES
    code = codes.get(name) or (coded.group(1) if coded else "")
    if code:
        return _P01.get(code[:4], ""), 0
    for key, patterns in _NAMES.items():
        for rank, pattern in enumerate(patterns):
            if re.match(pattern, name, re.I):
                return key, rank
    return "", 0


def _known_unit(label: str) -> bool:
    try:
        seawater.normalise_unit(_split(label)[1])
    except InputError:  # percent of saturation, volts, nmol
        return False
    return True


def _two_oxygens(labels: list[str], places: list[int]) -> dict[str, int]:
    """Choose the bottles' oxygen and the sensor's; of several of a kind the first per mass, which needs no density."""

    def per_volume(place: int) -> bool:
        return seawater.UNITS[seawater.normalise_unit(_split(labels[place])[1])][1]

    ordered = sorted(places, key=per_volume)
    sensors = [i for i in ordered if _SENSOR.search(_split(labels[i])[0])]
    chosen = [group[0] for group in ([i for i in ordered if i not in sensors], sensors) if group]
    return dict(zip(("oxygen", "second_oxygen"), chosen))


def _flag_of(labels: list[str], place: int) -> int | None:
    """Find the flags of a value: right of it, or right of its standard deviation."""
    for i in range(place + 1, min(place + 3, len(labels))):
        if re.match(r"(QV\b|QF$)", labels[i], re.I):
            return i
        if not re.match(r"STANDARD_DEV|std", labels[i], re.I):
            break
    return None


def _scheme(label: str) -> str:
    """Name the scheme of a flag column; one we do not know keeps its name."""
    given = label.partition(":")[2].partition(":")[0].strip().upper() or "ODV"
    return _SCHEMES.get(given, given.lower())


def _own_schemes(places: dict[str, Flag]) -> dict[str, dict[int, str]]:
    """Describe the schemes that are not archives': ODV's own, and unknown ones: any of their codes may mean bad."""
    names = {flag.scheme for flag in places.values()} - set(flags.SCHEMES)
    return {name: _ODV if name == "odv" else {} for name in names}


def _spread(frame: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Give each sample the metadata of its station, which may stand in the station's first line alone."""
    given = [key for key in METADATA if key in frame]
    starts = frame[given].notna().any(axis=1).to_numpy()
    if len(frame) and not starts[0]:
        raise InputError("the first sample belongs to no station", source.name, "is the first line lost?")
    first = np.maximum.accumulate(np.where(starts, np.arange(len(frame)), 0))
    return frame.assign(**{key: frame[key].to_numpy()[first] for key in given})


def _instrument(frame: pd.DataFrame, sensor: bool) -> NDArray[np.str_]:
    """Tell bottles from CTD casts by Type, B or C, or where it is "*" by the number of samples, as ODV does."""
    if sensor:
        return np.full(len(frame), "ctd")
    station = frame.groupby([key for key in METADATA if key in frame], dropna=False, sort=False).ngroup().to_numpy()
    many = np.bincount(station)[station] > _FEWEST_OF_A_CTD if len(frame) else np.zeros(0, bool)
    kind = frame["type"].str.upper().to_numpy(object) if "type" in frame else np.full(len(frame), "*", object)
    return np.where(kind == "B", "bottle", np.where((kind == "C") | many, "ctd", "bottle"))
