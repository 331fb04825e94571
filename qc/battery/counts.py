"""Counts of levels by flag and failed check: of each archive, cruise or float, and cast."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from qc.battery.archive_flags import EXPERT as EXPERT
from qc.battery.archive_flags import by_archive
from qc.battery.battery import Battery, load_battery
from qc.errors import InputError
from qc.physics.seawater import CONSTANT_NOTE
from qc.table import flags
from qc.table.profiles import casts_of
from qc.table.schema import VARIABLES
from qc.table.text_columns import dictionary_codes, text_at
from qc.types import Integers

STATES = {
    "good": flags.PASS,
    "suspect": flags.SUSPECT,
    "bad": flags.FAIL,
    "missing": flags.MISSING,
    "not_evaluated": flags.NOT_EVALUATED,
}
OWN = "archive_flag"  # counted beside the checks: suspect or bad, and no check failed
INTERPOLATED = "archive_interpolated"  # not measured: suspect because its archive interpolated it, and no check failed
_WHERE = ("source", "file", "cast", "cruise", "platform", "instrument")


def by_name(
    table: pa.Table, battery: Battery | None = None, variable: str = "oxygen", by: str = "source"
) -> pd.DataFrame:
    """Count the levels of each archive by flag and by failed check.

    Parameters
    ----------
    table : pyarrow.Table
        Observations, after `qc.battery.run.run_battery`.
    battery : Battery, optional
        The battery that ran; the shipped one when left out.
    variable : str
        One of `qc.table.schema.VARIABLES`.
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

    Examples
    --------
    >>> import qc
    >>> table = qc.from_columns({"source": "mine", "cast": "1", "latitude": [10.0] * 3, "longitude": [20.0] * 3,
    ...                          "pressure": [5.0, 50, 500], "oxygen": [230.0, 900, np.nan]}, "example")
    >>> qc.count_flags(qc.run_battery(table))[["levels", "suspect", "bad", "missing", "no_date", "range"]]
            levels  suspect  bad  missing  no_date  range
    source
    mine         3        0    1        1        2      1
    """
    battery = load_battery() if battery is None else battery
    if variable not in VARIABLES:
        raise InputError(f"no variable {variable!r}", "counts", f"use one of {', '.join(VARIABLES)}")
    if by not in table.column_names or not pa.types.is_dictionary(table.schema.field(by).type):
        raise InputError(f"no text column {by!r}", "counts", "use source, cruise, platform, file or instrument")
    group, names = groups_of(table[by])
    frame = pd.DataFrame(
        in_groups(table, variable, group, len(names), battery), pd.Index(names, name=by), column_names(battery)
    )
    return frame[frame["levels"] > 0].sort_index()


def column_names(battery: Battery | None) -> list[str]:
    """Name what `in_groups` counts.

    Parameters
    ----------
    battery : Battery or None
        The battery that ran; None before any check.

    Returns
    -------
    list of str
        levels, good, suspect, bad, missing, not_evaluated, constant_density; with a battery also duplicate and the
        names of its enabled checks.
    """
    after = [] if battery is None else ["duplicate", *(check.name for check in battery.running)]
    return ["levels", *STATES, "constant_density", *after]


def in_groups(table: pa.Table, variable: str, group: Integers, groups: int, battery: Battery | None) -> Integers:
    """Count levels in groups of any kind.

    Parameters
    ----------
    table : pyarrow.Table
        Observations.
    variable : str
        One of `qc.table.schema.VARIABLES`.
    group : integers, shape (level,)
        Group of each level, from 0.
    groups : int
        Number of groups.
    battery : Battery or None
        The battery that ran; None before any check.

    Returns
    -------
    integers, shape (group, column)
        Columns as `column_names` names them.
    """
    flag = table[f"{variable}_flag"].to_numpy()
    unit, units = dictionary_codes(table[f"{variable}_original_unit"])
    constant = np.array([*(CONSTANT_NOTE in text for text in units), False])[unit]  # the last where there is no unit
    constant &= flag != flags.MISSING
    found = [_by_flag(group, flag, groups), np.bincount(group[constant], minlength=groups)]
    if battery is not None:
        copies = table["duplicate_of"].is_valid().to_numpy()
        found.append(np.bincount(group[copies], minlength=groups))
        found.append(_by_check(group, table[f"{variable}_checks"].to_numpy(), groups, battery))
    return np.column_stack(found)


def by_cast(table: pa.Table, battery: Battery | None = None) -> pa.Table:
    """Count the oxygen levels of each cast by flag and by failed check.

    Parameters
    ----------
    table : pyarrow.Table
        Observations, after quality control; columns that are not counted may be left out.
    battery : Battery, optional
        The battery that ran; the shipped one when left out.

    Returns
    -------
    pyarrow.Table
        One row a cast, in order of appearance: source, file, cast, cruise, platform, instrument, time, latitude and
        longitude (of its first level), duplicate_of ("source/cast", null where it is no copy); counts of levels and of
        states as from `by_name`, `archive_flag` (suspect or bad by the flag of its archive: no check failed, no expert
        decided), `archive_interpolated` (the same, of values that the archive says it interpolated) and one a check;
        `reason`, the most frequent of those except notes, null where no value is suspect or bad. A value that fails
        several checks counts for each.
    """
    battery = load_battery() if battery is None else battery
    cast, first = casts_of(table)
    flag, bits = table["oxygen_flag"].to_numpy(), table["oxygen_checks"].to_numpy()
    columns: dict[str, object] = {name: text_at(table[name], first) for name in _WHERE}
    columns |= {name: table[name].take(pa.array(first)) for name in ("time", "latitude", "longitude")}
    columns["duplicate_of"] = table["duplicate_of"].take(pa.array(first)).dictionary_encode()
    own, interpolated = by_archive(table, battery)
    casts = len(first)
    found = [
        _by_flag(cast, flag, casts),
        np.bincount(cast[own], minlength=casts),
        np.bincount(cast[interpolated], minlength=casts),
        _by_check(cast, bits, casts, battery),
    ]
    names = ["levels", *STATES, OWN, INTERPOLATED, *(check.name for check in battery.running)]
    frame = pd.DataFrame(np.column_stack(found).astype(np.int32), columns=names)
    columns |= {name: frame[name].to_numpy() for name in names}
    reason = pa.array(reasons(frame, battery), pa.string(), from_pandas=True)
    return pa.table(columns | {"reason": reason.dictionary_encode()})


def by_cruise(casts: pa.Table) -> pd.DataFrame:
    """Sum the counts of casts by cruise.

    Parameters
    ----------
    casts : pyarrow.Table
        As from `by_cast`; of several such tables the results may be summed by index.

    Returns
    -------
    pandas.DataFrame
        Indexed by source and cruise, which is the platform where no cruise is named and "(none)" without either;
        `casts`, `copies` (casts that are), `good_once` (good levels of casts that are no copies), and all counts.
    """
    copy = casts["duplicate_of"].is_valid().to_numpy()
    frame = casts.select([field.name for field in casts.schema if field.type == pa.int32()]).to_pandas()
    frame = frame.astype(np.int64)
    frame.insert(0, "good_once", np.where(copy, 0, frame["good"]))
    frame.insert(0, "copies", copy.astype(np.int64))
    frame.insert(0, "casts", 1)
    source = casts["source"].cast(pa.string()).to_pandas().rename("source")
    result: pd.DataFrame = frame.groupby([source, cruise_names(casts)]).sum()
    return result


def cruise_names(casts: pa.Table) -> pd.Series:
    """Name the cruise of each cast: its platform where none is named, "(none)" without either.

    Parameters
    ----------
    casts : pyarrow.Table
        As from `by_cast`.

    Returns
    -------
    pandas.Series of str, shape (cast,)
    """
    cruise, platform = (casts[name].cast(pa.string()) for name in ("cruise", "platform"))
    names: pd.Series = pc.coalesce(cruise, platform, pa.scalar("(none)")).to_pandas()
    return names.rename("cruise")


def reasons(counts: pd.DataFrame, battery: Battery) -> pd.Series:
    """Name the check, "archive_flag" or "expert", that made most values suspect or bad.

    Parameters
    ----------
    counts : pandas.DataFrame
        Columns `archive_flag`, `archive_interpolated`, states and one a check, as from `by_cast` or `by_cruise`.
    battery : Battery
        The battery that ran.

    Returns
    -------
    pandas.Series of str
        One name a row, of the first where several are equal; missing where no value is suspect or bad.
    """
    rejecting = counts[rejecting_columns(battery)]
    values = rejecting.to_numpy() * (counts["suspect"] + counts["bad"] > 0).to_numpy()[:, None]
    found = pd.Series("", index=counts.index, dtype=object)
    if len(values):
        found[:] = np.asarray(rejecting.columns, object)[values.argmax(axis=1)]
    return found.where(pd.Series(values.any(axis=1), index=counts.index), None)


def rejecting_columns(battery: Battery) -> list[str]:
    """Name the counts of what makes values suspect or bad: the archive's own flag, checks, and an expert.

    Parameters
    ----------
    battery : Battery
        The battery that ran.

    Returns
    -------
    list of str
        Notes are not among them.
    """
    return [
        OWN,
        INTERPOLATED,
        *(check.name for check in battery.running if check.severity != "note" or check.name == EXPERT),
    ]


def groups_of(column: pa.ChunkedArray) -> tuple[Integers, list[str]]:
    """Give each name of a text column a number; null is a name too, "(none)".

    Parameters
    ----------
    column : pyarrow.ChunkedArray of dictionary<string>
        A text column of the observation table.

    Returns
    -------
    group : integers, shape (level,)
        Index into `names`.
    names : list of str
        "(none)" is the last.
    """
    code, names = dictionary_codes(column)
    return np.where(code < 0, len(names), code), [*names, "(none)"]


def _by_flag(group: Integers, flag: NDArray[np.int8], groups: int) -> Integers:
    """Count levels, and levels of each state, by group: shape (group, 1 + state)."""
    found = np.bincount(group * 16 + flag, minlength=16 * groups).reshape(groups, 16)
    return np.column_stack([found.sum(axis=1), found[:, list(STATES.values())]])


def _by_check(group: Integers, bits: NDArray[np.uint64], groups: int, battery: Battery) -> Integers:
    """Count levels that failed each enabled check by group: shape (group, check)."""
    failed = np.flatnonzero(bits)  # few: the rest need not be unpacked
    octets = bits[failed].astype("<u8").view(np.uint8).reshape(-1, 8)
    row, bit = np.nonzero(np.unpackbits(octets, axis=1, bitorder="little"))
    found = np.bincount(group[failed[row]] * 64 + bit, minlength=64 * groups).reshape(groups, 64)
    return found[:, [check.bit for check in battery.running]]
