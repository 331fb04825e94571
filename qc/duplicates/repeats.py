"""Repeated rows of a cast."""

import numpy as np
import pyarrow as pa

from qc.duplicates.signatures import mix
from qc.table.profiles import from_table
from qc.table.schema import VARIABLES
from qc.types import Mask


def repeated(table: pa.Table) -> Mask:
    """Find rows that repeat another row of their cast in pressure, depth and every value.

    Parameters
    ----------
    table : pyarrow.Table
        Observations, whole casts.

    Returns
    -------
    mask, shape (level,)
        All but the first of equal rows; a row without any value repeats none.

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """
    here = from_table(table)
    content = np.zeros(len(here.cast), np.uint64)
    for value in (table["pressure"].to_numpy(), table["depth"].to_numpy(), *here.values.values()):
        content = mix(content) + mix(np.where(np.isfinite(value), value, np.nan))
    order = np.lexsort((content, here.cast))  # stable: the first in the table stays the first
    c, h = here.cast[order], content[order]
    result = np.zeros(len(order), bool)
    result[order[1:][(c[1:] == c[:-1]) & (h[1:] == h[:-1])]] = True
    return np.asarray(result & np.any([np.isfinite(here.values[name]) for name in VARIABLES], axis=0))
