"""Every year and level is counted."""

import numpy as np

from oxygen_recon.report import figures
from tests.support.oceans import labels


def test_coverage_counts_every_year(globe):
    counts = figures.observations_by_year(globe.isel(time=[0, 2]))
    assert counts["year"].values.tolist() == [1998, 1999, 2000]
    assert int(counts.sum()) == int(globe["observation_count"].isel(time=[0, 2]).sum())
    assert int(counts.sel(year=1999).sum()) == 0
    figure = figures.coverage(counts)
    assert {"year", "observations", "depth of the level (m)", "observations a year"} <= labels(figure)
    heights = [bar.get_height() for bar in figure.axes[1].patches]
    np.testing.assert_allclose(heights, counts.sum("depth"))
    figures.coverage(counts * 0).canvas.draw()


def test_coverage_of_a_single_step_is_by_depth_only(globe):
    counts = figures.observations_by_year(globe.isel(time=[1]))
    (axes,) = figures.coverage(counts).axes
    np.testing.assert_allclose([bar.get_width() for bar in axes.patches], counts.sum("year"))
    assert axes.get_title(loc="left") == f"{int(counts.sum()):,} observations"
