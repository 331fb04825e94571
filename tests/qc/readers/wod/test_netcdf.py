from pathlib import Path

import netCDF4
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.registry import detect_format, read
from tests.support.archive_files.wod_netcdf import write_ragged, write_single


def test_units_times_places_and_flags(tmp_path: Path) -> None:
    path = write_ragged(tmp_path / "wod_osd_1934.nc", [261.42, -1e10, 130.71, 200.0, 210.0])
    assert detect_format(path) == "wod"
    table = read(path).to_pandas()
    assert table.cast.tolist() == ["100"] * 3 + ["101"] * 2 + ["102"] * 4
    # 261.42 was 6 ml/l at a constant density: 260.925 umol/kg at 35, 10 degC (location anomaly below 0.01)
    assert table.oxygen[0] == pytest.approx(260.925, abs=0.01)
    assert table.oxygen_original[0] == pytest.approx(261.42, abs=1e-4)
    assert table.oxygen_original_unit[0] == "umol/kg from ml/l"
    assert np.isnan(table.oxygen[1]) and table.oxygen_flag[1] == 9
    assert table.oxygen[3] == 200.0 and table.oxygen[5:].isna().all()
    # accepted; range; inversion; and a cruise flagged as a whole fails, independent of the flag of the level
    assert table.oxygen_flag.tolist() == [1, 9, 3, 4, 4, 9, 9, 9, 9]
    assert table.oxygen_original_flag.astype(str).tolist()[:4] == ["wod:0", "wod:1", "wod:2", "wod:0"]
    assert table.longitude[0] == -180 and table.longitude[3] == -170 and table.longitude[5:].isna().all()
    assert table.latitude[5:].isna().all()  # there is no latitude of 95 degrees
    assert abs(table.time[0] - pd.Timestamp("1934-08-07 10:22")) < pd.Timedelta("1s")
    assert table.time[3] == pd.Timestamp("1955-06-15 06:00")  # day 0: the middle of the month
    assert table.time_flag.tolist() == [2, 2, 2, 3, 3, *[9] * (len(table) - 5)]
    assert table.time[5:].isna().all()
    assert table.cruise.tolist()[::3] == ["US011203", "accession 77", "cast 102"]
    assert table.instrument.tolist()[::3] == ["bottle", "ctd", "bottle"]  # the last from the file name


def test_without_salinity_the_archives_own_value_stays(tmp_path: Path) -> None:
    path = write_ragged(tmp_path / "wod_osd_1934.nc", [261.42, 250.0, 130.71, 200.0, 210.0])
    with netCDF4.Dataset(path, "a") as file:
        file["Salinity"][0] = -1e10
    table = read(path).to_pandas()
    assert table.oxygen[0] == table.oxygen_original[0] == np.float32(261.42) and table.oxygen_flag[0] == 1
    expected = ["umol/kg from ml/l; density 1025", "umol/kg from ml/l", "umol/kg from ml/l", "umol/kg", "umol/kg"]
    assert table.oxygen_original_unit.tolist()[:5] == expected
    assert table.oxygen[1] < table.oxygen_original[1]
    constant = read(path, policy="constant_1025").to_pandas()
    np.testing.assert_array_equal(constant.oxygen, constant.oxygen_original)
    with pytest.raises(InputError, match="needs a density"):
        read(path, policy="refuse")


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=3))
def test_every_value_finds_its_level(tmp_path: Path, shape: list[tuple[int, bool]]) -> None:
    sizes, has = [size for size, _ in shape], [flag and size > 0 for size, flag in shape]
    number = sum(size for size, there in zip(sizes, has) if there)
    n = len(shape)
    casts = {"size": sizes, "has": has, "days": [60000.0] * n, "date": [0] * n, "unit": [""] * n}
    table = read(write_ragged(tmp_path / "wod_ctd.nc", [100.0 + i for i in range(number)], **casts)).to_pandas()
    assert len(table) == sum(sizes)
    assert table.oxygen.dropna().tolist() == [100.0 + i for i in range(number)]
    with_oxygen = set(table[table.oxygen.notna()].cast.astype(int) - 100)
    assert with_oxygen == {i for i, there in enumerate(has) if there}
    assert table.depth.tolist() == [10.0 * level for size in sizes for level in range(size)]


def test_levels_must_be_those_of_z(tmp_path: Path) -> None:
    path = write_ragged(tmp_path / "wod_osd.nc", [1.0] * 5, row_size=[3, 1, 1])
    with pytest.raises(InputError, match=r"wod_osd\.nc, cast number 1: Oxygen has 1 levels, z has 2"):
        read(path)
    with pytest.raises(InputError, match="Oxygen_row_size adds up to 5, Oxygen has 4 values"):
        read(write_ragged(tmp_path / "wod_ctd.nc", [1.0] * 4))


