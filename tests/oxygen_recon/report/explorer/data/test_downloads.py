"""Files to keep: the numbers that are shown, with their units."""

import io

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from oxygen_recon.report.explorer.data import downloads
from oxygen_recon.report.explorer.data.sections import great_circle_track
from tests.support.explored_run import MODEL, oxygen_of


def test_a_profile_has_the_levels_with_water_and_the_compared_field(data):
    column = data.column(5, 4, MODEL)
    table = pd.read_csv(downloads.as_csv(downloads.profile_table(data, column, 2, MODEL)))
    expected = oxygen_of(data.grid, 3)[2, :3, 5, 4]
    assert table["depth (m)"].tolist() == [10, 100, 300] and set(table["time"]) == {2002}
    assert np.allclose(table["oxygen (umol kg-1)"], expected, rtol=1e-5)
    assert np.allclose(table[f"oxygen of {MODEL} (umol kg-1)"], expected + 10, rtol=1e-5)
    half = table["oxygen_90_percent_high (umol kg-1)"] - table["oxygen (umol kg-1)"]
    assert np.allclose(half, 1.645 * 6, rtol=1e-3) and set(table["latitude (degrees_north)"]) == {20.0}


def test_a_series_has_every_step_and_nothing_of_a_field_that_is_not_compared(data):
    table = pd.read_csv(downloads.as_csv(downloads.series_table(data, data.column(5, 12), 1, None)))
    assert table["time"].tolist() == list(range(2000, 2006)) and set(table["depth (m)"]) == {100}
    assert np.allclose(np.diff(table["oxygen (umol kg-1)"]), -1.0, atol=1e-3)
    assert not [name for name in table if "of " in name]


def test_a_section_has_a_row_for_each_value(data):
    track = great_circle_track(data.grid, (20.0, 70.0), (20.0, 130.0))
    values = track.take(data.step("oxygen", 0))
    table = downloads.section_table(data, track, values, "oxygen")
    assert len(table) == np.isfinite(values).sum()
    assert table["oxygen (umol kg-1)"].max() == pytest.approx(np.nanmax(values))
    assert table["distance (km)"].max() == pytest.approx(track.distance[-1])


@pytest.mark.parametrize(
    ("quantity", "unit"), [("oxygen", "umol kg-1"), ("difference", "umol kg-1"), ("observations", "1")]
)
def test_a_map_is_a_netcdf_file_with_bounds_and_missing_values(data, quantity, unit):
    content = downloads.as_netcdf(downloads.map_dataset(data, quantity, 3, 2, MODEL))
    with xr.open_dataset(io.BytesIO(content.getvalue()), engine="scipy") as found:
        variable = found[downloads.NAMES[quantity]]
        assert variable.dims == ("time", "depth", "latitude", "longitude") and variable.attrs["units"] == unit
        expected = data.step(quantity, 3, MODEL)[2]
        assert np.array_equal(variable.values[0, 0], expected.astype(variable.dtype), equal_nan=True)
        year = np.array([["2003-01-01", "2004-01-01"]], "datetime64[ns]")
        assert np.array_equal(found["time_bnds"].values, year)
        assert found["depth_bnds"].values.tolist() == [[200.0, 600.0]]
        assert "_FillValue" not in found["latitude"].encoding
