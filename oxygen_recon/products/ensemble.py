"""Extent of oxygen minimum zones, inventory and trends of each member of a field, and the intervals they give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from graphs.grid import Grid
from graphs.time_axis import decimal_years
from graphs.types import Floats
from oxygen_recon.products.error_covariance import ErrorCovariance
from oxygen_recon.products.inventory import amounts, oxygen_inventory
from oxygen_recon.products.members import grid_error
from oxygen_recon.products.omz import omz_series

_WINDOW = 2**20  # values of a member held at a time
_MEASURES = ("omz_volume", "omz_area", "omz_area_percent")


def member_fields(
    field: xr.Dataset, covariance: ErrorCovariance, grid: Grid, number: int, seed: int
) -> Iterator[Iterator[xr.DataArray]]:
    """Make the members of a field, a window of its steps at a time: no more than one is held.

    Parameters
    ----------
    field : Dataset
        `oxygen` and `oxygen_standard_error`, umol kg-1, dims (time, depth, latitude, longitude).
    covariance : ErrorCovariance
        Of the errors.
    grid : Grid
        Cells of the field.
    number : int
        How many members.
    seed : int
        Makes them repeatable; member i is the same however many there are.

    Yields
    ------
    iterator of DataArray
        The members of one window of steps, one after the other, none below 0.
    """
    wet = grid.wet.any(axis=0)
    latitude, longitude = (axis[wet] for axis in np.meshgrid(grid.latitude, grid.longitude, indexing="ij"))
    steps = max(1, _WINDOW // grid.wet.size)
    for start in range(0, field.sizes["time"], steps):
        part = field[["oxygen", "oxygen_standard_error"]].isel(time=slice(start, start + steps)).load()
        years = decimal_years(part["time"].to_numpy())

        def members(part: xr.Dataset = part, years: Floats = years) -> Iterator[xr.DataArray]:
            for member in range(number):
                error = np.zeros(part["oxygen"].shape, np.float32)
                error[:, :, wet] = grid_error(covariance, latitude, longitude, grid.depth, years, [seed, member])
                values = part["oxygen"].to_numpy() + part["oxygen_standard_error"].to_numpy() * error
                yield part["oxygen"].copy(data=np.maximum(values, 0.0))

        yield members()


def measure_members(
    field: xr.Dataset, covariance: ErrorCovariance, thresholds: Sequence[float], grid: Grid, number: int, seed: int
) -> xr.Dataset:
    """Measure the oxygen minimum zones and the inventory of each member.

    Parameters
    ----------
    field, covariance, grid, number, seed
        As for `member_fields`.
    thresholds : sequence of float
        umol kg-1.

    Returns
    -------
    Dataset
        `omz_volume`, `omz_area` and `omz_area_percent`, dims (member, threshold, time); `inventory` (Pmol), dims
        (member, layer, time), of the layers of `oxygen_recon.products.inventory`.
    """
    windows, each_adds = [], amounts(grid)
    for window in member_fields(field, covariance, grid, number, seed):
        each = []
        for member in window:
            amount = np.tensordot(each_adds, np.nan_to_num(member.to_numpy()), axes=([1, 2, 3], [1, 2, 3]))
            zones = omz_series(member, thresholds, grid=grid)[list(_MEASURES)]
            each.append(zones.assign(inventory=(("layer", "time"), amount)))
        windows.append(xr.concat(each, "member"))
    return xr.concat(windows, "time")


def with_interval(series: xr.Dataset, members: xr.Dataset) -> xr.Dataset:
    """Put what members tell beside a series of oxygen minimum zones.

    Parameters
    ----------
    series : Dataset
        As from `oxygen_recon.products.omz.omz_series` with a standard error.
    members : Dataset
        As from `measure_members`.

    Returns
    -------
    Dataset
        With `<name>_members_median`, and `<name>_members_low` and `<name>_members_high`, the `interval` of 90 %, moved
        by the difference of the expected value and the members' mean. For a member's errors from cell to cell, which
        the ocean need not have, add to what is below a threshold and not to the expected value (figures in
        `experiments/README.md`). No end is below 0.
    """
    found = {}
    for name in _MEASURES:
        values = members[name].to_numpy()
        low, middle, high = interval(values)
        moved = series[f"{name}_expected"].to_numpy() - values.mean(axis=0)
        texts = {
            "members_median": (middle, "median of the members"),
            "members_low": (np.maximum(low + moved, 0.0), "low end of the members' interval of 90 %"),
            "members_high": (np.maximum(high + moved, 0.0), "high end of the members' interval of 90 %"),
        }
        for suffix, (data, text) in texts.items():
            attributes = series[name].attrs | {"long_name": f"{series[name].attrs['long_name']}, {text}"}
            found[f"{name}_{suffix}"] = (series[name].dims, data, attributes)
    return series.assign(found).assign_attrs(members=members.sizes["member"])


def interval(values: Floats) -> Floats:
    """Take the interval of 90 % that a further member would lie in, and the median.

    Of n members a further one lies below the smallest with probability 1 / (n + 1), so the ends are quantiles at
    p (n + 1) (definition 6 of Hyndman & Fan 1996); of fewer than 19 members the smallest and the largest, which hold
    less than 90 %.

    Parameters
    ----------
    values : array, shape (member, ...)
        Anything.

    Returns
    -------
    array, shape (3, ...)
        Low end, median, high end.

    Examples
    --------
    >>> interval(np.arange(1.0, 40.0)).tolist()
    [2.0, 20.0, 38.0]
    """
    return np.asarray(np.quantile(values, [0.05, 0.5, 0.95], axis=0, method="weibull"))


def inventory_series(field: xr.Dataset, grid: Grid, members: xr.Dataset | None) -> xr.Dataset:
    """Sum the oxygen of a field by layers, with the interval of its members.

    Parameters
    ----------
    field : Dataset
        As for `member_fields`.
    grid : Grid
        Cells of the field.
    members : Dataset or None
        As from `measure_members`.

    Returns
    -------
    Dataset
        As from `oxygen_recon.products.inventory.oxygen_inventory`, with `inventory_members_median`, `_low` and `_high`
        (`interval`) where there are members.
    """
    found = oxygen_inventory(field["oxygen"], grid=grid).isel(region=0, drop=True)
    if members is None:
        return found
    for name, values in zip(("low", "median", "high"), interval(members["inventory"].to_numpy())):
        attributes = {"units": "Pmol", "long_name": f"amount of oxygen, {name} of the members"}
        found[f"inventory_members_{name}"] = (found["inventory"].dims, values, attributes)
    return found


def trends(series: xr.Dataset, inventory: xr.Dataset, members: xr.Dataset | None) -> pd.DataFrame:
    """Fit straight lines through the series, and through those of each member.

    Parameters
    ----------
    series, inventory : Dataset
        As from `with_interval` and `inventory_series`.
    members : Dataset or None
        As from `measure_members`.

    Returns
    -------
    DataFrame
        One row a quantity and threshold (umol kg-1) or layer: unit, trend of the estimate (plain) and of the expected
        value, and of the members the median and the `interval`; least squares. Empty with fewer than 3 steps.
    """
    years, rows = decimal_years(series["time"].to_numpy()), []
    if years.size < 3:
        return pd.DataFrame(columns=["quantity", "of", "unit", "plain", "expected", "median", "low", "high"])

    def slope(values: Floats) -> Floats:
        return np.asarray(np.polyfit(years, values.reshape(-1, years.size).T, 1)[0] * 10.0)

    for quantity, unit, data in (
        ("omz_area", "m2/decade", series), ("omz_volume", "m3/decade", series), ("inventory", "Pmol/decade", inventory)
    ):  # fmt: skip
        (by,) = set(data[quantity].dims) - {"time"}
        for number, of in enumerate(data[by].to_numpy()):
            plain = float(slope(data[quantity].isel({by: number}).to_numpy())[0])
            row = {"quantity": quantity, "of": of, "unit": unit, "plain": plain}
            if f"{quantity}_expected" in data:
                row["expected"] = float(slope(data[f"{quantity}_expected"].isel({by: number}).to_numpy())[0])
            if members is not None:
                each = slope(members[quantity].isel({by: number}).transpose("member", "time").to_numpy())
                row |= dict(zip(("low", "median", "high"), interval(each).tolist()))
            rows.append(row)
    return pd.DataFrame(rows, columns=["quantity", "of", "unit", "plain", "expected", "median", "low", "high"])
