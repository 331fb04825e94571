from pathlib import Path

import numpy as np
import pytest

from oxygen_recon.dataset.daily.fields import Channel
from oxygen_recon.fields.daily.opening import open_daily
from oxygen_recon.sources.daily_fields import daily_fields
from qc.errors import InputError
from tests.support.daily_files import hycom, write


def test_channels_are_quantities_by_depth_with_filled_land(tmp_path: Path) -> None:
    data = open_daily(write(hycom(), tmp_path / "a.nc"))
    fields = daily_fields(data, ["sea_surface_height", "temperature"], depths=[0.0, 30.0])
    assert fields.channels == (
        Channel("sea_surface_height", None, "m"),
        Channel("temperature", 0.0, "degC"),
        Channel("temperature", 30.0, "degC"),
    )
    source = data["temperature"].values
    np.testing.assert_array_equal(fields.values[:, 1, 1:], source[:, 0, 1:])
    np.testing.assert_allclose(fields.values[:, 2, 1:], (source[:, 1] + source[:, 2])[:, 1:] / 2, rtol=1e-6)
    assert not fields.ocean[:, 0, :2].any() and fields.ocean.sum() == 3 * 18
    np.testing.assert_allclose(fields.values[:, 1, 0, 0], source[:, 0, 0, 2:].mean(axis=-1), rtol=1e-6)


def test_values_may_be_kept_in_a_file(tmp_path: Path) -> None:
    data = open_daily(write(hycom(), tmp_path / "a.nc"))
    kept = daily_fields(data, into=tmp_path / "values.npy")
    assert isinstance(kept.values, np.memmap)
    np.testing.assert_array_equal(kept.values, daily_fields(data).values)


def test_region_period_and_blocks_are_those_asked_for(tmp_path: Path) -> None:
    data = open_daily(write(hycom(), tmp_path / "a.nc"))
    box = ((-9.0, -7.5), (179.0, 182.0))
    fields = daily_fields(data, ["salinity"], region=box, period=("2012-01-02", "2012-01-02"), coarsen=2)
    assert fields.latitude.tolist() == [-8.5] and fields.longitude.tolist() == [179.5, 181.5]
    assert fields.dates.tolist() == [np.datetime64("2012-01-02").item()]


def test_a_gap_in_the_ocean_is_named_and_may_count_as_land(tmp_path: Path) -> None:
    data = hycom()
    data["water_temp"][1, 2, 2, 3] = np.nan
    opened = open_daily(write(data, tmp_path / "a.nc"))
    with pytest.raises(
        InputError, match="temperature at 50 m is missing on 2012-01-02 at 1 of 18 cells that are ocean on"
    ):
        daily_fields(opened)
    assert not daily_fields(opened, ocean="every day").ocean[2, 2, 3]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("water_temp", 290.0, "temperature of 290 degC on 2012-01-02; all should lie in -5 to 50: correct its unit"),
        ("surf_el", -30.0, "sea_surface_height of -30 m on 2012-01-02; .* or mark its missing values"),
    ],
)
def test_values_beyond_any_are_a_wrong_unit_or_an_unmarked_fill(
    tmp_path: Path, name: str, value: float, message: str
) -> None:
    data = hycom()
    data[name][1] = value
    data[name].encoding = {}
    opened = open_daily(write(data, tmp_path / "a.nc"))
    with pytest.raises(InputError, match=message):
        daily_fields(opened)


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    data = open_daily(write(hycom(), tmp_path / "a.nc"))
    with pytest.raises(InputError, match="no eastward_wind in it; there are temperature, salinity"):
        daily_fields(data, ["eastward_wind"])
    with pytest.raises(InputError, match="no level at 500 m; the levels are 0 to 50 m"):
        daily_fields(data, depths=[0.0, 500.0])


def test_the_mediterranean_of_satellites_has_an_ocean_that_changes(data_root: Path) -> None:
    data = open_daily(data_root / "gridded" / "daily" / "duacs" / "dt_med_allsat_phy_l4_2005T2.nc")
    with pytest.raises(InputError, match="sea_surface_height is missing on 2005-04-05 at 1 of 1"):
        daily_fields(data)
    fields = daily_fields(data, ocean="every day")
    assert fields.values.shape == (91, 1, 128, 344) and fields.runs == [(0, 91)]
