"""Daily fields of files, in memory as forecast models read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from graphs.types import Floats, Mask
from oxygen_recon.dataset.daily.fields import Channel, DailyFields, Dates
from oxygen_recon.dataset.daily.land import fill_land
from oxygen_recon.fields.daily.files import UNREADABLE
from oxygen_recon.fields.daily.layout import LIMITS
from oxygen_recon.fields.daily.selection import Box, at_depths, coarse, within
from qc.errors import InputError

_BLOCK = 1 << 24  # values of one quantity that are read together
MaskOf = Literal["constant", "every day"]


def daily_fields(
    data: xr.Dataset,
    names: Sequence[str] | None = None,
    *,
    depths: Sequence[float] | None = None,
    region: Box | None = None,
    coarsen: int = 1,
    period: tuple[str, str] | None = None,
    ocean: MaskOf = "constant",
    into: Path | None = None,
) -> DailyFields:
    """Read daily fields into memory: one channel for each quantity and depth, land filled.

    Parameters
    ----------
    data : Dataset
        As `oxygen_recon.fields.daily.opening.open_daily` gives it.
    names : sequence of str, optional
        Quantities in the order of the channels; all of the dataset when left out.
    depths : sequence of float, optional
        m, increasing: levels are interpolated to them (`oxygen_recon.fields.daily.selection.at_depths`); the levels of
        the dataset when left out.
    region, period
        As for `oxygen_recon.fields.daily.selection.within`.
    coarsen : int
        Cells along each side of the blocks that are averaged (`oxygen_recon.fields.daily.selection.coarse`).
    ocean : {"constant", "every day"}
        The ocean of a channel is what has a value on the first day, and any other day must agree; or what has one on
        every day, and the rest counts as land, as where ice comes and goes.
    into : Path, optional
        File (.npy) that the values are kept in and mapped from, where they are larger than memory.

    Returns
    -------
    DailyFields

    Raises
    ------
    InputError
        If a quantity, a depth, the region or the period is not in the dataset; the grid is curvilinear; an ocean cell
        has no value on some day; a value is beyond any of its quantity; or a file cannot be read.
    """
    values, dates, axes, channels = _values(data, names, depths, region, coarsen, period, into)
    mask = _fill(values, dates, channels, ocean)
    return DailyFields(values, mask, dates, *axes, channels)


def fields_with_gaps(
    data: xr.Dataset, ocean: Mask, names: Sequence[str] | None = None, *, depths: Sequence[float] | None = None,
    region: Box | None = None, coarsen: int = 1,
) -> tuple[DailyFields, Mask]:  # fmt: skip
    """Read daily fields of which parts of the ocean are not seen, as below clouds or between tracks.

    Parameters
    ----------
    data, names, depths, region, coarsen : object
        As of `daily_fields`.
    ocean : bool array, shape (channel, latitude, longitude)
        What is ocean.

    Returns
    -------
    DailyFields
        Land, and the ocean that is not seen, filled by the mean of what is seen of the day, or of all days.
    bool array, shape (day, channel, latitude, longitude)
        What is seen of the ocean.

    Raises
    ------
    InputError
        As of `daily_fields`, but for values missing over the ocean; if the grid or the channels are not those of
        `ocean`, or nothing is seen of a channel on any day.
    """
    values, dates, axes, channels = _values(data, names, depths, region, coarsen, None, None)
    if values.shape[1:] != ocean.shape:
        what = f"a grid of {values.shape[1:]} channels, latitudes and longitudes, not {ocean.shape}"
        raise InputError(what, "daily fields", "give files like those of the run")
    seen: Mask = np.isfinite(values) & ocean
    for i, channel in enumerate(channels):
        if not seen[:, i].any():
            raise InputError(f"nothing is seen of {channel}", "daily fields", "give a day with values in the ocean")
    number, total = seen.sum(axis=(2, 3)), np.where(seen, values, 0.0).sum(axis=(2, 3))
    mean = np.where(number > 0, total / np.maximum(number, 1), total.sum(axis=0) / number.sum(axis=0))
    filled = np.where(seen, values, mean[..., None, None]).astype(np.float32)
    return DailyFields(filled, ocean, dates, *axes, channels), seen


def _values(
    data: xr.Dataset, names: Sequence[str] | None, depths: Sequence[float] | None, region: Box | None, coarsen: int,
    period: tuple[str, str] | None, into: Path | None,
) -> tuple[NDArray[np.float32], Dates, tuple[Floats, Floats], tuple[Channel, ...]]:  # fmt: skip
    """Read values, NaN where there is none, with their dates, axes and channels."""
    names = list(names or map(str, data.data_vars))
    if missing := [name for name in names if name not in data]:
        what = f"no {', '.join(missing)} in it"
        raise InputError(what, "daily fields", f"there are {', '.join(map(str, data.data_vars))}")
    if data["latitude"].ndim != 1:
        raise InputError(
            "a grid of two-dimensional coordinates",
            "daily fields",
            "bring it to latitude and longitude first: fields.daily.horizontal.onto_grid does",
        )
    data = within(data[names], region, period)
    latitude, longitude = (data[name].to_numpy().astype(float) for name in ("latitude", "longitude"))
    channels = [channel for name in names for channel in _channels(data[name], depths)]
    dates = data["time"].to_numpy().astype("datetime64[D]")
    rows, columns = (axis.size // coarsen for axis in (latitude, longitude))
    values = _room((dates.size, len(channels), rows, columns), into)
    first = 0
    for name in names:
        number = len(_channels(data[name], depths))
        for days, part in _read(data[name], depths):
            values[days, first : first + number] = coarse(part, latitude, coarsen) if coarsen > 1 else part
        first += number
    row, column = (axis.reshape(-1, coarsen).mean(axis=1) for axis in (latitude, longitude))
    return values, dates, (row, column), tuple(channels)


def _channels(field: xr.DataArray, depths: Sequence[float] | None) -> list[Channel]:
    """Channels of one quantity."""
    unit, name = str(field.attrs.get("units", "")), str(field.name)
    if "depth" not in field.dims:
        return [Channel(name, None, unit)]
    levels = field["depth"].to_numpy() if depths is None else depths
    return [Channel(name, float(depth), unit) for depth in levels]


def _room(shape: tuple[int, ...], into: Path | None) -> NDArray[np.float32]:
    """Make room for values, in memory or in a file."""
    if into is None:
        return np.empty(shape, np.float32)
    return np.lib.format.open_memmap(into, "w+", np.float32, shape)  # type: ignore[no-untyped-call,no-any-return]


def _read(field: xr.DataArray, depths: Sequence[float] | None) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Read one quantity some days at a time, shape (day, depth, latitude, longitude)."""
    size = max(1, _BLOCK // max(1, field[0].size))
    for first in range(0, field.sizes["time"], size):
        days = slice(first, min(first + size, field.sizes["time"]))
        try:
            part = field[days].to_numpy()
        except UNREADABLE as error:
            what = f"{field.name} cannot be read from {str(field['time'].values[first])[:10]} on ({error})"
            raise InputError(what, "daily fields", "download the files again") from error
        _refuse_impossible(part, field, days)
        if part.ndim == 3:
            part = part[:, None]
        elif depths is not None:
            part = at_depths(part, field["depth"].to_numpy().astype(float), np.asarray(depths, float))
        yield days, part


def _refuse_impossible(part: Floats, field: xr.DataArray, days: slice) -> None:
    """Refuse values beyond any of their quantity."""
    low, high = LIMITS.get(str(field.name), (-np.inf, np.inf))
    with np.errstate(invalid="ignore"):
        bad = (part < low) | (part > high)
    if bad.any():
        day = int(np.argwhere(bad)[0][0])
        date = field["time"].values[days][day].astype("datetime64[D]")
        what = f"{field.name} of {part[bad][0]:g} {field.attrs.get('units', '')} on {date}"
        fix = f"all should lie in {low:g} to {high:g}: correct its unit, or mark its missing values"
        raise InputError(what, "daily fields", fix)


def _fill(values: NDArray[np.float32], dates: Dates, channels: tuple[Channel, ...], ocean: MaskOf) -> Mask:
    """Fill the land of each day in place; return the mask of the ocean."""
    mask: Mask = np.isfinite(values[0])
    for day in range(1, dates.size):
        today = np.isfinite(values[day])
        if ocean == "every day":
            mask &= today
        elif (differing := today != mask).any():
            channel, row, column = (int(one) for one in np.argwhere(differing)[0])
            has = today[channel, row, column]
            before = ~mask[channel] if has else mask[channel]  # land that has a value, or ocean that has none
            number, of = int((differing[channel] & before).sum()), int(before.sum())
            what = (
                f"{channels[channel]} {'has values' if has else 'is missing'} on {dates[day]} at {number} of {of} cells"
            )
            what += f" that are {'land' if has else 'ocean'} on {dates[0]}"
            raise InputError(what, "daily fields", 'fill them, leave the day out, or set ocean to "every day"')
    for i, channel_of in enumerate(channels):
        if not mask[i].any():
            raise InputError(f"{channel_of} has no ocean", "daily fields", "leave it out, or take a larger region")
    for day in range(dates.size):
        values[day] = fill_land(values[day], mask)
    return mask
