"""Profiles of one variable from the observation table, and their values at the levels of a grid."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphs.types import Floats, Ints, Mask
from oxygen_recon.dataset.groups import held_out_together
from qc.errors import InputError
from qc.physics.interpolation import hermite, monotone_slopes
from qc.table.flags import FAIL

Vertical = Literal["pchip", "bin"]

_NEEDED = ("source", "cast", "cruise", "platform", "time", "latitude", "longitude", "depth", "duplicate_of")
_OWN_FLAGS = ("position_flag", "time_flag")
_OPTIONAL = (*_OWN_FLAGS, "instrument")
_EXACT = 1.0e-3  # m; a value this near a level is at the level
_CLOSE = 0.25  # of the level thickness: a value this near counts for a level without interpolation


@dataclass(frozen=True)
class Profiles:
    """Accepted values of one variable, cast by cast, from the surface down.

    Parameters
    ----------
    latitude, longitude : array, shape (cast,)
        Degrees north, degrees east.
    time : array of datetime64[ms], shape (cast,)
        UTC.
    cruise : list of str, length cast
        What is held out together: see `oxygen_recon.dataset.groups`.
    cast : int array, shape (value,)
        Cast of each value, not decreasing.
    depth : array, shape (value,)
        Metres, increasing strictly within a cast.
    value : array, shape (value,)
        Finite, in the table's unit.
    unplaced, undated : int
        Casts with accepted values that are not here: all without a position, or else without a time, that is known and
        not flagged bad.
    """

    latitude: Floats
    longitude: Floats
    time: NDArray[np.datetime64]
    cruise: list[str]
    cast: Ints
    depth: Floats
    value: Floats
    unplaced: int = 0
    undated: int = 0

    def take(self, keep: Mask) -> "Profiles":
        """Select casts.

        Parameters
        ----------
        keep : bool array, shape (cast,)
            Casts that are kept.

        Returns
        -------
        Profiles
            With casts numbered anew.
        """
        number = np.cumsum(keep) - 1
        rows = keep[self.cast]
        cruise = [name for name, kept in zip(self.cruise, keep) if kept]
        return Profiles(
            self.latitude[keep], self.longitude[keep], self.time[keep], cruise,
            number[self.cast[rows]], self.depth[rows], self.value[rows],
        )  # fmt: skip


def extract(table: pa.Table | pd.DataFrame, variable: str, accept_flags: tuple[int, ...] = (1, 2)) -> Profiles:
    """Take the accepted values of one variable out of an observation table.

    Parameters
    ----------
    table : pyarrow.Table or pandas.DataFrame
        Observations with the columns of `qc.table.schema.OBSERVATIONS` of place, time, cruise and platform.
    variable : str
        For instance "oxygen".
    accept_flags : tuple of int
        Flags that are let through (IODE: 1 pass, 2 not evaluated).

    Returns
    -------
    Profiles
        Without duplicates and without values that lack a depth, a position or a time. A position or time that is
        flagged bad is none: its value may be good, but nobody knows where or when. Values a cast reports at one depth
        are averaged.

    Raises
    ------
    InputError
        If a needed column is missing.
    """
    table = _needed(table, variable)
    cast, group, names = held_out_together(table)
    good = _accepted(table, variable, accept_flags)
    table, key, group = table.filter(good), cast[good.to_numpy()], group[good.to_numpy()]
    placed, dated = _placed_and_dated(table)
    kept = placed & dated
    casts, in_place, usable = (np.unique(key[rows]).size for rows in (slice(None), placed, kept))
    table = table.filter(pa.array(kept))
    _, first, number = np.unique(key[kept], return_index=True, return_inverse=True)
    head = {name: table[name].take(pa.array(first)).to_numpy() for name in ("latitude", "longitude", "time")}
    cast_names = [names[code] for code in group[kept][first]]
    values = _merge(number, table["depth"].to_numpy(), table[variable].to_numpy())
    place = head["latitude"], head["longitude"], head["time"].astype("datetime64[ms]")
    return Profiles(*place, cast_names, *values, unplaced=casts - in_place, undated=in_place - usable)


def _needed(table: pa.Table | pd.DataFrame, variable: str) -> pa.Table:
    """Return the columns that casts of a variable are made of."""
    names = [*_NEEDED, variable, f"{variable}_flag"]
    known = list(table.columns) if isinstance(table, pd.DataFrame) else table.column_names
    missing = sorted(set(names) - set(known))
    if missing:
        raise InputError(f"no column {', '.join(missing)}", "observation table", "run ingest and qc again")
    names += [name for name in _OPTIONAL if name in known and name not in names]
    return (
        pa.Table.from_pandas(table[names], preserve_index=False)
        if isinstance(table, pd.DataFrame)
        else table.select(names)
    )


def _accepted(table: pa.Table, variable: str, accept_flags: tuple[int, ...]) -> pa.ChunkedArray:
    """Tell which rows have a depth and an accepted value, and are no duplicates."""
    good = pc.and_(
        pc.is_in(table[f"{variable}_flag"], pa.array(accept_flags, table[f"{variable}_flag"].type)),
        pc.is_null(table["duplicate_of"]),
    )
    for name in ("depth", variable):
        good = pc.and_(good, pc.fill_null(pc.is_finite(table[name]), False))
    return good


def _placed_and_dated(table: pa.Table) -> tuple[Mask, Mask]:
    """Tell which rows have a position, and which a time, that is known and not flagged bad, both of shape (row,)."""
    placed = np.isfinite(table["latitude"].to_numpy()) & np.isfinite(table["longitude"].to_numpy())
    dated = ~np.isnat(table["time"].to_numpy().astype("datetime64[ms]"))
    for name, mask in zip(_OWN_FLAGS, (placed, dated)):
        if name in table.column_names:
            mask &= table[name].to_numpy() != FAIL
    return placed, dated


def to_levels(
    profiles: Profiles, depth: Floats, edges: Floats, vertical: Vertical = "pchip", gap: float = 50.0
) -> tuple[Ints, Ints, Floats]:
    """Bring casts to levels.

    Parameters
    ----------
    profiles : Profiles
        Casts of one variable.
    depth : array, shape (level,)
        Level centres, m.
    edges : array, shape (level + 1,)
        Level edges, m.
    vertical : {"pchip", "bin"}
        "pchip": monotone cubic interpolation (Fritsch and Butland 1984) to the centre, never beyond the cast's ends
        nor between two values farther apart than `gap` or two level thicknesses, whichever is more; where that gives
        nothing, the nearest value within a quarter of the thickness of the centre. "bin": mean between the edges.
    gap : float
        Metres.

    Returns
    -------
    cast, level : int array, shape (pair,)
    value : array, shape (pair,)
        One value for each cast and level that has one.
    """
    if vertical == "bin":
        level = np.searchsorted(edges, profiles.depth, side="right") - 1
        inside = (level >= 0) & (level < depth.size)
        key, value = _mean_by(profiles.cast[inside] * depth.size + level[inside], profiles.value[inside])
        return key // depth.size, key % depth.size, value
    if profiles.cast.size == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    field = _interpolate(profiles, depth, np.diff(edges), gap)
    cast, level = np.nonzero(np.isfinite(field))
    return cast, level, field[cast, level]


def _interpolate(profiles: Profiles, level: Floats, thickness: Floats, gap: float) -> Floats:
    """Values of every cast at every level, shape (cast, level), NaN where the cast has no value."""
    cast, x, y = profiles.cast, profiles.depth, profiles.value
    number = np.arange(profiles.latitude.size)[:, None]
    stride = max(x.max(), level.max()) - min(0.0, x.min()) + 1.0
    upper = np.searchsorted(cast * stride + x, (number * stride + level).ravel(), side="right").reshape(-1, level.size)
    lower = upper - 1
    has_lower = (lower >= 0) & (cast[np.maximum(lower, 0)] == number)
    has_upper = (upper < x.size) & (cast[np.minimum(upper, x.size - 1)] == number)
    lower, upper = np.maximum(lower, 0), np.minimum(upper, x.size - 1)
    below, beyond = level - x[lower], x[upper] - level
    field = np.full(upper.shape, np.nan)
    between = has_lower & has_upper & (x[upper] - x[lower] <= np.maximum(2 * thickness, gap))
    slope = monotone_slopes(cast, x, y)
    field[between] = hermite(x, y, slope, lower[between], upper[between], below[between])
    below, beyond = np.where(has_lower, below, np.inf), np.where(has_upper, beyond, np.inf)
    nearest = np.where(below <= beyond, lower, upper)
    reach = np.where(between, _EXACT, _CLOSE * thickness)
    at = np.minimum(below, beyond) <= reach
    field[at] = y[nearest[at]]
    return field


def _merge(cast: Ints, depth: Floats, value: Floats) -> tuple[Ints, Floats, Floats]:
    """Sort by cast and depth; average values at one depth."""
    order = np.lexsort((depth, cast))
    cast, depth, value = cast[order], depth[order], value[order]
    new = np.ones(cast.size, bool)
    new[1:] = (cast[1:] != cast[:-1]) | (depth[1:] != depth[:-1])
    start = np.flatnonzero(new)
    if start.size == cast.size:
        return cast, depth, value
    count = np.diff(np.append(start, cast.size))
    return cast[start], depth[start], np.add.reduceat(value, start) / count


def _mean_by(key: Ints, value: Floats) -> tuple[Ints, Floats]:
    """Distinct keys and the mean value of each."""
    names, number = np.unique(key, return_inverse=True)
    return names, np.bincount(number, value, names.size) / np.bincount(number, minlength=names.size)
