"""Original WOCE text: .hyd and .ctd with the station summary beside them."""

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qc.errors import InputError
from qc.readers import registry as readers

NAN = np.nan
NAMES = ("STNNBR", "CASTNO", "SAMPNO", "BTLNBR", "CTDPRS", "CTDTMP", "CTDSAL", "SALNTY", "THETA", "CTDOXY", "OXYGEN")
NAMES += ("SILCAT", "NITRAT")
UNITS = ("", "", "", "", "DBAR", "IPTS68", "PSS-78", "PSS-78", "IPTS68", "ML/L", "UMOL/KG", "UMOL/KG", "UMOL/KG")
STARRED = {"BTLNBR", "CTDPRS", "CTDTMP", "CTDSAL", "SALNTY", "CTDOXY", "OXYGEN", "SILCAT", "NITRAT"}
# the codes of missing values differ by column; 99.9 of oxygen is a value where its flag says so
ROWS = [
    ("1 1 1 24 10.4 4.0194 32.4138 32.4268 4.0187 366.55 393.67 7.89 0.45", "222221222"),
    ("1 1 2 23 31.2 3.2944 99.9999 32.9270 3.2925 346.26 99.9 -999.99 9.9", "322922299"),
    ("X13 2 3 2 50.9 2.4673 -99.9999 99.9999 2.4646 -999.99 -999.99 34.14 -9.9", "222999129"),
    ("X13 2 4 1 5570.2 1.5690 34.6876 34.6907 1.0608 121.64 162.55 148.51 -9.0", "222224624"),
]
SUM = """\
R/V KAIYO-MARU CRUISE KY9901 LEG 1  WHP-ID P01W                     20060301
SHIP/CRS       WOCE               CAST         UTC           POSITION                UNC
EXPOCODE       SECT STNNBR CASTNO TYPE DATE   TIME CODE LATITUDE   LONGITUDE   NAV DEPTH
----------------------------------------------------------------------------------------
49KA199905/1   P1W       1      1  ROS 052399 0110   BE 42 58.58 N 145 26.99 E GPS    96
49KA199905/1   P1W       1      1  ROS 052399        BO 42 30.00 N 145 15.00 E GPS    95
49KA199905/1   P1W       1      1  ROS 052399 0122   EN 42 58.59 N 145 26.90 E GPS    95
49KA199905/1             X13    2  ROS 010100    7   BO 07 30.00 S 179 30.00 W GPS   407
"""


def hyd(path: Path, rows: list[tuple[str, str]] = ROWS, names: tuple[str, ...] = NAMES, summary: str = SUM) -> Path:
    cells = [[f"{cell:>8}" for cell in line.split()] for line, _ in rows]
    lines = ["EXPOCODE 49KA199905/1 WHP-ID P01W CRUISE DATES 990523 TO 990611     *"]
    lines += ["".join(f"{name:>8}" for name in names) + "      QUALT1"]
    lines += ["".join(f"{unit:>8}" for unit in UNITS) + "           *"]
    lines += ["".join(f"{'*******' if name in STARRED else '':>8}" for name in names) + "           *"]
    lines += ["".join(row) + f" {word}" for row, (_, word) in zip(cells, rows)]
    path.write_text("\r\n".join(lines) + "\r\n\x1a")
    if summary:
        (path.parent / "p01wsu.txt").write_text(summary)
    return path


@pytest.mark.parametrize("name", ["p01why.txt", "p01w.hyd", "another.txt"])
def test_a_bottle_file(name: str, tmp_path: Path) -> None:
    path = hyd(tmp_path / name)
    assert readers.sniff(path) == "woce_text"
    table = readers.read(path).to_pandas()
    bottle, sensor = table[table.instrument == "bottle"], table[table.instrument == "ctd"]
    np.testing.assert_array_equal(bottle.oxygen, [393.67, 99.9, NAN, 162.55])
    assert bottle.oxygen_flag.tolist() == [1, 3, 9, 1]  # the second bottle leaked
    assert bottle.oxygen_original_flag.tolist() == [f"whp_bottle:{code}" for code in "2216"]
    assert sensor.oxygen.tolist() == [366.55, 346.26, 121.64]  # no ml/l, whatever its label
    assert sensor.oxygen_original_unit.unique().tolist() == ["umol/kg (labelled ML/L)"]
    assert sensor.oxygen_flag.tolist() == [3, 1, 4] and sensor.row.tolist() == [0, 1, 3]
    np.testing.assert_array_equal(bottle.salinity, [32.4138, 32.9270, NAN, 34.6876])
    np.testing.assert_array_equal(bottle.silicate, [7.89, NAN, 34.14, 148.51])
    np.testing.assert_array_equal(bottle.nitrate, [0.45, NAN, NAN, NAN])  # 9.9 of flag 9, -9.9 and -9.0
    np.testing.assert_allclose(bottle.temperature, [t / 1.00024 for t in (4.0194, 3.2944, 2.4673, 1.5690)])
    assert bottle.cast.unique().tolist() == ["49KA199905_1_1_1", "49KA199905_1_X13_2"]


