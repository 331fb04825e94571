"""Parts of daily fields: a region, a period, other depths, coarser cells."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from graphs.types import Floats, Mask
from qc.errors import InputError

Box = tuple[tuple[float, float], tuple[float, float]]
_OCEAN_SHARE = 0.5  # of the cells of a block that are ocean, for the block to be
_SLACK = 1e-6  # degrees


def within(data: xr.Dataset, region: Box | None = None, period: tuple[str, str] | None = None) -> xr.Dataset:
    """Cut daily fields to a region and a period, lazily.

    Parameters
    ----------
    data : Dataset
        As `oxygen_recon.fields.daily.opening.open_daily` gives it, on latitude and longitude.
    region : ((south, north), (west, east)), optional
        Degrees; cells with their centre in it. Longitudes in any convention, as [140, 240] across the dateline.
    period : (first, last), optional
        Dates, both included.

    Returns
    -------
    Dataset
        Longitudes of a region increase from its west.

    Raises
    ------
    InputError
        If nothing is left.
    """
    if period is not None:
        first, last = (np.datetime64(date, "D") for date in period)
        dates = data["time"].to_numpy().astype("datetime64[D]")
        data = data.isel(time=np.flatnonzero((dates >= first) & (dates <= last)))
        if not data.sizes["time"]:
            what = f"no day from {first} to {last}"
            raise InputError(what, "daily fields", f"the files have {dates[0]} to {dates[-1]}")
    if region is None:
        return data
    (south, north), (west, east) = region
    latitude, longitude = data["latitude"].to_numpy(), data["longitude"].to_numpy()
    beyond = np.mod(longitude - west + _SLACK, 360.0) - _SLACK
    row = np.flatnonzero((latitude >= south - _SLACK) & (latitude <= north + _SLACK))
    place = np.argsort(beyond, kind="stable")
    place = place[beyond[place] <= east - west + _SLACK]
    if not row.size or not place.size:
        what = f"no cell in {south:g} to {north:g} N, {west:g} to {east:g} E"
        fix = f"they cover {latitude[0]:g} to {latitude[-1]:g} N, {longitude[0]:g} to {longitude[-1]:g} E"
        raise InputError(what, "daily fields", fix)
    return data.isel(latitude=row, longitude=place).assign_coords(longitude=west + beyond[place])


def at_depths(values: NDArray[np.float32], have: Floats, wanted: Floats) -> NDArray[np.float32]:
    """Interpolate levels linearly to other depths.

    Parameters
    ----------
    values : float32 array, shape (day, level, latitude, longitude)
        NaN is land.
    have : array, shape (level,)
        Depths of the levels, m, increasing.
    wanted : array, shape (depth,)
        m, increasing. The first level holds up to the surface where it is not deeper than the second is below it.

    Returns
    -------
    float32 array, shape (day, depth, latitude, longitude)
        NaN where a level of use is land.

    Raises
    ------
    InputError
        If a depth lies beyond the levels.

    Examples
    --------
    >>> column = np.array([10.0, 6.0, 4.0], np.float32).reshape(1, 3, 1, 1)
    >>> at_depths(column, np.array([0.5, 10.5, 20.5]), np.array([0.0, 10.5, 15.5])).ravel().tolist()
    [10.0, 6.0, 5.0]
    """
    top = have[1] - have[0] if have.size > 1 else 0.0
    for depth in wanted:
        if depth > have[-1] + _SLACK or depth < have[0] - max(top, _SLACK):
            what = f"no level at {depth:g} m"
            raise InputError(what, "daily fields", f"the levels are {have[0]:g} to {have[-1]:g} m")
    deeper = np.clip(np.searchsorted(have, wanted), min(1, have.size - 1), have.size - 1)
    upper = np.maximum(deeper - 1, 0)
    spacing = np.where(deeper > upper, have[deeper] - have[upper], 1.0)
    weight = np.clip((wanted - have[upper]) / spacing, 0.0, 1.0).astype(np.float32)[:, None, None]
    above, below = values[:, upper], values[:, deeper]
    between = (1 - weight) * above + weight * below
    result: NDArray[np.float32] = np.where(weight == 0, above, np.where(weight == 1, below, between))
    return result


def coarse(values: NDArray[np.float32], latitude: Floats, factor: int) -> NDArray[np.float32]:
    """Average blocks of cells, the ocean only.

    Parameters
    ----------
    values : float32 array, shape (..., latitude, longitude)
        NaN is land.
    latitude : array
        Degrees north.
    factor : int
        Cells along each side of a block.

    Returns
    -------
    float32 array, shape (..., latitude / factor, longitude / factor)
        Means weighted by the area of cells; NaN where less than half of a block's cells have a value.

    Raises
    ------
    InputError
        If rows or columns are no whole number of blocks.

    Examples
    --------
    >>> coarse(np.array([[1.0, 3.0], [2.0, np.nan]], np.float32), np.array([-0.5, 0.5]), 2).tolist()
    [[2.0]]
    """
    *rest, rows, columns = values.shape
    for name, number in (("rows of latitude", rows), ("columns of longitude", columns)):
        if number % factor:
            what = f"{number} {name} are no whole number of blocks of {factor}"
            raise InputError(what, "daily fields", f"cut {number % factor} of them off by region=")
    known: Mask = np.isfinite(values)
    weight = np.broadcast_to(np.cos(np.radians(latitude)).astype(np.float32)[:, None], (rows, columns))
    blocks = (*rest, rows // factor, factor, columns // factor, factor)

    def summed(cells: Floats) -> Floats:
        return np.asarray(cells.reshape(blocks).sum(axis=(-3, -1), dtype=np.float64))

    total, weights = summed(np.where(known, values, 0) * weight), summed(known * weight)
    number = summed(known.astype(np.float32))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(number >= _OCEAN_SHARE * factor**2, total / weights, np.nan)
    return mean.astype(np.float32)
