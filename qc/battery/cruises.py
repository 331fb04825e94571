"""Quality control by company: casts misplaced or misdated within their cruise, and cruises off as a whole."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from qc.battery import battery
from qc.battery.battery import Battery
from qc.battery.counts import tally
from qc.checks import cast_summary as casts
from qc.checks import cruise_table as fleet
from qc.table import flags, schema
from qc.table import profiles as levels
from qc.table.schema import VARIABLES

Bits = NDArray[np.uint32]

_VERDICT = {"note": flags.MISSING, "suspect": flags.SUSPECT, "fail": flags.FAIL}  # MISSING gives way to any


def judge(summary: pa.Table, checks: Battery | None = None) -> Bits:
    """Run every enabled check of cruises on a table of casts.

    Casts found misplaced or misdated are no company for the checks after. Copies are no neighbours to be compared
    with, and inside a cruise they do not count twice; each has the verdict of the cruise that it is delivered in.

    Parameters
    ----------
    summary : pyarrow.Table
        As from `qc.checks.cast_summary.summarise`: of one table, or of all parts of a collection one after the other.
        Its `duplicate_of` tells the copies, if they have been searched (`qc.duplicates.search`).
    checks : Battery, optional
        The shipped one when left out; its `cruises` run.

    Returns
    -------
    uint32 array, shape (cast,)
        One bit per failed check.
    """
    checks = battery.load() if checks is None else checks
    here = fleet.gather(summary)
    bits = np.zeros(len(summary), np.uint32)
    for check in checks.cruises:
        if check.enabled:
            failed = check.failures(here)[here.kept]
            bits[failed] |= np.uint32(1 << check.bit)
            if check.of_place:
                here = replace(here, aside=here.aside | failed)
    return bits


def apply(table: pa.Table, bits: Bits, checks: Battery | None = None) -> pa.Table:
    """Write verdicts on casts into the flags and bits of their levels, as `qc.battery.run.run` does.

    Parameters
    ----------
    table : pyarrow.Table
        Observations; not edited.
    bits : uint32 array, shape (cast,)
        As from `judge`, for the casts of this table in the order of `qc.checks.cast_summary.summarise`.
    checks : Battery, optional
        The one that judged; the shipped one when left out.

    Returns
    -------
    pyarrow.Table
        The same rows in the same order. A failed check of place or date counts for every value of the cast, one of
        oxygen for its oxygen; flags are never raised to better.

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """
    checks = battery.load() if checks is None else checks
    if not bits.any():
        return table
    cast = levels.from_table(table, []).cast
    for variable in VARIABLES:
        mine = [check for check in checks.cruises if check.of_place or variable == "oxygen"]
        mask = np.uint32(sum(1 << check.bit for check in mine))
        hit = np.flatnonzero(((bits & mask) > 0)[cast] & np.isfinite(table[variable].to_numpy()))
        new = (bits & mask)[cast[hit]]
        flag, before = table[f"{variable}_flag"].to_numpy().copy(), table[f"{variable}_checks"].to_numpy().copy()
        for check in mine:
            failed = hit[new >> np.uint32(check.bit) & 1 == 1]
            flag[failed] = flags.merge(flag[failed], np.int8(_VERDICT[check.severity]))
        before[hit] |= new
        table = schema.replaced(table, f"{variable}_flag", flag)
        table = schema.replaced(table, f"{variable}_checks", before)
    return table


def mark(table: pa.Table, checks: Battery | None = None) -> pa.Table:
    """Judge the casts of a table by their company, and write the verdicts into it.

    Parameters
    ----------
    table : pyarrow.Table
        Observations, after `qc.battery.run.run` and, where cruises may have come by two archives,
        `qc.duplicates.search.mark`; not edited.
    checks : Battery, optional
        The shipped one when left out.

    Returns
    -------
    pyarrow.Table
        As from `apply`.

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """
    checks = battery.load() if checks is None else checks
    return apply(table, judge(casts.summarise(table, checks.bits), checks), checks)


def summary(table: pa.Table, checks: Battery | None = None, variable: str = "oxygen", by: str = "cruise") -> pd.Series:
    """Say in words, for each cruise, what became of its values.

    Parameters
    ----------
    table : pyarrow.Table
        Observations, after `qc.battery.run.run` and `mark`.
    checks : Battery, optional
        The battery that ran; the shipped one when left out.
    variable : str
        One of `qc.table.schema.VARIABLES`.
    by : str
        Text column to tell apart by: "cruise", "platform", "cast", "file", "source".

    Returns
    -------
    pandas.Series of str
        By name, such as "1240 values, 62 % good; failed: 34.1 % spike, 3.9 % range"; without what failed none.

    Raises
    ------
    InputError
        If there is no such variable or text column.
    """
    checks = battery.load() if checks is None else checks
    counts = tally(table, checks, variable, by)
    values = counts["levels"] - counts["missing"]
    names = [check.name for check in checks.every if check.enabled and check.severity != "note"]
    failed = counts[names].to_numpy()
    sentences = []
    for n, good, row in zip(values, counts["good"], failed):
        worst = sorted(((count, name) for count, name in zip(row, names) if count), reverse=True)
        reasons = ", ".join(f"{100 * count / n:.1f} % {name}" for count, name in worst)
        share = f"{n} values, {100 * good / n:.0f} % good" if n else "no values"
        sentences.append(share + (f"; failed: {reasons}" if reasons else ""))
    return pd.Series(sentences, index=counts.index, name="summary")
