"""Trends of oxygen at held-out casts: as measured, and as each method has them.

    python experiments/trends.py RUN_FOLDER [RUN_FOLDER ...]

Each run is validated, or `experiments/rivals.py` was run there, whose estimates are then taken. Values count from
their mean in the same cell and season, so that where and when ships went makes no trend, and the trend is the
least-squares slope of what is left over time (a mean for each group and one slope: analysis of covariance). Prints a
Markdown table, a row a layer and method: the trend in umol/kg a decade, how much more (+) or less than that of the
casts it is, and the mean of the last five years, measured and estimated. Intervals of 95 % are by a bootstrap over
years (1000 draws, Efron 1979); "inside" says whether a trend lies within that of the casts.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats, Ints, Mask
from oxygen_recon.dataset import store
from oxygen_recon.evaluation import predictions
from oxygen_recon.evaluation.predictions import Predictions
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.report.table import Table
from qc.errors import InputError

HEAD = ["run", "layer", "values", "method", "trend a decade", "less that of the casts", "inside", "last five years"]
LAYERS = {"all": (0.0, 1e5), "0-100 m": (0.0, 100.0), "100-300 m": (100.0, 300.0), "below 300 m": (300.0, 1e5)}
SEASONS, LAST, REPEATS = 4, 5, 1000


class Trend(NamedTuple):
    """A trend, umol/kg a decade, and what it is in each draw of years."""

    value: float
    draws: Floats

    def __sub__(self, other: Trend) -> Trend:
        return Trend(self.value - other.value, self.draws - other.draws)

    @property
    def interval(self) -> tuple[float, float]:
        """The middle 95 % of the draws."""
        low, high = np.quantile(self.draws, (0.025, 0.975))
        return float(low), float(high)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:+.2f} [{low:+.2f}, {high:+.2f}]"


def departures(value: Floats, group: Ints) -> Floats:
    """Take the mean of each group away.

    Parameters
    ----------
    value : array, shape (target,)
        Anything.
    group : int array, shape (target,)
        Cell and season.

    Returns
    -------
    array, shape (target,)

    Examples
    --------
    >>> departures(np.array([1.0, 3.0, 7.0]), np.array([0, 0, 5]))
    array([-1.,  1.,  0.])
    """
    _, place = np.unique(group, return_inverse=True)
    mean: Floats = np.bincount(place, weights=value) / np.bincount(place)
    return value - mean[place]


def trend(value: Floats, years: Floats, group: Ints) -> Trend:
    """Fit one slope to departures of all groups.

    Parameters
    ----------
    value : array, shape (target,)
        Oxygen, umol kg-1.
    years : array, shape (target,)
        Decimal years.
    group : int array, shape (target,)
        Cell and season.

    Returns
    -------
    Trend
        Years are drawn again with what departs in them; means of groups stay.

    Examples
    --------
    >>> years = np.arange(1970.0, 1990.0)
    >>> round(trend(200 - 0.3 * years, years, np.zeros(20, int)).value, 6)
    -3.0
    """
    x, y = departures(years, group), departures(value, group)
    _, year = np.unique(np.floor(years), return_inverse=True)
    number = year.max() + 1
    draws = np.random.default_rng(0).multinomial(number, np.full(number, 1 / number), REPEATS)
    product, square = np.bincount(year, weights=x * y), np.bincount(year, weights=x * x)
    slopes = 10 * (draws @ product) / np.maximum(draws @ square, 1e-12)
    return Trend(float(10 * product.sum() / max(square.sum(), 1e-12)), slopes)


def rows_of(run: str, found: dict[str, Predictions], grid: Grid, time_axis: TimeAxis) -> list[list[str]]:
    """Lay out the trends of one run.

    Parameters
    ----------
    run : str
        Its name.
    found : dict of str to Predictions
        Estimates at held-out casts, method by method, at the same targets.
    grid, time_axis : Grid, TimeAxis
        Of the run.

    Returns
    -------
    list of list of str
        First the casts themselves, then the methods, layer by layer.
    """
    first = next(iter(found.values()))
    depth, rows = grid.depth[grid.level_of[first.cell]], []
    for layer, (top, bottom) in LAYERS.items():
        within: Mask = (depth >= top) & (depth < bottom)
        if not within.any():
            continue
        years = time_axis.years[first.step[within]]
        group = first.cell[within] * SEASONS + np.floor(SEASONS * (years % 1)).astype(int)
        last = years >= np.floor(years.max()) + 1 - LAST
        measured = trend(first.truth[within], years, group)
        recent = departures(first.truth[within], group)[last].mean()
        rows.append([run, layer, f"{within.sum():,}", "casts", str(measured), "–", "–", f"{recent:+.1f}"])
        for method, one in found.items():
            own = trend(one.mean[within], years, group)
            inside = "yes" if measured.interval[0] <= own.value <= measured.interval[1] else "no"
            mean = departures(one.mean[within], group)[last].mean()
            rows.append([run, layer, "", method, str(own), str(own - measured), inside, f"{mean:+.1f}"])
    return rows


def estimates(folder: RunFolder) -> dict[str, Predictions]:
    """Read the estimates at held-out casts, method by method, at the same targets.

    Parameters
    ----------
    folder : RunFolder
        Validated, or with a folder `rivals`.

    Raises
    ------
    InputError
        If neither is there.
    """
    files = sorted(folder.validate.glob("held_out-*.npz"))
    found = {file.stem.partition("-")[2]: predictions.load(file) for file in files}
    parts: dict[str, list[Predictions]] = {}
    for file in sorted((folder.root / "rivals").glob("*.npz")):
        name, _, fold = file.stem.rpartition("_")
        with np.load(file, allow_pickle=False) as kept:
            mean = kept["kriged"]
            one = Predictions(kept["cell"], kept["step"], np.full(mean.size, int(fold)), kept["truth"], mean, mean)
        parts.setdefault(name, []).append(one)
    found |= {name: predictions.concatenate(some) for name, some in parts.items()}
    if not found:
        raise InputError("no estimates here", str(folder.root), "run `oxygen-recon validate` or experiments/rivals.py")
    most = max(one.mean.size for one in found.values())  # methods that were run in fewer folds are left out
    return {name: one for name, one in found.items() if one.mean.size == most and np.isfinite(one.mean).all()}


def main(folders: list[Path]) -> None:
    """Print the table."""
    rows = []
    for path in folders:
        folder = RunFolder(path)
        grid, time_axis = store.load_grid(folder.grid)
        rows += rows_of(path.name, estimates(folder), grid, time_axis)
    print(Table.of_text(HEAD, rows).markdown())


if __name__ == "__main__":
    try:
        main([Path(one) for one in sys.argv[1:]])
    except InputError as mistake:
        sys.exit(str(mistake))
