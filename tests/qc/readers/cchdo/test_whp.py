"""Conversion of WHP columns into the observation table, with files in WHP-Exchange format."""

from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from qc.errors import InputError
from qc.readers.registry import read
from tests.support.archive_files.cchdo_netcdf import write_cf, write_coards
from tests.support.archive_files.exchange import HEADER, ROWS, UNITS, write_bottles


def test_salinity_and_nutrients(tmp_path: Path) -> None:
    table = read(write_bottles(tmp_path / "a10_33RO20110926_hy1.csv")).to_pandas()
    bottle, sensor = table[table.instrument == "bottle"], table[table.instrument == "ctd"]
    assert bottle.salinity.tolist() == [35.0, 35.0, 35.0, 35.0, 35.1]  # the fifth sensor salinity is bad
    np.testing.assert_array_equal(bottle.nitrate, [10.0, 10.5, np.nan, 10.0, 10.0])  # less nitrite where it is known
    assert bottle.nitrate_flag.tolist() == [1, 3, 9, 4, 1]
    assert sensor.nitrate.isna().all() and sensor.nitrate_original_flag.isna().all()
    assert sensor.salinity.tolist() == [35.0, 35.0, 35.0]


def test_bad_nitrite_is_not_subtracted_and_nitrate_is_chosen_level_by_level(tmp_path: Path) -> None:
    more = [",   8.0,2", ",-999.0,9", ",-999.0,9", ",-999.0,9", ",-999.0,9"]
    rows = [row.rstrip(",") + end for row, end in zip(ROWS, more)]
    rows[4] = rows[4].replace(" 0.5,2, 10.5,6", " 7.0,4, 10.5,6")
    header = HEADER + ",NITRAT,NITRAT_FLAG_W"
    table = read(write_bottles(tmp_path / "a_hy1.csv", rows, UNITS + ",UMOL/KG,", header)).to_pandas()
    bottle = table[table.instrument == "bottle"]
    np.testing.assert_array_equal(bottle.nitrate, [8.0, 10.5, np.nan, 10.0, 10.5])
    assert bottle.nitrate_flag.tolist() == [1, 3, 9, 4, 1]
    assert bottle.nitrate_original_unit.tolist() == ["UMOL/KG"] + ["UMOL/KG NO2+NO3"] * 4


def test_the_sum_of_nitrate_and_nitrite_by_volume(tmp_path: Path) -> None:
    rows = [ROWS[0], ROWS[1].replace("10.0,35.0,2,35.1,2", "-999.0,35.0,2,35.1,2")]
    units = UNITS.removesuffix("UMOL/KG,,UMOL/KG,") + "UMOL/L,,UMOL/L,"
    bottle = read(write_bottles(tmp_path / "a_hy1.csv", rows, units)).to_pandas().query("instrument == 'bottle'")
    assert bottle.nitrate_original_unit.tolist() == ["UMOL/L NO2+NO3", "UMOL/L NO2+NO3; density 1025"]
    np.testing.assert_allclose(bottle.nitrate, [10 / 1.02697, 10.5 / 1.025], rtol=1e-4)
    assert bottle.oxygen_original_unit.unique().tolist() == ["UMOL/KG"]


@pytest.mark.parametrize(("name", "cruise"), [("33RO20110926_hy1.csv", "33RO20110926"), ("p16_hy1.csv", "p16_hy1")])
def test_expocode_that_became_a_number(name: str, cruise: str, tmp_path: Path) -> None:
    for number in ("3.2062E+11", "3.2502006e+11", ""):
        rows = [row.replace("33RO2011", number) for row in ROWS]
        assert read(write_bottles(tmp_path / name, rows)).to_pandas().cruise.unique().tolist() == [cruise]


@pytest.mark.parametrize(
    ("written", "cruise"),
    [("325020060213", "325020060213"), ("325020060213.0", "325020060213"), ("31WTTUNES/3", "31WTTUNES_3")],
)
def test_expocodes_of_digits_and_with_a_slash(written: str, cruise: str, tmp_path: Path) -> None:
    rows = [row.replace("33RO2011", written) for row in ROWS]
    table = read(write_bottles(tmp_path / "33RO20110926_hy1.csv", rows)).to_pandas()
    assert table.cruise.unique().tolist() == [cruise]


@pytest.mark.parametrize("unit", ["PSI", "METERS", "M", "FT", "MPA", "BAR", "PASCAL", "ITS-90"])
def test_pressure_in_another_unit_is_refused(unit: str, tmp_path: Path) -> None:
    path = write_bottles(tmp_path / "a_hy1.csv", units=UNITS.replace("DBAR", unit))
    with pytest.raises(InputError, match=rf"^a_hy1\.csv: CTDPRS in '{unit}', not in DBAR; convert it to DBAR$"):
        read(path)


