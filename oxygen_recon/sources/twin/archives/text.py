"""Repeat sections in the layout of text archives: a GLODAP merged csv and WHP-Exchange bottle files."""

from pathlib import Path

import gsw
import numpy as np
import pandas as pd

from graphs.types import Ints
from oxygen_recon.sources.twin.archives.wod import CastLocations
from oxygen_recon.sources.twin.observing.instruments import Record

# Columns of the GLODAPv2.2023 merged master file, without their common prefix G2.
_GLODAP = (
    "expocode cruise station region cast year month day hour minute latitude longitude bottomdepth maxsampdepth bottle "
    "pressure depth temperature theta salinity salinityf salinityqc sigma0 sigma1 sigma2 sigma3 sigma4 gamma "
    "oxygen oxygenf oxygenqc aou aouf nitrate nitratef nitrateqc nitrite nitritef silicate silicatef silicateqc "
    "phosphate phosphatef phosphateqc tco2 tco2f tco2qc talk talkf talkqc fco2 fco2f fco2temp phts25p0 phts25p0f "
    "phtsinsitutp phtsinsitutpf phtsqc cfc11 pcfc11 cfc11f cfc11qc cfc12 pcfc12 cfc12f cfc12qc cfc113 pcfc113 cfc113f "
    "cfc113qc ccl4 pccl4 ccl4f ccl4qc sf6 psf6 sf6f sf6qc c13 c13f c13qc c14 c14f c14err h3 h3f h3err he3 he3f he3err "
    "he hef heerr neon neonf neonerr o18 o18f toc tocf doc docf don donf tdn tdnf chla chlaf doi"
).split()
_NUTRIENTS = {"nitrate": "%.2f", "silicate": "%.2f", "phosphate": "%.3f"}
_WHP_FLAG = {1: 2, 3: 3, 4: 4}  # IODE to WHP water sample
_EXCHANGE = (
    ("EXPOCODE", ""), ("SECT_ID", ""), ("STNNBR", ""), ("CASTNO", ""), ("SAMPNO", ""), ("BTLNBR", ""),
    ("BTLNBR_FLAG_W", ""), ("DATE", ""), ("TIME", ""), ("LATITUDE", ""), ("LONGITUDE", ""), ("DEPTH", "METERS"),
    ("CTDPRS", "DBAR"), ("CTDTMP", "ITS-90"), ("CTDSAL", "PSS-78"), ("CTDSAL_FLAG_W", ""), ("OXYGEN", "UMOL/KG"),
    ("OXYGEN_FLAG_W", ""), ("SILCAT", "UMOL/KG"), ("SILCAT_FLAG_W", ""), ("NITRAT", "UMOL/KG"), ("NITRAT_FLAG_W", ""),
    ("PHSPHT", "UMOL/KG"), ("PHSPHT_FLAG_W", ""),
)  # fmt: skip


def write_glodap(record: Record, directory: Path) -> CastLocations:
    """Write `GLODAP_twin_merged.csv` in the layout of GLODAPv2.2023: 109 columns, -9999 is missing.

    Parameters
    ----------
    record : Record
        Casts of repeat sections; levels that the originator flagged as bad are missing (flag 9).
    directory : Path
        Existing folder.

    Returns
    -------
    CastLocations
    """
    casts, columns = record.casts, _glodap_columns(record)
    file = "GLODAP_twin_merged.csv"
    constant = {name: "9" if name.endswith("f") else "0" if name.endswith("qc") else "-9999" for name in _GLODAP}
    template = ",".join(columns[name][0] if name in columns else constant[name] for name in _GLODAP)
    header = ",".join(f"G2{name}" for name in _GLODAP)
    rows = _rows(template, [columns[name][1] for name in _GLODAP if name in columns], -9999.0)
    (directory / file).write_text("\n".join([header, *rows]) + "\n", encoding="ascii")
    names = casts["cruise"].astype(str) + "_" + casts["station"].astype(str) + "_1"
    return CastLocations("glodap", np.full(len(casts), file), names.to_numpy(str), np.arange(len(record.levels)))


def _glodap_columns(record: Record) -> dict[str, tuple[str, object]]:
    """Return format and values of the columns that the twin has; the others are constant."""
    casts, levels = record.casts, record.levels
    cast = levels["cast"].to_numpy()
    oxygen = np.where(levels["flag"] == 4, np.nan, np.round(levels["oxygen"], 1))
    salinity, temperature = levels["salinity"].to_numpy(), levels["temperature"].to_numpy()
    absolute = gsw.SR_from_SP(salinity)
    theta = gsw.pt0_from_t(absolute, temperature, levels["pressure"].to_numpy())
    time = pd.DatetimeIndex(casts["time"])[cast]
    number, _ = pd.factorize(casts["cruise"])
    deepest = levels.groupby("cast")["depth"].max().to_numpy()
    columns: dict[str, tuple[str, object]] = {
        "expocode": ("%s", casts["cruise"].to_numpy()[cast]),
        "cruise": ("%d", 9001 + number[cast]),
        "station": ("%d", casts["station"].to_numpy()[cast]),
        "cast": ("%d", np.ones(cast.size, int)),
        **{part: ("%d", getattr(time, part)) for part in ("year", "month", "day", "hour", "minute")},
        "latitude": ("%.4f", casts["latitude"].to_numpy()[cast]),
        "longitude": ("%.4f", casts["longitude"].to_numpy()[cast]),
        "bottomdepth": ("%.0f", casts["floor"].to_numpy()[cast]),
        "maxsampdepth": ("%.1f", deepest[cast]),
        "bottle": ("%d", 1 + np.arange(cast.size) - np.searchsorted(cast, cast)),
        "pressure": ("%.1f", levels["pressure"].to_numpy()),
        "depth": ("%.1f", levels["depth"].to_numpy()),
        "temperature": ("%.4f", temperature),
        "theta": ("%.4f", theta),
        "salinity": ("%.3f", salinity),
        "sigma0": ("%.3f", gsw.sigma0(absolute, gsw.CT_from_pt(absolute, theta))),
        "oxygen": ("%.1f", oxygen),
        "aou": ("%.2f", gsw.O2sol_SP_pt(salinity, theta) - oxygen),
        **{name: (form, levels[name].to_numpy()) for name, form in _NUTRIENTS.items()},
    }
    for name in ("salinity", "oxygen", "aou", *_NUTRIENTS):
        columns[f"{name}f"] = ("%d", np.where(np.isfinite(np.asarray(columns[name][1], float)), 2, 9))
    for name in ("salinityqc", "oxygenqc", "nitrateqc", "silicateqc", "phosphateqc"):
        columns[name] = ("%d", np.ones(cast.size, int))
    return columns


