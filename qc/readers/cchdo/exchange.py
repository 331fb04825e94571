"""WHP-Exchange text of CCHDO: bottle files (`*_hy1.csv`) and CTD casts (`*_ct1.csv`)."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.cchdo import sheet as whp_sheet
from qc.readers.cchdo import whp
from qc.readers.columns.coordinates import calendar
from qc.readers.files.source import Source

_ID = ("EXPOCODE", "STNNBR", "CASTNO", "DATE", "TIME", "LATITUDE", "LONGITUDE")
_NEEDED = ("STNNBR", "CASTNO", "DATE", "LATITUDE", "LONGITUDE", "CTDPRS")
_WANTED = {*_ID, *whp_sheet.COLUMNS, *(f"{name}_FLAG_W" for name in (*whp_sheet.COLUMNS, whp_sheet.BOTTLE))}


def read(source: Source, policy: seawater.Policy = "sample") -> pa.Table:
    """Read a bottle file or one CTD cast.

    A bottle stop gives a row of instrument "bottle" (OXYGEN) and, where the sensor has a value, one of instrument
    "ctd" (CTDOXY): see `qc.readers.cchdo.whp`. DEPTH, the depth of the bottom, is not read, nor is anything after
    END_DATA.

    Parameters
    ----------
    source : Source
        The file.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume.

    Returns
    -------
    pyarrow.Table
        Observations, named as `qc.readers.cchdo.whp.to_table` says; `row` counts data lines.

    Raises
    ------
    InputError
        If the file is no such file, is truncated (no END_DATA), lacks a needed column, or has an unknown unit.
    """
    frame, units, ctd = _frame(source)
    ids = frame[["EXPOCODE", "STNNBR", "CASTNO"]]
    profile = ids.groupby(list(ids), sort=False).ngroup().to_numpy().astype(np.int64)
    _, first = np.unique(profile, return_index=True)
    expocode, station, cast = (ids[name].iloc[first].tolist() for name in ids)
    date, clock = _number(frame, "DATE", source), _number(frame, "TIME", source)  # hhmm; lost zeros: 7 is 00:07
    sheet = whp_sheet.Sheet(
        source=source,
        expocode=expocode,
        station=station,
        cast=cast,
        profile=profile,
        ctd=np.full(len(frame), ctd),
        row=np.arange(len(frame)),
        time=calendar(date // 10000, date // 100 % 100, date % 100, clock // 100, clock % 100),
        latitude=_number(frame, "LATITUDE", source),
        longitude=_number(frame, "LONGITUDE", source),
        values={name: _number(frame, name, source) for name in whp_sheet.COLUMNS if name in frame},
        units=units,
        codes={
            name: frame[f"{name}_FLAG_W"].to_numpy(object)
            for name in (*whp_sheet.COLUMNS, whp_sheet.BOTTLE)
            if f"{name}_FLAG_W" in frame
        },
    )
    return whp.to_table(sheet, policy)


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
    lacking = [name for name in _NEEDED if name not in frame]
    if lacking:
        raise InputError(f"no column {', '.join(lacking)}", source.name)
    return frame if "EXPOCODE" in frame else frame.assign(EXPOCODE=""), units, kind == "CTD"


def _table(header: list[str], body: list[str], source: Source) -> pd.DataFrame:
    positions = {name: i for i, name in reversed(list(enumerate(header))) if name in _WANTED}
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
    return frame.fillna("").apply(lambda column: column.str.strip())


def _number(frame: pd.DataFrame, name: str, source: Source) -> NDArray[np.float64]:
    """Return a column as numbers; blanks and values beginning with -999 are NaN."""
    if name not in frame:
        return np.full(len(frame), np.nan)
    text = frame[name]
    text = text.where(~text.str.startswith("-999") & (text != ""), other=None)
    numbers = whp_sheet.parse(text)
    wrong = np.isnan(numbers) & text.notna().to_numpy()
    if wrong.any():
        raise InputError(f"{text[wrong].iloc[0]!r} in column {name} is no number", source.name)
    return numbers
