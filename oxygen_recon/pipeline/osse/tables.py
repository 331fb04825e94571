"""Tables of a simulation: volume means, trends true and recovered, scores where nothing was seen, and its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from graphs.time_axis import decimal_years
from graphs.types import Floats
from oxygen_recon.dataset import store
from oxygen_recon.evaluation.osse import scoring
from oxygen_recon.evaluation.osse.scoring import interval
from oxygen_recon.pipeline.osse.tasks import SimulationTask
from oxygen_recon.products.trends import trend

UNIT = "umol kg-1"
# A true change has a share where it stands out of the true variability: a ratio of signal to noise of 2, as in work on
# when a signal emerges (Hawkins and Sutton 2012, Geophys. Res. Lett. 39, L01702). Its p value is no measure here: the
# truth is known without error, and a loss that accelerates departs from its line with much serial correlation.
EMERGED = 2.0
_NONE = 1e-6  # umol kg-1 a decade: less is the rounding of a truth that does not change
_FEWEST_STEPS = 3


class Means(NamedTuple):
    """Means over volumes at each step that has a truth.

    Parameters
    ----------
    parts : list of (basin, layer)
        Of what.
    time : array of datetime64, shape (step,)
        Middle of the steps.
    truth : array, shape (part, step)
        umol kg-1.
    found : dict of str to array, shape (realisation, part, step)
        By method.
    """

    parts: list[tuple[str, str]]
    time: NDArray[np.datetime64]
    truth: Floats
    found: dict[str, Floats]


def volume_series(task: SimulationTask, kinds: Sequence[str], realisations: int) -> Means:
    """Average truth and reconstructions over basins and layers, over the same cells.

    Parameters
    ----------
    task : SimulationTask
        Its estimates are all there.
    kinds : sequence of str
        Methods.
    realisations : int
        How many.
    """
    cell, step = task.where
    parts = scoring.parts_of(task.domain, cell)
    volume = task.domain.volume[cell]
    found = {
        kind: np.stack([scoring.volume_means(task.estimates(kind, i), volume, parts) for i in range(realisations)])
        for kind in kinds
    }
    truth = scoring.volume_means(task.truth[np.ix_(step, cell)], volume, parts)
    _, time_axis = store.load_grid(task.data.folder.grid)
    return Means(list(parts), np.asarray(time_axis.centre[step], "datetime64[ns]"), truth, found)


def trends(means: Means, periods: Sequence[tuple[int, int]]) -> pd.DataFrame:
    """Compare trends of volume means.

    Parameters
    ----------
    means : Means
        Of the truth and of every method.
    periods : sequence of (int, int)
        First and last years; the whole period when empty.

    Returns
    -------
    pandas.DataFrame
        One row a period, basin, layer and method: `true` trend with its standard error and p value
        (`oxygen_recon.products.trends.trend`), and `true_change`, what the line changes by over the period in standard
        deviations of what departs from it; `recovered`, umol kg-1 a decade, and the `share` of the true trend that it
        is, percent, NaN where `true_change` is less than `EMERGED`: mean over realisations, and low and high of the
        interval of 90 % in which a further realisation lies (`scoring.interval`). Empty with fewer than three steps.

    Raises
    ------
    InputError
        If no step lies in a period.
    """
    if means.time.size < _FEWEST_STEPS:
        return pd.DataFrame()
    rows = []
    chosen: Sequence[tuple[int, int] | None] = list(periods) or [None]
    for period in chosen:
        series = _array(means, means.truth, "part")
        true = trend(series, period)
        true["change"] = _change(series, true["trend"], period)
        for kind, values in means.found.items():
            own = trend(_array(means, values, "realisation", "part"), period)["trend"].to_numpy()
            for i, (basin, layer) in enumerate(means.parts):
                known = {name: float(true[name][i]) for name in ("trend", "standard_error", "p_value", "change")}
                names = {"period": true.attrs["period"], "basin": basin, "layer": layer, "method": kind}
                rows.append(names | _row(known, own[:, i]))
    return pd.DataFrame(rows)


def _array(means: Means, values: Floats, *dims: str) -> xr.DataArray:
    """Values with their times and unit."""
    return xr.DataArray(values, {"time": means.time}, (*dims, "time"), attrs={"units": UNIT})


def _change(series: xr.DataArray, per_decade: xr.DataArray, period: tuple[int, int] | None) -> xr.DataArray:
    """Change along the line over the period, in standard deviations of what departs from it, shape (part,)."""
    if period is not None:
        year = series["time"].dt.year
        series = series.isel(time=np.flatnonzero((year >= period[0]) & (year <= period[1])))
    years = xr.DataArray(decimal_years(series["time"].to_numpy()), dims="time")
    line = per_decade / 10 * (years - years.mean())
    left = (series.drop_vars("time") - line).std("time")
    found: xr.DataArray = np.abs(line.isel(time=-1) - line.isel(time=0)) / np.maximum(left, _NONE)  # type: ignore[assignment]
    return found


def _row(true: Mapping[str, float], recovered: Floats) -> dict[str, float]:
    """Trends of one part by one method."""
    known = true["change"] >= EMERGED and abs(true["trend"]) > _NONE
    share = interval(100 * recovered / true["trend"]) if known else (np.nan, np.nan, np.nan)
    row = {"true": true["trend"], "true_standard_error": true["standard_error"], "true_p_value": true["p_value"],
           "true_change": true["change"]}  # fmt: skip
    row |= dict(zip(("recovered", "recovered_low", "recovered_high"), interval(recovered)))
    return row | dict(zip(("share", "share_low", "share_high"), share)) | {"realisations": recovered.size}


def scores(task: SimulationTask, kinds: Sequence[str], realisations: int) -> pd.DataFrame:
    """Score every method where nothing was seen.

    Parameters
    ----------
    task, kinds, realisations
        As for `volume_series`.

    Returns
    -------
    pandas.DataFrame
        One row a place ("where"), basin, layer and method, as `scoring.scores` gives them: means over realisations,
        of RMSE with `RMSE_low` and `RMSE_high` of the interval of 90 % in which a further realisation lies. In each
        realisation, what was seen is what its own cruises saw.
    """
    cell, step = task.where
    parts, volume = scoring.parts_of(task.domain, cell), task.domain.volume[cell]
    truth = task.truth[np.ix_(step, cell)]
    tables = []
    for i in range(realisations):
        where = scoring.unseen(task.domain, task.observations(i), cell, step)
        for kind in kinds:
            one = scoring.scores(truth, task.estimates(kind, i), volume, where, parts)
            tables.append(one.assign(method=kind))
    every = pd.concat(tables)
    if every.empty:
        return every
    grouped = every.groupby(["where", "basin", "layer", "method"], sort=False)
    found = grouped.mean()
    spread = [interval(values.to_numpy())[1:] for _, values in grouped["RMSE"]]
    return found.assign(RMSE_low=[low for low, _ in spread], RMSE_high=[high for _, high in spread]).reset_index()


def series(means: Means) -> pd.DataFrame:
    """Lay out volume means, one row a step, basin and layer: the truth, and each method's mean over realisations.

    Parameters
    ----------
    means : Means
        Of the truth and of every method.

    Returns
    -------
    pandas.DataFrame
        umol kg-1.
    """
    frames = []
    for i, (basin, layer) in enumerate(means.parts):
        columns = {"truth": means.truth[i]} | {kind: values[:, i].mean(axis=0) for kind, values in means.found.items()}
        frame = pd.DataFrame({"time": means.time.astype("datetime64[D]"), "basin": basin, "layer": layer} | columns)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def summary(task: SimulationTask, about: Mapping[str, Any], realisations: int) -> list[str]:
    """Say what was simulated.

    Parameters
    ----------
    task : SimulationTask
        Its truth is there.
    about : mapping
        Title of the truth, and where its covariates come from.
    realisations : int
        How many.

    Returns
    -------
    list of str
        One line each.
    """
    first, errors, (cell, step) = task.observations(0), task.drawing.errors, task.where
    lost = len(task.history) - int(np.isfinite(task.truth[task.history.step, task.history.cell]).sum())
    share = cell.size / task.domain.cells
    drawn = ", cruises drawn with replacement" if task.drawing.resampled else ", all of history's cruises in each"
    lines = [
        f"truth: {about['title']}",
        f"covariates: {about['covariates']}",
        f"{len(first):,} samples of {np.unique(first.group).size:,} cruises or floats, where and when history sampled"
        + (f"; {lost:,} lie where the truth has nothing" if lost else ""),
        f"errors: {errors.cruise:g} % a cruise, {errors.sample:g} % a sample, {errors.spread:g} x what casts of one "
        "cruise in one cell and step differ by",
        f"{realisations} realisations{drawn}; intervals are those of 90 % in which a further one lies"
        if realisations > 1
        else f"1 realisation{drawn.removesuffix(' in each')}, and so no intervals",
        f"{100 * share:.0f} % of the cells at {step.size} steps are estimated; means and scores are weighted by volume",
    ]
    return lines
