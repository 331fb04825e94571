"""Entrance to all readers: the format of an archive file by its content, and the reader of each format."""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from qc.errors import InputError, Refused
from qc.physics import seawater
from qc.readers import argo, glodap, seaglider, unsupported
from qc.readers.cchdo import cf_netcdf, exchange, station_summary, woce_netcdf, woce_text
from qc.readers.cf_dsg import reader as cf_dsg
from qc.readers.delimited import reader as delimited_reader
from qc.readers.delimited.description import TableSpec
from qc.readers.files import matlab
from qc.readers.files.file_types import file_type
from qc.readers.files.source import Source, open_all
from qc.readers.odv import netcdf as odv_netcdf
from qc.readers.odv import spreadsheet as odv_spreadsheet
from qc.readers.wod import ascii as wod_ascii
from qc.readers.wod import netcdf as wod_netcdf
from qc.table import schema

__all__ = ["READERS", "InputError", "NoReader", "TableSpec", "companions", "detect_format", "read"]

READERS: dict[str, Callable[[Source, seawater.Policy], pa.Table]] = {
    "wod": wod_netcdf.read,
    "wod_ascii": wod_ascii.read,
    "argo": argo.read,
    "glodap": glodap.read,
    "exchange": exchange.read,
    "woce_netcdf": woce_netcdf.read,
    "cchdo_cf": cf_netcdf.read,
    "woce_text": woce_text.read,
    "geotraces": odv_netcdf.read,
    "odv": odv_spreadsheet.read,
    "seaglider": seaglider.read,
    "cf_dsg": cf_dsg.read,
}


class NoReader(InputError):
    """The error for a file whose format has no reader.

    Parameters
    ----------
    what, where, fix : str
        As for `InputError`.
    kind : str
        The format, as `detect_format` names it.
    """

    def __init__(self, what: str, where: str, fix: str, kind: str) -> None:
        super().__init__(what, where, fix)
        self.kind = kind


def detect_format(path: Path) -> str:
    r"""Return the format of a file, detected by its content and not by its name.

    Parameters
    ----------
    path : Path
        A file, plain or compressed (gzip, bzip2, xz), or a zip or tar of such files.

    Returns
    -------
    str
        A key of `READERS`, or a format that is recognised but not read: argo_core, woce_sum, a key of
        `qc.readers.unsupported.FORMATS`, or unknown. For a bundle, that of its first member that is read.

    Raises
    ------
    InputError
        If the file is missing, empty or truncated.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "notes.txt")
    >>> _ = path.write_text("CTD,20170606\n")
    >>> detect_format(path)
    'exchange'
    """
    first = "unknown"
    refused: list[Refused] = []
    for name in _formats(path, refused):
        if name in READERS:
            return name
        first = name if first == "unknown" else first
    if first == "unknown" and refused:
        raise InputError(refused[0].what, refused[0].where)
    return first


@np.errstate(all="ignore")  # implausibly large numbers overflow, and are missing in the table
def read(
    path: Path,
    spec: TableSpec | None = None,
    policy: seawater.Policy = "sample",
    wod_oxygen_unit: wod_ascii.Unit | None = None,
    refused: list[Refused] | None = None,
) -> pa.Table:
    r"""Read one archive file into the observation table.

    A row that does not fit the header of its text table, for example because of a decimal comma, is not read: its
    values would be taken for those of other columns. The other rows are read. So are the other members of a bundle of
    which one cannot be read, and those before the place where it is damaged.

    Parameters
    ----------
    path : Path
        A file, plain or compressed (gzip, bzip2, xz), or a zip or tar of such files; nothing is unpacked to disk.
    spec : TableSpec, optional
        Description of a delimited table; when left out, the format is detected by the content.
    policy : {"sample", "constant_1025", "refuse"}
        Density by which oxygen per volume is converted: see `qc.physics.seawater.to_umol_kg`.
    wod_oxygen_unit : {"ml/l", "umol/kg"}, optional
        Unit of oxygen in native ASCII of the World Ocean Database, whose files do not name it: ml/l before WOD18,
        umol/kg since. When left out, it is inferred from the values, or the file is refused: see
        `qc.readers.wod.ascii.read`.
    refused : list of Refused, optional
        Receives the rows that were not read, by file, line and reason, and the members of a bundle; when left out, a
        warning names them. Members without oxygen (`qc.readers.unsupported.WITHOUT_OXYGEN`) are passed over.

    Returns
    -------
    pyarrow.Table
        Observations of schema `qc.table.schema.OBSERVATIONS`; of a bundle all its members, in order.

    Raises
    ------
    InputError
        If the file is missing, empty, truncated, of unknown content, or breaks the rules of its format; if no row or
        no member of it can be read; if it unpacks to more than the limits allow.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "cruise_hy1.csv")
    >>> names = "EXPOCODE,STNNBR,CASTNO,DATE,LATITUDE,LONGITUDE,CTDPRS,OXYGEN"
    >>> sample = "33RO20110926,1,1,20110928,-28.5,190,4.7,250"
    >>> _ = path.write_text(f"BOTTLE,20120101\n{names}\n,,,,,,DBAR,UMOL/KG\n{sample}\nEND_DATA\n")
    >>> table = read(path)
    >>> table.select(["cast", "longitude", "pressure", "oxygen"]).to_pylist()
    [{'cast': '33RO20110926_1_1', 'longitude': -170.0, 'pressure': 4.7, 'oxygen': 250.0}]
    """
    tables: list[pa.Table] = []
    found: list[Refused] = []
    errors: list[InputError] = []
    for source in open_all(path, found):
        try:
            tables.append(_read(source, spec, policy, wod_oxygen_unit))
            found += source.refused
        except InputError as error:
            errors.append(error)
    faults = [one for one in errors if not (isinstance(one, NoReader) and one.kind in unsupported.WITHOUT_OXYGEN)]
    found += [Refused(f"{one.what}; {one.fix}" if one.fix else one.what, one.where) for one in faults]
    if not tables:
        raise _nothing_read(path, found, errors)
    if refused is None:
        for one in found:
            warnings.warn(f"not read: {one}", stacklevel=3)  # of the caller of this decorated function
    else:
        refused += found
    if len(tables) == 1:
        return tables[0]
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks().cast(schema.OBSERVATIONS)


