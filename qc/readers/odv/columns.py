"""Columns of ODV exports: which of them are read, their units, flags, and the table description that follows."""

import re

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.columns.variables import AMOUNTS
from qc.readers.delimited.description import TableSpec
from qc.readers.delimited.description_parts import Flag, Second, Time
from qc.table import flags

_FLAGGED_AS = {"latitude": "position", "day": "time"}  # whose flags stand right of what
_NAMES_OF = ("cruise", "station", "type", "clock", "longitude")
METADATA = ("cruise", "station", "type", "time", "day", "clock", "longitude", "latitude")

# beginnings of names, in any case; of several columns the one that matches the first pattern is read
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
_SENSOR = re.compile(r"ctd|sensor|sbe|optode|aanderaa|rinko", re.I)
# of flag columns such as "QV:SEADATANET"; ODV's own scheme is 0 good, 1 unknown, 4 questionable, 8 bad
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


def positions(labels: list[str], codes: dict[str, str], file: str) -> dict[str, int]:
    """Find the columns to read, and the flags to the right of them.

    Parameters
    ----------
    labels : list of str
        Header, "Oxygen [umol/kg]", each value followed by its flags, "QV:SEADATANET" or "QF", if it has any.
    codes : dict
        Name to parameter code of SeaDataNet's vocabulary P01, where known.
    file : str
        Name of the file, for messages.

    Returns
    -------
    dict
        Name in the observation table to position; "second_oxygen" is the oxygen of a sensor in addition to bottles,
        "oxygen_flag" and so on are flags, "position_flag" that to the right of the latitude (as in FloatViz).

    Raises
    ------
    InputError
        If there is no oxygen, time, position, cruise, station, or neither pressure nor depth.
    """
    found: dict[str, list[tuple[int, int]]] = {key: [] for key in _NAMES}
    for i, label in enumerate(labels):
        key, rank = _meaning(label, codes)
        if key and (key not in AMOUNTS or _known_unit(label)):
            found[key].append((rank, i))
    at = {key: min(ranked)[1] for key, ranked in found.items() if ranked}
    at |= _two_oxygens(labels, [i for _, i in sorted(found["oxygen"])])
    needed = {"cruise", "station", "longitude", "latitude", "oxygen"} | ({"day"} if "day" in at else {"time"})
    missing = sorted(needed - set(at)) + ([] if {"pressure", "depth"} & set(at) else ["pressure or depth"])
    if missing:
        raise InputError(f"an ODV spreadsheet without {', '.join(missing)}", file, "it needs all of these")
    flagged = {
        f"{_FLAGGED_AS.get(key, key)}_flag": _flag_of(labels, i) for key, i in at.items() if key not in _NAMES_OF
    }
    return at | {key: i for key, i in flagged.items() if i is not None}


def description(labels: list[str], at: dict[str, int]) -> TableSpec:
    """Describe a spreadsheet whose columns are named as in `positions`.

    Parameters
    ----------
    labels : list of str
        Header.
    at : dict
        Name in the observation table to position.

    Returns
    -------
    TableSpec
        With the instrument in a column "instrument".
    """
    amounts = (*AMOUNTS, "second_oxygen")
    units = {key: split_label(labels[at[key]])[1] for key in amounts if key in at}
    columns = {
        key.removesuffix("_flag"): Flag(column=key, scheme=_scheme(labels[i]))
        for key, i in at.items()
        if key.endswith("_flag")
    }
    second = None
    if "second_oxygen" in at:
        second = Second(column="second_oxygen", unit=units.pop("second_oxygen"), flag=columns.get("second_oxygen"))
    variables = [key for key in ("temperature", "salinity", *AMOUNTS) if key in at]
    numbers = [key for key in ("latitude", "longitude", "pressure", "depth") if key in at]
    noon = Time(columns=["day"], format="%m/%d/%Y", hour=12)
    old = Time(columns=["day", "clock"], format="%m/%d/%Y %H:%M", otherwise=noon) if "clock" in at else noon
    return TableSpec.model_validate(
        {
            "archive": "geotraces" if "_D_CONC" in labels[at["oxygen"]].upper() else "odv",
            "columns": {key: key for key in (*numbers, *variables)},
            "units": units,
            "flags": {key: columns[key] for key in (*variables, "position", "time") if key in columns},
            "schemes": _own_schemes(columns),
            "second_oxygen": second,
            "time": Time(columns=["time"], format="ISO8601") if "time" in at else old,
            "cast": "{cruise}_{station}_{time:%Y-%m-%dT%H:%M}",
            "cruise": "{cruise}",
            "instrument": "{instrument}",
        }
    )


