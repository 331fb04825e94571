"""Straight-line trends along time, in the unit of what is fitted, with serially correlated residuals."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.special import stdtr

from graphs.time_axis import decimal_years
from graphs.types import Floats
from qc.errors import InputError

_BLOCK = 2**22  # values fitted at a time: the work arrays of one block stay below 200 MB
_STATISTICS = {
    "trend": "slope",
    "standard_error": "standard error of the slope",
    "p_value": "probability of a slope so far from none by chance, two sides",
    "n": "number of values fitted",
    "degrees_of_freedom": "degrees of freedom of the standard error",
}


def trend(values: xr.DataArray, period: tuple[int, int] | None = None) -> xr.Dataset:
    """Fit straight lines along time by least squares.

    Parameters
    ----------
    values : DataArray, with dim time (datetime64)
        Anything: a series, maps, fields; NaN is left out. Its attribute `units` is that of the trend.
    period : (first year, last year), optional
        Both included; all times when left out.

    Returns
    -------
    Dataset
        dims of `values` without time: `trend` and its `standard_error` ("<units of values> decade-1"), `p_value` (two
        sides, of no trend), `n` values fitted and `degrees_of_freedom`: the trend lies within
        `standard_error` x t(degrees of freedom). NaN with fewer than 3 values. `attrs["period"]` is "first-last", the
        years of the first and the last value.

        With the lag-1 autocorrelation r of the residuals, n values tell as much as n (1 - r) / (1 + r) independent ones
        (Santer et al. 2000, J. Geophys. Res. 105, 7337-7356, eqs. 4-6); two degrees of freedom fewer are left. The r
        of residuals about a fitted line falls short of that of the noise by (2 + 4 r) / n in the mean (Shaman & Stine
        1988, J. Am. Stat. Assoc. 83, 842-848), which is added, so that short series are not too sure. A negative r
        counts as 0.

    Raises
    ------
    InputError
        If there is no time, its values are no dates, or no time lies in the period.

    Examples
    --------
    >>> time = np.arange("1960", "2020", dtype="datetime64[Y]").astype("datetime64[ns]")
    >>> line = xr.DataArray(230 - 0.096 * np.arange(60.0), {"time": time}, ["time"], attrs={"units": "Pmol"})
    >>> found = trend(line, (1970, 2010))
    >>> round(found.trend.item(), 3), found.trend.units, found.n.item(), found.period
    (-0.96, 'Pmol decade-1', 41.0, '1970-2010')
    """
    chosen = _chosen(values, period)
    found = _fit_all(decimal_years(chosen["time"].to_numpy()), chosen)
    unit, what = str(values.attrs.get("units", "1")), str(values.attrs.get("long_name", values.name or "values"))
    per_decade = "decade-1" if unit in ("1", "") else f"{unit} decade-1"
    for name in ("trend", "standard_error"):
        found[name] = 10.0 * found[name]
        found[name].attrs["units"] = per_decade
    found["trend"].attrs["long_name"] = f"{what}, trend"
    found["standard_error"].attrs["long_name"] = f"{what}, standard error of the trend"
    return found


def regression(values: xr.DataArray, against: xr.DataArray, period: tuple[int, int] | None = None) -> xr.Dataset:
    """Fit straight lines through values against other values of the same times, by least squares.

    Parameters
    ----------
    values : DataArray, with dim time (datetime64)
        Anything.
    against : DataArray, dims of `values`, or time alone
        What they are fitted against.
    period : (first year, last year), optional
        As for `trend`.

    Returns
    -------
    Dataset
        As from `trend`; `trend` and its `standard_error` in "<units of values> (<units of against>)-1".

    Raises
    ------
    InputError
        As for `trend`.

    Examples
    --------
    >>> time = np.arange("1990", "2000", dtype="datetime64[Y]").astype("datetime64[ns]")
    >>> heat = xr.DataArray(np.arange(10.0), {"time": time}, ["time"], attrs={"units": "J"})
    >>> found = regression((5 - 2 * heat).assign_attrs(units="mol"), heat)
    >>> found.trend.item(), found.trend.units
    (-2.0, 'mol (J)-1')
    """
    chosen, other = _chosen(values, period), _chosen(against, period)
    found = _fit_all(other.broadcast_like(chosen).transpose(*chosen.dims), chosen)
    for name in ("trend", "standard_error"):
        found[name].attrs["units"] = f"{values.attrs.get('units', '1')} ({against.attrs.get('units', '1')})-1"
    return found


def _chosen(values: xr.DataArray, period: tuple[int, int] | None) -> xr.DataArray:
    """Values of the period."""
    if "time" not in values.dims or not np.issubdtype(values["time"].dtype, np.datetime64):
        raise InputError("no dates along time", str(values.name or "trend"), "give a coordinate time of datetime64")
    if period is not None:
        year = values["time"].dt.year
        values = values.isel(time=np.flatnonzero((year >= period[0]) & (year <= period[1])))
    if not values.sizes["time"]:
        span = "" if period is None else f" from {period[0]} to {period[1]}"
        raise InputError(f"no time{span}", str(values.name or "trend"), "give a period that the series covers")
    return values


def _fit_all(against: Floats | xr.DataArray, values: xr.DataArray) -> xr.Dataset:
    """Fit all values, a few columns at a time, and name the statistics."""
    rest = [str(name) for name in values.dims if name != "time"]
    cube = values.transpose("time", *rest).to_numpy().reshape(values.sizes["time"], -1)
    if isinstance(against, xr.DataArray):
        x = against.transpose("time", *rest).to_numpy().reshape(cube.shape)
    else:
        x = np.broadcast_to(against[:, None], cube.shape)
    wide = max(1, _BLOCK // len(cube))
    starts = range(0, cube.shape[1], wide)
    parts = [_fit(x[:, start : start + wide], cube[:, start : start + wide]) for start in starts]
    found = np.concatenate(parts, axis=1) if parts else np.empty((len(_STATISTICS), 0))
    shape = tuple(values.sizes[name] for name in rest)
    coordinates = values.drop_vars([str(name) for name in values.coords if "time" in values[name].dims]).coords
    data = {
        name: (rest, one.reshape(shape), {"units": "1", "long_name": text})
        for (name, text), one in zip(_STATISTICS.items(), found, strict=True)
    }
    first, last = values["time"].dt.year.to_numpy()[[0, -1]]
    return xr.Dataset(data, coordinates, {"period": f"{first}-{last}"})


def _fit(against: Floats, values: Floats) -> Floats:
    """Fit each column of values, shape (time, column), against the other; the statistics by column."""
    good = np.isfinite(values) & np.isfinite(against)
    n = good.sum(axis=0).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        x = np.where(good, against, 0.0)
        x = np.where(good, x - x.sum(axis=0) / n, 0.0)
        y = np.where(good, values, 0.0).astype(float)
        y = np.where(good, y - y.sum(axis=0) / n, 0.0)
        spread = (x * x).sum(axis=0)
        slope = (x * y).sum(axis=0) / spread
        y -= slope * x  # now the residuals
        power = (y * y).sum(axis=0)
        pairs = (good[1:] & good[:-1]).sum(axis=0)
        # Where values are missing, pairs of neighbours are fewer: their mean product stands for all n - 1 pairs.
        lag = (y[1:] * y[:-1]).sum(axis=0) / power * np.where(pairs > 0, (n - 1) / np.maximum(pairs, 1), 0.0)
        lag = np.where(power > 0, np.clip(lag + (2.0 + 4.0 * lag) / n, 0.0, 0.999), 0.0)
        freedom = np.maximum(n * (1.0 - lag) / (1.0 + lag) - 2.0, 0.1)
        error = np.sqrt(power / freedom / spread)
        p_value = np.where(error > 0, 2.0 * stdtr(freedom, -np.abs(slope) / error), (slope == 0).astype(float))
        p_value = np.where(np.isnan(slope), np.nan, p_value)
    found = np.stack([slope, error, p_value, n, freedom])
    found[:, n < 3] = np.nan
    found[list(_STATISTICS).index("n")] = n
    return found