def _read(
    source: Source, spec: TableSpec | None, policy: seawater.Policy, wod_oxygen_unit: wod_ascii.Unit | None
) -> pa.Table:
    """Read one file or member."""
    if spec is not None:
        return delimited_reader.read(source, spec, policy)
    name = _format(source)
    if name == "wod_ascii":
        return wod_ascii.read(source, policy, wod_oxygen_unit)
    if name in READERS:
        return READERS[name](source, policy)
    what, fix = unsupported.REFUSED[name]
    raise NoReader(what, source.name, fix, name)


def _nothing_read(path: Path, found: list[Refused], errors: list[InputError]) -> InputError:
    """Return the error of a file of which nothing could be read."""
    if not found:  # nothing in it holds oxygen
        return next((one for one in errors if isinstance(one, NoReader) and one.kind != "unknown"), errors[0])
    if len(found) == 1:
        alike = [one for one in errors if str(one).startswith(str(found[0]))]
        return alike[0] if alike else InputError(found[0].what, found[0].where)
    return InputError(f"none of its members can be read; the first of {len(found)} faults: {found[0]}", path.name)


def companions(path: Path, spec: TableSpec | None = None) -> list[Path]:
    """Return the other files that `read` uses for a file, and on which its result depends.

    Parameters
    ----------
    path : Path
        As for `read`.
    spec : TableSpec, optional
        As for `read`.

    Returns
    -------
    list of Path
        Existing files: the table that a description joins; for WOCE text the station summaries in its folder.

    Raises
    ------
    InputError
        If the folder has summaries, and the file is missing, empty or truncated.
    """
    if spec is not None:
        joined = spec.join.path_in(path.parent) if spec.join else None
        return [joined] if joined and joined.is_file() else []
    summaries = list(station_summary.summary_files(Source(path.name, path=path, folder=path.parent)))
    if not summaries or "woce_text" not in _formats(path, []):
        return []
    return summaries


def _formats(path: Path, refused: list[Refused]) -> Iterator[str]:
    """Yield the format of each member that can be opened; those that cannot are refused."""
    for source in open_all(path, refused):
        try:
            yield _format(source)
        except InputError as error:
            refused.append(Refused(error.what, error.where))


def _format(source: Source) -> str:
    """Return the format of one file or member."""
    found = file_type(source.head())
    if found == "netcdf":
        return _netcdf_format(source)
    if found == "mat":
        return "glodap" if glodap.matches(matlab.names(source)) else "unknown"
    if found == "text":
        return _text_format(source)
    return found if found in unsupported.REFUSED else "unknown"


def _netcdf_format(source: Source) -> str:
    """Return the format of a netCDF file, by its variables, attributes and dimensions."""
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
        if seaglider.matches(names, set(dataset.ncattrs())):
            return "seaglider"
        if cf_dsg.matches(dataset):
            return "cf_dsg"
    return "unknown"


def _text_format(source: Source) -> str:
    """Return the format of a text, by its first lines."""
    if wod_ascii.matches(source.head()):
        return "wod_ascii"
    head = source.head(16384).decode("latin-1").lstrip("\ufeff\xef\xbb\xbf")
    first = head.split("\n", 1)[0]
    start = first.split(",")[0].strip().upper()
    if start in ("BOTTLE", "CTD") and "," in first:
        return "exchange"
    if glodap.matches(first.split(",")):
        return "glodap"
    if station_summary.matches(head):
        return "woce_sum"
    if woce_text.matches(head):
        return "woce_text"
    if odv_spreadsheet.matches(source.head(1 << 18).decode("latin-1") if head.startswith("//") else head):
        return "odv"
    return unsupported.format_of(head) or "unknown"
