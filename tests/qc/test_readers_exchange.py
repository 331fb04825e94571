import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from qc import readers
from qc.errors import InputError

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


def test_winkler_before_sensor_and_flags_of_both(tmp_path: Path) -> None:
    path = write(tmp_path / "a10_33RO20110926_hy1.csv")
    assert readers.sniff(path) == "exchange"
    table = readers.read(path).to_pandas()
    np.testing.assert_array_equal(table.oxygen, [260.0, 261.0, 252.0, np.nan, 263.0])
    assert table.instrument.tolist() == ["bottle", "bottle", "ctd", "bottle", "bottle"]
    assert table.oxygen_flag.tolist() == [1, 3, 3, 9, 4]  # the second came from a leaking bottle
    flags = ["whp_bottle:2", "whp_bottle:2", "whp_ctd:3", "whp_bottle:1", "whp_bottle:4"]
    assert table.oxygen_original_flag.tolist() == flags
    assert table.salinity.tolist() == [35.0, 35.0, 35.0, 35.0, 35.1]
    np.testing.assert_array_equal(table.nitrate, [10.0, 10.5, np.nan, 10.0, 10.0])  # less nitrite where it is known
    assert table.nitrate_flag.tolist() == [1, 3, 9, 4, 1]


def test_identity_time_and_place(tmp_path: Path) -> None:
    table = readers.read(write(tmp_path / "33RO20110926_hy1.csv")).to_pandas()
    assert table.cast.unique().tolist() == ["33RO2011_X1_1", "33RO2011_X1_2"]
    assert table.cruise.unique().tolist() == ["33RO2011"] and table.platform.unique().tolist() == ["33RO"]
    clock = ["00:07", "00:07", "12:00", "23:59", "23:59"]  # lost zeros; minute 81 is no time: noon
    assert table.time.tolist() == [pd.Timestamp(f"2011-09-28 {time}") for time in clock]
    assert table.longitude.unique().tolist() == [-170.0]
    assert table.depth.max() < 150  # DEPTH is that of the bottom


@pytest.mark.parametrize(("name", "cruise"), [("33RO20110926_hy1.csv", "33RO20110926"), ("p16_hy1.csv", "p16_hy1")])
def test_expocode_that_became_a_number(name: str, cruise: str, tmp_path: Path) -> None:
    rows = [row.replace("33RO2011", "3.2062E+11") for row in ROWS]
    assert readers.read(write(tmp_path / name, rows)).to_pandas().cruise.unique().tolist() == [cruise]


def test_old_temperature_scale(tmp_path: Path) -> None:
    table = readers.read(write(tmp_path / "hy1.csv", units=UNITS.replace("ITS-90", "IPTS-68"))).to_pandas()
    np.testing.assert_allclose(table.temperature, 10.0 / 1.00024)
    assert (table.temperature_original == 10.0).all()


def test_label_that_contradicts_the_numbers(tmp_path: Path) -> None:
    units = UNITS.replace("UMOL/KG,,UMOL/KG", "ML/L,,UMOL/KG", 1)
    table = readers.read(write(tmp_path / "p01_hy1.csv", units=units)).to_pandas()
    assert table.oxygen[2] == 252.0 and table.oxygen_original_unit[2] == "umol/kg (labelled ML/L)"
    rows = [row.replace(" 252.0", " 5.80").replace(" 250.0", " 5.70").replace(" 251.0", " 5.75") for row in ROWS]
    table = readers.read(write(tmp_path / "p01_hy1.csv", rows, units)).to_pandas()
    assert table.oxygen[2] == pytest.approx(5.80 * 44.6596 / 1.0269541, abs=0.03)
    assert table.oxygen_original[2] == 5.80 and table.oxygen_original_unit[2] == "ML/L"


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
    assert table.time.unique().tolist() == [pd.Timestamp("2016-04-14 23:02")]


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
