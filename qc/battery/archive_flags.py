"""Values that are suspect or bad by the flag of their archive alone: measured ones, and interpolated ones."""

import numpy as np
import pyarrow as pa

from qc.battery.battery import Battery
from qc.table import flags
from qc.table.text_columns import dictionary_codes
from qc.types import Mask

EXPERT = "expert"  # the mark of what an expert decided: `qc.battery.overrides`


def by_archive(table: pa.Table, battery: Battery) -> tuple[Mask, Mask]:
    """Find the oxygen values that are suspect or bad by the flag of their archive: no check failed, no expert decided.

    Parameters
    ----------
    table : pyarrow.Table
        Observations, after quality control.
    battery : Battery
        The battery that ran.

    Returns
    -------
    measured, interpolated : masks, shape (level,)
        Values that the archive doubts, and values that it says it did not measure but interpolate.
    """
    flag, bits = table["oxygen_flag"].to_numpy(), table["oxygen_checks"].to_numpy()
    expert = sum(1 << mark.bit for mark in battery.marks if mark.name == EXPERT)
    by_check = (bits & ~np.uint64(battery.bits.notes & ~expert)) > 0
    own = ((flag == flags.SUSPECT) | (flag == flags.FAIL)) & ~by_check
    code, texts = dictionary_codes(table["oxygen_original_flag"])
    interpolated = np.array([*map(flags.is_interpolated, texts), False])[code]  # the last where there is no flag
    return own & ~interpolated, own & interpolated
