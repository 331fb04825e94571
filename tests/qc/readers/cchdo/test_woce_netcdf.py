"""CCHDO netCDF of both forms, in small files laid out as the archive's own."""

from pathlib import Path

import netCDF4
import numpy as np
import pandas as pd
import pytest

from qc.errors import InputError
from qc.readers import registry as readers

NAN = np.nan
# variable, WHP name, unit, values, flags; units as in files whose micro sign was lost
COARDS = [
    ("pressure", "CTDPRS", "decibar", [4.7, 50.0, 100.0, 150.0], None),
    ("temperature", "CTDTMP", "?C (ITS-90)", [10.0, 9.0, 8.0, 7.0], None),
    ("salinity", "CTDSAL", "PSS-78", [35.0, 35.0, 35.0, 35.0], [2, 2, 4, 2]),
    ("bottle_salinity", "SALNTY", "PSS-78", [35.1, NAN, 35.3, NAN], [2, 9, 2, 9]),
    ("oxygen", "CTDOXY", "?mol/kg", [250.0, 251.0, NAN, 253.0], [2, 1, 9, 4]),
    ("bottle_oxygen", "OXYGEN", "?mol/kg", [260.0, 261.0, 262.0, -999.0], [2, 2, 6, 9]),
    ("nitrate", "NITRAT", "?mol/kg", [10.0, 11.0, 12.0, -999.0], [2, 2, 2, 9]),
]


def coards(path: Path, clock: int = 7, named: bool = True, **attributes: object) -> Path:
    """Write a cast as the archive's "Diggs" and libcchdo writers do."""
    with netCDF4.Dataset(path, "w", format="NETCDF3_CLASSIC") as file:
        default = {
            "EXPOCODE": "33HQ20150809",
            "Conventions": "COARDS/WOCE",
            "WOCE_VERSION": "3.0",
            "DATA_TYPE": "WOCE Bottle",
            "STATION_NUMBER": "    66",
            "CAST_NUMBER": "  1",
            "BOTTLE_QUALITY_CODES": np.array([2, 3, 4, 9], np.int16),
        }
        file.setncatts({name: value for name, value in (default | attributes).items() if value is not None})
        for dimension, size in (("time", 1), ("pressure", 4), ("latitude", 1), ("longitude", 1)):
            file.createDimension(dimension, size)
        for name, whp, unit, values, codes in COARDS:
            variable = file.createVariable(name, "f8", ("pressure",))
            variable[:] = values
            variable.units = unit
            if named:
                variable.WHPO_Variable_Name = whp
            if codes is not None:
                file.createVariable(f"{name}_QC", "i2", ("pressure",))[:] = codes
        file.createVariable("latitude", "f4", ("latitude",))[:] = 89.99
        file.createVariable("longitude", "f4", ("longitude",))[:] = -180.0
        file.createVariable("woce_date", "i4", ("time",))[:] = 20150905
        file.createVariable("woce_time", "i2", ("time",))[:] = clock
    return path


@pytest.mark.parametrize("named", [True, False])
def test_a_bottle_cast(named: bool, tmp_path: Path) -> None:
    path = coards(tmp_path / "hy1.nc", named=named)
    assert readers.sniff(path) == "woce_netcdf"
    table = readers.read(path).to_pandas()
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
    table = readers.read(coards(tmp_path / "hy1.nc", clock)).to_pandas()
    assert table.time.unique().tolist() == [pd.Timestamp(f"2015-09-05 {time}")]
    assert table.latitude.unique() == pytest.approx([89.99]) and table.longitude.unique().tolist() == [-180.0]


def test_a_ctd_cast(tmp_path: Path) -> None:
    table = readers.read(coards(tmp_path / "ctd.nc", DATA_TYPE="WOCE CTD", BOTTLE_QUALITY_CODES=None)).to_pandas()
    assert table.instrument.unique().tolist() == ["ctd"] and len(table) == 4
    assert table.cast.unique().tolist() == ["33HQ20150809_66_1#ctd"]
    np.testing.assert_array_equal(table.oxygen, [250.0, 251.0, NAN, 253.0])


def test_bottle_flags_as_text_and_of_one_bottle(tmp_path: Path) -> None:
    text = readers.read(coards(tmp_path / "hy1.nc", BOTTLE_QUALITY_CODES="[2 3 4 9]"))
    assert text["oxygen_flag"].to_pylist()[:4] == [1, 3, 3, 9]
    with pytest.raises(InputError, match=r"hy1\.nc: BTLNBR has 1 entries, pressure has 4"):
        readers.read(coards(tmp_path / "hy1.nc", BOTTLE_QUALITY_CODES=np.int16(2)))


def test_an_expocode_is_taken_from_the_file_name_where_there_is_none(tmp_path: Path) -> None:
    path = coards(tmp_path / "33HQ20150809_00066_00001_hy1.nc", EXPOCODE="")
    assert readers.read(path)["cruise"].unique().to_pylist() == ["33HQ20150809"]


