"""Extent of the water below thresholds, summed over regions: area, volume, depths, and the share that is observed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graphs.grid import Grid
from graphs.types import Floats, Mask
from oxygen_recon.products.inputs import over_regions
from oxygen_recon.products.omz.water_columns import describe, thickness


def extent(
    values: Floats,
    thresholds: Sequence[float],
    grid: Grid,
    columns: Mask | None = None,
    *,
    subcell: bool = True,
    level_area: bool = False,
    wet: Mask | None = None,
) -> dict[str, Floats]:
    """Measure the water below each threshold in each region.

    Parameters
    ----------
    values : array, shape (time, level, latitude, longitude)
        In the unit of the thresholds; NaN in an ocean cell is missing.
    thresholds : sequence of float
        In the unit of `values`.
    grid : Grid
        Cells of the field.
    columns : bool array, shape (region, latitude, longitude), optional
        Columns of each region; one region of all when left out.
    subcell : bool
        As for `oxygen_recon.products.omz.water_columns.thickness`.
    level_area : bool
        Also measure level by level.
    wet : bool array, shape of `values` or without time, optional
        Ocean that counts; that of the grid when left out.

    Returns
    -------
    dict of array
        `omz_volume` (m3), `omz_area` (m2) and `omz_area_percent`, shape (region, threshold, time); `missing_percent`,
        shape (region, time); `omz_level_area` (m2), shape (region, threshold, time, level).
    """
    columns = np.ones((1, *grid.shape[1:]), bool) if columns is None else columns
    wet = grid.wet if wet is None else wet
    valid = np.isfinite(values) & wet
    below = [valid & (np.where(valid, values, 0.0) < threshold) for threshold in thresholds]
    thick = [_thickness_where(b, values, valid, t, grid, subcell) for b, t in zip(below, thresholds)]
    areas = columns * grid.area
    found = {
        "omz_volume": over_regions(np.stack(thick), areas),
        "omz_area": over_regions(np.stack([b.any(axis=1) for b in below]), areas),
    }
    ocean = (areas * grid.wet.any(axis=0)).sum(axis=(1, 2))
    found["omz_area_percent"] = 100 * found["omz_area"] / ocean[:, None, None]
    lost = over_regions(_depth_of(wet & ~valid, grid), areas)
    with np.errstate(invalid="ignore"):  # where no ocean counts nothing is missing, nor there
        found["missing_percent"] = 100 * lost / over_regions(_depth_of(wet, grid), areas).reshape(len(areas), -1)
    if level_area:
        found["omz_level_area"] = over_regions(np.stack(below), areas)
    return found


def zone_means(values: Floats, thresholds: Sequence[float], grid: Grid, columns: Mask) -> dict[str, Floats]:
    """Average where the zone lies over its area.

    Parameters
    ----------
    values, thresholds, grid, columns : object
        As for `extent`.

    Returns
    -------
    dict of array, shape (region, threshold, time)
        `omz_upper_boundary` and `omz_core_depth` (m), `omz_core_oxygen` (in the unit of `values`); NaN where there is
        no zone. Columns whose upper boundary a missing cell hides have no part in its mean.
    """
    areas, parts = columns * grid.area, [describe(values, threshold, grid) for threshold in thresholds]
    found: dict[str, Floats] = {}
    for name in ("upper_boundary", "core_depth", "core_oxygen"):
        maps = np.stack([part[name] for part in parts])
        with np.errstate(invalid="ignore"):
            mean = over_regions(np.nan_to_num(maps), areas) / over_regions(np.isfinite(maps), areas)
        found[f"omz_{name}"] = mean
    return found


def observed_shares(
    values: Floats, observed: Mask, thresholds: Sequence[float], grid: Grid, columns: Mask, wet: Mask | None = None
) -> dict[str, Floats]:
    """Tell which share of the water holds an observation of its step.

    Parameters
    ----------
    values, thresholds, grid, columns, wet : object
        As for `extent`.
    observed : bool array, shape of `values`
        Cells with an observation.

    Returns
    -------
    dict of array
        `omz_observed_percent`, shape (region, threshold, time), of the volume of whole cells below the threshold, NaN
        where there are none; `observed_percent`, shape (region, time), of the volume of the region's ocean.
    """
    areas, wet = columns * grid.area, np.broadcast_to(grid.wet if wet is None else wet, values.shape)
    below = [wet & (np.where(np.isfinite(values), values, np.inf) < threshold) for threshold in thresholds]
    with np.errstate(invalid="ignore"):
        zone, ocean = (
            100 * over_regions(_depth_of(of & observed, grid), areas) / over_regions(_depth_of(of, grid), areas)
            for of in (np.stack(below), wet)
        )
    return {"omz_observed_percent": zone, "observed_percent": ocean}


def _depth_of(cells: Mask, grid: Grid) -> Floats:
    """Thickness of some cells together in each column, m, shape (..., latitude, longitude)."""
    return np.asarray((cells * grid.thickness[:, None, None]).sum(axis=-3))


def _thickness_where(below: Mask, values: Floats, valid: Mask, threshold: float, grid: Grid, subcell: bool) -> Floats:
    """Measure `thickness` in the columns that have a value below the threshold; 0 elsewhere."""
    there = np.asarray(below.any(axis=1))
    found = np.zeros(there.shape)
    inside, known = np.moveaxis(values, 1, 0)[None, :, there, None], np.moveaxis(valid, 1, 0)[None, :, there, None]
    found[there] = thickness(inside, known, threshold, grid, subcell)[0, :, 0]
    return found