def is_sensor(labels: list[str], at: dict[str, int]) -> bool:
    """Return whether the first oxygen was measured by a sensor.

    Parameters
    ----------
    labels : list of str
        Header.
    at : dict
        Name in the observation table to position.
    """
    return _SENSOR.search(split_label(labels[at["oxygen"]])[0]) is not None


def split_label(label: str) -> tuple[str, str]:
    """Return name and unit of a label, without ODV's types (":METAVAR:TEXT") and typesetting ("~$m~#mol/kg").

    Parameters
    ----------
    label : str
        "Oxygen [umol/kg]".

    Returns
    -------
    name, unit : str
        Stripped; the unit is empty where there is none.
    """
    plain = re.sub(r":(METAVAR|PRIMARYVAR|INDEXED_TEXT|TEXT|DOUBLE|FLOAT|INTEGER|SHORT|BYTE)\b.*$", "", label)
    plain = re.sub(r"~[\^_]", "", re.sub(r"~\$m~?#?", "u", plain))
    name, _, unit = plain.partition("[")
    return name.strip(), unit.rsplit("]", 1)[0].strip()


def _meaning(label: str, codes: dict[str, str]) -> tuple[str, int]:
    """Return the name of a column in the observation table, empty if none, and the rank of the pattern that matched."""
    name = split_label(label)[0]
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
    """Return whether the unit of a label can be converted to umol/kg."""
    try:
        seawater.normalise_unit(split_label(label)[1])
    except InputError:  # percent of saturation, volts, nmol
        return False
    return True


def _two_oxygens(labels: list[str], positions: list[int]) -> dict[str, int]:
    """Choose oxygen of bottles and of a sensor; of several the first per mass, which needs no density."""

    def per_volume(position: int) -> bool:
        return seawater.is_volumetric(seawater.normalise_unit(split_label(labels[position])[1]))

    ordered = sorted(positions, key=per_volume)
    sensors = [i for i in ordered if _SENSOR.search(split_label(labels[i])[0])]
    chosen = [group[0] for group in ([i for i in ordered if i not in sensors], sensors) if group]
    return dict(zip(("oxygen", "second_oxygen"), chosen))


def _flag_of(labels: list[str], position: int) -> int | None:
    """Return the position of the flags of a value: right of it, or right of its standard deviation."""
    for i in range(position + 1, min(position + 3, len(labels))):
        if re.match(r"(QV\b|QF$)", labels[i], re.I):
            return i
        if not re.match(r"STANDARD_DEV|std", labels[i], re.I):
            break
    return None


def _scheme(label: str) -> str:
    """Return the scheme of a flag column; an unknown one keeps its name."""
    given = label.partition(":")[2].partition(":")[0].strip().upper() or "ODV"
    return _SCHEMES.get(given, given.lower())


def _own_schemes(columns: dict[str, Flag]) -> dict[str, dict[int, str]]:
    """Return schemes that are not in `SCHEMES`: ODV's own, and unknown ones, whose codes are all suspect."""
    names = {flag.scheme for flag in columns.values()} - set(flags.SCHEMES)
    return {name: _ODV if name == "odv" else {} for name in names}
