"""Every year and level is counted."""

import numpy as np

from oxygen_recon.report import figures
from tests.support.oceans import labels, meshes


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


def test_maps_by_decade_count_the_years_in_which_a_column_was_observed(globe):
    count = globe["observation_count"] * 0
    count[0, 0, 9, 20], count[0, 2, 9, 20], count[2, 1, 9, 20] = 3, 2, 1  # 1998, 1998, 2000
    figure = figures.coverage_maps(globe.assign(observation_count=count))
    ocean = int(globe["wet"].any("depth").sum())
    titles = [axes.get_title(loc="left") for axes in figure.axes[:2]]
    share = round(100 / ocean)
    assert titles == [f"1990s: 5 observations, {share} % of columns", f"2000s: 1 observations, {share} % of columns"]
    for axes in figure.axes[:2]:
        assert meshes(axes)[0].get_array().compressed().tolist() == [1.0]
