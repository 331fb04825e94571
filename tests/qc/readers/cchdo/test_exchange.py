import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from qc.errors import InputError
from qc.readers import registry as readers

HEADER = (
    "EXPOCODE,SECT_ID,STNNBR,CASTNO,SAMPNO,BTLNBR,BTLNBR_FLAG_W,DATE,TIME,LATITUDE,LONGITUDE,DEPTH,"
    "CTDPRS,CTDTMP,CTDSAL,CTDSAL_FLAG_W,SALNTY,SALNTY_FLAG_W,CTDOXY,CTDOXY_FLAG_W,OXYGEN,OXYGEN_FLAG_W,"
    "NITRIT,NITRIT_FLAG_W,NO2+NO3,NO2+NO3_FLAG_W"
)
UNITS = ",,,,,,,,,,,METERS,DBAR,ITS-90,PSS-78,,PSS-78,,UMOL/KG,,UMOL/KG,,UMOL/KG,,UMOL/KG,"
# cast, sample, bottle, its flag; time; pressure on
PARTS = [
    ("1, 1, 1,2", "0007", "  4.7,10.0,35.0,2,35.1,2, 250.0,2, 260.0,2, 0.5,2, 10.5,2"),  # Winkler
    ("1, 2, 2,3", "7", " 50.0,10.0,35.0,2,35.1,2, 251.0,2, 261.0,2,-999.0,9, 10.5,2"),  # a leaking bottle
    ("1, 3, 3,2", "0081", "100.0,10.0,35.0,2,-999.0000,9, 252.0,3,-999.0,9, 0.5,2,-999.0,9"),  # sensor only
    ("1, 4, 4,2", "2359", "150.0,10.0,35.0,2,35.1,2,-999.0,5,-999.00,1, 0.5,2, 10.5,4"),  # no oxygen
    ("2, 5, 5,2", "2359", "150.0,10.0,35.0,4,35.1,2,-999.0,5, 263.0,4, 0.5,2, 10.5,6,"),  # bad sensor salinity
]
ROWS = [f"  33RO2011, A10,  X1,  {ids},20110928,{time},-28.5, 190.0, 4000, {rest}" for ids, time, rest in PARTS]


def write(
    path: Path, rows: list[str] = ROWS, units: str = UNITS, header: str = HEADER, end: str = "END_DATA\n"
) -> Path:
    path.write_text("\n".join(["BOTTLE,20120101TEST", "# a comment, with commas,,", header, units, *rows, end]))
    return path


def test_winkler_and_sensor_of_one_stop_are_two_casts(tmp_path: Path) -> None:
    path = write(tmp_path / "a10_33RO20110926_hy1.csv")
    assert readers.sniff(path) == "exchange"
    table = readers.read(path).to_pandas()
    bottle, sensor = (table[table.instrument == name].reset_index(drop=True) for name in ("bottle", "ctd"))
    assert len(table) == len(bottle) + len(sensor) and bottle.row.tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(bottle.oxygen, [260.0, 261.0, np.nan, np.nan, 263.0])
    assert bottle.oxygen_flag.tolist() == [1, 3, 9, 9, 4]  # the second came from a leaking bottle
    flags = ["whp_bottle:2", "whp_bottle:2", "whp_bottle:9", "whp_bottle:1", "whp_bottle:4"]
    assert bottle.oxygen_original_flag.tolist() == flags
    assert sensor.row.tolist() == [0, 1, 2] and sensor.oxygen.tolist() == [250.0, 251.0, 252.0]
    assert sensor.oxygen_flag.tolist() == [1, 1, 3]  # what a bottle does is nothing to the sensor
    assert sensor.oxygen_original_flag.tolist() == ["whp_ctd:2", "whp_ctd:2", "whp_ctd:3"]
    assert sensor.cast.unique().tolist() == ["33RO2011_X1_1#stop"]
    pairs = bottle.merge(sensor, on=["file", "row"])
    assert (pairs.pressure_x == pairs.pressure_y).all() and (pairs.time_x == pairs.time_y).all()


