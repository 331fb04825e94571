"""Oxygen minimum zones: area and volume below thresholds, step by step, region by region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import xarray as xr
from scipy.special import ndtri

from graphs.grid import Grid
from graphs.types import Floats, Mask
from oxygen_recon.products.inputs import blocks, check_thresholds, prepare, region_columns
from oxygen_recon.products.omz.description import describe_series, publish, variable
from oxygen_recon.products.omz.extent import extent, observed_shares, zone_means

# Standard errors by which a field is shifted for a mean over its error, and their weights: the middles of parts of the
# normal distribution that are finer in its tails, where a low threshold lies.
_PARTS = np.array([0.0, 0.004, 0.015, 0.04, 0.08, 0.14, 0.22, 0.32, 0.44])
_PARTS = np.append(_PARTS, 1.0 - _PARTS[::-1])
_SHIFTS, _WEIGHTS = tuple(ndtri((_PARTS[:-1] + _PARTS[1:]) / 2).tolist()), np.diff(_PARTS)


def omz_series(
    oxygen: xr.DataArray | xr.Dataset,
    thresholds: Sequence[float],
    standard_error: xr.DataArray | None = None,
    *,
    grid: Grid | None = None,
    region: xr.DataArray | Mask | None = None,
    regions: Mapping[str, xr.DataArray | Mask] | None = None,
    where: xr.DataArray | None = None,
    observed: xr.DataArray | None = None,
    unit: str = "umol kg-1",
    subcell: bool = True,
    level_area: bool = False,
) -> xr.Dataset:
    """Compute area and volume below each oxygen threshold at each time.

    Parameters
    ----------
    oxygen : DataArray or Dataset
        Oxygen in `unit` with time, depth, latitude, longitude, and a `member` for an ensemble; axes by any CF names.
        NaN in an ocean cell is missing, never oxygenated. Read a few time steps at a time.
    thresholds : sequence of float
        In `unit`.
    standard_error : DataArray, dims as `oxygen`, optional
        Its one-sigma error. The range returned is that of a shift of the whole field by one sigma up or down, that is
        of errors wholly correlated in space; independent errors of cells would give absurdly narrow ranges.
    grid : Grid, optional
        Cells of the field; when left out, edges are read from the bounds of a CF dataset, or from those that an array
        of `oxygen_recon.fields.reconstruction.open_reconstruction` or `oxygen_recon.fields.axes.carry_bounds`
        carries, and lie midway between centres where there are none. Ocean is where its mask `wet` is 1, else
        where any time has a value.
    region : bool DataArray or array, shape (latitude, longitude), optional
        Columns that count; all when left out.
    regions : mapping of str to bool DataArray or array, shape (latitude, longitude), optional
        Columns of each region; the result has a dim `region`, whose first, "all", is every column that counts.
    where : bool DataArray, dims as `oxygen` or without time, optional
        Cells that count, as whole cells: those denser than a surface, say
        (`oxygen_recon.fields.density.sigma0`); all others are neither ocean nor missing.
    observed : DataArray, dims as `oxygen`, optional
        Number of observations in each cell, such as `observation_count` of a reconstruction.
    unit : {"umol kg-1", "mmol m-3"}
        Unit of field and thresholds alike.
    subcell : bool
        Let the profile run linearly between level centres, so that the volume does not jump with the level spacing;
        otherwise whole cells count.
    level_area : bool
        Also give the area below the threshold at each level.

    Returns
    -------
    Dataset
        dims ([region,] threshold, time): `omz_area` (m2, columns whose minimum is below the threshold), `omz_volume`
        (m3), `omz_area_percent` of the ocean's area, `omz_volume_whole_cells` or, where `omz_volume` is by whole cells,
        `omz_volume_subcell`, and the means over the zone's area `omz_thickness` (m), `omz_upper_boundary` (m),
        `omz_core_depth` (m) and `omz_core_oxygen` (in `unit`); dims ([region,] time): `missing_percent` of the ocean's
        volume; with `level_area`, `omz_level_area` (m2), a dim depth more; with `observed`, `omz_observed_percent`,
        the share of the zone's volume in cells with an observation of the step, and `observed_percent`, dims
        ([region,] time), that of the ocean's volume.

        With a `standard_error`, `<name>_low`, `<name>_high` and `<name>_expected` of area and volume: a best estimate
        of oxygen is smoother than the ocean and rarely as low, so counting its cells finds too little below a low
        threshold, most where it is least certain; the expected value counts what the error leaves possible (of a
        column's area the least that it leaves, for its levels may err apart). It is the number to publish then:
        `attrs["number_to_publish"]` says which is, and its interval. `<name>_standard_error` over the members of an
        ensemble.

    Raises
    ------
    InputError
        If dimensions, shape or unit do not fit, a threshold is not a number above zero, or a region has no ocean.

    Examples
    --------
    >>> axes = {"time": [2000], "depth": [50.0, 150.0], "lat": [0.5], "lon": [0.5]}
    >>> bounds = {"lat_bnds": (("lat", "two"), [[0, 1]]), "lon_bnds": (("lon", "two"), [[0, 1]])}
    >>> profile = xr.DataArray([[[[100.0]], [[10.0]]]], axes, ("time", "depth", "lat", "lon"))
    >>> data = xr.Dataset(bounds | {"oxygen": profile.assign_attrs(units="umol kg-1")})
    >>> data["lat"].attrs["bounds"], data["lon"].attrs["bounds"] = "lat_bnds", "lon_bnds"
    >>> found = omz_series(data, [55.0])
    >>> round(float(found.omz_volume.item() / found.omz_area.item()), 6)  # from 100 m down to 200 m
    100.0
    """
    oxygen, grid, (error, where, observed) = prepare(oxygen, grid, region, [standard_error, where, observed])
    check_thresholds(oxygen, thresholds, unit)
    names, columns = region_columns(grid, regions)
    task = _Task(tuple(thresholds), grid, columns, subcell, level_area)
    if "member" in oxygen.dims:
        found = _ensemble(oxygen, where, task, unit)
    else:
        found = _plain(oxygen, where, observed, task, unit)
        if error is not None:
            check_thresholds(error, thresholds, unit)
            found |= _range(oxygen, error, where, task)
    result = describe_series(oxygen, thresholds, grid, unit, subcell, names).assign(found)
    if level_area:
        attributes = {"units": "m", "standard_name": "depth", "positive": "down", "axis": "Z"}
        result = result.assign_coords(depth=xr.Variable(("depth",), grid.depth, attributes))
    return publish(result if regions is not None else result.isel(region=0, drop=True))


@dataclass(frozen=True)
class _Task:
    """What is measured, and where."""

    thresholds: tuple[float, ...]
    grid: Grid
    columns: Mask
    subcell: bool
    level_area: bool = False


def _plain(
    oxygen: xr.DataArray, where: xr.DataArray | None, observed: xr.DataArray | None, task: _Task, unit: str
) -> dict[str, xr.Variable]:
    """Measure the field itself."""
    grid, columns, parts = task.grid, task.columns, []
    counts = None if observed is None else blocks(observed)
    for values, wet in zip(blocks(oxygen), _wet(where, grid)):
        part = _extent(values, task, wet, task.level_area)
        inside = np.where(wet, values, np.nan)
        other = extent(values, task.thresholds, grid, columns, subcell=not task.subcell, wet=wet)["omz_volume"]
        part["omz_volume_whole_cells" if task.subcell else "omz_volume_subcell"] = other
        part |= zone_means(inside, task.thresholds, grid, columns)
        if counts is not None:
            part |= observed_shares(inside, next(counts) > 0, task.thresholds, grid, columns, wet)
        parts.append(part)
    found = _joined(parts)
    with np.errstate(invalid="ignore"):  # no zone has no thickness
        found["omz_thickness"] = found["omz_volume"] / found["omz_area"]
    return {name: variable(name, values, unit, task.subcell) for name, values in found.items()}


def _range(
    oxygen: xr.DataArray, error: xr.DataArray, where: xr.DataArray | None, task: _Task
) -> dict[str, xr.Variable]:
    """Low end, high end and expected value of each measure, from shifts of the field by standard errors."""
    error = error if error.dims == oxygen.dims else error.broadcast_like(oxygen).transpose(*oxygen.dims)
    shifts = (1.0, -1.0, *_SHIFTS)
    rows: list[list[dict[str, Floats]]] = [[] for _ in shifts]
    for values, sigma, wet in zip(blocks(oxygen), blocks(error), _wet(where, task.grid)):
        for row, shift in zip(rows, shifts):
            row.append(_extent(values + shift * sigma, task, wet))
    low, high, *shifted = map(_joined, rows)
    result = {}
    for name in ("omz_volume", "omz_area", "omz_area_percent"):
        expected = np.tensordot(_WEIGHTS, [one[name] for one in shifted], axes=1)
        kinds = (
            ("low", low[name], "low end of the range", "one standard error more oxygen everywhere"),
            ("high", high[name], "high end of the range", "one standard error less oxygen everywhere"),
            ("expected", expected, "expected value", "mean over normally distributed shifts of the whole field"),
        )
        for suffix, values, what, how in kinds:
            one = variable(name, values, "", task.subcell, f", {what}")
            one.attrs["comment"] = f"{how}: errors wholly correlated in space"
            result[f"{name}_{suffix}"] = one
    return result


def _ensemble(oxygen: xr.DataArray, where: xr.DataArray | None, task: _Task, unit: str) -> dict[str, xr.Variable]:
    """Mean over members of each measure, and its standard deviation as `<name>_standard_error`."""
    number = oxygen.sizes["member"]
    members = [_plain(oxygen.isel(member=one, drop=True), where, None, task, unit) for one in range(number)]
    result = {}
    for name, first in members[0].items():
        stack = np.stack([member[name].values for member in members])
        result[name] = first.copy(data=stack.mean(axis=0))
        if name != "missing_percent" and number > 1:
            text = f"{first.attrs['long_name']}, standard error"
            spread = xr.Variable(first.dims, stack.std(axis=0, ddof=1), first.attrs | {"long_name": text})
            result[f"{name}_standard_error"] = spread
    return result


def _extent(values: Floats, task: _Task, wet: Mask, level_area: bool = False) -> dict[str, Floats]:
    """Measure some steps of a field."""
    return extent(
        values, task.thresholds, task.grid, task.columns, subcell=task.subcell, level_area=level_area, wet=wet
    )


def _wet(where: xr.DataArray | None, grid: Grid) -> Iterator[Mask]:
    """Ocean that counts, for each block of the field."""
    if where is None:
        yield from repeat(grid.wet)
    elif "time" in where.dims:
        yield from (grid.wet & (part > 0) for part in blocks(where))
    else:
        yield from repeat(grid.wet & (where.to_numpy() > 0))


def _joined(parts: Sequence[dict[str, Floats]]) -> dict[str, Floats]:
    """Join blocks of steps."""
    axis = {"missing_percent": 1, "observed_percent": 1}
    return {name: np.concatenate([part[name] for part in parts], axis=axis.get(name, 2)) for name in parts[0]}
