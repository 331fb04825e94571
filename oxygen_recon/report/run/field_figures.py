"""Maps and sections of a run: changes and trends, water columns below a threshold, state, truth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr

from graphs.types import Floats
from oxygen_recon.products.omz.water_columns import omz_columns
from oxygen_recon.products.trends import trend
from oxygen_recon.report import figures
from oxygen_recon.report.figures.canvas import upper_limit
from oxygen_recon.report.figures.map_panels import MapPanel, Scale, around_zero, map_panels
from oxygen_recon.report.figures.maps import NOTE
from oxygen_recon.report.run.plot import Plot
from oxygen_recon.report.run.results import MAP_DEPTHS, MIDDLE, RunResults

if TYPE_CHECKING:
    from matplotlib.colors import Colormap, Normalize

_P = 0.05  # trends with a p-value of at least it have dots
_REACH = 1.645  # standard errors within which 90 % of a Gaussian lie
LEAST_YEARS = 10  # years that a map of trends needs
_COLUMN = {
    "upper_boundary": ("upper boundary", "m"),
    "thickness": ("thickness", "m"),
    "core_depth": ("depth of the minimum", "m"),
    "core_oxygen": ("oxygen of the minimum", "µmol kg⁻¹"),
}


def changes(results: RunResults) -> Iterator[Plot]:
    """Draw the change from the first to the last years, and the trend.

    Parameters
    ----------
    results : RunResults
        Results of the run, of at least two years.

    Yields
    ------
    Plot
        At several levels and of the mean of the upper layer; none of fewer than ten years.
    """
    if results.years.size < LEAST_YEARS:
        return
    first, last = results.ends
    rows = [_change_row(results, level) for level in range(results.means.levels.sizes["depth"])]
    if results.layer:
        rows.append(_upper_row(results))
    scales = [
        Scale([(i, 0) for i in range(len(rows))], *around_zero(*(row[0].values for row in rows)),
              "change (µmol kg⁻¹)"),
        Scale([(i, 1) for i in range(len(rows))], *around_zero(*(row[1].values for row in rows)),
              "trend (µmol kg⁻¹ decade⁻¹)"),
    ]  # fmt: skip
    years, n = results.years, results.years.size
    caption = (
        f"Left: change of oxygen from {first} to {last} (µmol kg⁻¹); dots where it is smaller than 1.64 standard "
        "errors, taking errors within each of the two periods as fully correlated and those of the two as independent. "
        f"Right: linear trend {years[0]}–{years[-1]} of yearly means (µmol kg⁻¹ decade⁻¹, n = {n} years); dots where "
        "p ≥ 0.05 (two sides; least squares, degrees of freedom by the lag-1 autocorrelation of the residuals). Below: "
        "mean of the upper layer."
    )
    heading = f"Change from {first} to {last}, and trend {years[0]}–{years[-1]}"
    yield Plot("results", "changes", map_panels(rows, scales, heading, f"dots: not significant; {NOTE}"), caption)


def _change_row(results: RunResults, level: int) -> list[MapPanel]:
    """Map one level: change and trend."""
    means, errors = results.means, results.errors
    own = means.levels.isel(depth=level)
    depth = float(own["depth"])
    first, last, error, late = (
        one.sel(depth=depth, drop=True) for one in (means.first, means.last, errors.first, errors.last)
    )
    change, reach = last - first, (error**2 + late**2) ** 0.5
    wet = results.wet(depth)
    name = f"{depth:.0f} m"
    return [
        MapPanel(f"change, {name}", change, wet, abs(change) < _REACH * reach),
        trend_panel(own, wet, f"trend, {name}"),
    ]


def _upper_row(results: RunResults) -> list[MapPanel]:
    """Map the mean of the upper layer: change and trend."""
    own, error, n = results.means.upper, results.errors.upper, results.means.years
    change = own[-n:].mean("time") - own[:n].mean("time")
    reach = (error[-n:].mean("time") ** 2 + error[:n].mean("time") ** 2) ** 0.5
    wet = own.notnull().any("time")
    name = f"mean of {results.layer}"
    return [
        MapPanel(f"change, {name}", change, wet, abs(change) < _REACH * reach),
        trend_panel(own, wet, f"trend, {name}"),
    ]


def trend_panel(values: xr.DataArray, wet: xr.DataArray, title: str) -> MapPanel:
    """Map a trend, dots where it may be none.

    Parameters
    ----------
    values : DataArray, dims (time, latitude, longitude)
        umol kg-1.
    wet : DataArray, dims (latitude, longitude)
        True for ocean.
    title : str
        Of the map.

    Returns
    -------
    MapPanel
        umol kg-1 a decade; dots where p >= 0.05.
    """
    found = trend(values)
    return MapPanel(title, found["trend"], wet, found["p_value"] >= _P)


def columns(results: RunResults) -> Iterator[Plot]:
    """Draw where water columns are below a threshold: boundary, thickness and minimum.

    Parameters
    ----------
    results : RunResults
        Results of the run.

    Yields
    ------
    Plot
        None where no column is below the threshold.
    """
    both = xr.concat([results.means.first, results.means.last], "time").assign_coords(time=[0, 1])
    both = both.assign_attrs(units="umol kg-1")
    found = omz_columns(both, results.threshold, grid=results.grid)
    if not found["thickness"].notnull().any():
        return
    wet, several = results.wet(), results.years.size > 1
    rows, scales = [], []
    for number, (name, (title, unit)) in enumerate(_COLUMN.items()):
        a, b = (found[name].isel(time=time).drop_vars(["time", "threshold"]) for time in (0, 1))
        texts = [f"{title}, {period}" for period in results.ends] + [f"{title}, change"]
        panels = [MapPanel(text, values, wet) for text, values in zip(texts, (a, b, b - a))]
        rows.append(panels if several else panels[:1])
        colours = _column_colours(name, np.stack([a, b]), results.threshold)
        extend: Literal["neither", "max"] = "neither" if name == "core_oxygen" else "max"
        scales.append(Scale([(number, 0), (number, 1)] if several else [(number, 0)], *colours, unit, extend, "right"))
        if several:
            scales.append(Scale([(number, 2)], *around_zero(b - a), unit, "both", "right"))
    first, last = results.ends
    of = f"of {first} and of {last}, and the difference where both have it" if several else "of the period"
    caption = (
        f"Water with less than {results.threshold:g} µmol kg⁻¹ in the mean field {of}: "
        "depth of its upper boundary (m, linear between levels), its thickness (m, all "
        "layers of the column together), depth (m) and oxygen (µmol kg⁻¹) of the column's minimum. "
        f"n = {' and '.join(f'{int(one.notnull().sum()):,}' for one in found['thickness'])} columns."
    )
    heading = f"Oxygen minimum zone: water below {results.threshold:g} µmol kg⁻¹"
    note = "grey: land; light grey: outside the grid; white: nothing below the threshold"
    yield Plot("results", "omz_columns", map_panels(rows, scales, heading, note), caption)


def _column_colours(name: str, values: Floats, threshold: float) -> tuple[Colormap, Normalize]:
    """Colours of a property of water columns."""
    import cmocean
    from matplotlib.colors import ListedColormap, Normalize

    if name == "core_oxygen":  # the reds of oxygen below 60 umol kg-1 in all other maps
        return ListedColormap(cmocean.cm.amp_r(np.linspace(0.0, 0.6, 256))), Normalize(0.0, threshold)
    return cmocean.cm.deep if name != "thickness" else cmocean.cm.matter, Normalize(0.0, upper_limit(values))


def state(results: RunResults) -> Iterator[Plot]:
    """Draw oxygen and its standard error: maps and a section.

    Parameters
    ----------
    results : RunResults
        Results of the run.

    Yields
    ------
    Plot
    """
    late, period = _late(results), _period(results)
    caption = (
        f"Oxygen and its standard error (µmol kg⁻¹), {period}, at four depths; the error is the mean of the standard "
        f"errors, which holds for errors fully correlated in time. n = {results.grid.cells:,} cells."
    )
    yield Plot("results", "maps", figures.maps(results.reconstruction, MAP_DEPTHS, late), caption)
    caption = (
        f"Oxygen and its standard error (µmol kg⁻¹), {period}, on the section through the lowest oxygen; isolines at "
        "20, 60 and 120 µmol kg⁻¹."
    )
    yield Plot("results", "section", figures.section(results.reconstruction, late), caption)


def against_truth(results: RunResults) -> Iterator[Plot]:
    """Draw the truth beside the reconstruction, where it is known.

    Parameters
    ----------
    results : RunResults
        Results of the run.

    Yields
    ------
    Plot
    """
    if results.truth is None:
        return
    drawn = figures.truth_comparison(results.reconstruction, results.truth, MIDDLE, _late(results))
    caption = (
        f"Truth, reconstruction, their difference and the standard error (µmol kg⁻¹) near {MIDDLE:g} m, "
        f"{_period(results)}; differences and errors share their upper limit."
    )
    yield Plot("skill", "truth", drawn, caption)


def _late(results: RunResults) -> slice | None:
    """Labels of the last ten years; None, for all, where there are fewer than twice as many."""
    years = results.years
    return slice(str(years[-results.means.years]), str(years[-1])) if years.size > 1 else None


def _period(results: RunResults) -> str:
    """Name the last years."""
    return f"mean of {results.ends[1]}" if results.means.years > 1 else results.ends[1]