def test_salinity_and_nutrients(tmp_path: Path) -> None:
    table = readers.read(write(tmp_path / "a10_33RO20110926_hy1.csv")).to_pandas()
    bottle, sensor = table[table.instrument == "bottle"], table[table.instrument == "ctd"]
    assert bottle.salinity.tolist() == [35.0, 35.0, 35.0, 35.0, 35.1]  # the fifth sensor salinity is bad
    np.testing.assert_array_equal(bottle.nitrate, [10.0, 10.5, np.nan, 10.0, 10.0])  # less nitrite where it is known
    assert bottle.nitrate_flag.tolist() == [1, 3, 9, 4, 1]
    assert sensor.nitrate.isna().all() and sensor.nitrate_original_flag.isna().all()
    assert sensor.salinity.tolist() == [35.0, 35.0, 35.0]


def test_a_bad_nitrite_spoils_no_nitrate_and_nitrate_is_chosen_level_by_level(tmp_path: Path) -> None:
    more = [",   8.0,2", ",-999.0,9", ",-999.0,9", ",-999.0,9", ",-999.0,9"]
    rows = [row.rstrip(",") + end for row, end in zip(ROWS, more)]
    rows[4] = rows[4].replace(" 0.5,2, 10.5,6", " 7.0,4, 10.5,6")
    header = HEADER + ",NITRAT,NITRAT_FLAG_W"
    table = readers.read(write(tmp_path / "a_hy1.csv", rows, UNITS + ",UMOL/KG,", header)).to_pandas()
    bottle = table[table.instrument == "bottle"]
    np.testing.assert_array_equal(bottle.nitrate, [8.0, 10.5, np.nan, 10.0, 10.5])
    assert bottle.nitrate_flag.tolist() == [1, 3, 9, 4, 1]
    assert bottle.nitrate_original_unit.tolist() == ["UMOL/KG"] + ["UMOL/KG NO2+NO3"] * 4


def test_the_sum_of_nitrate_and_nitrite_by_volume(tmp_path: Path) -> None:
    rows = [ROWS[0], ROWS[1].replace("10.0,35.0,2,35.1,2", "-999.0,35.0,2,35.1,2")]
    units = UNITS.removesuffix("UMOL/KG,,UMOL/KG,") + "UMOL/L,,UMOL/L,"
    bottle = readers.read(write(tmp_path / "a_hy1.csv", rows, units)).to_pandas().query("instrument == 'bottle'")
    assert bottle.nitrate_original_unit.tolist() == ["UMOL/L NO2+NO3", "UMOL/L NO2+NO3; density 1025"]
    np.testing.assert_allclose(bottle.nitrate, [10 / 1.02697, 10.5 / 1.025], rtol=1e-4)
    assert bottle.oxygen_original_unit.unique().tolist() == ["UMOL/KG"]


def test_identity_time_and_place(tmp_path: Path) -> None:
    table = readers.read(write(tmp_path / "33RO20110926_hy1.csv")).to_pandas()
    bottle = table[table.instrument == "bottle"]
    assert bottle.cast.unique().tolist() == ["33RO2011_X1_1", "33RO2011_X1_2"]
    assert table.cruise.unique().tolist() == ["33RO2011"] and table.platform.unique().tolist() == ["33RO"]
    clock = ["00:07", "00:07", "12:00", "23:59", "23:59"]  # lost zeros; minute 81 is no time: noon
    assert bottle.time.tolist() == [pd.Timestamp(f"2011-09-28 {time}") for time in clock]
    assert table.longitude.unique().tolist() == [-170.0]
    assert table.depth.max() < 150  # DEPTH is that of the bottom


@pytest.mark.parametrize("place", [(89.9909, 28.8435), (30.0, 180.0), (-28.5, 359.9), (90.0, -180.0)])
def test_pole_and_dateline(place: tuple[float, float], tmp_path: Path) -> None:
    rows = [row.replace("-28.5, 190.0", f"{place[0]}, {place[1]}") for row in ROWS]
    table = readers.read(write(tmp_path / "hy1.csv", rows)).to_pandas()
    assert (table.latitude == place[0]).all()
    np.testing.assert_allclose(table.longitude, (place[1] + 180) % 360 - 180, atol=1e-9)
    assert (table.depth > 4).all()


