"""Maps share colours, name units, and compare only equal cells and times."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oxygen_recon.report import figures
from oxygen_recon.report.figures.degrees import meridian_name, parallel_name
from oxygen_recon.report.figures.selection import recentred
from qc.errors import InputError
from tests.support.oceans import labels, meshes, ocean


def test_maps_share_colours_in_each_column_and_name_units(globe):
    figure = figures.maps(globe, [0.0, 12.0, 380.0, 1000.0], slice("1998", "1999"))
    panels, bars = figure.axes[:6], figure.axes[6:]
    assert [axes.get_title(loc="left") for axes in panels[::2]] == [f"oxygen at {z} m" for z in (10, 400, 1000)]
    for column in (0, 1):
        limits = {meshes(axes)[0].get_clim() for axes in panels[column::2]}
        assert len(limits) == 1
    assert {bar.get_xlabel() for bar in bars} == {"oxygen (µmol kg⁻¹)", "standard error (µmol kg⁻¹)"}
    assert "1998–1999" in figure.get_suptitle()


def test_maps_show_the_mean_over_time_of_the_values_that_are_known(globe):
    gappy = globe.copy(deep=True)
    gappy["oxygen"][0, 0] = np.nan
    shown = meshes(figures.maps(gappy, [10.0]).axes[0])[0].get_array()
    moved = recentred(globe)
    expected = moved["oxygen"].values[1:, 0][:, moved["wet"].values[0]].mean(axis=0)
    np.testing.assert_allclose(shown.compressed(), expected)


def test_truth_and_reconstruction_share_limits_and_the_difference_is_symmetric(globe):
    truth = (globe[["oxygen"]] + 4.0).isel(time=[1, 2])
    figure = figures.truth_comparison(globe, truth, 100.0)
    true, found, difference, error = (meshes(axes)[0] for axes in figure.axes[:4])
    assert true.get_clim() == found.get_clim()
    low, high = difference.get_clim()
    assert low == -high and error.get_clim() == (0.0, high)
    np.testing.assert_allclose(difference.get_array().compressed(), -4.0)
    assert "1999–2000" in figure.get_suptitle()  # only times of both
    assert "difference (µmol kg⁻¹)" in labels(figure)


def test_truth_without_time_is_compared_with_the_mean(globe):
    difference = figures.truth_comparison(globe, globe[["oxygen"]].mean("time", skipna=False), 100.0).axes[2]
    np.testing.assert_allclose(meshes(difference)[0].get_array().compressed(), 0.0, atol=1e-9)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda truth: truth.isel(longitude=slice(1, None)), "longitude"),
        (lambda truth: truth.assign_coords(latitude=truth["latitude"] + 1.0), "latitude"),
        (lambda truth: truth.assign_coords(time=truth["time"] + np.timedelta64(9000, "D")), "time"),
    ],
)
def test_truth_of_other_cells_or_times_is_refused(globe, change, word):
    with pytest.raises(InputError, match=word):
        figures.truth_comparison(globe, change(globe[["oxygen"]]), 100.0)


@settings(max_examples=8)
@given(
    rows=st.integers(1, 5),
    columns=st.integers(1, 5),
    west=st.sampled_from([-180.0, 120.0, 170.0, 175.5]),
    south=st.sampled_from([-90.0, -10.0, 55.0]),
    step=st.sampled_from([0.5, 2.0, 6.0]),
    empty=st.booleans(),
    steps=st.integers(1, 2),
)
def test_any_region_is_drawn(rows, columns, west, south, step, empty, steps):
    region = ocean(south + step * (np.arange(rows) + 0.5), west + step * (np.arange(columns) + 0.5), steps)
    if empty:
        region["oxygen"][:, 0] = np.nan
        region["oxygen_standard_error"][:, 0] = np.nan
    drawn = [figures.maps(region, [10.0, 400.0]), figures.truth_comparison(region, region[["oxygen"]], 10.0)]
    if region["oxygen"].notnull().any():
        drawn.append(figures.section(region))
    for figure in drawn:
        figure.canvas.draw()
    texts = [text.get_text() for text in drawn[0].axes[0].texts]
    assert ("no estimate at this depth" in texts) == bool(region["oxygen"][:, 0].isnull().all())


def test_a_region_keeps_its_shape_and_names_meridians_across_the_dateline():
    region = ocean(np.arange(50.5, 60.0), np.arange(172.5, 190.0), 1)
    axes = figures.maps(region, [10.0]).axes[0]
    assert axes.get_aspect() == pytest.approx(1.0 / np.cos(np.radians(55.0)))
    names = [axes.xaxis.get_major_formatter()(value, 0) for value in (175.0, 180.0, 185.0)]
    assert names == ["175°E", "180°", "175°W"]
    assert (parallel_name(-30.0), parallel_name(0.0), meridian_name(250.0)) == ("30°S", "0°", "110°W")
