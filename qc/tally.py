"""What the battery did, counted: per archive, cruise or float."""

import numpy as np
import pandas as pd
import pyarrow as pa

from qc import flags
from qc.battery import Battery, load
from qc.errors import InputError
from qc.levels import Integers, Mask, dictionary_codes
from qc.schema import VARIABLES
from qc.seawater import CONSTANT_NOTE

STATES = {
    "good": flags.PASS,
    "suspect": flags.SUSPECT,
    "bad": flags.FAIL,
    "missing": flags.MISSING,
    "not_evaluated": flags.NOT_EVALUATED,
}


def tally(
    table: pa.Table, battery: Battery | None = None, variable: str = "oxygen", by: str = "source"
) -> pd.DataFrame:
    """Count the levels of each archive by flag and by failed check.

    Parameters
    ----------
    table : pyarrow.Table
        Observations, after `qc.battery.run`.
    battery : Battery, optional
        The battery that ran; the shipped one when left out.
    variable : str
        One of `qc.schema.VARIABLES`.
    by : str
        Text column to count by: "source", "cruise", "platform", "file", ...

    Returns
    -------
    pandas.DataFrame
        One row a name in `by`, sorted; counts `levels` = `good` + `suspect` + `bad` + `missing` + `not_evaluated`;
        `constant_density`, how many values were converted with 1025 kg/m3 for want of a density of their own;
        `duplicate`, how many of the levels are copies; then how many values failed each enabled check.

    Raises
    ------
    InputError
        If there is no such variable or text column.
    """
    battery = load() if battery is None else battery
    code, index, frame = _states(table, variable, by)
    frame["duplicate"] = _count(code, table["duplicate_of"].is_valid().to_numpy(), len(index))
    failed = np.flatnonzero(table[f"{variable}_checks"].to_numpy())  # few: the rest need not be looked at again
    bits, code = table[f"{variable}_checks"].to_numpy()[failed], code[failed]
    for check in battery.running:
        frame[check.name] = _count(code, (bits >> np.uint32(check.bit) & 1).astype(bool), len(index))
    return frame[frame["levels"] > 0].sort_index()


def states(table: pa.Table, variable: str = "oxygen", by: str = "source") -> pd.DataFrame:
    """Count the levels of each archive by flag alone, as before any check.

    Parameters
    ----------
    table : pyarrow.Table
        Observations.
    variable, by : str
        As for `tally`.

    Returns
    -------
    pandas.DataFrame
        As from `tally`, as far as `constant_density`.

    Raises
    ------
    InputError
        If there is no such variable or text column.
    """
    _, _, frame = _states(table, variable, by)
    return frame[frame["levels"] > 0].sort_index()


def _states(table: pa.Table, variable: str, by: str) -> tuple[Integers, pd.Index, pd.DataFrame]:
    """Return the name of each level as a number, the names, and their counts by flag."""
    if variable not in VARIABLES:
        raise InputError(f"no variable {variable!r}", "tally", f"use one of {', '.join(VARIABLES)}")
    if by not in table.column_names or not pa.types.is_dictionary(table.schema.field(by).type):
        raise InputError(f"no text column {by!r}", "tally", "use source, cruise, platform, file or instrument")
    code, names = dictionary_codes(table[by])
    index = pd.Index([*names, "(none)"], name=by)
    code = np.where(code < 0, len(names), code)
    flag = table[f"{variable}_flag"].to_numpy()
    by_flag = np.bincount(code * 16 + flag, minlength=16 * len(index)).reshape(-1, 16)
    counts = {"levels": by_flag.sum(axis=1)} | {state: by_flag[:, value] for state, value in STATES.items()}
    unit, units = dictionary_codes(table[f"{variable}_original_unit"])
    constant = np.array([*(CONSTANT_NOTE in text for text in units), False])[unit]  # the last where there is no unit
    counts["constant_density"] = _count(code, constant & (flag != flags.MISSING), len(index))
    return code, index, pd.DataFrame(counts, index=index)


def _count(code: Integers, mask: Mask, names: int) -> Integers:
    return np.bincount(code[mask], minlength=names)
