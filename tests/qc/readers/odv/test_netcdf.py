"""GEOTRACES netCDF.

The collection has no real file of this format. The one made here follows the published structure of IDP2021 (ODV
NetCDF Export File V2.0): dimensions N_STATIONS and N_SAMPLES, text as characters, fill -1e10, flags as character codes
with fill 57, values named by `long_name`.
"""

from pathlib import Path

import numpy as np
import pytest

from qc.errors import InputError
from qc.readers.registry import detect_format, read
from tests.support.archive_files.odv_netcdf import write_odv_netcdf

N = np.nan


def test_bottles_and_the_sensor_are_two_casts(tmp_path: Path) -> None:
    path = write_odv_netcdf(tmp_path / "idp.nc")
    assert detect_format(path) == "geotraces"
    frame = read(path).to_pandas()
    assert frame.row.tolist() == [0, 1, 2, 3, 0, 1, 2]  # the other two cells hold nothing that is read
    assert frame.instrument.tolist() == ["bottle"] * 4 + ["ctd"] * 3
    assert frame.source.eq("geotraces").all()
    bottle, sensor = frame.iloc[:4], frame.iloc[4:]
    assert bottle.cruise.tolist() == ["GA03"] * 3 + ["GN01"]
    assert bottle.cast.tolist() == ["GA03_1_2010-10-15T01:00"] * 3 + ["GN01_57 b_"]
    assert sensor.cast.eq("GA03_1_2010-10-15T01:00#stop").all()
    assert frame.time.isna().tolist() == [False] * 3 + [True] + [False] * 3
    assert bottle.longitude.tolist() == [-9.5] * 3 + [-160.0]
    np.testing.assert_array_equal(bottle.oxygen, [211, N, N, 340])
    assert sensor.oxygen.tolist() == [210, 190, 150]
    assert bottle.oxygen_flag.tolist() == [1, 9, 9, 4] and sensor.oxygen_flag.tolist() == [1, 1, 3]
    assert sensor.oxygen_original_flag.tolist() == [f"seadatanet:{code}" for code in "12A"]
    assert bottle.pressure[3] == pytest.approx(20.2, abs=0.1) and bottle.depth[1] == 99  # pressure from depth
    np.testing.assert_allclose(frame.nitrate, [0.1, N, 20, N, N, N, N])  # measured once
    assert frame.temperature.tolist() == [20, 15, 4, -1, 20, 15, 4]


def test_a_sensor_without_bottles_and_another_epoch(tmp_path: Path) -> None:
    path = write_odv_netcdf(tmp_path / "sensor.nc", without=("OXYGEN",), units="days since 2000-01-01 00:00:00 UTC")
    frame = read(path).to_pandas()
    assert frame.instrument.eq("ctd").all()
    assert frame.oxygen_flag.tolist() == [1, 1, 3, 9] and frame.time.dt.year[0] == 2004


def test_faults_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.nc: an ODV spreadsheet without oxygen|without oxygen"):
        read(write_odv_netcdf(tmp_path / "none.nc", without=("OXYGEN", "CTDOXY")))
    path = write_odv_netcdf(tmp_path / "cut.nc")
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(InputError, match=r"cut\.nc"):
        read(path)
