"""The search for duplicate casts with the rules of a battery."""

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa

from qc.battery.battery import load_battery
from qc.duplicates import search
from qc.duplicates.compare import Rules


def find_duplicates(
    table: pa.Table, rules: Rules | None = None, preference: Sequence[str] | None = None
) -> pd.DataFrame:
    """Find the casts of a table that are copies of another cast.

    Parameters
    ----------
    table : pyarrow.Table
        Observations of any number of archives.
    rules : Rules, optional
        Thresholds; `duplicates` of the shipped battery when left out.
    preference : sequence of str, optional
        Archives, the one to keep first; that of `rules` when left out.

    Returns
    -------
    pandas.DataFrame
        As from `qc.duplicates.search.find`: one row a copy with `cast`, `name`, `duplicate_of` and `reason`.

    Raises
    ------
    InputError
        If the schema is not that of observations.

    Examples
    --------
    >>> import numpy as np, qc
    >>> n, pressure = 8, np.arange(5.0, 800, 100)
    >>> table = qc.from_columns({"source": np.repeat(["wod", "glodap"], n), "cast": np.repeat(["7", "A_1"], n),
    ...     "time": np.full(2 * n, np.datetime64("1995-05-05")), "latitude": np.full(2 * n, 10.0),
    ...     "longitude": np.full(2 * n, 20.0), "pressure": np.tile(pressure, 2),
    ...     "oxygen": np.tile(240 - 0.2 * pressure, 2)}, "example")
    >>> qc.find_duplicates(table)[["name", "duplicate_of", "reason"]].values.tolist()
    [['wod/7', 'glodap/A_1', 'values']]
    """
    return search.find(table, load_battery().duplicates if rules is None else rules, preference)


def mark_duplicates(table: pa.Table, rules: Rules | None = None, preference: Sequence[str] | None = None) -> pa.Table:
    """Write into the column `duplicate_of` of which cast each level is a copy; nothing is deleted.

    Parameters
    ----------
    table : pyarrow.Table
        Observations; not edited.
    rules : Rules, optional
        Thresholds; `duplicates` of the shipped battery when left out.
    preference : sequence of str, optional
        Archives, the one to keep first; that of `rules` when left out.

    Returns
    -------
    pyarrow.Table
        As from `qc.duplicates.search.mark`: the same rows; `duplicate_of` is "source/cast" of the copy that is kept,
        null where the level belongs to no copy.

    Raises
    ------
    InputError
        If the schema is not that of observations.

    Examples
    --------
    >>> import numpy as np, qc
    >>> table = qc.from_columns({"source": "mine", "cast": "1", "latitude": np.zeros(3), "longitude": np.zeros(3),
    ...                          "pressure": [5.0, 50, 50], "oxygen": [230.0, 210, 210]}, "example")
    >>> qc.mark_duplicates(table)["duplicate_of"].to_pylist()  # a row that stands twice in its cast
    [None, None, 'mine/1']
    """
    return search.mark(table, load_battery().duplicates if rules is None else rules, preference)
