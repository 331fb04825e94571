"""Diagrams over time: depth downwards, latitude upwards, limits of each row."""

import numpy as np
import pandas as pd
import xarray as xr

from oxygen_recon.report import figures
from tests.support.oceans import labels, meshes


def test_depth_goes_down_and_each_row_has_its_own_limits():
    time = pd.date_range("1990-07-01", periods=6, freq="YS-JUL")
    trend = xr.DataArray(np.linspace(-1.0, 1.0, 6), {"time": time}, ["time"])
    deep = trend * xr.DataArray([3.0, 1.0], {"depth": [50.0, 900.0]}, ["depth"])
    zonal = trend * xr.DataArray([20.0, np.nan, 10.0], {"latitude": [-40.0, 0.0, 40.0]}, ["latitude"])
    figure = figures.hovmoeller({"by depth": (deep, abs(deep)), "by latitude": (zonal, abs(zonal))}, "Anomaly")
    axes = figure.axes[:4]
    assert [one.get_title(loc="left") for one in axes[:2]] == ["by depth: anomaly", "by depth: standard error"]
    assert axes[0].get_ylim()[0] > axes[0].get_ylim()[1] == 0.0 and axes[2].get_ylim() == (-60.0, 60.0)
    assert meshes(axes[0])[0].norm.vmax < meshes(axes[2])[0].norm.vmax == -meshes(axes[2])[0].norm.vmin
    assert meshes(axes[2])[0].get_array().mask.sum() == 6  # what is missing is not drawn
    assert axes[0].get_xlim() == (1990.0, 1996.0)
    assert {"anomaly (µmol kg⁻¹)", "standard error (µmol kg⁻¹)", "depth (m)", "year"} <= labels(figure)
    figure.canvas.draw()
