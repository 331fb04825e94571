"""Maps in rows and columns: shared limits, dots, empty places."""

import numpy as np
import xarray as xr
from matplotlib.collections import PathCollection
from matplotlib.patches import PathPatch

from oxygen_recon.report.figures.map_panels import MapPanel, Scale, around_zero, map_panels
from tests.support.oceans import meshes, ocean


def test_maps_of_a_scale_share_limits_and_a_place_may_be_empty(globe):
    wet = globe["wet"][0]
    values = globe["oxygen"][0, 0] - 100.0
    dots = xr.zeros_like(wet).astype(bool)
    dots[10, 30] = True  # ocean
    dots[0, 0] = True  # land
    rows = [
        [MapPanel("one", values, wet, dots), None],
        [MapPanel("two", 2.0 * values, wet), MapPanel("own", values, wet)],
    ]
    scales = [
        Scale([(0, 0), (1, 0)], *around_zero(values, 2.0 * values), "difference (µmol kg⁻¹)"),
        Scale([(1, 1)], *around_zero(values), "change (m)", "both", "right"),
    ]
    figure = map_panels(rows, scales, "Maps")
    axes = figure.axes[:4]
    assert [one.get_title(loc="left") for one in axes] == ["one", "", "two", "own"] and not meshes(axes[1])
    top = [meshes(one)[0].norm.vmax for one in (axes[0], axes[2], axes[3])]
    assert top[0] == top[1] > top[2] and meshes(axes[0])[0].norm.vmin == -top[0]
    assert meshes(axes[0])[0].get_array().count() == int(wet.sum())
    (points,) = [one for one in axes[0].collections if isinstance(one, PathCollection)]
    assert len(points.get_offsets()) == 1  # not on land
    assert [one.get_xlabel() or one.get_ylabel() for one in figure.axes[4:]] == ["difference (µmol kg⁻¹)", "change (m)"]
    figure.canvas.draw()


def test_limits_around_zero_ignore_what_is_missing_and_single_extremes():
    values = np.append(np.linspace(-1.0, 1.0, 1000), [np.nan, 900.0])
    _, limits = around_zero(values)
    assert limits.vmax == 1.0 == -limits.vmin


def test_a_region_is_drawn_with_the_finer_shoreline():
    region = ocean(np.arange(30.5, 46.0), np.arange(126.5, 142.0), 1)  # Korea and Japan
    panel = MapPanel("region", region["oxygen"][0, 0], region["wet"][0])
    (axes, *_) = map_panels([[panel]], [Scale([(0, 0)], *around_zero(panel.values), "x")], "R").axes
    (land,) = [one for one in axes.patches if isinstance(one, PathPatch)]
    inside = land.get_path().contains_points(np.array([[127.5, 36.5], [138.0, 36.0], [132.0, 39.0]]))
    assert inside.tolist() == [True, True, False]