def test_depth_flags_pressure_and_the_number_of_a_float(tmp_path: Path) -> None:
    path = write_ragged(
        tmp_path / "wod_pfl_1999.nc", [200.0, 201.0, 202.0, 203.0, 204.0], days=[60000.0, 60001.25, 60002.0]
    )
    with netCDF4.Dataset(path, "a") as file:
        file.createDimension("Pressure_obs", 3)
        file.createVariable("Pressure", "f4", ("Pressure_obs",), fill_value=-1e10)[:] = [5.0, -1e10, 25.0]
        file.createVariable("Pressure_row_size", "i4", ("casts",), fill_value=0)[:] = [3, 0, 0]
        file.createVariable("z_WODflag", "i1", ("z_obs",))[:] = [0, 1, 2, 0, 0, 0, 0, 0, 0]
        file.createVariable("WMO_ID", "i4", ("casts",), fill_value=-99999)[:] = [5900001, 5900001, 5900002]
        file["GMT_time"][:] = np.ma.masked_all(3, "f4")
        file["date"][:] = [19340412, 19340413, 19340414]
    table = read(path).to_pandas()
    assert table.pressure.tolist()[::2][:2] == [5.0, 25.0]  # measured
    assert table.pressure[1] == pytest.approx(seawater.pressure(10.0, 10.0))  # from depth
    assert table.oxygen_flag.tolist()[:3] == [1, 4, 3]  # accepted; range; accepted, its depth is not
    assert table.temperature_flag.tolist()[:4] == [2, 3, 3, 2]
    first = table.drop_duplicates("cast")
    # the first is a bottle, the second a CTD, the third, by the file's name, a float: held out by its own number
    assert first.cruise.tolist() == ["US011203", "accession 77", "5900002"]
    assert first.platform.tolist() == ["5900001", "5900001", "5900002"]
    assert first.instrument.tolist() == ["bottle", "ctd", "float"]
    # midnight is noon where there is no hour; a time that is not midnight stays
    assert [time.hour for time in first.time] == [12, 6, 12]


def test_a_file_of_one_cast(tmp_path: Path) -> None:
    path = write_single(tmp_path / "wod_004181522O.nc", [261.42, 250.0, -1e10])
    assert detect_format(path) == "wod"
    table = read(path).to_pandas()
    assert table.oxygen[0] == pytest.approx(260.925, abs=0.01) and np.isnan(table.oxygen[2])
    assert table.oxygen_flag.tolist() == [1, 4, 9]
    assert table.oxygen_original_unit[0] == "umol/kg from ml/l"
    row = table.iloc[0]
    assert (row.cast, row.cruise, row.instrument) == ("4181522", "JP142420", "ctd")
    assert row.time == pd.Timestamp("1995-06-01 06:00") and (row.latitude, row.longitude) == (36.5, 136.5)
    assert table.depth.tolist() == [0, 10, 20] and table.row.tolist() == [0, 1, 2]


def test_real_files_of_one_cast(data_root: Path) -> None:
    path = data_root / "observations" / "wod" / "DC_OCEAN_WOD18_TS_samples.tar.gz"
    assert detect_format(path) == "wod"
    table = read(path).to_pandas()
    assert (table.cast.nunique(), table.file.nunique()) == (73, 73)
    assert table.oxygen.isna().all() and table.temperature.notna().all()
    assert table.salinity.notna().sum() == 20  # two bottle casts
    one = table[table.cast == "4181522"].iloc[0]
    assert (one.cruise, one.instrument, one.platform) == ("JP142420", "xbt", "TENYO (CALL SIGN JBBC)")
    assert one.temperature_original == pytest.approx(17.4) and one.depth == 0
    # a pair of the list of duplicates: one cast under two dates and positions
    pair = [table[table.cast == cast].temperature.tolist() for cast in ("8891307", "8891325")]
    assert pair[0] == pair[1] and len(pair[0]) == 10


def test_check_values_of_cast_67064(data_root: Path) -> None:
    path = data_root / "observations" / "wod" / "wodpy__ocldb1570984477.6279_OSD.nc"
    cast = read(path).to_pandas().query("cast == '67064'")
    np.testing.assert_allclose(cast.oxygen_original, [293.90298, 291.90366, 375.37610, 317.39523], atol=1e-5)
    assert cast.latitude.iloc[0] == pytest.approx(61.933334, abs=1e-6)
    assert cast.longitude.iloc[0] == pytest.approx(-172.26666, abs=1e-5)
    assert abs(cast.time.iloc[0] - pd.Timestamp("1934-08-07 10:22")) < pd.Timedelta("1s")
    assert cast.cruise.unique().tolist() == ["US011203"]


def test_recovered_millilitres_are_the_two_decimal_originals(data_root: Path) -> None:
    table = read(data_root / "observations" / "wod" / "wodpy__ocldb1570984477.6279_OSD.nc").to_pandas()
    unit = table.oxygen_original_unit.astype(str)
    volume = table[unit.str.startswith("umol/kg from ml/l") & table.oxygen_original.notna()]
    ml = volume.oxygen_original / seawater.ML_PER_L_WOD
    assert volume.cast.nunique() == 8
    np.testing.assert_allclose(ml, ml.round(2), atol=1e-5)
    assert (table.oxygen.notna().sum(), table[table.oxygen.notna()].cast.nunique()) == (84, 20)
    kept = table[unit.str.endswith("; density 1025")]  # four levels of two casts
    assert len(kept) == 4 and (kept.temperature.isna() | kept.salinity.isna()).all()
    np.testing.assert_array_equal(kept.oxygen, kept.oxygen_original)
