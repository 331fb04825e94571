"""Figures say what they show, compare like with like, and survive the oceans that users bring."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.collections import QuadMesh
from PIL import Image

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.fields import reconstruction as fields
from oxygen_recon.fields.cf import Provenance
from oxygen_recon.products import omz
from oxygen_recon.report import figures
from oxygen_recon.report.figures.canvas import oxygen_colours, upper_limit
from oxygen_recon.report.figures.projection import Plane, edges, equal_earth, meridian_name, parallel_name, unrolled
from oxygen_recon.report.figures.section import choose_line
from oxygen_recon.report.figures.series import decimal_years
from oxygen_recon.report.figures.tracks import Track, cast_map, track_maps, track_strips
from qc.errors import InputError

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


@pytest.fixture(scope="module")
def globe():
    return ocean(np.arange(-85.0, 90.0, 10.0), np.arange(-175.0, 180.0, 10.0))


def meshes(axes):
    return [item for item in axes.collections if isinstance(item, QuadMesh)]


def labels(figure):
    return {text for axes in figure.axes for text in (axes.get_xlabel(), axes.get_ylabel()) if text}


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
    moved = unrolled(globe)
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


def test_the_period_is_that_of_the_bounds_of_time(globe):
    static = globe.isel(time=[0]).assign(time_bnds=(("time", "bnds"), [pd.to_datetime(["1960-01-01", "2000-01-01"])]))
    static["time"].attrs["bounds"] = "time_bnds"
    assert figures.maps(static, [10.0]).get_suptitle().endswith("mean of 1960–1999")


def test_an_empty_period_is_refused(globe):
    with pytest.raises(InputError, match="no time between 1900 and 1910"):
        figures.maps(globe, [10.0], slice("1900", "1910"))


def test_section_runs_through_the_lowest_oxygen(globe):
    low = globe.copy(deep=True)
    low["oxygen"] = globe["oxygen"] + 100.0
    low["oxygen"].loc[{"longitude": -55.0, "depth": 400.0}] = 1.0
    assert choose_line(low.mean("time"), "lowest") == ("longitude", -55.0)
    figure = figures.section(low)
    assert "55°W" in figure.get_suptitle()
    top, bottom = figure.axes[:2]
    assert top.get_ylabel() == "depth (m)" and bottom.get_xlabel() == "latitude"
    assert top.get_ylim()[0] > top.get_ylim()[1] == 0.0


def test_section_through_the_most_observations_and_by_hand(globe):
    dense = globe.copy(deep=True)
    dense["observation_count"].loc[{"latitude": -35.0}] = 50
    assert "35°S" in figures.section(dense, through="densest").get_suptitle()
    assert "115°W" in figures.section(globe, along=("longitude", -112.0)).get_suptitle()


def test_section_gives_the_upper_500_m_half_of_the_axis(globe):
    axes = figures.section(globe).axes[0]
    bottom, top = (axes.transData.transform((0.0, z))[1] for z in axes.get_ylim())
    middle = axes.transData.transform((0.0, 500.0))[1]
    assert abs((top - middle) - (middle - bottom)) < 1e-6 * (top - bottom)


def test_section_of_nothing_is_refused(globe):
    with pytest.raises(InputError, match="no oxygen estimate"):
        figures.section(globe.assign(oxygen=globe["oxygen"] * np.nan))


@settings(max_examples=8, deadline=None)
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


def test_unrolling_keeps_every_cell_and_begins_in_africa(globe):
    moved = unrolled(globe)
    assert moved["longitude"].values[0] == 25.0 and np.all(np.diff(moved["longitude"]) > 0)
    xr.testing.assert_equal(
        moved["oxygen"].sel(longitude=185.0, drop=True), globe["oxygen"].sel(longitude=-175.0, drop=True)
    )
    region = globe.isel(longitude=slice(3, 9))
    assert unrolled(region) is region


def test_equal_earth_keeps_areas():
    # A band of the globe, drawn, encloses what it does on the sphere of radius 1; both halves are alike.
    for south, north in ((-90.0, 90.0), (0.0, 30.0), (60.0, 75.0)):
        up = np.linspace(south, north, 2001)
        x, y = equal_earth(np.full(up.size, 180.0), up, 0.0)
        area = 2.0 * np.trapezoid(x, y)
        assert area == pytest.approx(2.0 * np.pi * (np.sin(np.radians(north)) - np.sin(np.radians(south))), rel=1e-5)


def test_edges_use_cf_bounds_or_midpoints(globe):
    np.testing.assert_allclose(edges(globe, "latitude"), np.arange(-90.0, 91.0, 10.0))
    np.testing.assert_allclose(edges(globe, "depth")[:3], [0.0, 55.0, 250.0])
    assert Plane.of(globe).globe and not Plane.of(globe.isel(longitude=slice(0, 30))).globe
    pairs = np.stack([DEPTH - 5.0, DEPTH + 5.0], axis=1)
    bounded = globe.assign(depth_bnds=(("depth", "bnds"), pairs))
    bounded["depth"].attrs["bounds"] = "depth_bnds"
    assert edges(bounded, "depth")[0] == 5.0 and edges(bounded, "depth")[-1] == 3005.0


@given(st.lists(st.one_of(st.floats(0.0, 500.0), st.just(float("nan"))), max_size=20))
def test_oxygen_colours_turn_from_red_to_blue_at_60(values):
    colours, norm = oxygen_colours(np.array(values))
    assert norm.vmin == 0.0 and norm.vmax >= 100.0
    below, above = colours(norm(59.0)), colours(norm(61.0))
    assert below[0] > below[2] and above[2] > above[0]


def test_upper_limit_is_round_and_never_zero():
    assert upper_limit(np.array([np.nan])) == upper_limit(np.zeros(3)) == 1.0
    assert upper_limit(np.array([13.2])) == 15.0
    assert upper_limit(np.append(np.ones(999), 1e6)) == 1.0


@pytest.fixture
def series():
    time = pd.date_range("1990-07-01", periods=12, freq="YS-JUL")
    area = np.linspace(1.0, 3.0, 12)[:, None] * np.array([10.0, 30.0, 60.0, 80.0]) * 1e12
    data = {
        "omz_area": (("time", "threshold"), area),
        "omz_area_standard_error": (("time", "threshold"), 0.1 * area),
    }
    return xr.Dataset(data, coords={"time": time, "threshold": [20.0, 30.0, 60.0, 80.0]})


def test_omz_series_shows_each_threshold_with_error_truth_and_model(series):
    model = (series[["omz_area"]] * 0.5).sel(threshold=[30.0])
    figure = figures.omz_series(series, series[["omz_area"]] * 1.05, model)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in shown] == [f"O₂ < {t} µmol kg⁻¹" for t in (20, 30, 60, 80)]
    assert [len(axes.get_lines()) for axes in shown] == [2, 3, 2, 2]
    assert "area (10⁶ km²)" in labels(figure)
    lines = {line.get_label(): line for line in shown[1].get_lines()}
    np.testing.assert_allclose(lines["reconstruction"].get_ydata(), np.linspace(30.0, 90.0, 12))
    assert lines["truth"].get_color() == "black"
    band = shown[1].collections[0].get_paths()[0].vertices[:, 1]
    assert band.min() == pytest.approx(27.0) and band.max() == pytest.approx(99.0)
    assert {text.get_text() for text in figure.legends[0].get_texts()} == {"reconstruction", "truth", "climate model"}


def test_omz_series_takes_a_range_and_a_single_step(series):
    ranged = series.isel(time=[0]).assign(omz_area_low=series["omz_area"] * 0.5, omz_area_high=series["omz_area"] * 3.0)
    figure = figures.omz_series(ranged.isel(time=[0], threshold=[0]))
    figure.canvas.draw()
    assert figure.axes[0].get_ylim()[0] == 0.0 and figure.axes[0].get_ylim()[1] > 30.0
    with pytest.raises(InputError, match="volume"):
        figures.omz_series(series, variable="omz_volume")


def test_mean_series_has_units_and_its_truth(series):
    data = xr.Dataset(
        {"oxygen": ("time", np.arange(12.0)), "oxygen_standard_error": ("time", np.ones(12))}, {"time": series["time"]}
    )
    figure = figures.mean_series(data, truth=data + 1.0, layer="levels from 0 to 500 m")
    assert figure.axes[0].get_ylabel() == "mean oxygen (µmol kg⁻¹)" and "0 to 500 m" in figure.get_suptitle()
    assert len(figure.axes[0].get_lines()) == 2 and len(figure.axes[0].collections) == 1
    with pytest.raises(InputError, match="salinity"):
        figures.mean_series(data, variable="salinity")


def test_decimal_years_know_leap_years():
    time = xr.DataArray(pd.to_datetime(["2000-01-01 00:00", "2000-07-02 00:00", "1999-07-02 12:00"]), dims="time")
    np.testing.assert_allclose(decimal_years(time), [2000.0, 2000.5, 1999.5])


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


def test_coverage_of_a_single_step_is_by_depth_alone(globe):
    counts = figures.observations_by_year(globe.isel(time=[1]))
    (axes,) = figures.coverage(counts).axes
    np.testing.assert_allclose([bar.get_width() for bar in axes.patches], counts.sum("year"))
    assert axes.get_title(loc="left") == f"{int(counts.sum()):,} observations"


def held_out(n=4000, factor=1.0):
    rng = np.random.default_rng(1)
    scale = rng.uniform(2.0, 10.0, n)
    return pd.DataFrame(
        {
            "depth": rng.choice(DEPTH, n), "year": rng.integers(1950, 2020, n), "truth": 150.0,
            "mean": 150.0 + factor * scale * rng.normal(size=n), "scale": scale,
        }
    )  # fmt: skip


def test_residuals_tell_honest_errors_from_bold_ones():
    for factor, within in ((1.0, (0.66, 0.70)), (3.0, (0.2, 0.3))):
        title = figures.residuals(held_out(factor=factor)).axes[3].get_title(loc="left")
        assert within[0] <= float(title.split()[3]) / 100.0 <= within[1]


def test_residuals_pass_over_what_is_missing_and_stand_single_values():
    table = held_out(50)
    table.loc[0, "mean"] = np.nan
    table.loc[1:5, "scale"] = np.nan
    figure = figures.residuals(table)
    assert "n 49" in figure.axes[0].get_title(loc="left")
    assert "estimate − observation (µmol kg⁻¹)" in labels(figure)
    figures.residuals(table.iloc[[7]]).canvas.draw()
    with pytest.raises(InputError, match="no held-out observation"):
        figures.residuals(table.iloc[[0]])


def skill():
    rows = [("a", "cruises", 10.0, 1.0), ("a", "cells", 12.0, 2.0), ("b", "cruises", 8.0, np.nan)]
    return pd.DataFrame(rows, columns=["method", "split", "RMSE", "RMSE_spread"]).assign(layer="all")


def test_skill_bars_show_every_score_and_its_spread():
    table = pd.concat([skill(), skill().assign(layer="0-50 m", RMSE=99.0)])
    figure = figures.skill_bars(table)
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == ["10.0", "12.0", "8.0"]
    assert axes.get_ylabel() == "RMSE (µmol kg⁻¹)"
    assert [text.get_text() for text in axes.get_xticklabels()] == ["cruises", "cells"]
    figure.canvas.draw()


def test_skill_bars_show_the_range_over_seeds():
    table = pd.concat([skill(), skill().assign(RMSE=lambda t: t["RMSE"] + 4.0)])
    axes = figures.skill_bars(table).axes[0]
    assert [text.get_text() for text in axes.texts] == ["12.0", "14.0", "10.0"]
    whiskers = axes.collections[0].get_segments()[0]
    assert sorted(whiskers[:, 1]) == [10.0, 14.0]
    with pytest.raises(InputError, match="MAE"):
        figures.skill_bars(table, "MAE")


def test_files_of_the_house_are_drawn(tmp_path):
    wet = ocean(np.arange(20.5, 26.0), np.arange(-124.5, -118.0))["wet"].values
    grid = Grid(
        np.arange(20.0, 27.0),
        np.arange(-125.0, -117.0),
        np.array([0.0, 50.0, 200.0, 600.0, 2000.0, 4000.0]),
        DEPTH,
        wet,
    )
    time_axis = TimeAxis.regular(1990, 1992, "year")
    path, shape = tmp_path / "oxygen.zarr", (3, grid.cells)
    fields.empty_reconstruction(path, grid, time_axis, Provenance("t", "s", "e", "c", "c", 0, "m"))
    mean = np.linspace(5.0, 250.0, grid.cells) * np.ones((3, 1))
    fields.write_window(path, grid, 0, mean, np.full(shape, 4.0), np.ones(shape, int))
    made = fields.open_reconstruction(path)
    extent = omz.omz_series(made["oxygen"], [20.0, 60.0], made["oxygen_standard_error"], grid=grid)
    drawn = [
        figures.maps(made, [10.0, 400.0], slice("1990", "1991")), figures.section(made),
        figures.truth_comparison(made, made[["oxygen"]], 100.0), figures.omz_series(extent, extent),
        figures.omz_series(extent, variable="omz_volume"), figures.coverage(figures.observations_by_year(made)),
    ]  # fmt: skip
    for figure in drawn:
        figure.canvas.draw()
    shown = meshes(drawn[0].axes[0])[0]
    assert shown.get_array().shape == (6, 7) and shown.get_array().count() == grid.wet[0].sum()
    assert [drawn[0].get_suptitle()[-9:], drawn[1].get_suptitle()[-9:]] == ["1990–1991", "1990–1992"]
    assert "one standard error lower or higher" in drawn[3].get_supxlabel()
    assert int(figures.observations_by_year(made).sum()) == 3 * grid.cells


def test_saving_is_whole_and_repeatable(tmp_path, globe):
    first = figures.save(figures.maps(globe, [10.0]), tmp_path / "deep" / "a.png")
    second = figures.save(figures.maps(globe, [10.0]), tmp_path / "deep" / "b.png")
    assert first.read_bytes() == second.read_bytes()
    assert {path.name for path in first.parent.iterdir()} == {"a.png", "b.png"}
    with Image.open(first) as image:
        assert image.width > 800 and len(image.convert("RGB").getcolors(1 << 20) or []) > 50


def test_importing_figures_loads_no_drawing_library():
    check = (
        "import sys, oxygen_recon.report.figures; sys.exit(any(m in sys.modules for m in ('matplotlib', 'cmocean')))"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_drawing_leaves_no_global_state(globe):
    from matplotlib import pyplot

    figures.section(globe).canvas.draw()
    assert pyplot.get_fignums() == []


def test_two_years_by_quarters_have_whole_years_as_ticks_and_room_above(series):
    time = pd.date_range("2004-02-01", periods=8, freq="QS-FEB")
    short = series.isel(time=slice(0, 8)).assign_coords(time=time)
    figure = figures.omz_series(short)
    figure.draw_without_rendering()
    for axes in figure.axes:
        if not axes.get_visible():
            continue
        shown = axes.xaxis.get_major_formatter().format_ticks(axes.get_xticks())
        assert shown == ["2004", "2005", "2006"]
        assert axes.get_ylim()[1] > 1.01 * max(line.get_ydata().max() for line in axes.lines)


def test_a_section_says_that_its_axis_is_split_only_where_it_is(globe):
    assert "take half of the axis" in figures.section(globe).get_supxlabel()
    assert "half" not in figures.section(globe.sel(depth=slice(0, 400))).get_supxlabel()


def test_the_deepest_level_has_its_point_however_few_its_observations():
    depth = np.repeat([0.0, 100.0, 500.0], [5000, 5000, 7])
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"depth": depth, "year": 2000.0, "truth": 200.0, "mean": 200 + rng.normal(0, 5, depth.size)})
    axes = figures.residuals(table.assign(scale=5.0)).axes[1]
    assert axes.lines[0].get_ydata().tolist() == [0, 100, 500]
    assert axes.get_ylim()[0] > 500 and axes.get_ylim()[1] < 0, "whole markers at both ends"


def track(longitude, accused, latitude=None, time=None):
    n = len(longitude)
    days = np.arange(n) if time is None else time
    return Track(
        "wod/A", np.datetime64("2001-05-01", "ms") + np.asarray(days) * np.timedelta64(1, "D"),
        np.linspace(0.0, 10.0, n) if latitude is None else np.asarray(latitude, float),
        np.asarray(longitude, float), np.isin(np.arange(n), accused),
    )  # fmt: skip


def test_a_track_over_the_date_line_is_one_and_the_accused_cast_is_ringed():
    axes = track_maps([track([178, 179, -180, -179, 100], [4])], "speed").axes[0]
    _, ring, _ = axes.lines
    assert ring.get_xdata().tolist() == [100] and axes.lines[0].get_xdata().tolist() == [178, 179, 180, 181]
    west, east = axes.get_xlim()
    assert west < 100 and 181 < east < 300


def test_land_is_drawn_where_it_is_and_casts_without_place_are_named():
    seen = []

    def is_land(north, east):
        seen.append((np.abs(north).max(), east.min(), east.max()))
        return east > 0

    axes = track_maps([track([-5, 5, np.nan], [2], latitude=[-85, 85, np.nan])], "off_globe", is_land=is_land).axes[0]
    assert "1 in question without a position" in axes.get_title(loc="left")
    ((north, west, east),) = seen
    assert north <= 90 and -180 <= west and east < 180
    (mesh,) = meshes(axes)
    assert (~np.ma.getmaskarray(mesh.get_array())).mean() == pytest.approx(0.5, abs=0.02)
    nowhere = track_maps([track([np.nan], [0])], "off_globe").axes[0]
    assert [text.get_text() for text in nowhere.texts] == ["no position"]


def test_a_strip_shows_the_wrong_year():
    axes = track_strips([track([10, 11, 12], [2], time=[0, 1, 3652])], "cruise_date").axes[0]
    assert axes.lines[1].get_xdata() == pytest.approx([2011.33], abs=0.02)
    low, high = axes.get_xlim()
    assert low < 2001.3 and 2011.4 < high


def test_the_map_of_all_casts_counts_archives_and_begins_behind_the_widest_gap():
    places = {
        "few": (np.array([0.0]), np.array([-170.0])),
        "many": (np.array([1.0, 2.0, 99.0]), np.array([170.0, 175, 0])),
    }
    figure = cast_map(places)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["many (2)", "few (1)"]
    west, east = figure.axes[0].get_xlim()
    assert 160 < west < 170 and 190 < east < 200
    assert "3 casts" in figure.get_suptitle() and "place on the globe: 1" in figure.get_supxlabel()