def test_a_single_nine_before_the_point_is_a_temperature(tmp_path: Path) -> None:
    texts = ("9.9999", "99.9999", "9.99", "99")
    rows = [(ROWS[0][0].replace("4.0194", text), ROWS[0][1]) for text in texts]
    flagged = (ROWS[0][0].replace("4.0194", "9.9999"), "229221222")
    table = readers.read(hyd(tmp_path / "p01why.txt", [*rows, flagged])).to_pandas().iloc[:5]
    np.testing.assert_array_equal(table.temperature_original, [9.9999, NAN, 9.99, NAN, NAN])


def test_the_summary_says_where_and_when(tmp_path: Path) -> None:
    table = readers.read(hyd(tmp_path / "p01why.txt")).to_pandas().iloc[:4]
    assert table.latitude.tolist() == [42.5, 42.5, -7.5, -7.5]  # at the bottom
    assert table.longitude.tolist() == [145.25, 145.25, -179.5, -179.5]
    # no time at the bottom: that of the begin; lost zeros, and a year of the next century
    assert table.time.unique().tolist() == [pd.Timestamp("1999-05-23 01:10"), pd.Timestamp("2000-01-01 00:07")]


@pytest.mark.parametrize(
    ("begin", "bottom", "time"),
    [
        ("052299 2350", "052399     ", "1999-05-22 23:50"),  # not 23:50 of the day after
        ("052399     ", "052399     ", "1999-05-23 12:00"),  # no time of day at all: noon
        ("052399 0110", "052399 2460", "1999-05-23 12:00"),  # no such time
    ],
)
def test_a_time_of_day_goes_with_its_own_date(begin: str, bottom: str, time: str, tmp_path: Path) -> None:
    summary = SUM.replace("052399 0110", begin).replace("052399     ", bottom, 1 if bottom != begin else -1)
    summary = summary.replace("052399 0122   EN", "052399        EN")
    table = readers.read(hyd(tmp_path / "p01why.txt", summary=summary)).to_pandas()
    assert table.time.iloc[0] == pd.Timestamp(time)


def test_a_cast_that_the_summary_does_not_name_has_no_position(tmp_path: Path) -> None:
    table = readers.read(hyd(tmp_path / "p01why.txt", summary=SUM.replace("X13 ", "X14 "))).to_pandas().iloc[:4]
    assert table.latitude.isna().tolist() == table.time.isna().tolist() == [False, False, True, True]
    assert table.oxygen.notna().tolist() == [True, True, False, True]


@pytest.mark.parametrize("summary", ["", SUM.replace("49KA199905/1", "31WTTUNES/3")])
def test_without_a_summary_the_file_is_refused_in_one_line(summary: str, tmp_path: Path) -> None:
    path = hyd(tmp_path / "p01why.txt", summary=summary)
    with pytest.raises(InputError, match=r"p01why\.txt: no station summary of 49KA199905_1 beside it.*p01wsu\.txt"):
        readers.read(path)


def test_a_summary_alone_holds_no_measurements(tmp_path: Path) -> None:
    hyd(tmp_path / "p01why.txt")
    assert readers.sniff(tmp_path / "p01wsu.txt") == "woce_sum"
    with pytest.raises(InputError, match=r"p01wsu\.txt: a WOCE station summary"):
        readers.read(tmp_path / "p01wsu.txt")


