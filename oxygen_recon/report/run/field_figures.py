"""Maps and sections of a run: changes and trends, water columns below a threshold, state, comparisons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr

from graphs.types import Floats, Ints, Mask
from oxygen_recon.products.trends import trend
from oxygen_recon.products.water_columns import omz_columns
from oxygen_recon.report import figures
from oxygen_recon.report.figures.canvas import oxygen_colours, upper_limit
from oxygen_recon.report.figures.map_panels import MapPanel, Scale, around_zero, map_panels
from oxygen_recon.report.figures.maps import NOTE
from oxygen_recon.report.run.means import FieldMeans
from oxygen_recon.report.run.plot import Plot
from oxygen_recon.report.run.results import MAP_DEPTHS, MIDDLE, RunResults

if TYPE_CHECKING:
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure

_P = 0.05  # trends with a p-value of at least it have dots
_REACH = 1.645  # standard errors within which 90 % of a Gaussian lie
_LEAST_YEARS = 10  # years that a map of trends needs
_OWN = "reconstruction"
_MOST = 3  # climate models and products in one figure of maps
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
    if results.years.size < _LEAST_YEARS:
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
    change, reach = (
        combine(*(one.sel(depth=depth) for one in pair))
        for combine, pair in ((lambda a, b: b - a, (means.first, means.last)), (np.hypot, (errors.first, errors.last)))
    )
    wet = xr.DataArray(results.grid.wet[_level(results, depth)], own[0].coords, own.dims[1:]).drop_vars("time")
    name = f"{depth:.0f} m"
    return [MapPanel(f"change, {name}", change, wet, np.abs(change) < _REACH * reach), _trend(own, wet, name)]


def _upper_row(results: RunResults) -> list[MapPanel]:
    """Map the mean of the upper layer: change and trend."""
    own, error, n = results.means.upper, results.errors.upper, results.means.years
    change = own[-n:].mean("time") - own[:n].mean("time")
    reach = np.hypot(error[-n:].mean("time"), error[:n].mean("time"))
    wet = own.notnull().any("time")
    name = f"mean of {results.layer}"
    return [MapPanel(f"change, {name}", change, wet, np.abs(change) < _REACH * reach), _trend(own, wet, name)]


def _trend(values: xr.DataArray, wet: xr.DataArray, name: str) -> MapPanel:
    """Map of a trend, dots where it may be none."""
    found = trend(values)
    return MapPanel(f"trend, {name}", found["trend"], wet, found["p_value"] >= _P)


def _level(results: RunResults, depth: float) -> int:
    """Find the level nearest to a depth."""
    return int(np.abs(results.grid.depth - depth).argmin())


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
    wet = xr.DataArray(results.grid.wet.any(axis=0), found["thickness"][0].coords, ("latitude", "longitude"))
    wet = wet.drop_vars([name for name in wet.coords if name not in wet.dims])
    rows, scales = [], []
    for number, (name, (title, unit)) in enumerate(_COLUMN.items()):
        a, b = (found[name].isel(time=time).drop_vars(["time", "threshold"]) for time in (0, 1))
        texts = [f"{title}, {period}" for period in results.ends] + [f"{title}, change"]
        rows.append([MapPanel(text, values, wet) for text, values in zip(texts, (a, b, b - a))])
        colours = _column_colours(name, np.stack([a, b]), results.threshold)
        extend: Literal["neither", "max"] = "neither" if name == "core_oxygen" else "max"
        scales.append(Scale([(number, 0), (number, 1)], *colours, unit, extend, "right"))
        scales.append(Scale([(number, 2)], *around_zero(b - a), unit, "both", "right"))
    first, last = results.ends
    caption = (
        f"Water with less than {results.threshold:g} µmol kg⁻¹ in the mean field of {first} and of {last}, and the "
        "difference where both have it: depth of its upper boundary (m, linear between levels), its thickness (m, all "
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


def compared(results: RunResults) -> Iterator[Plot]:
    """Draw climate models and products beside the reconstruction.

    Parameters
    ----------
    results : RunResults
        Results of the run.

    Yields
    ------
    Plot
        None where nothing is compared, or no year is common to all.
    """
    if not results.compared:
        return
    chosen: dict[str, FieldMeans] = {_OWN: results.means}
    if results.true_means is not None:
        chosen["truth"] = results.true_means
    chosen |= dict(list(results.compared_means.items())[:_MOST])
    years = np.flatnonzero(np.all([_known(one) for one in chosen.values()], axis=0))
    if not years.size:
        return
    yield Plot("results", "compared", *_compared(results, chosen, years))


def _known(means: FieldMeans) -> Mask:
    """Tell which years have values."""
    found: Mask = means.upper.notnull().any(("latitude", "longitude")).to_numpy()
    return found


def _compared(results: RunResults, chosen: dict[str, FieldMeans], years: Ints) -> tuple[Figure, str]:
    """Figure and caption of fields beside each other: means, differences, trends."""
    level = int(np.abs(results.means.levels["depth"].to_numpy() - MIDDLE).argmin())
    depth = float(results.means.levels["depth"][level])
    late = years[-10:]
    name = results.years[late]
    span = f"{name[0]}–{name[-1]}"
    wet = xr.DataArray(
        results.grid.wet[_level(results, depth)], results.means.levels[0, 0].coords, ("latitude", "longitude")
    ).drop_vars(["time", "depth"])
    means = {
        title: one.levels.isel(depth=level, time=late).mean("time").drop_vars("depth") for title, one in chosen.items()
    }
    rows = [
        [MapPanel(f"{title}, {depth:.0f} m, {span}", values, wet), _difference(title, values, means, wet),
         _own_trend(title, chosen[title], results)]
        for title, values in means.items()
    ]  # fmt: skip
    texts = "oxygen (µmol kg⁻¹)", "difference (µmol kg⁻¹)", "trend (µmol kg⁻¹ decade⁻¹)"
    scales = []
    for column, text in enumerate(texts):
        shown = {(row, column): one[column] for row, one in enumerate(rows) if one[column] is not None}
        values = np.stack([one.values.to_numpy() for one in shown.values() if one is not None]) if shown else None
        if values is not None:
            colours = oxygen_colours(values) if column == 0 else around_zero(values)
            scales.append(Scale(list(shown), *colours, text, "both" if column else "max"))
    more = len(results.compared) - _MOST
    caption = (
        f"Reconstruction beside {', '.join(title for title in chosen if title != _OWN)}. Left: oxygen at "
        f"{depth:.0f} m (µmol kg⁻¹), mean of {span}, which all have (n = {late.size} years). Middle: difference from "
        f"the reconstruction. Right: trend of the mean of {results.layer} (µmol kg⁻¹ decade⁻¹) over each one's own years; "
        "dots where p ≥ 0.05. The same limits down each column."
        + (f" {more} more are in the skill tables." if more > 0 else "")
    )
    note = f"dots: trend not significant; {NOTE}"
    return map_panels(rows, scales, f"Reconstruction, climate models and products, {span}", note), caption


def _difference(title: str, values: xr.DataArray, means: dict[str, xr.DataArray], wet: xr.DataArray) -> MapPanel | None:
    """Map the difference from the reconstruction."""
    if title == _OWN:
        return None
    return MapPanel(f"{title} − reconstruction", values - means[_OWN], wet)


def _own_trend(title: str, means: FieldMeans, results: RunResults) -> MapPanel | None:
    """Map the trend of the upper layer over the years that a field has; None where they are few."""
    years = np.flatnonzero(_known(means))
    if not results.layer or years.size < _LEAST_YEARS:
        return None
    wet = xr.DataArray(results.grid.wet.any(axis=0), dims=("latitude", "longitude"))
    span = f"{results.years[years[0]]}–{results.years[years[-1]]}"
    panel = _trend(means.upper.isel(time=years), wet, "")
    return replace(panel, title=f"{title}, trend {results.layer}, {span}")


def _late(results: RunResults) -> slice | None:
    """Labels of the last ten years; None, for all, where there are fewer than twice as many."""
    years = results.years
    return slice(str(years[-results.means.years]), str(years[-1])) if years.size > 1 else None


def _period(results: RunResults) -> str:
    """Name the last years."""
    return f"mean of {results.ends[1]}" if results.means.years > 1 else results.ends[1]
