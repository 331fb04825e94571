"""Series show thresholds, errors, truth and climate model."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from oxygen_recon.report import figures
from oxygen_recon.report.figures.series import decimal_years
from qc.errors import InputError
from tests.support.oceans import labels


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
    figure = figures.omz_series(series, series[["omz_area"]] * 1.05, {"ESM r1": model})
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in shown] == [f"O₂ < {t} µmol kg⁻¹" for t in (20, 30, 60, 80)]
    assert [len(axes.get_lines()) for axes in shown] == [2, 3, 2, 2]
    assert "area (10⁶ km²)" in labels(figure)
    lines = {line.get_label(): line for line in shown[1].get_lines()}
    np.testing.assert_allclose(lines["reconstruction"].get_ydata(), np.linspace(30.0, 90.0, 12))
    assert lines["truth"].get_color() == "black"
    band = shown[1].collections[0].get_paths()[0].vertices[:, 1]
    assert band.min() == pytest.approx(27.0) and band.max() == pytest.approx(99.0)
    assert {text.get_text() for text in figure.legends[0].get_texts()} == {"reconstruction", "truth", "ESM r1"}


def test_omz_series_takes_a_range_and_a_single_step(series):
    ranged = series.isel(time=[0]).assign(omz_area_low=series["omz_area"] * 0.5, omz_area_high=series["omz_area"] * 3.0)
    figure = figures.omz_series(ranged.isel(time=[0], threshold=[0]))
    figure.canvas.draw()
    assert figure.axes[0].get_ylim()[0] == 0.0 and figure.axes[0].get_ylim()[1] > 30.0
    with pytest.raises(InputError, match="volume"):
        figures.omz_series(series, variable="omz_volume")


def test_regions_have_their_own_panels_with_range_truth_and_other_products(series):
    time = series["time"]
    values = xr.DataArray(
        np.arange(24.0).reshape(2, 12), {"region": ["all", "Arctic"], "time": time}, ("region", "time")
    )
    data = xr.Dataset({"oxygen": values, "oxygen_low": values - 2.0, "oxygen_high": values + 1.0})
    other = {"a product with a long name, version 12": data[["oxygen"]].sel(region=["all"]) * 2.0}
    figure = figures.region_series(data, data[["oxygen"]] + 1.0, other, "Mean oxygen", "shaded: a range")
    shown = {axes.get_title(loc="left"): axes for axes in figure.axes}
    assert set(shown) == {"all", "Arctic"} and shown["all"].get_ylabel() == "mean oxygen (µmol kg⁻¹)"
    assert [len(axes.get_lines()) for axes in shown.values()] == [3, 2]
    band = shown["Arctic"].collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == (10.0, 24.0)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["reconstruction", "truth", *other]
    with pytest.raises(InputError, match="no variable 'oxygen'"):
        figures.region_series(data.rename(oxygen="salinity"))


def test_decimal_years_know_leap_years():
    time = xr.DataArray(pd.to_datetime(["2000-01-01 00:00", "2000-07-02 00:00", "1999-07-02 12:00"]), dims="time")
    np.testing.assert_allclose(decimal_years(time), [2000.0, 2000.5, 1999.5])


def test_two_years_by_quarters_have_whole_years_as_ticks_and_a_margin_above(series):
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