@pytest.mark.parametrize(("name", "cruise"), [("33RO20110926_hy1.csv", "33RO20110926"), ("p16_hy1.csv", "p16_hy1")])
def test_expocode_that_became_a_number(name: str, cruise: str, tmp_path: Path) -> None:
    for number in ("3.2062E+11", "3.2502006e+11", ""):
        rows = [row.replace("33RO2011", number) for row in ROWS]
        assert readers.read(write(tmp_path / name, rows)).to_pandas().cruise.unique().tolist() == [cruise]


@pytest.mark.parametrize(
    ("written", "cruise"),
    [("325020060213", "325020060213"), ("325020060213.0", "325020060213"), ("31WTTUNES/3", "31WTTUNES_3")],
)
def test_expocodes_of_digits_and_with_a_slash(written: str, cruise: str, tmp_path: Path) -> None:
    rows = [row.replace("33RO2011", written) for row in ROWS]
    table = readers.read(write(tmp_path / "33RO20110926_hy1.csv", rows)).to_pandas()
    assert table.cruise.unique().tolist() == [cruise]


def test_marks_of_spreadsheets_and_commentary(tmp_path: Path) -> None:
    plain = readers.read(write(tmp_path / "one_hy1.csv")).drop_columns("file").to_pandas()
    path = tmp_path / "two_hy1.csv"
    lines = ["\ufeffBOTTLE,20120101TEST,,,", '"# a comment, with commas",,,', ",,,", HEADER + ",,", UNITS + ",,"]
    after = ["END_DATA,,,", "what follows is commentary", *ROWS, "END_DATA"]
    path.write_text("\r\n".join([*lines, *(row + ",," for row in ROWS), *after]), encoding="utf-8")
    assert readers.sniff(path) == "exchange"
    pd.testing.assert_frame_equal(readers.read(path).drop_columns("file").to_pandas(), plain)


def test_old_temperature_scale(tmp_path: Path) -> None:
    table = readers.read(write(tmp_path / "hy1.csv", units=UNITS.replace("ITS-90", "IPTS-68"))).to_pandas()
    np.testing.assert_allclose(table.temperature, 10.0 / 1.00024)
    assert (table.temperature_original == 10.0).all()


def test_label_that_contradicts_the_numbers(tmp_path: Path) -> None:
    units = UNITS.replace("UMOL/KG,,UMOL/KG", "ML/L,,UMOL/KG", 1)
    table = readers.read(write(tmp_path / "p01_hy1.csv", units=units)).to_pandas()
    sensor = table[table.instrument == "ctd"]
    assert sensor.oxygen.tolist() == sensor.oxygen_original.tolist() == [250.0, 251.0, 252.0]
    assert sensor.oxygen_original_unit.unique().tolist() == ["umol/kg (labelled ML/L)"]
    rows = [row.replace(" 252.0", " 5.80").replace(" 250.0", " 5.70").replace(" 251.0", " 5.75") for row in ROWS]
    table = readers.read(write(tmp_path / "p01_hy1.csv", rows, units)).to_pandas()
    sensor = table[table.instrument == "ctd"].reset_index(drop=True)
    assert sensor.oxygen[2] == pytest.approx(5.80 * 44.6596 / 1.0269541, abs=0.03)
    assert sensor.oxygen_original[2] == 5.80 and sensor.oxygen_original_unit[2] == "ML/L"
    bottle = table[table.instrument == "bottle"]
    assert bottle.oxygen.iloc[0] == 260.0 and bottle.oxygen_original_unit.iloc[0] == "UMOL/KG"


def test_an_uncalibrated_sensor_is_suspect(tmp_path: Path) -> None:
    rows = [row.replace("250.0,2", "250.0,1").replace("251.0,2", "251.0,0") for row in ROWS]
    table = readers.read(write(tmp_path / "hy1.csv", rows)).to_pandas()
    assert table[table.instrument == "ctd"].oxygen_flag.tolist() == [3, 2, 3]


