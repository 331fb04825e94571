"""A small synthetic ocean with land, a ridge and low oxygen, and what a figure shows of it."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.collections import QuadMesh

DIMS = ("time", "depth", "latitude", "longitude")
DEPTH = np.array([10.0, 100.0, 400.0, 1000.0, 3000.0])


def ocean(latitude, longitude, steps=3, seed=0):
    """Make an ocean with a block of land, a ridge, and low oxygen at 400 m near 10N."""
    rng = np.random.default_rng(seed)
    latitude, longitude = np.asarray(latitude, float), np.asarray(longitude, float)
    shape = (steps, DEPTH.size, latitude.size, longitude.size)
    wet = np.ones(shape[1:], bool)
    wet[:, : max(1, latitude.size // 4), : max(1, longitude.size // 4)] = False
    wet[-1, :, longitude.size // 2] = False
    shallow = 250.0 - 240.0 * np.exp(-(((DEPTH - 400.0) / 300.0) ** 2))[:, None, None]
    field = shallow + 2.0 * np.abs(latitude - 10.0)[:, None] + rng.normal(0.0, 3.0, shape)
    data = {
        "oxygen": (DIMS, np.where(wet, np.maximum(field, 0.0), np.nan)),
        "oxygen_standard_error": (DIMS, np.where(wet, rng.uniform(2.0, 12.0, shape), np.nan)),
        "observation_count": (DIMS, np.where(wet, rng.poisson(0.3, shape), 0)),
        "wet": (DIMS[1:], wet),
    }
    time = pd.date_range("1998-07-01", periods=steps, freq="YS-JUL")
    return xr.Dataset(data, coords={"time": time, "depth": DEPTH, "latitude": latitude, "longitude": longitude})


def meshes(axes):
    return [item for item in axes.collections if isinstance(item, QuadMesh)]


def labels(figure):
    return {text for axes in figure.axes for text in (axes.get_xlabel(), axes.get_ylabel()) if text}
