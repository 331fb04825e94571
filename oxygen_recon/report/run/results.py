"""The figures of a run, drawn from its results."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from graphs.grid import Grid
from oxygen_recon.report import figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DEPTHS = (0.0, 100.0, 300.0, 1000.0)  # m, levels of the maps
_TRUTH_DEPTH = 300.0  # m, level of the comparison with the truth
_UPPER = 1000.0  # m, lower end of the layer whose mean oxygen is drawn


@dataclass(frozen=True)
class RunResults:
    """What a finished run made, as far as its page shows it.

    Parameters
    ----------
    reconstruction : Dataset
        As from `oxygen_recon.fields.reconstruction.open_reconstruction`.
    grid : Grid
        Its grid.
    skill : DataFrame
        As for `oxygen_recon.report.skill_table.overall`.
    held_out : DataFrame
        As for `oxygen_recon.report.figures.residuals`.
    omz : Dataset
        As from `oxygen_recon.products.omz.omz_series`.
    truth : Dataset or None
        The reconstruction with the true oxygen in its place, where it is known.
    omz_truth : Dataset or None
        `omz` of the truth.
    """

    reconstruction: xr.Dataset
    grid: Grid
    skill: pd.DataFrame
    held_out: pd.DataFrame
    omz: xr.Dataset
    truth: xr.Dataset | None = None
    omz_truth: xr.Dataset | None = None


def draw(results: RunResults, directory: Path) -> list[tuple[Path, str]]:
    """Draw every figure that the results allow.

    Parameters
    ----------
    results : RunResults
        Results of the run.
    directory : Path
        Folder of the PNG files.

    Returns
    -------
    list of (Path, str)
        Files and captions, in the order of the page.
    """
    drawn = _field_figures(results)
    if results.reconstruction.sizes["time"] > 1:
        drawn += _series_figures(results)
    return [(figures.save(figure, directory / f"{name}.png"), caption) for name, figure, caption in drawn]


def _field_figures(results: RunResults) -> list[tuple[str, Figure, str]]:
    """Draw the field, its observations and its errors: names, figures, captions."""
    field, late = results.reconstruction, _last_ten_years(results.reconstruction)
    drawn = [
        ("maps", figures.maps(field, _DEPTHS, late), "Oxygen and its standard error at four depths."),
        ("section", figures.section(field, late), "Section through the lowest oxygen."),
        ("coverage", figures.coverage(figures.observations_by_year(field)), "Observations by year and depth."),
        (
            "residuals",
            figures.residuals(results.held_out),
            "Errors at held-out observations, and their ratio to the standard error.",
        ),
        (
            "skill",
            figures.skill_bars(results.skill),
            "Root mean square error of every method at all of its own targets.",
        ),
    ]
    if results.truth is not None:
        compared = figures.truth_comparison(field, results.truth, _TRUTH_DEPTH, late)
        drawn.append(("truth", compared, "Truth, reconstruction, their difference and the standard error, near 300 m."))
    return drawn


def _series_figures(results: RunResults) -> list[tuple[str, Figure, str]]:
    """Draw series in time: names, figures, captions."""
    field, truth = results.reconstruction, results.truth
    mean = upper_mean(field, results.grid)
    true_mean = None if truth is None else upper_mean(truth, results.grid)
    shaded = "shaded: the whole field one standard error higher or lower."
    within = "shaded: interval of 90 % of the members." if "omz_area_members_low" in results.omz else shaded
    drawn = [
        (
            "omz",
            figures.omz_series(results.omz, results.omz_truth),
            "Area whose oxygen minimum is below each threshold, expected value from the field and its error; " + within,
        )
    ]
    if layer := upper_layer(field):
        drawn.append(
            (
                "mean",
                figures.mean_series(mean, true_mean, layer=layer),
                f"Mean oxygen of the {layer}, weighted by volume; {shaded}",
            )
        )
    return drawn


def _last_ten_years(field: xr.Dataset) -> slice | None:
    """Return the labels of the last ten years; None, for all, where there are fewer."""
    last = int(field["time"].dt.year[-1])
    first = int(field["time"].dt.year[0])
    return slice(str(last - 9), str(last)) if last - first >= 10 else None


def upper_layer(field: xr.Dataset) -> str:
    """Name the levels of `upper_mean`.

    Parameters
    ----------
    field : Dataset
        wet (depth, latitude, longitude).

    Returns
    -------
    str
        Range of the levels with water down to 1000 m; empty where there are none.

    Examples
    --------
    >>> wet = xr.DataArray([[[1]], [[1]], [[1]]], {"depth": [0.0, 500.0, 2000.0]}, ("depth", "latitude", "longitude"))
    >>> upper_layer(xr.Dataset({"wet": wet}))
    'levels from 0 to 500 m'
    """
    wet = field["wet"].any(("latitude", "longitude")).values
    depth = field["depth"].values[wet]
    depth = depth[depth <= _UPPER]
    return f"levels from {depth[0]:g} to {depth[-1]:g} m" if depth.size else ""


def upper_mean(field: xr.Dataset, grid: Grid) -> xr.Dataset:
    """Return the mean oxygen of the levels down to 1000 m at each time, weighted by volume.

    Parameters
    ----------
    field : Dataset
        oxygen and oxygen_standard_error (time, depth, latitude, longitude), umol kg-1, and wet (depth, latitude,
        longitude).
    grid : Grid
        The grid of the field.

    Returns
    -------
    Dataset
        oxygen, oxygen_low and oxygen_high (time,), umol kg-1; the range is that of errors fully correlated in space.
    """
    upper = field.sel(depth=slice(0.0, _UPPER))
    weight = (field["wet"] * grid.volume).sel(depth=upper["depth"])
    mean = upper["oxygen"].weighted(weight).mean(("depth", "latitude", "longitude"))
    error = upper["oxygen_standard_error"].weighted(weight).mean(("depth", "latitude", "longitude"))
    return xr.Dataset({"oxygen": mean, "oxygen_low": mean - error, "oxygen_high": mean + error}).compute()