def test_a_bottle_file_of_the_sensor_alone(tmp_path: Path) -> None:
    header = HEADER.replace(",OXYGEN,OXYGEN_FLAG_W", ",X,Y")
    table = readers.read(write(tmp_path / "hy1.csv", header=header)).to_pandas()
    assert table.instrument.tolist() == ["bottle"] * 5 + ["ctd"] * 3  # the samples have nutrients
    assert table.oxygen_flag.tolist() == [9] * 5 + [1, 1, 3]


def test_ctd_casts_in_a_zip(tmp_path: Path) -> None:
    cast = (
        "CTD,20170606TEST\n# comment\nNUMBER_HEADERS = 7\nEXPOCODE = BIOS20160414\nSTNNBR = 10323\nCASTNO = {}\n"
        "DATE = 20160414\nTIME = 2302\nLATITUDE = 31.63\nLONGITUDE = -64.145\nFREE = key, with comma\n"
        "CTDPRS,CTDTMP,CTDSAL,CTDOXY,CTDPAR\nDBAR,ITS-90,PSS-78,UMOL/KG,\n"
        "  6.0, 22.0, 36.7, 219.6, 0.2\n  8.0, 21.9, 36.7, -999.0, 0.2\nEND_DATA\n"
    )
    with zipfile.ZipFile(tmp_path / "bats_ct1.zip", "w") as archive:
        archive.writestr("00_README.txt", "nothing to read here")
        for number in (1, 2):
            archive.writestr(f"0000{number}_ct1.csv", cast.format(number))
    assert readers.sniff(tmp_path / "bats_ct1.zip") == "exchange"
    table = readers.read(tmp_path / "bats_ct1.zip").to_pandas()
    assert table.cast.unique().tolist() == ["BIOS20160414_10323_1#ctd", "BIOS20160414_10323_2#ctd"]
    assert table.file.unique().tolist() == ["bats_ct1.zip#00001_ct1.csv", "bats_ct1.zip#00002_ct1.csv"]
    assert table.oxygen_flag.tolist() == [2, 9, 2, 9]  # no flag column: not evaluated
    assert table.instrument.unique().tolist() == ["ctd"]
    assert table.oxygen_original_flag.isna().all()
    assert table.time.unique().tolist() == [pd.Timestamp("2016-04-14 23:02")]


def test_a_ctd_cast_without_oxygen_is_read_among_others(tmp_path: Path) -> None:
    cast = "CTD,X\nEXPOCODE = BIOS20160414\nSTNNBR = 1\nCASTNO = {}\nDATE = 20160414\nTIME = 2302\n"
    cast += "LATITUDE = 31.63\nLONGITUDE = -64.145\nCTDPRS,CTDTMP{}\nDBAR,ITS-90{}\n6.0,22.0{}\nEND_DATA\n"
    with zipfile.ZipFile(tmp_path / "ct1.zip", "w") as archive:
        archive.writestr("1_ct1.csv", cast.format(1, ",CTDOXY", ",UMOL/KG", ",219.6"))
        archive.writestr("2_ct1.csv", cast.format(2, "", "", ""))
    table = readers.read(tmp_path / "ct1.zip").to_pandas()
    assert table.temperature.tolist() == [22.0, 22.0] and table.oxygen_flag.tolist() == [2, 9]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"end": ""}, "no END_DATA line"),
        ({"header": HEADER.replace("CTDPRS", "PRES")}, "no column CTDPRS"),
        ({"header": HEADER.replace("CTDOXY", "X").replace("OXYGEN", "Y")}, "no column OXYGEN or CTDOXY"),
        (
            {"units": UNITS.replace("UMOL/KG,,UMOL/KG", "VOLTS,,UMOL/KG", 1)},
            "unknown oxygen unit 'VOLTS' in column CTDOXY",
        ),
        ({"rows": [ROWS[0].replace("260.0", "26o.0")]}, "'26o.0' in column OXYGEN is no number"),
        ({"rows": []}, "no data between header and END_DATA"),
    ],
)
def test_faults_are_named(change: dict[str, object], says: str, tmp_path: Path) -> None:
    path = write(tmp_path / "cruise_hy1.csv", **change)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=rf"cruise_hy1\.csv.*{says}"):
        readers.read(path)
