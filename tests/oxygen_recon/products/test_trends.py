"""Trends: a planted one comes back within its interval, in the unit of what is fitted; gaps, periods, no trend."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import linregress
from scipy.stats import t as student

from oxygen_recon.products.trends import trend
from qc.errors import InputError


def yearly(values: np.ndarray, first: int = 1960, **attributes: str) -> xr.DataArray:
    """Values by year, and a second dim if they have one."""
    time = (np.datetime64(str(first), "Y") + np.arange(len(values))).astype("datetime64[ns]") + np.timedelta64(182, "D")
    return xr.DataArray(values, {"time": time}, ["time", "draw"][: values.ndim], attrs=attributes)


def noise(correlation: float, years: int, draws: int) -> np.ndarray:
    """Draws of a stationary autoregressive process of order 1."""
    rng = np.random.default_rng(7)
    values = rng.normal(size=(years, draws))
    values[0] /= np.sqrt(1 - correlation**2)
    for year in range(1, years):
        values[year] += correlation * values[year - 1]
    return values


@pytest.mark.parametrize("correlation", [0.0, 0.4, 0.8])
@pytest.mark.parametrize("years", [50, 104])
def test_a_planted_trend_lies_in_its_interval_as_often_as_it_says(correlation: float, years: int) -> None:
    planted = -0.7  # a decade
    line = planted * np.arange(years)[:, None] / 10
    found = trend(yearly(line + noise(correlation, years, 3000)))
    for level in (0.68, 0.90):
        half = found.standard_error * student.ppf(0.5 + level / 2, found.degrees_of_freedom)
        share = float((abs(found.trend - planted) < half).mean())
        assert level - 0.03 < share < level + 0.07
    assert float(found.trend.mean()) == pytest.approx(planted, abs=0.05)


def test_noise_without_a_trend_is_rarely_significant_though_it_wanders() -> None:
    found = trend(yearly(noise(0.6, 60, 3000)))
    assert float((found.p_value < 0.1).mean()) == pytest.approx(0.1, abs=0.035)
    white = [linregress(np.arange(60), one).pvalue for one in noise(0.6, 60, 300).T]
    assert np.mean(np.array(white) < 0.1) > 0.3  # the same noise taken for white


def test_a_line_comes_back_in_the_unit_of_its_values() -> None:
    found = trend(yearly(230.0 - 0.096 * np.arange(60), units="Pmol", long_name="amount of oxygen"))
    assert found.trend.item() == pytest.approx(-0.96, rel=1e-3)
    assert found.standard_error.item() < 1e-3  # leap years only
    assert found.p_value.item() < 1e-10 and found.n.item() == 60
    assert found.trend.attrs["units"] == found.standard_error.attrs["units"] == "Pmol decade-1"
    assert found.trend.attrs["long_name"] == "amount of oxygen, trend"
    assert found.attrs["period"] == "1960-2019"
    assert trend(yearly(np.arange(5.0), units="1")).trend.attrs["units"] == "decade-1"
    assert trend(yearly(np.arange(5.0), units="%")).trend.attrs["units"] == "% decade-1"


def test_a_period_has_its_own_trend() -> None:
    series = yearly(np.where(np.arange(60) < 30, 0.0, np.arange(60) - 30.0))
    early, late = trend(series, (1960, 1989)), trend(series, (1990, 2019))
    assert early.trend.item() == 0 and early.p_value.item() == 1
    assert late.trend.item() == pytest.approx(10, rel=1e-3) and late.n.item() == 30
    assert late.attrs["period"] == "1990-2019"


def test_gaps_are_left_out_and_short_series_have_no_trend() -> None:
    values = np.tile(np.arange(20.0)[:, None], (1, 4))
    values[3:9, 1] = np.nan
    values[2:, 2] = np.nan
    values[:, 3] = np.nan
    found = trend(yearly(values))
    np.testing.assert_allclose(found.trend[:2], 10, rtol=1e-3)
    assert np.isnan(found.trend[2:]).all() and np.isnan(found.p_value[2:]).all()
    np.testing.assert_array_equal(found.n, [20, 14, 2, 0])


def test_maps_are_fitted_cell_by_cell_whatever_their_dims() -> None:
    slopes = np.arange(12.0).reshape(3, 4)
    values = np.moveaxis(slopes * np.arange(30)[:, None, None], 0, 1)  # latitude, time, longitude
    time = yearly(np.zeros(30))["time"]
    field = xr.DataArray(values, {"time": time, "latitude": [1, 2, 3]}, ["latitude", "time", "longitude"])
    found = trend(field.astype(np.float32))
    assert found.trend.dims == ("latitude", "longitude") and found.latitude.to_numpy().tolist() == [1, 2, 3]
    np.testing.assert_allclose(found.trend, 10 * slopes, rtol=1e-3)


def test_what_cannot_be_fitted_is_said_in_one_line() -> None:
    with pytest.raises(InputError, match="no time from 1800 to 1810; give a period that the series covers"):
        trend(yearly(np.arange(5.0)), (1800, 1810))
    with pytest.raises(InputError, match="no dates along time"):
        trend(xr.DataArray(np.arange(5.0), {"time": np.arange(5)}, ["time"]))
