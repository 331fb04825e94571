"""The schema of the observation table, which every reader returns and every check reads."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from qc.errors import InputError
from qc.files import replacing
from qc.table.cf_metadata import described
from qc.types import Mask

VARIABLES = ("temperature", "salinity", "oxygen", "nitrate", "phosphate", "silicate")
POSITION = ("latitude", "longitude")
UNITS = {
    "pressure": "dbar",
    "depth": "m",
    "temperature": "degC",  # in situ, ITS-90
    "salinity": "1",  # PSS-78
    "oxygen": "umol kg-1",
    "oxygen_uncertainty": "umol kg-1",
    "nitrate": "umol kg-1",
    "phosphate": "umol kg-1",
    "silicate": "umol kg-1",
}
INTERPOLATED = np.uint64(1 << 44)  # bits of the battery's marks that readers set, see qc/battery/battery.yaml
SUSPECT_SALINITY = np.uint64(1 << 46)
ADJUSTED_NOTE = "; adjusted by its operator"  # behind the original unit of a value that must not be corrected again
_TEXT = pa.dictionary(pa.int32(), pa.string())
_IDENTITY = [
    pa.field("source", _TEXT),  # archive: wod, argo, glodap, cchdo, calcofi, ...
    pa.field("file", _TEXT),  # archive file name, with "#member" for a member of a zip or tar
    pa.field("row", pa.int64()),  # line or level number in that file, from 0
    pa.field("cast", _TEXT),  # unique within the source
    pa.field("cruise", _TEXT),  # cruise or, for floats and gliders, the platform: the unit that is held out
    pa.field("platform", _TEXT),
    pa.field("instrument", _TEXT),  # bottle, ctd, float, glider
    pa.field("time", pa.timestamp("ms")),  # UTC; null where the archive has no date
    pa.field("time_flag", pa.int8()),  # IODE, as those of values
    pa.field("latitude", pa.float64()),  # degrees north
    pa.field("longitude", pa.float64()),  # degrees east, [-180, 180)
    pa.field("position_flag", pa.int8()),  # IODE
    pa.field("pressure", pa.float64()),
    pa.field("depth", pa.float64()),  # positive down
]
_VALUES = [
    pa.field(name, type_)
    for variable in VARIABLES
    for name, type_ in (
        (variable, pa.float64()),  # NaN is missing
        (f"{variable}_flag", pa.int8()),  # IODE: 1 pass, 2 not evaluated, 3 suspect, 4 fail, 9 missing
        (f"{variable}_checks", pa.uint64()),  # one bit per failed check, named in qc.battery.battery
        (f"{variable}_original", pa.float64()),  # as delivered
        # as delivered; behind it "; density 1025" (qc.physics.seawater.CONSTANT_NOTE), ADJUSTED_NOTE or "; step"
        # (qc.corrections.float_oxygen)
        (f"{variable}_original_unit", _TEXT),
        (f"{variable}_original_flag", _TEXT),  # as delivered, prefixed by its scheme: "whp_bottle:2"
    )
]


OBSERVATIONS = pa.schema(
    [
        *(described(field, UNITS) for field in (*_IDENTITY, *_VALUES)),
        described(pa.field("oxygen_uncertainty", pa.float64()), UNITS),
        pa.field("duplicate_of", pa.string()),  # "source/cast" of the preferred copy; null where this is it
    ],
    metadata={"schema": "oxygen-recon observations 2"},
)


def from_columns(columns: dict[str, object], where: str) -> pa.Table:
    """Build a checked observation table from the columns a reader has; the others are filled as missing.

    Parameters
    ----------
    columns : dict
        Column name to array, one entry a level; units as in `UNITS`. Text columns may be a single string.
    where : str
        What to name in an error: the file that was read.

    Returns
    -------
    pyarrow.Table
        Table of schema `OBSERVATIONS`. Flags left out are 2 (not evaluated) where the value, time or position is given,
        else 9.

    Raises
    ------
    InputError
        If a column is unknown, lengths differ, or the table breaks an invariant of `check`.

    Examples
    --------
    >>> table = from_columns({"latitude": [10.0, 10], "longitude": [20.0, 20], "oxygen": [230.0, np.nan]}, "example")
    >>> table["oxygen_flag"].to_pylist(), table.num_columns
    ([2, 9], 52)
    """
    unknown = set(columns) - set(OBSERVATIONS.names)
    if unknown:
        raise InputError(f"unknown columns {sorted(unknown)}", where, "see qc.table.schema.OBSERVATIONS")
    lengths = {len(v) for v in columns.values() if not isinstance(v, str)}  # type: ignore[arg-type]
    if len(lengths) > 1:
        raise InputError(f"columns of different lengths {sorted(lengths)}", where)
    n = lengths.pop() if lengths else 0
    arrays = [_column(field, columns, n) for field in OBSERVATIONS]
    table = pa.table(arrays, schema=OBSERVATIONS)
    check(table, where)
    return table


def _column(field: pa.Field, columns: dict[str, object], n: int) -> pa.Array:
    """One column of the schema, from the given columns or filled as missing."""
    if field.name in columns:
        value = columns[field.name]
        if isinstance(value, pd.Categorical) and len(value) and len(value.categories) == 1 and not value.codes.any():
            value = str(value.categories[0])  # quicker: most columns of text of a file of one profile
        if isinstance(value, str):
            return pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array([value]))
        if field.type == _TEXT:
            series = pd.Series(value, copy=False)
            codes, names = pd.factorize(series)
            mask = codes < 0
            text = pa.array([str(name) for name in names], pa.string())
            return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=mask), text)
        return pa.array(value, type=field.type, from_pandas=field.type != pa.float64())
    if field.name == "longitude":
        raise InputError("no longitude", "reader")
    if field.name.endswith("_flag") and not field.name.endswith("_original_flag"):
        present = _present(field.name.removesuffix("_flag"), columns, n)
        return pa.array(np.where(present, 2, 9), pa.int8())
    if field.name.endswith("_checks"):
        return pa.array(np.zeros(n, np.uint64))
    if pa.types.is_float64(field.type):
        return pa.array(np.full(n, np.nan))
    if field.name == "row":
        return pa.array(np.arange(n))
    return pa.nulls(n, field.type)


def present(table: pa.Table, name: str) -> Mask:
    """Tell where a table has a value, the position or the time.

    Parameters
    ----------
    table : pyarrow.Table
        Observations.
    name : str
        One of `VARIABLES`, "position" or "time".

    Returns
    -------
    mask, shape (level,)
    """
    parts = POSITION if name == "position" else (name,)
    return _present(name, {part: table[part].to_numpy() for part in parts}, table.num_rows)


def _present(name: str, columns: dict[str, object], n: int) -> Mask:
    """Tell where a value, the position or the time is there, shape (level,)."""
    if name == "time":
        given = pd.Series(columns.get(name, np.full(n, np.datetime64("NaT", "ms"))))
        present: Mask = given.notna().to_numpy(bool)
        return present
    present = np.ones(n, bool)
    for part in POSITION if name == "position" else (name,):
        present &= np.isfinite(np.asarray(columns.get(part, np.full(n, np.nan)), float))
    return present


def check(table: pa.Table, where: str) -> None:
    """Raise unless a table keeps the invariants of the observation schema.

    Parameters
    ----------
    table : pyarrow.Table
        Observations.
    where : str
        What to name in the error.

    Raises
    ------
    InputError
        If the schema differs, a longitude lies outside [-180, 180), a flag is none of 1, 2, 3, 4, 9, or a flag and
        the presence of its value, time or position contradict each other (flag 9 if and only if it is missing).
    """
    if not table.schema.equals(OBSERVATIONS):
        raise InputError("columns are not those of the observation schema", where, "run ingest again")
    longitude = table["longitude"].to_numpy()
    if np.any((longitude < -180) | (longitude >= 180)):
        raise InputError("longitude outside [-180, 180)", where, "wrap it when reading")
    for name in (*VARIABLES, "time", "position"):
        flag = table[f"{name}_flag"].to_numpy()
        if not np.isin(flag, (1, 2, 3, 4, 9)).all():
            raise InputError(f"{name}_flag outside 1, 2, 3, 4, 9", where, "map flags with qc.table.flags")
        if not np.array_equal(flag != 9, present(table, name)):
            raise InputError(f"{name}_flag 9 and missing values do not coincide", where)


def replaced(table: pa.Table, column: str, values: NDArray[np.generic]) -> pa.Table:
    """Exchange one column of a table; the other columns are shared, not copied.

    Parameters
    ----------
    table : pyarrow.Table
        Observations; not edited.
    column : str
        One of its columns.
    values : array, shape (level,)
        Converted to the type of the column.

    Returns
    -------
    pyarrow.Table
        The same rows in the same order.
    """
    position = table.schema.get_field_index(column)
    field = table.schema.field(position)
    return table.set_column(position, field, pa.array(values, field.type))


def write(table: pa.Table, path: Path) -> None:
    """Write an observation table to one parquet file, whole or not at all.

    Parameters
    ----------
    table : pyarrow.Table
        Observations; checked before writing.
    path : Path
        Target file; its folder is made, and nothing is left there if writing fails.

    Raises
    ------
    InputError
        If the table breaks an invariant.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "table.parquet"
    >>> write(from_columns({"latitude": [10.0], "longitude": [20.0], "oxygen": [230.0]}, "example"), path)
    >>> read(path, ["oxygen", "oxygen_flag"]).to_pylist()
    [{'oxygen': 230.0, 'oxygen_flag': 2}]
    """
    check(table, str(path))
    form = OBSERVATIONS.with_metadata(OBSERVATIONS.metadata | (table.schema.metadata or {}))
    with replacing(path) as partial:
        pq.write_table(pa.Table.from_arrays(table.columns, schema=form), partial, compression="zstd")


def read(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Read observations from one parquet file or from every parquet file of a folder, in order of file name.

    Parameters
    ----------
    path : Path
        File or folder.
    columns : list of str, optional
        Columns to read; all when left out.

    Returns
    -------
    pyarrow.Table
        Observations, dictionaries unified.

    Raises
    ------
    InputError
        If there is no such file, the folder holds none, or a file is no observation table or damaged.

    Examples
    --------
    >>> read(Path("nowhere.parquet"))
    Traceback (most recent call last):
    qc.errors.InputError: nowhere.parquet: no observation table here; run ingest first
    """
    files = sorted(path.glob("[!.]*.parquet")) if path.is_dir() else [path]  # not half-written ones
    if not files or not files[0].exists():
        raise InputError("no observation table here", str(path), "run ingest first")
    tables = []
    for file in files:
        try:
            tables.append(pq.read_table(file, columns=columns))
        except (pa.ArrowInvalid, OSError) as error:
            if getattr(error, "errno", None) is not None:  # of the system, which names the file
                raise
            raise InputError(f"not a readable parquet file ({error})", str(file), "run ingest again") from error
    return pa.concat_tables(tables).unify_dictionaries()
