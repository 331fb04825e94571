"""One door for every archive file: look at what it holds, read it into the observation table."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from qc.errors import InputError
from qc.physics import seawater
from qc.readers import argo, geotraces, glodap, odv, seaglider
from qc.readers import unsupported as foreign
from qc.readers.cchdo import cf_netcdf as cchdo_cf
from qc.readers.cchdo import exchange, woce_netcdf, woce_text
from qc.readers.cchdo import station_summary as woce_sum
from qc.readers.delimited import reader as table
from qc.readers.delimited.description import TableSpec
from qc.readers.files import matlab
from qc.readers.files.source import Source, form, open_all
from qc.readers.glodap import looks_like_it as _looks_like_glodap
from qc.readers.wod import ascii as wod_ascii
from qc.readers.wod import netcdf as wod
from qc.table import schema

__all__ = ["READERS", "InputError", "TableSpec", "companions", "read", "sniff"]

READERS: dict[str, Callable[[Source, seawater.Policy], pa.Table]] = {
    "wod": wod.read,
    "wod_ascii": wod_ascii.read,
    "argo": argo.read,
    "glodap": glodap.read,
    "exchange": exchange.read,
    "woce_netcdf": woce_netcdf.read,
    "cchdo_cf": cchdo_cf.read,
    "woce_text": woce_text.read,
    "geotraces": geotraces.read,
    "odv": odv.read,
    "seaglider": seaglider.read,
}
# recognised, but not to be read: what it is, and the fix; such files are passed over in bundles beside what is read
_REFUSED = {
    **foreign.REFUSED,
    "argo_core": ("an Argo file without oxygen", "use the Sprof, SR, SD, BR or BD file"),
    "woce_sum": (
        "a WOCE station summary, which holds no measurements",
        "read the .hyd or .ctd file that lies beside it",
    ),
    "unknown": ("content of no known archive", "a delimited table needs a description: TableSpec"),
}


def sniff(path: Path) -> str:
    """Tell what a file holds, by its content and not by its name.

    Parameters
    ----------
    path : Path
        A file, plain, gzipped, or a zip or tar of such files.

    Returns
    -------
    str
        A key of `READERS`, or of what is recognised but not read: argo_core, woce_sum, a key of
        `qc.readers.unsupported.FORMS`, or unknown. For a bundle, that of its first member that is read.

    Raises
    ------
    InputError
        If the file is missing, empty or truncated.
    """
    kinds = (_kind(source) for source in open_all(path))
    first = "unknown"
    for kind in kinds:
        if kind in READERS:
            return kind
        first = kind if first == "unknown" else first
    return first


@np.errstate(all="ignore")  # numbers beyond all sense overflow to what the table holds as missing
def read(
    path: Path,
    spec: TableSpec | None = None,
    policy: seawater.Policy = "sample",
    wod_oxygen_unit: wod_ascii.Unit | None = None,
) -> pa.Table:
    """Read one archive file into the observation table.

    Parameters
    ----------
    path : Path
        A file, plain, gzipped, or a zip or tar of such files; nothing is unpacked to disk.
    spec : TableSpec, optional
        Description of a delimited table; without it the content decides.
    policy : {"sample", "constant_1025", "refuse"}
        Density by which oxygen per volume is converted: see `qc.physics.seawater.to_umol_kg`.
    wod_oxygen_unit : {"ml/l", "umol/kg"}, optional
        Unit of oxygen in native ASCII of the World Ocean Database, which does not say it: ml/l before WOD18, umol/kg
        since. Left out, the values tell it or the file is refused: see `qc.readers.wod.ascii.read`.

    Returns
    -------
    pyarrow.Table
        Observations of schema `qc.table.schema.OBSERVATIONS`; of a bundle all its members, in order.

    Raises
    ------
    InputError
        If the file is missing, empty, truncated, of unknown content, or breaks the rules of its format.
    """
    tables = []
    refused = "unknown"
    for source in open_all(path):
        if spec is not None:
            tables.append(table.read(source, spec, policy))
            continue
        kind = _kind(source)
        if kind == "wod_ascii":
            tables.append(wod_ascii.read(source, policy, wod_oxygen_unit))
        elif kind in READERS:
            tables.append(READERS[kind](source, policy))
        elif refused == "unknown":
            refused = kind
    if not tables:
        raise InputError(_REFUSED[refused][0], path.name, _REFUSED[refused][1])
    if len(tables) == 1:
        return tables[0]
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks().cast(schema.OBSERVATIONS)


def companions(path: Path, spec: TableSpec | None = None) -> list[Path]:
    """Name the other files that `read` looks into for a file: what is read changes where they do.

    Parameters
    ----------
    path : Path
        As for `read`.
    spec : TableSpec, optional
        As for `read`.

    Returns
    -------
    list of Path
        Those that exist: the table that a description joins; for WOCE text the station summaries in its folder.

    Raises
    ------
    InputError
        If summaries lie beside the file, and it is missing, empty or truncated.
    """
    if spec is not None:
        joined = spec.join.beside(path.parent) if spec.join else None
        return [joined] if joined and joined.is_file() else []
    summaries = list(woce_sum.candidates(Source(path.name, path=path, folder=path.parent)))
    if not summaries or not any(_kind(source) == "woce_text" for source in open_all(path)):
        return []
    return summaries


def _kind(source: Source) -> str:
    kind = form(source.head())
    if kind == "netcdf":
        return _netcdf_kind(source)
    if kind == "mat":
        return "glodap" if _looks_like_glodap(matlab.names(source)) else "unknown"
    return _text_kind(source) if kind == "text" else "unknown"


def _netcdf_kind(source: Source) -> str:
    with source.netcdf() as dataset:
        names = set(dataset.variables)
        if "STATION_PARAMETERS" in names:
            return "argo" if "DOXY" in names else "argo_core"
        if {"wod_unique_cast", "z"} <= names:
            return "wod"
        if "WOCE_VERSION" in dataset.ncattrs() or {"woce_date", "pressure"} <= names:
            return "woce_netcdf"
        if "CCHDO" in str(getattr(dataset, "Conventions", "")):
            return "cchdo_cf"
        if {"N_STATIONS", "N_SAMPLES"} <= set(dataset.dimensions):
            return "geotraces"
        if seaglider.looks_like_it(names, set(dataset.ncattrs())):
            return "seaglider"
    return "unknown"


def _text_kind(source: Source) -> str:
    if wod_ascii.looks_like_it(source.head()):
        return "wod_ascii"
    head = source.head(16384).decode("latin-1").lstrip("\ufeff\xef\xbb\xbf")
    first = head.split("\n", 1)[0]
    start = first.split(",")[0].strip().upper()
    if start in ("BOTTLE", "CTD") and "," in first:
        return "exchange"
    if _looks_like_glodap(first.split(",")):
        return "glodap"
    if woce_sum.looks_like_it(head):
        return "woce_sum"
    if woce_text.looks_like_it(head):
        return "woce_text"
    if odv.looks_like_it(source.head(1 << 18).decode("latin-1") if head.startswith("//") else head):
        return "odv"
    return foreign.kind_of(head) or "unknown"
