"""CCHDO netCDF in COARDS/WOCE format, in small files laid out like those of the archive."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from qc.errors import InputError
from qc.readers.registry import detect_format, read
from tests.support.archive_files.cchdo_netcdf import write_coards

NAN = np.nan


@pytest.mark.parametrize("named", [True, False])
def test_a_bottle_cast(named: bool, tmp_path: Path) -> None:
    path = write_coards(tmp_path / "hy1.nc", named=named)
    assert detect_format(path) == "woce_netcdf"
    table = read(path).to_pandas()
    bottle, sensor = table[table.instrument == "bottle"], table[table.instrument == "ctd"]
    np.testing.assert_array_equal(bottle.oxygen, [260.0, 261.0, 262.0, NAN])
    assert bottle.oxygen_flag.tolist() == [1, 3, 3, 9]  # the second bottle leaked, the third did not trip
    assert bottle.nitrate_flag.tolist() == [1, 3, 3, 9]
    assert bottle.salinity.tolist() == [35.0, 35.0, 35.0, 35.0]  # of a suspect bottle, no better than a bad sensor
    assert sensor.oxygen.tolist() == [250.0, 251.0, 253.0] and sensor.row.tolist() == [0, 1, 3]
    assert sensor.oxygen_flag.tolist() == [1, 3, 4]  # uncalibrated is suspect, not good
    assert sensor.oxygen_original_flag.tolist() == ["whp_ctd:2", "whp_ctd:1", "whp_ctd:4"]
    assert table.oxygen_original_unit.unique().tolist() == ["?mol/kg"]
    assert bottle.cast.unique().tolist() == ["33HQ20150809_66_1"]
    assert sensor.cast.unique().tolist() == ["33HQ20150809_66_1#stop"]


@pytest.mark.parametrize(("clock", "time"), [(7, "00:07"), (0, "00:00"), (1813, "18:13"), (-999, "12:00")])
def test_a_time_without_leading_zeros(clock: int, time: str, tmp_path: Path) -> None:
    table = read(write_coards(tmp_path / "hy1.nc", clock)).to_pandas()
    assert table.time.unique().tolist() == [pd.Timestamp(f"2015-09-05 {time}")]
    assert table.latitude.unique() == pytest.approx([89.99]) and table.longitude.unique().tolist() == [-180.0]


def test_a_ctd_cast(tmp_path: Path) -> None:
    table = read(write_coards(tmp_path / "ctd.nc", DATA_TYPE="WOCE CTD", BOTTLE_QUALITY_CODES=None)).to_pandas()
    assert table.instrument.unique().tolist() == ["ctd"] and len(table) == 4
    assert table.cast.unique().tolist() == ["33HQ20150809_66_1#ctd"]
    np.testing.assert_array_equal(table.oxygen, [250.0, 251.0, NAN, 253.0])


def test_bottle_flags_as_text_and_of_one_bottle(tmp_path: Path) -> None:
    text = read(write_coards(tmp_path / "hy1.nc", BOTTLE_QUALITY_CODES="[2 3 4 9]"))
    assert text["oxygen_flag"].to_pylist()[:4] == [1, 3, 3, 9]
    with pytest.raises(InputError, match=r"hy1\.nc: BTLNBR has 1 values, pressure has 4"):
        read(write_coards(tmp_path / "hy1.nc", BOTTLE_QUALITY_CODES=np.int16(2)))


def test_an_expocode_is_taken_from_the_file_name_where_there_is_none(tmp_path: Path) -> None:
    path = write_coards(tmp_path / "33HQ20150809_00066_00001_hy1.nc", EXPOCODE="")
    assert read(path)["cruise"].unique().to_pylist() == ["33HQ20150809"]