def cf(path: Path, resolution: float = 1 / 1440, units: str = "days since 1950-01-01T00:00:00+00:00") -> Path:
    """Write a file as cchdo.hydro 1.0.2.14 does: dimensions, types, fill values and attributes are those it writes."""
    with netCDF4.Dataset(path, "w") as file:
        file.setncatts({"Conventions": "CF-1.8 CCHDO-1.0", "featureType": "profile"})
        file.setncatts({"cchdo_software_version": "hydro 1.0.2.14", "cchdo_parameters_version": "params 2025.10.0"})
        sizes = {"N_PROF": 3, "N_LEVELS": 3, "string12": 12, "string3": 3, "string2": 2, "string1": 1}
        for name, size in sizes.items():
            file.createDimension(name, size)
        _characters(file, "expocode", ["318M20130321"] * 3, "string12")
        _characters(file, "station", ["1", "159", "159"], "string3")
        _characters(file, "profile_type", ["B", "B", "C"], "string1")
        file.createVariable("cast", "i4", ("N_PROF",))[:] = [2, 1, 1]
        sample = file.createVariable("sample", "S1", ("N_PROF", "N_LEVELS", "string2"))
        sample[:] = netCDF4.stringtochar(np.array([["12", "11", "10"], ["2", "1", ""], ["", "", ""]], "S2"))
        sample._Encoding = "utf-8"
        time = file.createVariable("time", "f8", ("N_PROF",))
        time.setncatts(
            {"units": units, "resolution": resolution, "calendar": "gregorian", "whp_name": ["DATE", "TIME"]}
        )
        time[:] = 23091 + np.array([7 / 1440, 0.5, 0.5])
        for name, values in (("latitude", [30.0, 32.6, 32.6]), ("longitude", [-179.5, 179.9, 179.9])):
            file.createVariable(name, "f8", ("N_PROF",))[:] = values
        pressure = np.array([[5, 50, 100], [5, 50, NAN], [1, 2, 3]])  # the second profile is shorter
        data = {
            "pressure": ("CTDPRS", {"units": "dbar"}, pressure),
            "ctd_temperature": ("CTDTMP", {"units": "degC", "reference_scale": "IPTS-68"}, 0 * pressure + 10.0),
            "ctd_salinity": ("CTDSAL", {"units": "1", "reference_scale": "PSS-78"}, 0 * pressure + 35.0),
            "ctd_oxygen": ("CTDOXY", {"units": "umol/kg"}, [[219, 220, NAN], [222, 223, NAN], [230, 231, 232]]),
            "oxygen": ("OXYGEN", {"units": "umol/kg"}, [[220.7, NAN, 221.3], [222.1, 223.2, NAN], [NAN] * 3]),
            "oxygen_ml_l": ("OXYGEN", {"units": "ml/l"}, np.full((3, 3), NAN)),
        }
        for name, (whp, attributes, values) in data.items():
            variable = file.createVariable(name, "f8", ("N_PROF", "N_LEVELS"), fill_value=NAN)
            variable.setncatts({"whp_name": whp, **attributes})
            variable[:] = values
        flags = {
            "oxygen_qc": [[2, 9, 3], [6, 2, 9], [9, 9, 9]],
            "ctd_oxygen_qc": [[2, 6, 9], [2, 1, 9], [2, 2, 2]],
            "bottle_number_qc": [[2, 2, 2], [2, 4, 9], [9, 9, 9]],
        }
        for name, codes in flags.items():
            file.createVariable(name, "i1", ("N_PROF", "N_LEVELS"), fill_value=9)[:] = codes
    return path


def _characters(file: netCDF4.Dataset, name: str, texts: list[str], dimension: str) -> None:
    variable = file.createVariable(name, "S1", ("N_PROF", dimension))
    variable[:] = netCDF4.stringtochar(np.array(texts, f"S{len(file.dimensions[dimension])}"))
    variable._Encoding = "utf-8"


def test_all_profiles_of_a_cruise(tmp_path: Path) -> None:
    path = cf(tmp_path / "318M20130321.nc")
    assert readers.sniff(path) == "cchdo_cf"
    table = readers.read(path).to_pandas()
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
    table = readers.read(cf(tmp_path / "a.nc", resolution=1.0)).to_pandas()
    assert table.time.unique().tolist() == [pd.Timestamp("2013-03-22 12:00")]


def test_faults_of_cf_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.nc: unknown unit of time 'fortnights since 1950-01-01'"):
        readers.read(cf(tmp_path / "a.nc", units="fortnights since 1950-01-01"))
    path = cf(tmp_path / "b.nc")
    with netCDF4.Dataset(path, "a") as file:
        file.renameVariable("station", "stn")
    with pytest.raises(InputError, match=r"b\.nc: no variable station"):
        readers.read(path)
    path = cf(tmp_path / "c.nc")
    with netCDF4.Dataset(path, "a") as file:
        file.renameVariable("expocode", "elsewhere")
        file.createDimension("nowhere", 0)
        file.createVariable("expocode", "S1", ("nowhere", "string12"))
    with pytest.raises(InputError, match=r"c\.nc: expocode is not of the profiles of pressure"):
        readers.read(path)
