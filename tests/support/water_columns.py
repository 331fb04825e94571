"""Water columns on a fine grid, with profiles whose water below a threshold is known."""

import numpy as np
import pandas as pd
import xarray as xr

from graphs.grid import Grid

EDGES = np.arange(0.0, 1001.0, 50.0)
DEPTH = EDGES[:-1] + 25.0


def one_column(floor: int = DEPTH.size) -> Grid:
    wet = np.zeros((DEPTH.size, 1, 1), bool)
    wet[:floor] = True
    return Grid(np.array([0.0, 1.0]), np.array([0.0, 1.0]), EDGES, DEPTH, wet)


def field(profile: np.ndarray, grid: Grid) -> xr.DataArray:
    """Make every column of every time step the same profile, or take one profile a step."""
    profile = np.atleast_2d(profile)
    values = np.broadcast_to(profile[:, :, None, None], (len(profile), *grid.shape)).copy()
    time = pd.date_range("2000-07-01", periods=len(profile), freq="YS-JUL").to_numpy()
    coords = {"time": time, "depth": grid.depth, "latitude": grid.latitude, "longitude": grid.longitude}
    return xr.DataArray(values, coords, ("time", "depth", "latitude", "longitude"), "oxygen", {"units": "umol kg-1"})


def wedge(depth: np.ndarray) -> np.ndarray:
    """200 umol/kg at the surface, 0 at 500 m, 200 at 1000 m, linear between: below 50 from 375 to 625 m."""
    return 0.4 * np.abs(depth - 500.0)