@pytest.mark.parametrize("unit", ["DBAR", "DBARS", "dbar", " decibar", "DB", ""])
def test_pressure_in_decibars(unit: str, tmp_path: Path) -> None:
    table = read(write_bottles(tmp_path / "a_hy1.csv", units=UNITS.replace("DBAR", unit)))
    assert table["pressure"].to_pylist()[:2] == [4.7, 50.0]


@pytest.mark.parametrize(
    ("unit", "celsius"),
    [
        *(
            (unit, 10.0)
            for unit in ("ITS-90", "ITS90", "T90", "DEG C", "deg_C", "degree_Celsius", "?C (ITS-90)", "C", "")
        ),
        *((unit, 10 / 1.00024) for unit in ("IPTS-68", "ITPS-68", "DEG C (IPTS-68)")),
        *((unit, 10 - 273.15) for unit in ("K", "KELVIN", "deg K")),
        *((unit, -22 / 1.8) for unit in ("F", "DEG F", "DEGREES FAHRENHEIT")),
    ],
)
def test_temperature_is_converted_from_units_without_doubt(unit: str, celsius: float, tmp_path: Path) -> None:
    table = read(write_bottles(tmp_path / "a_hy1.csv", units=UNITS.replace("ITS-90", unit))).to_pandas()
    np.testing.assert_allclose(table.temperature, celsius)
    assert (table.temperature_original == 10).all() and (table.temperature_original_unit == unit).all()


@pytest.mark.parametrize("unit", ["PSI", "PSS-78", "VOLTS", "DBAR", "R"])
def test_temperature_in_another_unit_is_refused(unit: str, tmp_path: Path) -> None:
    path = write_bottles(tmp_path / "a_hy1.csv", units=UNITS.replace("ITS-90", unit))
    with pytest.raises(
        InputError, match=rf"^a_hy1\.csv: CTDTMP in '{unit}', which is no scale of temperature; convert"
    ):
        read(path)


@pytest.mark.parametrize(("write", "name"), [(write_cf, "ctd_temperature"), (write_coards, "temperature")])
def test_units_of_netcdf_files(write: Callable[[Path], Path], name: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.nc")
    plain = read(path).to_pandas()
    with netCDF4.Dataset(path, "a") as file:
        file[name].units = "K"
    np.testing.assert_allclose(read(path).to_pandas().temperature, plain.temperature_original - 273.15)
    with netCDF4.Dataset(path, "a") as file:
        file["pressure"].units = "psi"
    with pytest.raises(InputError, match=r"^a\.nc: CTDPRS in 'psi', not in DBAR"):
        read(path)


def test_old_temperature_scale(tmp_path: Path) -> None:
    table = read(write_bottles(tmp_path / "hy1.csv", units=UNITS.replace("ITS-90", "IPTS-68"))).to_pandas()
    np.testing.assert_allclose(table.temperature, 10.0 / 1.00024)
    assert (table.temperature_original == 10.0).all()


def test_label_that_contradicts_the_numbers(tmp_path: Path) -> None:
    units = UNITS.replace("UMOL/KG,,UMOL/KG", "ML/L,,UMOL/KG", 1)
    table = read(write_bottles(tmp_path / "p01_hy1.csv", units=units)).to_pandas()
    sensor = table[table.instrument == "ctd"]
    assert sensor.oxygen.tolist() == sensor.oxygen_original.tolist() == [250.0, 251.0, 252.0]
    assert sensor.oxygen_original_unit.unique().tolist() == ["umol/kg (labelled ML/L)"]
    rows = [row.replace(" 252.0", " 5.80").replace(" 250.0", " 5.70").replace(" 251.0", " 5.75") for row in ROWS]
    table = read(write_bottles(tmp_path / "p01_hy1.csv", rows, units)).to_pandas()
    sensor = table[table.instrument == "ctd"].reset_index(drop=True)
    assert sensor.oxygen[2] == pytest.approx(5.80 * 44.6596 / 1.0269541, abs=0.03)
    assert sensor.oxygen_original[2] == 5.80 and sensor.oxygen_original_unit[2] == "ML/L"
    bottle = table[table.instrument == "bottle"]
    assert bottle.oxygen.iloc[0] == 260.0 and bottle.oxygen_original_unit.iloc[0] == "UMOL/KG"


def test_an_uncalibrated_sensor_is_suspect(tmp_path: Path) -> None:
    rows = [row.replace("250.0,2", "250.0,1").replace("251.0,2", "251.0,0") for row in ROWS]
    table = read(write_bottles(tmp_path / "hy1.csv", rows)).to_pandas()
    assert table[table.instrument == "ctd"].oxygen_flag.tolist() == [3, 2, 3]


def test_a_bottle_file_with_sensor_oxygen_only(tmp_path: Path) -> None:
    header = HEADER.replace(",OXYGEN,OXYGEN_FLAG_W", ",X,Y")
    table = read(write_bottles(tmp_path / "hy1.csv", header=header)).to_pandas()
    assert table.instrument.tolist() == ["bottle"] * 5 + ["ctd"] * 3  # the samples have nutrients
    assert table.oxygen_flag.tolist() == [9] * 5 + [1, 1, 3]
