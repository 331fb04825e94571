"""A run of a small ocean with a planted trend: its results, its truth, and what it is compared with."""

import numpy as np
import pandas as pd
import xarray as xr

from graphs.grid import Grid
from oxygen_recon.evaluation.predictions import Predictions
from oxygen_recon.products.inventory import oxygen_inventory
from oxygen_recon.products.omz.series import omz_series
from oxygen_recon.products.omz.trend_table import trend_table
from oxygen_recon.report.run.results import RunResults
from tests.support.oceans import ocean
from tests.support.pages import SKILL

TREND = -1.5  # umol kg-1 a decade, planted in the truth
DEPTH_EDGES = np.array([0.0, 50.0, 200.0, 600.0, 2000.0, 4000.0])


def run_results(steps: int = 24, **changes: object) -> RunResults:
    """Make the results of a run of the equatorial Pacific, yearly from 1998."""
    noisy = ocean(np.arange(-17.5, 20.0, 5.0), np.arange(192.5, 280.0, 5.0), steps)
    years = xr.DataArray(np.arange(steps), {"time": noisy["time"]}, ["time"])
    wave = 4.0 * np.sin(0.9 * years) * (noisy["depth"] < 300.0)
    still = noisy.assign(oxygen=noisy["oxygen"].isel(time=0, drop=True) + 20.0 + 0.1 * TREND * years + wave)
    truth = still.assign(oxygen=still["oxygen"].transpose(*noisy["oxygen"].dims).assign_attrs(units="umol kg-1"))
    field = truth.assign(oxygen=(truth["oxygen"] + 1.0).assign_attrs(units="umol kg-1"))
    edges = np.arange(-20.0, 21.0, 5.0), np.arange(190.0, 281.0, 5.0), DEPTH_EDGES
    grid = Grid(*edges, field["depth"].values, field["wet"].values)
    regions = {"Pacific": np.ones(grid.shape[1:], bool)}
    found = omz_series(field["oxygen"], [30.0, 60.0], field["oxygen_standard_error"], grid=grid, regions=regions)
    inventory = oxygen_inventory(field["oxygen"], [(0.0, 1000.0), (0.0, np.inf)], regions, grid=grid)
    first = int(field["time"].dt.year[0])
    pieces: dict[str, object] = {
        "reconstruction": field, "grid": grid, "method": "graph", "skill": SKILL, "points": points(grid, truth),
        "omz": found.sel(region="all", drop=True), "inventory": inventory,
        "trends": trend_table(found, inventory, None, [(first, first + steps - 1)]), "truth": truth,
        "omz_truth": omz_series(truth["oxygen"], [30.0, 60.0], grid=grid),
        "by_class": by_decade(),
    }  # fmt: skip
    return RunResults(**(pieces | changes))


def points(grid: Grid, truth: xr.Dataset) -> dict[tuple[str, str], Predictions]:
    """Make predictions of three methods, one without a standard error and with gaps."""
    random = np.random.default_rng(2)
    cell, step = random.integers(grid.cells, size=900), random.integers(truth.sizes["time"], size=900)
    known = grid.gather(truth["oxygen"].to_numpy())[step, cell]
    found = {}
    for method, size in (("graph", 3.0), ("extra_trees", 4.0), ("climate_model", 15.0)):
        mean = known + random.normal(0.0, size, known.size)
        scale = np.full(known.size, size)
        if method == "climate_model":
            mean[:50], scale[:] = np.nan, np.nan
        found["held out", method] = Predictions(cell, step, np.zeros_like(cell), known, mean, scale)
    return found


def by_decade() -> pd.DataFrame:
    """Make scores by decade of two methods."""
    rows = [(decade, method) for decade in ("1990s", "2000s") for method in ("graph", "extra_trees")]
    return pd.DataFrame(
        {"split": "held out", "division": "decade", "class": [row[0] for row in rows],
         "method": [row[1] for row in rows], "n": 20.0, "RMSE": 5.0, "RMSE_low": 4.0, "RMSE_high": 6.0}
    )  # fmt: skip
