"""What every correction step of oxygen returns: the changed table, and a record of what was changed."""

from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from qc.errors import InputError
from qc.table import schema
from qc.table.flags import FAIL, MISSING, NOT_EVALUATED
from qc.table.profiles import Levels
from qc.types import Floats, Mask

Given = dict[str, float | str]


@dataclass(frozen=True)
class Change:
    """Summary of a correction step.

    Parameters
    ----------
    step : str
        Its name.
    parameters : dict
        Its parameters, by name.
    source : str
        Source of its formula.
    levels : int
        Number of levels with another value than before.
    median : float
        Median change of these, umol/kg; NaN where there are none.
    lost : int
        Levels whose value could not be corrected, because temperature, salinity or date is missing; it is missing now.
    left : int
        Levels left as they are, because their value is flagged bad.
    evaluable : int
        Levels that were suspect only because they were raw; they are not evaluated now (flag 2).
    """

    step: str
    parameters: Given = field(default_factory=dict)
    source: str = ""
    levels: int = 0
    median: float = np.nan
    lost: int = 0
    left: int = 0
    evaluable: int = 0


@dataclass(frozen=True)
class Corrected:
    """Corrected oxygen of each level.

    Parameters
    ----------
    oxygen : floats, shape (level,)
        umol/kg; NaN where it cannot be corrected.
    growth : floats, shape (level,), or float
        Factor on the standard uncertainty of the value.
    error : floats, shape (level,), or float
        Standard uncertainty that the correction itself adds, in square, umol/kg; the only one known of raw values.
    raw : mask, shape (level,), or None
        Levels that are suspect only because they are raw, which they are no longer.
    """

    oxygen: Floats
    growth: Floats | float = 1.0
    error: Floats | float = 0.0
    raw: Mask | None = None


def changed(
    table: pa.Table, here: Levels, new: Corrected, change: Change, where: Mask | None
) -> tuple[pa.Table, Change]:
    """Put corrected oxygen into a table, and summarise the changes.

    Parameters
    ----------
    table : pyarrow.Table
        Observations; not edited.
    here : Levels
        Their arrays, oxygen among them.
    new : Corrected
        Corrected oxygen of each level.
    change : Change
        The step, its parameters and its source.
    where : mask, shape (level,), or None
        Levels that get the new value; those of floats when None.

    Returns
    -------
    table : pyarrow.Table
        The same rows in the same order; a value that could not be corrected is missing, its original kept.
    change : Change
        What was done.

    Raises
    ------
    InputError
        If the step was applied to one of these levels before.
    """
    old, flag = here.values["oxygen"], here.flags["oxygen"]
    selected = np.isfinite(old) & (here.measured_with(["float"]) if where is None else where)
    use = selected & (flag != FAIL)
    unit = table["oxygen_original_unit"].cast(pa.string())
    _refuse_again(unit, use, change.step)
    value = np.where(use, new.oxygen, old)
    lost = use & ~np.isfinite(value)
    moved = use & ~lost & (value != old)
    original = table["oxygen_original"].to_numpy()
    unkept = use & ~np.isfinite(original)  # a table without originals: its first value is the original
    before = table["oxygen_uncertainty"].to_numpy()
    grown = np.hypot(new.growth * np.nan_to_num(before), new.error)
    known = np.isfinite(before) | (new.error != 0)
    evaluable = np.zeros(len(use), bool) if new.raw is None else new.raw & use & ~lost
    columns = {
        "oxygen": np.where(lost, np.nan, value),
        "oxygen_flag": np.select([lost, evaluable], [MISSING, NOT_EVALUATED], flag).astype(np.int8),
        "oxygen_original": np.where(unkept, old, original),
        "oxygen_original_unit": _noted(pc.if_else(unkept, "umol/kg", unit), moved | lost, change.step),
        "oxygen_uncertainty": np.where(use, np.where(known, grown, np.nan), before),
    }
    columns["oxygen_uncertainty"][lost] = np.nan
    for name, column in columns.items():
        table = schema.replaced(table, name, column)
    schema.check(table, change.step)
    median = float(np.median((value - old)[moved])) if moved.any() else np.nan
    left = int((selected & ~use).sum())
    return table, replace(
        change, levels=int(moved.sum()), median=median, lost=int(lost.sum()), left=left, evaluable=int(evaluable.sum())
    )


def _refuse_again(unit: pa.ChunkedArray, use: Mask, step: str) -> None:
    """Refuse levels that were corrected by the step already."""
    found = pc.match_substring_regex(unit, f"; {step}(;|$)").fill_null(False)
    again = int((found.to_numpy() & use).sum())
    if again:
        raise InputError(f"{again} of these levels had this step before", step, "start from the table as it was read")


def _noted(unit: pa.ChunkedArray, where: Mask, step: str) -> NDArray[np.object_]:
    """Write the name of a step behind the unit of the levels it changed."""
    noted = pc.binary_join_element_wise(unit.fill_null(""), step, "; ")
    return np.asarray(pc.if_else(where, noted, unit).to_numpy(zero_copy_only=False))