def write_exchange(record: Record, directory: Path) -> CastLocations:
    """Write one `<expocode>_hy1.csv` per cruise: unit row, WHP flags, -999 is missing, deepest bottle first.

    Parameters
    ----------
    record : Record
        Casts of repeat sections.
    directory : Path
        Existing folder.

    Returns
    -------
    CastLocations
    """
    cruise = record.casts["cruise"].to_numpy()
    cast = record.levels["cast"].to_numpy()
    row = np.zeros(cast.size, np.int64)
    for expocode in np.unique(cruise):
        which = cruise == expocode
        row[which[cast]] = _exchange(record.take(which), str(expocode), directory / f"{expocode}_hy1.csv")
    names = record.casts["cruise"].astype(str) + "_" + record.casts["station"].astype(str) + "_1"
    return CastLocations("cchdo", np.array([f"{code}_hy1.csv" for code in cruise]), names.to_numpy(str), row)


def _exchange(record: Record, expocode: str, path: Path) -> Ints:
    """Write one cruise; return the data line of each level of the record."""
    cast = record.levels["cast"].to_numpy()
    order = np.lexsort((-record.levels["depth"].to_numpy(), cast))
    columns = _exchange_columns(record.casts.iloc[cast[order]], record.levels.iloc[order])
    line = str(record.casts["line"].iloc[0])
    constant = {"EXPOCODE": expocode, "SECT_ID": f"{line:>5}", "CASTNO": "1", "BTLNBR_FLAG_W": "2"}
    names = [name for name, _ in _EXCHANGE]
    template = ",".join(columns[name][0] if name in columns else constant[name] for name in names)
    rows = _rows(template, [columns[name][1] for name in names if name in columns], -999.0)
    head = [
        "BOTTLE,20240101TWINOCEAN",
        "#made by oxygen-recon: a twin ocean, not measured",
        ",".join(names),
        ",".join(unit for _, unit in _EXCHANGE),
    ]
    path.write_text("\n".join([*head, *rows, "END_DATA"]) + "\n", encoding="ascii")
    data_line = np.empty(cast.size, np.int64)
    data_line[order] = np.arange(cast.size)
    return data_line


def _exchange_columns(casts: pd.DataFrame, levels: pd.DataFrame) -> dict[str, tuple[str, object]]:
    """Return format and values of the columns that vary, for levels in the order of the file."""
    cast = levels["cast"].to_numpy()
    bottle = 1 + np.arange(cast.size) - np.searchsorted(cast, cast)
    time = pd.DatetimeIndex(casts["time"])
    columns: dict[str, tuple[str, object]] = {
        "STNNBR": ("%6d", casts["station"]),
        "SAMPNO": ("%6d", bottle),
        "BTLNBR": ("%6d", bottle),
        "DATE": ("%s", time.strftime("%Y%m%d")),
        "TIME": ("%s", time.strftime("%H%M")),
        "LATITUDE": ("%8.4f", casts["latitude"]),
        "LONGITUDE": ("%9.4f", casts["longitude"]),
        "DEPTH": ("%5.0f", casts["floor"]),
        "CTDPRS": ("%8.1f", levels["pressure"]),
        "CTDTMP": ("%8.4f", levels["temperature"]),
        "CTDSAL": ("%8.4f", levels["salinity"]),
        "CTDSAL_FLAG_W": ("%d", np.where(np.isfinite(levels["salinity"]), 2, 5)),
        "OXYGEN": ("%8.1f", levels["oxygen"]),
        "OXYGEN_FLAG_W": ("%d", np.where(np.isfinite(levels["oxygen"]), levels["flag"].map(_WHP_FLAG), 5)),
    }
    for name, variable in (("SILCAT", "silicate"), ("NITRAT", "nitrate"), ("PHSPHT", "phosphate")):
        columns[name] = ("%8.2f", levels[variable])
        columns[f"{name}_FLAG_W"] = ("%d", np.where(np.isfinite(levels[variable]), 2, 5))
    return columns


def _rows(template: str, columns: list[object], missing: float) -> list[str]:
    """Format columns row by row; NaN is written as the missing value."""
    lists = []
    for column in columns:
        array = np.asarray(column)
        if array.dtype.kind == "f":
            array = np.where(np.isfinite(array), array, missing)
        lists.append(array.tolist())
    return [template % row for row in zip(*lists)]