def test_ctd_casts_in_a_zip_with_the_summary_beside_it(tmp_path: Path) -> None:
    cast = (
        "EXPOCODE   49KA199905/1 WHP-ID   P1W DATE 052399\nSTNNBR {:>7} CASTNO {:>3} NO. Records=    2\n"
        "INSTRUMENT NO.   381 SAMPLING RATE  24.00 HZ\n  CTDPRS  CTDTMP  CTDSAL  CTDOXY  NUMBER  QUALT1\n"
        "    DBAR  ITS-90  PSS-78 UMOL/KG    OBS.\n ******* ******* ******* *******\n"
        "     0.0 -1.0209 33.4252   350.1       1    2222\n     2.0 -1.0592 33.4813  -999.9     119    2229\n"
    )
    hyd(tmp_path / "p01why.txt")
    with zipfile.ZipFile(tmp_path / "p01wct.zip", "w") as archive:
        archive.writestr("README.txt", "CTDPRS and CTDOXY of EXPOCODE so and so")
        archive.writestr("00101.ctd", cast.format(1, 1))
        archive.writestr("X1302.ctd", cast.format("X13", 2))
    assert readers.sniff(tmp_path / "p01wct.zip") == "woce_text"
    table = readers.read(tmp_path / "p01wct.zip").to_pandas()
    assert table.cast.unique().tolist() == ["49KA199905_1_1_1#ctd", "49KA199905_1_X13_2#ctd"]
    np.testing.assert_array_equal(table.oxygen, [350.1, NAN, 350.1, NAN])
    assert table.latitude.tolist() == [42.5, 42.5, -7.5, -7.5]
    assert table.instrument.unique().tolist() == ["ctd"] and table.oxygen_flag.tolist() == [1, 9, 1, 9]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([("1 1 1 24 10.4 4.0194 32.4138 32.4268 4.0187 366.55 39o.67 7.89 0.45", "222221222")], "line 5: '39o.67' in"),
        ([ROWS[0], (ROWS[1][0], "2222")], "line 6: the quality word should have 9 digits"),
        ([], "no asterisk row and data"),
    ],
)
def test_faults_are_named_by_line(rows: list[tuple[str, str]], says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"p01why\.txt.*{says}"):
        readers.read(hyd(tmp_path / "p01why.txt", rows))


def test_columns_out_of_place_are_refused(tmp_path: Path) -> None:
    path = hyd(tmp_path / "p01why.txt")
    path.write_text(path.read_text().replace("  OXYGEN", "      OXYGEN", 1))
    with pytest.raises(InputError, match="columns are not 8 characters wide"):
        readers.read(path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 1400), put=st.integers(0, 1400), text=st.text("0123456789.- *\nNSEWXQUALT", max_size=30))
def test_any_text_reads_or_is_refused(tmp_path: Path, cut: int, put: int, text: str) -> None:
    path = hyd(tmp_path / "p01why.txt")
    whole = path.read_text()
    path.write_text((whole[:put] + text + whole[put:])[: len(whole) + len(text) - cut // 4] or "x")
    (tmp_path / "p01wsu.txt").write_text(SUM[: put % len(SUM)] + text + SUM[put % len(SUM) :])
    try:
        assert readers.read(path).num_rows > 0
    except InputError as error:
        assert "\n" not in str(error)


def test_companions_of_woce_text_are_the_summaries_in_its_folder(tmp_path: Path) -> None:
    file = hyd(tmp_path / "p01why.txt")
    assert readers.companions(file) == [tmp_path / "p01wsu.txt"]
    (tmp_path / "a.sum").write_text(SUM)
    assert readers.companions(file) == [tmp_path / "p01wsu.txt", tmp_path / "a.sum"]
    assert readers.companions(tmp_path / "a.sum") == []


@pytest.mark.parametrize("expocode", ["49KA199905/1", "31WTTUNES/3"])
def test_a_summary_in_the_same_zip(expocode: str, tmp_path: Path) -> None:
    file = hyd(tmp_path / "p01why.txt", summary="")
    with zipfile.ZipFile(tmp_path / "p01w.zip", "w") as archive:
        archive.write(file, "p01w.hyd")
        archive.writestr("p01w.sum", SUM.replace("49KA199905/1", expocode))
    if expocode != "49KA199905/1":
        with pytest.raises(InputError, match="no station summary of 49KA199905_1"):
            readers.read(tmp_path / "p01w.zip")
        return
    table = readers.read(tmp_path / "p01w.zip").to_pandas().iloc[:4]
    assert table.latitude.tolist() == [42.5, 42.5, -7.5, -7.5]
