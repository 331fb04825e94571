"""One door for every archive file: look at what it holds, read it into the observation table."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from qc import schema, seawater
from qc.errors import InputError
from qc.readers import argo, exchange, glodap, matlab, table, wod
from qc.readers.glodap import looks_like_it as _looks_like_glodap
from qc.readers.source import Source, form, open_all
from qc.readers.table_spec import TableSpec

__all__ = ["READERS", "InputError", "TableSpec", "read", "sniff"]

READERS: dict[str, Callable[[Source, seawater.Policy], pa.Table]] = {
    "wod": wod.read,
    "argo": argo.read,
    "glodap": glodap.read,
    "exchange": exchange.read,
}
# recognised, but not to be read: what it is, and the mend
_REFUSED = {
    "argo_core": ("an Argo file without oxygen", "use the Sprof, SR, SD, BR or BD file"),
    "woce_netcdf": ("CCHDO netCDF of the WOCE form, which is not read", "get the cruise as WHP-Exchange"),
    "cchdo_cf": ("CCHDO netCDF of the CF form, which is not read", "get the cruise as WHP-Exchange"),
    "wod_single": ("a single-cast file of the World Ocean Database, which is not read", "get the ragged form"),
    "woce_text": ("original WOCE text, which is not read", "get the cruise as WHP-Exchange"),
    "unknown": ("content of no known archive", "a table of your own needs a description (reader: table)"),
}
_PASSED_OVER = ("unknown", "argo_core")  # read-me files and core profiles lie in bundles beside what is read


def sniff(path: Path) -> str:
    """Tell what a file holds, by its content and not by its name.

    Parameters
    ----------
    path : Path
        A file, plain, gzipped, or a zip or tar of such files.

    Returns
    -------
    str
        A key of `READERS`, or one of argo_core, woce_netcdf, cchdo_cf, wod_single, woce_text, unknown. For a bundle,
        that of its first member that is no text of unknown content.

    Raises
    ------
    InputError
        If the file is missing, empty or truncated.
    """
    kinds = (_kind(source) for source in open_all(path))
    first = "unknown"
    for kind in kinds:
        if kind not in _PASSED_OVER:
            return kind
        first = kind if first == "unknown" else first
    return first


def read(path: Path, spec: TableSpec | None = None, policy: seawater.Policy = "sample") -> pa.Table:
    """Read one archive file into the observation table.

    Parameters
    ----------
    path : Path
        A file, plain, gzipped, or a zip or tar of such files; nothing is unpacked to disk.
    spec : TableSpec, optional
        Description of a delimited table; without it the content decides.
    policy : {"sample", "constant_1025", "refuse"}
        Density by which oxygen per volume is converted: see `qc.seawater.to_umol_kg`.

    Returns
    -------
    pyarrow.Table
        Observations of schema `qc.schema.OBSERVATIONS`; of a bundle all its members, in order.

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
        if kind in READERS:
            tables.append(READERS[kind](source, policy))
        elif kind in _PASSED_OVER:
            refused = kind if refused == "unknown" else refused
        else:
            raise InputError(_REFUSED[kind][0], source.name, _REFUSED[kind][1])
    if not tables:
        raise InputError(_REFUSED[refused][0], path.name, _REFUSED[refused][1])
    if len(tables) == 1:
        return tables[0]
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks().cast(schema.OBSERVATIONS)


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
            return "wod" if "z_row_size" in names else "wod_single"
        if "WOCE_VERSION" in dataset.ncattrs() or {"woce_date", "pressure"} <= names:
            return "woce_netcdf"
        if "CCHDO" in str(getattr(dataset, "Conventions", "")):
            return "cchdo_cf"
    return "unknown"


def _text_kind(source: Source) -> str:
    head = source.head(16384).decode("latin-1").lstrip("\ufeff\xef\xbb\xbf")
    first = head.split("\n", 1)[0]
    start = first.split(",")[0].strip().upper()
    if start in ("BOTTLE", "CTD") and "," in first:
        return "exchange"
    if _looks_like_glodap(first.split(",")):
        return "glodap"
    words = ("STNNBR", "EXPOCODE", "WHP-ID", "WOCE")
    return "woce_text" if any(word in head[:400].upper() for word in words) and "CTDPRS" in head.upper() else "unknown"
