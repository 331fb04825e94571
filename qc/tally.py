"""What the battery did, counted: per archive, cruise or float."""

import numpy as np
import pandas as pd
import pyarrow as pa

from qc import flags
from qc.battery import Battery, load
from qc.errors import InputError
from qc.levels import dictionary_codes
from qc.schema import VARIABLES

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
        `duplicate`, how many of the levels are copies; then how many values failed each enabled check.

    Raises
    ------
    InputError
        If there is no such variable or text column.
    """
    battery = load() if battery is None else battery
    if variable not in VARIABLES:
        raise InputError(f"no variable {variable!r}", "tally", f"use one of {', '.join(VARIABLES)}")
    if by not in table.column_names or not pa.types.is_dictionary(table.schema.field(by).type):
        raise InputError(f"no text column {by!r}", "tally", "use source, cruise, platform, file or instrument")
    code, names = dictionary_codes(table[by])
    index = pd.Index([*names, "(none)"], name=by)
    code = np.where(code < 0, len(names), code)
    flag, bits = table[f"{variable}_flag"].to_numpy(), table[f"{variable}_checks"].to_numpy()
    masks = {"levels": np.ones(len(code), bool)}
    masks |= {state: flag == value for state, value in STATES.items()}
    masks["duplicate"] = table["duplicate_of"].is_valid().to_numpy()
    masks |= {check.name: (bits >> np.uint32(check.bit) & 1).astype(bool) for check in battery.every if check.enabled}
    counts = {name: np.bincount(code[mask], minlength=len(index)) for name, mask in masks.items()}
    frame = pd.DataFrame(counts, index=index)
    return frame[frame["levels"] > 0].sort_index()
