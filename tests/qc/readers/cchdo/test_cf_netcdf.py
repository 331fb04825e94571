"""CCHDO netCDF in CF format, in small files laid out like those of the archive."""

from pathlib import Path

import netCDF4
import numpy as np
import pandas as pd
import pytest

from qc.errors import InputError
from qc.readers.registry import detect_format, read
from tests.support.archive_files.cchdo_netcdf import write_cf

NAN = np.nan


def test_all_profiles_of_a_cruise(tmp_path: Path) -> None:
    path = write_cf(tmp_path / "318M20130321.nc")
    assert detect_format(path) == "cchdo_cf"
    table = read(path).to_pandas()
    bottle, sensor = table[table.instrument == "bottle"], table[table.instrument == "ctd"]
    np.testing.assert_array_equal(bottle.oxygen, [220.7, NAN, 221.3, 222.1, 223.2])  # Winkler, without trailing fill
    assert bottle.oxygen_flag.tolist() == [1, 9, 3, 1, 3]  # the last bottle did not trip
    assert bottle.row.tolist() == [0, 1, 2, 3, 4] and sensor.row.tolist() == [0, 1, 3, 4, 6, 7, 8]
    assert sensor.oxygen.tolist() == [219, 220, 222, 223, 230, 231, 232]
    assert sensor.oxygen_flag.tolist() == [1, 3, 1, 3, 1, 1, 1]
    names = ["318M20130321_1_2#stop"] * 2 + ["318M20130321_159_1#stop"] * 2 + ["318M20130321_159_1#ctd"] * 3
    assert sensor.cast.tolist() == names
    assert bottle.cast.unique().tolist() == ["318M20130321_1_2", "318M20130321_159_1"]
    assert table.temperature.unique() == pytest.approx([10.0 / 1.00024])
    assert bottle.time.tolist()[0] == pd.Timestamp("2013-03-22 00:07")
    assert bottle.longitude.tolist()[::4] == [-179.5, 179.9]


def test_a_time_resolved_to_the_day_is_noon(tmp_path: Path) -> None:
    table = read(write_cf(tmp_path / "a.nc", resolution=1.0)).to_pandas()
    assert table.time.unique().tolist() == [pd.Timestamp("2013-03-22 12:00")]


def test_faults_of_cf_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.nc: unknown unit of time 'fortnights since 1950-01-01'"):
        read(write_cf(tmp_path / "a.nc", units="fortnights since 1950-01-01"))
    path = write_cf(tmp_path / "b.nc")
    with netCDF4.Dataset(path, "a") as file:
        file.renameVariable("station", "stn")
    with pytest.raises(InputError, match=r"b\.nc: no variable station"):
        read(path)
    path = write_cf(tmp_path / "c.nc")
    with netCDF4.Dataset(path, "a") as file:
        file.renameVariable("expocode", "elsewhere")
        file.createDimension("empty", 0)
        file.createVariable("expocode", "S1", ("empty", "string12"))
    with pytest.raises(InputError, match=r"c\.nc: expocode does not have the profiles of pressure"):
        read(path)
