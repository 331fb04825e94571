"""GLODAP adjustments: factors for the oxygen of cruises, applied to the same cruises in other archives."""

import io
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from qc.battery.battery import Battery, load_battery
from qc.errors import InputError
from qc.readers.files.source import open_all
from qc.table import schema
from qc.table.text_columns import dictionary_codes

ADJUSTED = ("glodap",)  # archives that hold adjusted values already
_NOT_GIVEN = 0.0  # factors are positive; -999, -888 and -777 mean that there is none


def read(path: Path, column: str = "oxygen_adj") -> "pd.Series[float]":
    """Read GLODAP's table of adjustments.

    Parameters
    ----------
    path : Path
        AdjustmentTable.csv, plain, gzipped or in a zip.
    column : str
        Which adjustment; it must be a factor.

    Returns
    -------
    pandas.Series of float, by expocode
        NaN where no factor is given, or where a cruise stands in the table more than once with different ones.

    Raises
    ------
    InputError
        If the file cannot be read, or a column is missing or holds text.
    """
    frame = _csv(path, "adjustments", usecols=["cruise_expocode", column], dtype={column: float})
    factor = frame[column]
    given = factor.where(factor > _NOT_GIVEN).groupby(frame["cruise_expocode"].map(plain))
    return given.first().where(given.nunique() == 1).rename("factor")


def read_aliases(path: Path) -> dict[str, str]:
    """Read other names of cruises from GLODAP's table of cruises.

    Parameters
    ----------
    path : Path
        CSV with columns `expocode` and `alias`, in which commas, semicolons and slashes part names.

    Returns
    -------
    dict
        Other name to expocode, both as `plain` writes them; names of several cruises are left out.

    Raises
    ------
    InputError
        If the file cannot be read or a column is missing.
    """
    frame = _csv(path, "cruises", usecols=["expocode", "alias"], dtype=str).dropna()
    frame = frame.assign(alias=frame["alias"].str.split(r"[,;/]")).explode("alias")
    pairs = pd.DataFrame({name: frame[name].map(plain) for name in ("alias", "expocode")}).drop_duplicates()
    pairs = pairs[(pairs["alias"] != "") & ~pairs["alias"].isin(pairs["expocode"])]
    unique = pairs[~pairs["alias"].duplicated(keep=False)]
    return dict(zip(unique["alias"], unique["expocode"]))


def _csv(path: Path, what: str, **options: Any) -> pd.DataFrame:
    """Read a CSV file, plain or packed."""
    text = next(open_all(path)).text()
    try:
        result: pd.DataFrame = pd.read_csv(io.StringIO(text), **options)
        return result
    except ValueError as error:
        raise InputError(f"no readable table of {what} ({str(error)[:80]})", str(path)) from error


def plain(name: str) -> str:
    """Write a cruise name so that spellings agree: no blanks or quotes around it, capitals, "_" for "/".

    Parameters
    ----------
    name : str
        As an archive writes it.

    Returns
    -------
    str

    Examples
    --------
    >>> plain(' 31wttunes/3"')
    '31WTTUNES_3'
    """
    return str(name).strip(" \"'").upper().replace("/", "_")


def apply(
    table: pa.Table,
    factors: "pd.Series[float]",
    aliases: Mapping[str, str] | None = None,
    adjusted: Collection[str] = ADJUSTED,
    battery: Battery | None = None,
) -> tuple[pa.Table, pd.DataFrame]:
    """Multiply the oxygen of cruises by their factors.

    Each level that is changed gets the bit of the battery's mark "adjusted" in `oxygen_checks`, so that no
    level is ever multiplied twice; `oxygen_original` stays as delivered. Run the battery after it, not before.

    Parameters
    ----------
    table : pyarrow.Table
        Observations; not edited.
    factors : pandas.Series of float, by expocode
        As from `read`; NaN and 1 change nothing.
    aliases : mapping, optional
        Names in column `cruise` to expocodes, as from `read_aliases` or one's own.
    adjusted : collection of str
        Archives that are left unchanged.
    battery : Battery, optional
        Names the bit; the shipped one when left out.

    Returns
    -------
    table : pyarrow.Table
        The same rows in the same order.
    changed : pandas.DataFrame
        One row a cruise that was changed: `source`, `cruise`, `expocode`, `factor`, `levels`.

    Raises
    ------
    InputError
        If the battery has no mark "adjusted".
    """
    bit = _bit(load_battery() if battery is None else battery)
    names = {plain(name): plain(expocode) for name, expocode in (aliases or {}).items()}
    cruise, cruises = dictionary_codes(table["cruise"])
    source, sources = dictionary_codes(table["source"])
    expocodes = [names.get(plain(name), plain(name)) for name in cruises]
    factor = np.array([*(factors.get(name, np.nan) for name in expocodes), np.nan], float)[cruise]  # -1 finds the last
    oxygen, bits = table["oxygen"].to_numpy().copy(), table["oxygen_checks"].to_numpy().copy()
    open_to = np.array([*(name not in adjusted for name in sources), False])[source]
    hit = np.flatnonzero(open_to & np.isfinite(factor) & (factor != 1) & np.isfinite(oxygen) & (bits & bit == 0))
    oxygen[hit] *= factor[hit]
    bits[hit] |= bit
    for name, values in (("oxygen", oxygen), ("oxygen_checks", bits)):
        table = schema.replaced(table, name, values)
    key, first, count = np.unique(
        np.column_stack([source[hit], cruise[hit]]), axis=0, return_index=True, return_counts=True
    )
    changed = pd.DataFrame(
        {
            "source": [sources[s] for s in key[:, 0]],
            "cruise": [cruises[c] for c in key[:, 1]],
            "expocode": [expocodes[c] for c in key[:, 1]],
            "factor": factor[hit[first]],
            "levels": count,
        }
    )
    return table, changed


def _bit(battery: Battery) -> np.uint64:
    """Bit of the mark "adjusted"."""
    for mark in battery.marks:
        if mark.name == "adjusted":
            return np.uint64(1 << mark.bit)
    raise InputError('the battery has no mark "adjusted"', "adjustments", "add one to its marks")
