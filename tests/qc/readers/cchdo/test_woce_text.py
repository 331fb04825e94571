"""Original WOCE text: .hyd and .ctd files with their station summary."""

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.errors import InputError, Refused
from qc.readers.registry import detect_format, read
from tests.support.archive_files.woce_text import ROWS, SUM, write_bottles

NAN = np.nan


@pytest.mark.parametrize("name", ["p01why.txt", "p01w.hyd", "another.txt"])
def test_a_bottle_file(name: str, tmp_path: Path) -> None:
    path = write_bottles(tmp_path / name)
    assert detect_format(path) == "woce_text"
    table = read(path).to_pandas()
    bottle, sensor = table[table.instrument == "bottle"], table[table.instrument == "ctd"]
    np.testing.assert_array_equal(bottle.oxygen, [393.67, 99.9, NAN, 162.55])
    assert bottle.oxygen_flag.tolist() == [1, 3, 9, 1]  # the second bottle leaked
    assert bottle.oxygen_original_flag.tolist() == [f"whp_bottle:{code}" for code in "2216"]
    assert sensor.oxygen.tolist() == [366.55, 346.26, 121.64]  # not ml/l, in spite of the label
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
    table = read(write_bottles(tmp_path / "p01why.txt", [*rows, flagged])).to_pandas().iloc[:5]
    np.testing.assert_array_equal(table.temperature_original, [9.9999, NAN, 9.99, NAN, NAN])


def test_ctd_casts_in_a_zip_with_the_summary_beside_it(tmp_path: Path) -> None:
    cast = (
        "EXPOCODE   49KA199905/1 WHP-ID   P1W DATE 052399\nSTNNBR {:>7} CASTNO {:>3} NO. Records=    2\n"
        "INSTRUMENT NO.   381 SAMPLING RATE  24.00 HZ\n  CTDPRS  CTDTMP  CTDSAL  CTDOXY  NUMBER  QUALT1\n"
        "    DBAR  ITS-90  PSS-78 UMOL/KG    OBS.\n ******* ******* ******* *******\n"
        "     0.0 -1.0209 33.4252   350.1       1    2222\n     2.0 -1.0592 33.4813  -999.9     119    2229\n"
    )
    write_bottles(tmp_path / "p01why.txt")
    with zipfile.ZipFile(tmp_path / "p01wct.zip", "w") as archive:
        archive.writestr("README.txt", "CTDPRS and CTDOXY of EXPOCODE so and so")
        archive.writestr("00101.ctd", cast.format(1, 1))
        archive.writestr("X1302.ctd", cast.format("X13", 2))
    assert detect_format(tmp_path / "p01wct.zip") == "woce_text"
    table = read(tmp_path / "p01wct.zip").to_pandas()
    assert table.cast.unique().tolist() == ["49KA199905_1_1_1#ctd", "49KA199905_1_X13_2#ctd"]
    np.testing.assert_array_equal(table.oxygen, [350.1, NAN, 350.1, NAN])
    assert table.latitude.tolist() == [42.5, 42.5, -7.5, -7.5]
    assert table.instrument.unique().tolist() == ["ctd"] and table.oxygen_flag.tolist() == [1, 9, 1, 9]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("1 1 1 24 10.4 4.0194 32.4138 32.4268 4.0187 366.55 39o.67 7.89 0.45", "222221222")], "line 5: '39o.67' in"),
        ([ROWS[0], (ROWS[1][0], "2222")], "line 6: the quality word should have 9 digits"),
        ([], "no asterisk row and data"),
    ],
)
def test_faults_are_named_by_line(rows: list[tuple[str, str]], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"p01why\.txt.*{message}"):
        read(write_bottles(tmp_path / "p01why.txt", rows))


def test_a_line_whose_quality_word_is_out_of_place_is_refused(tmp_path: Path) -> None:
    refused: list[Refused] = []
    path = write_bottles(tmp_path / "p01why.txt", [ROWS[0], (ROWS[1][0], "22222122"), *ROWS[2:]])
    table = read(path, refused=refused).to_pandas()
    whole = read(write_bottles(tmp_path / "p01why.txt")).to_pandas()
    pd.testing.assert_frame_equal(table, whole[whole.row != 1].reset_index(drop=True), check_categorical=False)
    assert [str(one).split(":")[0] for one in refused] == ["p01why.txt, line 6"]


def test_lines_end_at_line_ends_only(tmp_path: Path) -> None:
    plain = read(write_bottles(tmp_path / "p01why.txt")).to_pandas()
    path = write_bottles(tmp_path / "p01why.txt", summary=SUM.replace("KAIYO-MARU", "KAIYO\x85\x0bMARU\x0c"))
    path.write_text(path.read_text().replace("WHP-ID P01W", "WHP-ID\x85\x0c\u2028P01W", 1), encoding="utf-8")
    pd.testing.assert_frame_equal(read(path).to_pandas(), plain)


def test_columns_out_of_place_are_refused(tmp_path: Path) -> None:
    path = write_bottles(tmp_path / "p01why.txt")
    path.write_text(path.read_text().replace("  OXYGEN", "      OXYGEN", 1))
    with pytest.raises(InputError, match="columns are not 8 characters wide"):
        read(path)


@settings(max_examples=150)
@given(cut=st.integers(0, 1400), put=st.integers(0, 1400), text=st.text("0123456789.- *\nNSEWXQUALT", max_size=30))
def test_any_text_reads_or_is_refused(tmp_path: Path, cut: int, put: int, text: str) -> None:
    path = write_bottles(tmp_path / "p01why.txt")
    whole = path.read_text()
    path.write_text((whole[:put] + text + whole[put:])[: len(whole) + len(text) - cut // 4] or "x")
    (tmp_path / "p01wsu.txt").write_text(SUM[: put % len(SUM)] + text + SUM[put % len(SUM) :])
    try:
        assert read(path, refused=[]).num_rows > 0
    except InputError as error:
        assert "\n" not in str(error)
