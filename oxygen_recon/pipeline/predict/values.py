"""Numbers and dates in the columns of a table of places, read strictly: what cannot be read is named by its row."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graphs.types import Floats, Mask
from qc.errors import InputError
from qc.readers.columns.coordinates import NOON, calendar

Times = NDArray[np.datetime64]

_MISSING = ("", "nan", "nat", "na", "none", "null", "-999", "-999.0", "-9999", "-9999.0")
_DAY = r"(\d{4})[-/]?(\d{2})[-/]?(\d{2})"
_ZONE = r"(?:Z|UTC|[+-]\d{2}:?\d{2})?"
_STAMP = rf"\d{{4}}([-/]?)\d{{2}}\1\d{{2}}(?:[T ]+\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:\.\d+)?)? ?{_ZONE})?"
_CLOCK = r"(\d{1,2}):?(\d{2})(?::\d{2}(?:\.\d+)?)? ?Z?"
_FIX = "write 1995-07-03, or with a time 1995-07-03T14:30"


def numbers_of(column: pd.Series, where: str) -> Floats:
    """Read a column of numbers.

    Parameters
    ----------
    column : Series
        Numbers, or texts of them; NaN, an empty text, NA, -999 and -9999 are missing.
    where : str
        The file, for messages.

    Returns
    -------
    array, shape (row,)
        NaN where missing.

    Raises
    ------
    InputError
        If another text is among them.

    Examples
    --------
    >>> numbers_of(pd.Series(["12.5", "-999", ""], name="depth"), "casts.csv")
    array([12.5,  nan,  nan])
    """
    texts = column.astype(str).str.strip()
    missing = column.isna().to_numpy() | texts.str.lower().isin(_MISSING).to_numpy()
    values = pd.to_numeric(texts.where(~missing), errors="coerce").to_numpy(np.float64)
    refuse_rows(
        np.isnan(values) & ~missing, column, where, "no number", "write numbers with a point, no unit beside them"
    )
    return values


def refuse_rows(wrong: Mask, column: pd.Series, where: str, what: str, fix: str) -> None:
    """Raise where a row of a column is wrong, naming the first.

    Parameters
    ----------
    wrong : bool array, shape (row,)
        Which rows are.
    column : Series
        As given.
    where, what, fix : str
        The file; what its value is; what to do.

    Raises
    ------
    InputError
        If any row is wrong.
    """
    if wrong.any():
        row = int(np.argmax(wrong))
        more = f" (and {int(wrong.sum()) - 1:,} rows more)" if wrong.sum() > 1 else ""
        raise InputError(
            f"{column.name} {str(column.iloc[row])[:40]!r} is {what}{more}", f"{where}, row {row + 1}", fix
        )


def dates_of(table: pd.DataFrame, found: Mapping[str, str], date: str | None, where: str) -> Times:
    """Read the dates of a table of places.

    Parameters
    ----------
    table : DataFrame
        As given.
    found : mapping of str to str
        Its columns by what they hold: date, time, or year, month and day.
    date : str or None
        Date of rows that have none of their own.
    where : str
        The file, for messages.

    Returns
    -------
    array of datetime64[ms], shape (row,)
        UTC, noon where there is no time of day; NaT where missing.

    Raises
    ------
    InputError
        If a row holds what is no date.

    Examples
    --------
    >>> table = pd.DataFrame({"date": ["1995-07-03", "19950704", ""], "time": ["14:30", "", ""]})
    >>> times = dates_of(table, {"date": "date", "time": "time"}, None, "casts.csv")
    >>> times.astype("datetime64[m]").astype(str).tolist()
    ['1995-07-03T14:30', '1995-07-04T12:00', 'NaT']
    """
    if "date" in found:
        time = _stamps(table[found["date"]], where)
        if "time" in found:
            time = _on_the_clock(time, table[found["time"]], where)
    elif "time" in found:
        time = _stamps(table[found["time"]], where)
    elif {"year", "month", "day"} <= found.keys():
        year, month, day = (numbers_of(table[found[name]], where) for name in ("year", "month", "day"))
        time, _ = calendar(year, month, day, np.full(len(table), NOON))
        unknown = np.isnan(year + month + day)
        refuse_rows(np.isnat(time) & ~unknown, table[found["day"]], where, "no day of its month", _FIX)
        time = np.where(unknown, np.datetime64("NaT", "ms"), time)
    else:
        time = np.full(len(table), np.datetime64("NaT", "ms"))
    given = np.datetime64("NaT", "ms") if date is None else _stamps(pd.Series([date], name="date"), "--date")[0]
    return np.where(np.isnat(time), given, time)


def _stamps(column: pd.Series[str], where: str) -> Times:
    """Read dates with or without a time of day."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return pd.to_datetime(column, utc=True).dt.tz_localize(None).to_numpy().astype("datetime64[ms]")
    texts = column.astype(str).str.strip()
    texts = texts.str.replace(r"^(\d{8})\.0$", r"\1", regex=True)
    missing = (column.isna() | texts.str.lower().isin(_MISSING)).to_numpy()
    known = texts.str.fullmatch(_STAMP).to_numpy(bool) & ~missing
    plain = texts.str.replace(f"^{_DAY}", r"\1-\2-\3", regex=True).str.replace("UTC", "Z")
    whole = plain.where(plain.str.len() > 10, plain + f"T{NOON:02.0f}:00")
    time = pd.to_datetime(whole.where(known), format="ISO8601", utc=True, errors="coerce")
    refuse_rows(time.isna().to_numpy() & ~missing, column, where, "no date", _FIX)
    return time.dt.tz_localize(None).to_numpy().astype("datetime64[ms]")


def _on_the_clock(time: Times, column: pd.Series[str], where: str) -> Times:
    """Set the time of day of dates from a column of its own; where that holds whole dates, these count."""
    texts = column.astype(str).str.strip().str.replace(r"^(\d{1,4})\.0$", r"\1", regex=True)
    missing = (column.isna() | texts.str.lower().isin(_MISSING)).to_numpy()
    if texts[~missing].str.fullmatch(_STAMP).all():
        return np.where(missing, time, _stamps(column, where))
    parts = texts.str.zfill(4).str.extract(f"^{_CLOCK}$").astype(float)
    hour, minute = parts[0].to_numpy(), parts[1].to_numpy()
    wrong = ~missing & ~((hour < 24) & (minute < 60))
    refuse_rows(wrong, column, where, "no time of day", "write 14:30 or 1430, UTC")
    minutes = np.where(missing, 60 * NOON, 60 * hour + minute)
    set_ = time.astype("datetime64[D]").astype("datetime64[ms]") + (60_000 * minutes).astype("timedelta64[ms]")
    return np.where(missing, time, set_)
