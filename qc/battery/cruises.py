"""Quality control of cruises: misplaced or misdated casts within a cruise, and cruises off as a whole."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from qc.battery import counts
from qc.battery.battery import Battery, load_battery
from qc.checks.base import FLAG_OF, lowered
from qc.checks.cruises import cruise_table
from qc.checks.cruises.cast_summary import summarise
from qc.table import schema
from qc.table.profiles import from_table
from qc.table.schema import VARIABLES
from qc.types import Climatology

Bits = NDArray[np.uint64]


def check_casts(summary: pa.Table, battery: Battery | None = None) -> Bits:
    """Run every enabled check of cruises on a table of casts.

    Casts found misplaced or misdated are left out of the later checks. Casts are not compared with copies, and copies
    inside a cruise do not count twice; each copy gets the bits of the cruise that it is delivered in.

    Parameters
    ----------
    summary : pyarrow.Table
        As from `qc.checks.cruises.cast_summary.summarise`: of one table, or of all parts of a collection one after the
        other. Its `duplicate_of` names the copies, if they have been searched (`qc.duplicates.search`).
    battery : Battery, optional
        The shipped one when left out; its `cruises` run.

    Returns
    -------
    uint64 array, shape (cast,)
        One bit per failed check.
    """
    battery = load_battery() if battery is None else battery
    table = cruise_table.from_casts(summary)
    bits = np.zeros(len(summary), np.uint64)
    for check in battery.cruises:
        if check.enabled:
            failed = check.failures(table)[table.representative]
            bits[failed] |= np.uint64(1 << check.bit)
            if check.all_variables:
                table = replace(table, excluded=table.excluded | failed)
    return bits


def write_bits(table: pa.Table, bits: Bits, battery: Battery | None = None) -> pa.Table:
    """Write failed checks of cruises into the flags and bits of the levels of their casts.

    Parameters
    ----------
    table : pyarrow.Table
        Observations; not edited.
    bits : uint64 array, shape (cast,)
        As from `check_casts`, for the casts of this table in the order of `qc.checks.cruises.cast_summary.summarise`.
    battery : Battery, optional
        The battery that ran; the shipped one when left out.

    Returns
    -------
    pyarrow.Table
        The same rows in the same order. A failed check of position or date counts for every value of the cast and
        lowers `position_flag` or `time_flag`, one of oxygen for its oxygen; flags are never raised to better.

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """
    battery = load_battery() if battery is None else battery
    if not bits.any():
        return table
    cast = from_table(table, []).cast
    for name in FLAG_OF.values():
        there, flag = schema.present(table, name), table[f"{name}_flag"].to_numpy().copy()
        for check in battery.cruises:
            failed = there & (bits >> np.uint64(check.bit) & 1 == 1)[cast] & (name in check.flagged)
            flag = np.where(failed, lowered(flag, check.severity), flag)
        table = schema.replaced(table, f"{name}_flag", flag)
    for variable in VARIABLES:
        mine = [check for check in battery.cruises if check.all_variables or variable == "oxygen"]
        mask = np.uint64(sum(1 << check.bit for check in mine))
        hit = np.flatnonzero(((bits & mask) > 0)[cast] & np.isfinite(table[variable].to_numpy()))
        new = (bits & mask)[cast[hit]]
        flag, before = table[f"{variable}_flag"].to_numpy().copy(), table[f"{variable}_checks"].to_numpy().copy()
        for check in mine:
            failed = hit[new >> np.uint64(check.bit) & 1 == 1]
            flag[failed] = lowered(flag[failed], check.severity)
        before[hit] |= new
        table = schema.replaced(table, f"{variable}_flag", flag)
        table = schema.replaced(table, f"{variable}_checks", before)
    return table


def check_cruises(table: pa.Table, battery: Battery | None = None, climatology: Climatology | None = None) -> pa.Table:
    """Run the checks of cruises on a table, and write their flags and bits into it.

    Parameters
    ----------
    table : pyarrow.Table
        Observations, after `qc.battery.run.run_battery` and, where cruises may stand in two archives,
        `qc.battery.duplicates.mark_duplicates`; not edited.
    battery : Battery, optional
        The shipped one when left out.
    climatology : callable, optional
        As for `qc.battery.run.run_battery`; without it no cruise is compared with one.

    Returns
    -------
    pyarrow.Table
        As from `write_bits`.

    Raises
    ------
    InputError
        If the schema is not that of observations.

    Examples
    --------
    >>> import qc
    >>> n = 20  # stations of a section, half a day and one degree apart; one has lost its sign
    >>> time = np.datetime64("1995-05-05T01:17", "ms") + 12 * np.arange(n).astype("timedelta64[h]")
    >>> latitude = np.where(np.arange(n) == 7, -37.0, 30.0 + np.arange(n))
    >>> table = qc.from_columns({"source": "mine", "cruise": "A", "cast": np.arange(n).astype(str), "time": time,
    ...                          "latitude": latitude, "longitude": np.full(n, -30.0), "pressure": np.full(n, 10.0),
    ...                          "oxygen": np.full(n, 230.0)}, "example")
    >>> checked = qc.check_cruises(table)
    >>> [(row, qc.bit_names(bits)) for row, bits in enumerate(checked["oxygen_checks"].to_pylist()) if bits]
    [(7, ('speed',))]
    """
    battery = load_battery() if battery is None else battery
    return write_bits(table, check_casts(summarise(table, battery.bits, climatology), battery), battery)


def describe(
    table: pa.Table, battery: Battery | None = None, variable: str = "oxygen", by: str = "cruise"
) -> "pd.Series[str]":
    """Describe for each cruise, in words, how many values passed and which checks the others failed.

    Parameters
    ----------
    table : pyarrow.Table
        Observations, after `qc.battery.run.run_battery` and `check_cruises`.
    battery : Battery, optional
        The battery that ran; the shipped one when left out.
    variable : str
        One of `qc.table.schema.VARIABLES`.
    by : str
        Text column to group by: "cruise", "platform", "cast", "file", "source".

    Returns
    -------
    pandas.Series of str
        By name, such as "1240 values, 62 % good; failed: 34.1 % spike, 3.9 % range"; without failures no second part.

    Raises
    ------
    InputError
        If there is no such variable or text column.

    Examples
    --------
    >>> import qc
    >>> table = qc.from_columns({"source": "mine", "cruise": "A", "cast": "1", "latitude": [10.0] * 4,
    ...                          "longitude": [20.0] * 4, "time": np.full(4, np.datetime64("1995-05-05")),
    ...                          "pressure": [5.0, 50, 200, 500], "oxygen": [230.0, 900, 90, 40]}, "example")
    >>> qc.describe_cruises(qc.run_battery(table))["A"]
    '4 values, 75 % good; failed: 25.0 % range, 25.0 % plausible'
    """
    battery = load_battery() if battery is None else battery
    counted = counts.by_name(table, battery, variable, by)
    values = counted["levels"] - counted["missing"]
    names = [check.name for check in battery.every if check.enabled and check.severity != "note"]
    failed = counted[names].to_numpy()
    sentences = []
    for n, good, row in zip(values, counted["good"], failed):
        worst = sorted(((count, name) for count, name in zip(row, names) if count), reverse=True)
        reasons = ", ".join(f"{100 * count / n:.1f} % {name}" for count, name in worst)
        share = f"{n} values, {100 * good / n:.0f} % good" if n else "no values"
        sentences.append(share + (f"; failed: {reasons}" if reasons else ""))
    return pd.Series(sentences, index=counted.index, name="summary")
