"""WHP-Exchange text of CCHDO: bottle files (`*_hy1.csv`) and CTD casts (`*_ct1.csv`)."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.cchdo import whp, whp_columns
from qc.readers.files.source import Source
from qc.types import Floats

_ID = ("EXPOCODE", "STNNBR", "CASTNO", "DATE", "TIME", "LATITUDE", "LONGITUDE")
_REQUIRED = ("STNNBR", "CASTNO", "DATE", "LATITUDE", "LONGITUDE", "CTDPRS")
_READ = {*_ID, *whp_columns.COLUMNS, *(f"{name}_FLAG_W" for name in (*whp_columns.COLUMNS, whp_columns.BOTTLE))}


def read(source: Source, policy: seawater.Policy = "sample") -> pa.Table:
    """Read a bottle file or one CTD cast.

    A bottle stop gives a row of instrument "bottle" (OXYGEN) and, where the sensor has a value, one of instrument
    "ctd" (CTDOXY): see `qc.readers.cchdo.whp`. DEPTH, the depth of the bottom, and lines after END_DATA are not read.

    Parameters
    ----------
    source : Source
        The file.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume.

    Returns
    -------
    pyarrow.Table
        Observations, named as in `qc.readers.cchdo.whp.to_table`; `row` counts data lines.

    Raises
    ------
    InputError
        If the file does not begin with BOTTLE or CTD, is truncated (no END_DATA), lacks a required column, or has an
        unknown unit.
    """
    frame, units, ctd = _frame(source)
    ids = frame[["EXPOCODE", "STNNBR", "CASTNO"]]
    profile, first = whp_columns.number_profiles(ids)
    expocode, station, cast = (ids[name].iloc[first].tolist() for name in ids)
    columns = whp_columns.WhpColumns(
        source=source,
        expocode=expocode,
        station=station,
        cast=cast,
        profile=profile,
        ctd=np.full(len(frame), ctd),
        row=np.arange(len(frame)),
        time=whp_columns.time_of(_number(frame, "DATE", source), _number(frame, "TIME", source)),
        latitude=_number(frame, "LATITUDE", source),
        longitude=_number(frame, "LONGITUDE", source),
        values={name: _number(frame, name, source) for name in whp_columns.COLUMNS if name in frame},
        units=units,
        codes={
            name: frame[f"{name}_FLAG_W"].to_numpy(object)
            for name in (*whp_columns.COLUMNS, whp_columns.BOTTLE)
            if f"{name}_FLAG_W" in frame
        },
    )
    return whp.to_table(columns, policy)


def _frame(source: Source) -> tuple[pd.DataFrame, dict[str, str], bool]:
    """Return the columns as text, the unit row, and whether it is a CTD cast."""
    lines = source.text().lstrip("\ufeff").splitlines()
    kind = lines[0].split(",")[0].strip().upper() if lines else ""
    if kind not in ("BOTTLE", "CTD"):
        raise InputError("does not begin with BOTTLE or CTD", source.name, "is it a WHP-Exchange file?")
    end = next((i for i, line in enumerate(lines) if line.startswith("END_DATA")), None)
    if end is None:
        raise InputError("no END_DATA line", source.name, "is it truncated? get it again")
    body = [line for line in lines[1:end] if line.strip(" ,") and not line.lstrip('" ').startswith("#")]
    keys: dict[str, str] = {}
    while kind == "CTD" and body and "=" in body[0]:
        key, _, value = body.pop(0).partition("=")
        keys[key.strip().upper()] = value.strip(" ,")
    if len(body) < 3:
        raise InputError("no data between header and END_DATA", source.name)
    header = [name.strip().upper() for name in body[0].split(",")]
    units = dict(zip(header, (unit.strip() for unit in body[1].split(","))))
    frame = _table(header, body[2:], source)
    for key in _ID:
        if key in keys and key not in frame:
            frame[key] = keys[key]
    missing = [name for name in _REQUIRED if name not in frame]
    if missing:
        raise InputError(f"no column {', '.join(missing)}", source.name)
    return frame if "EXPOCODE" in frame else frame.assign(EXPOCODE=""), units, kind == "CTD"


def _table(header: list[str], body: list[str], source: Source) -> pd.DataFrame:
    """Return the columns that are read, as stripped text; the first of columns of the same name."""
    positions = {name: i for i, name in reversed(list(enumerate(header))) if name in _READ}
    names = [name if positions.get(name) == i else f"{i}" for i, name in enumerate(header)]
    surplus = max(line.count(",") for line in body) + 1 - len(names)
    names += [f"{len(names) + i}" for i in range(surplus)]
    try:
        frame = pd.read_csv(
            io.StringIO("\n".join(body)),
            names=names,
            usecols=sorted(positions),
            dtype=str,
            na_filter=False,
            skipinitialspace=True,
        )
    except (pd.errors.ParserError, ValueError) as error:
        raise InputError(f"not a readable table ({str(error)[:80]})", source.name) from error
    result: pd.DataFrame = frame.fillna("").apply(lambda column: column.str.strip())
    return result


def _number(frame: pd.DataFrame, name: str, source: Source) -> Floats:
    """Return a column as numbers; blanks and values beginning with -999 are NaN."""
    if name not in frame:
        return np.full(len(frame), np.nan)
    text = frame[name]
    text = text.where(~text.str.startswith("-999") & (text != ""), other=None)
    numbers = whp_columns.parse(text)
    wrong = np.isnan(numbers) & text.notna().to_numpy()
    if wrong.any():
        raise InputError(f"{text[wrong].iloc[0]!r} in column {name} is no number", source.name)
    return numbers
