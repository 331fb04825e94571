"""Native ASCII of the World Ocean Database: check values, units, and files that are refused."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.registry import detect_format, read
from qc.readers.wod import ascii as wod_ascii
from tests.support.archive_files.wod_ascii import CAST, read_frame, write_casts
from tests.support.wod_writer import Cast, Number


def test_check_values_of_the_classic_file(data_root: Path) -> None:
    path = data_root / "observations" / "wod" / "wodpy__classic.dat"
    assert detect_format(path) == "wod_ascii"
    table = read(path).to_pandas()
    one, two = table[table.cast == "67064"], table[table.cast == "15556443"]
    assert (len(one), len(two)) == (4, 24)
    assert one.oxygen_original.tolist() == [6.75, 6.70, 8.62, 7.28] and one.depth.tolist() == [0, 10, 25, 50]
    assert one.time.iloc[0] == pd.Timestamp("1934-08-07 10:22:12")
    assert (one.latitude.iloc[0], one.longitude.iloc[0]) == (61.93, -172.27)
    assert one.cruise.unique().tolist() == ["US011203"] and two.cruise.unique().tolist() == ["FR015133"]
    assert two.time.iloc[0] == pd.Timestamp("2000-01-06 12:00")  # no time of day: noon
    assert (two.latitude.iloc[0], two.longitude.iloc[0]) == (-30.0, 66.42)
    assert two.depth.tolist()[:2] == [2.19, 11.62] and two.oxygen_original.iloc[0] == 5.091
    assert np.isnan(two.oxygen_original.iloc[1]) and two.oxygen_flag.iloc[1] == 9
    assert two.pressure.iloc[0] == 2.2  # measured, not made from depth
    assert one.phosphate_original.notna().any() and one.phosphate_original_unit.iloc[0] == "umol/l"
    assert table.instrument.unique().tolist() == ["bottle"]
    assert table.oxygen_original_unit.unique().tolist() == ["ml/l (told by magnitude)"]
    assert one.temperature_original_flag.astype(str).unique().tolist() == ["wod:0"]


def test_the_mark_of_the_end_is_no_cast(tmp_path: Path) -> None:
    path = write_casts(tmp_path / "a.dat", CAST)
    plain = read_frame(path)
    for end in (b"\x1a", b"\r\n\x1a\r\n"):
        path.write_bytes(path.read_bytes().rstrip(b"\x1a\r\n") + end)
        pd.testing.assert_frame_equal(read_frame(path), plain)


def test_a_day_that_is_not_known_is_suspect(tmp_path: Path) -> None:
    table = read_frame(write_casts(tmp_path / "a.dat", replace(CAST, date=(1955, 6, 0))))
    assert table.time.dt.strftime("%Y-%m-%d").unique().tolist() == ["1955-06-15"]
    assert table.time_flag.unique().tolist() == [3]


def test_the_same_cast_in_ascii_and_netcdf(data_root: Path) -> None:
    folder = data_root / "observations" / "wod"
    columns = ["cast", "cruise", "depth", "temperature", "salinity", "oxygen", "phosphate", "silicate", "time"]
    tables = [
        read(folder / name).to_pandas().query("cast == '67064'")[columns].reset_index(drop=True)
        for name in ("wodpy__classic.dat", "wodpy__ocldb1570984477.6279_OSD.nc")
    ]
    ascii_, netcdf = tables
    assert ascii_.cruise.tolist() == netcdf.cruise.tolist()
    np.testing.assert_allclose(ascii_.temperature, netcdf.temperature, atol=1e-5)
    np.testing.assert_allclose(ascii_.salinity, netcdf.salinity, atol=1e-5)
    np.testing.assert_allclose(ascii_.oxygen, netcdf.oxygen, rtol=0.002)  # rounded to 0.01 ml/l, at another density
    np.testing.assert_allclose(ascii_.phosphate, netcdf.phosphate, rtol=0.01)  # 1.025 kg/L in netCDF
    assert (abs(ascii_.time - netcdf.time) < pd.Timedelta("30s")).all()


def test_iquod_and_a_long_cast(data_root: Path) -> None:
    folder = data_root / "observations" / "wod"
    q = read(folder / "wodpy__iquod.dat").to_pandas()
    assert q.groupby("cast", observed=True).size().to_dict() == {"13393621": 5, "9615302": 1000}
    assert q.temperature.tolist()[:5] == [11.1, 11.2, 11.0, 11.0, 11.0] and q.salinity.iloc[4] == 31.5
    assert q.latitude.iloc[0] == 34.5883 and q.time.iloc[0] == pd.Timestamp("2000-01-04 03:42")
    assert q.temperature.iloc[5] == -1.6601 and q.instrument.unique().tolist() == ["ctd"]
    long = read(folder / "wodpy__pathological.dat").to_pandas()
    assert (len(long), long.cast.iloc[0], long.instrument.iloc[0]) == (1576, "175", "xbt")
    assert long.depth.iloc[0] == 0.6691 and long.temperature.iloc[5] == 29.318


def with_oxygen(*oxygen: Number, depth: int = 0, flag: int = 0) -> Cast:
    levels = [(((depth, 0), 0, 0), [((1000, 2), 0, 0), ((3500, 2), 0, 0), (value, flag, 0)]) for value in oxygen]
    return replace(CAST, levels=levels)


def test_the_unit_of_oxygen_is_given_or_inferred_or_the_file_is_refused(tmp_path: Path) -> None:
    path = write_casts(tmp_path / "a.dat", with_oxygen((26142, 2), (600, 2)), with_oxygen((26142, 2), (60000, 2)))
    with pytest.raises(InputError, match=r"a\.dat: is oxygen in ml/l .* or umol/kg .*\?.*give it as wod_oxygen_unit"):
        read(path)  # surface values of both kinds
    assert read_frame(path, "umol/kg").oxygen.tolist() == [261.42, 6.0, 261.42, 600.0]
    path = write_casts(tmp_path / "b.dat", with_oxygen((600, 2)))
    inferred, given = read_frame(path, None), read_frame(path, "ml/l")
    assert inferred.oxygen[0] == pytest.approx(6 * seawater.ML_PER_L / 1.02695, rel=1e-4) == given.oxygen[0]
    assert inferred.oxygen_original_unit[0] == "ml/l (told by magnitude)" and given.oxygen_original_unit[0] == "ml/l"
    with pytest.raises(InputError, match=re.escape("oxygen of the upper 10 m can be ml/l only, not umol/kg")):
        read_frame(path, "umol/kg")
    path = write_casts(tmp_path / "c.dat", with_oxygen((26142, 2)))
    assert read_frame(path, None).oxygen_original_unit[0] == "umol/kg (told by magnitude)"
    assert read_frame(path, None).oxygen[0] == 261.42
    for unclear in (with_oxygen((600, 2), depth=100), with_oxygen((600, 2), flag=1), with_oxygen((2, 2))):
        with pytest.raises(InputError, match="give it as wod_oxygen_unit"):
            read(write_casts(tmp_path / "d.dat", unclear))
    with_none = write_casts(tmp_path / "e.dat", with_oxygen(None))
    assert read_frame(with_none, None).oxygen_flag.tolist() == [9]  # no oxygen, no question


@pytest.mark.parametrize(("unit", "factor"), [("ml/l", 1 / 1.02695), ("umol/kg", 1.0)])
def test_nutrients_changed_their_unit_with_oxygen(tmp_path: Path, unit: wod_ascii.Unit, factor: float) -> None:
    levels = [(((50, 0), 0, 0), [((1000, 2), 0, 0), ((3500, 2), 0, 0), ((250, 2), 0, 0)])]
    table = read_frame(write_casts(tmp_path / "n.dat", replace(CAST, codes=[1, 2, 8], levels=levels)), unit)
    assert table.nitrate[0] == pytest.approx(2.5 * factor, rel=1e-4)
