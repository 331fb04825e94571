import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.errors import InputError, Refused
from qc.readers.cchdo import exchange
from qc.readers.files.source import Source
from qc.readers.registry import detect_format, read
from tests.support.archive_files.exchange import HEADER, ROWS, UNITS, write_bottles


def test_winkler_and_sensor_of_one_stop_are_two_casts(tmp_path: Path) -> None:
    path = write_bottles(tmp_path / "a10_33RO20110926_hy1.csv")
    assert detect_format(path) == "exchange"
    table = read(path).to_pandas()
    bottle, sensor = (table[table.instrument == name].reset_index(drop=True) for name in ("bottle", "ctd"))
    assert len(table) == len(bottle) + len(sensor) and bottle.row.tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(bottle.oxygen, [260.0, 261.0, np.nan, np.nan, 263.0])
    assert bottle.oxygen_flag.tolist() == [1, 3, 9, 9, 4]  # the second came from a leaking bottle
    flags = ["whp_bottle:2", "whp_bottle:2", "whp_bottle:9", "whp_bottle:1", "whp_bottle:4"]
    assert bottle.oxygen_original_flag.tolist() == flags
    assert sensor.row.tolist() == [0, 1, 2] and sensor.oxygen.tolist() == [250.0, 251.0, 252.0]
    assert sensor.oxygen_flag.tolist() == [1, 1, 3]  # the flag of the bottle does not apply to the sensor
    assert sensor.oxygen_original_flag.tolist() == ["whp_ctd:2", "whp_ctd:2", "whp_ctd:3"]
    assert sensor.cast.unique().tolist() == ["33RO2011_X1_1#stop"]
    pairs = bottle.merge(sensor, on=["file", "row"])
    assert (pairs.pressure_x == pairs.pressure_y).all() and (pairs.time_x == pairs.time_y).all()


def test_identity_time_and_place(tmp_path: Path) -> None:
    table = read(write_bottles(tmp_path / "33RO20110926_hy1.csv")).to_pandas()
    bottle = table[table.instrument == "bottle"]
    assert bottle.cast.unique().tolist() == ["33RO2011_X1_1", "33RO2011_X1_2"]
    assert table.cruise.unique().tolist() == ["33RO2011"] and table.platform.unique().tolist() == ["33RO"]
    clock = ["00:07", "00:07", "12:00", "23:59", "23:59"]  # lost zeros; minute 81 is no time: noon
    assert bottle.time.tolist() == [pd.Timestamp(f"2011-09-28 {time}") for time in clock]
    assert table.longitude.unique().tolist() == [-170.0]
    assert table.depth.max() < 150  # DEPTH is that of the bottom


@pytest.mark.parametrize(
    ("clocks", "times", "flags"),
    [
        (["2500", "", "-999", "2400"], ["28T12", "28T12", "28T12", "29T00"], [3, 2, 2, 2]),
        (["000730", "123015", "126000"], ["28T00:07:30", "28T12:30:15", "28T12"], [2, 2, 3]),
        (["730", "123015", "1200.0", "73015"], ["28T07:30", "28T12:30:15", "28T12", "28T07:30:15"], [3, 2, 3, 2]),
    ],
)
def test_a_time_of_day_that_is_assumed_is_suspect(
    clocks: list[str], times: list[str], flags: list[int], tmp_path: Path
) -> None:
    rows = [
        ",".join([*row.split(",")[:8], clock, *row.split(",")[9:]])
        for row, clock in zip([ROWS[0]] * len(clocks), clocks)
    ]
    table = read(write_bottles(tmp_path / "hy1.csv", rows)).to_pandas().iloc[: len(clocks)]
    assert table.time.tolist() == [pd.Timestamp(f"2011-09-{time}") for time in times]
    assert table.time_flag.tolist() == flags and table.oxygen_flag.tolist() == [1] * len(clocks)


@pytest.mark.parametrize("place", [(89.9909, 28.8435), (30.0, 180.0), (-28.5, 359.9), (90.0, -180.0)])
def test_pole_and_dateline(place: tuple[float, float], tmp_path: Path) -> None:
    rows = [row.replace("-28.5, 190.0", f"{place[0]}, {place[1]}") for row in ROWS]
    table = read(write_bottles(tmp_path / "hy1.csv", rows)).to_pandas()
    assert (table.latitude == place[0]).all()
    np.testing.assert_allclose(table.longitude, (place[1] + 180) % 360 - 180, atol=1e-9)
    assert (table.depth > 4).all()


def test_marks_of_spreadsheets_and_commentary(tmp_path: Path) -> None:
    plain = read(write_bottles(tmp_path / "one_hy1.csv")).drop_columns("file").to_pandas()
    path = tmp_path / "two_hy1.csv"
    lines = ["\ufeffBOTTLE,20120101TEST,,,", '"# a comment, with commas",,,', ",,,", HEADER + ",,", UNITS + ",,"]
    after = ["END_DATA,,,", "what follows is commentary", *ROWS, "END_DATA"]
    path.write_text("\r\n".join([*lines, *(row + ",," for row in ROWS), *after]), encoding="utf-8")
    assert detect_format(path) == "exchange"
    pd.testing.assert_frame_equal(read(path).drop_columns("file").to_pandas(), plain)


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
    assert detect_format(tmp_path / "bats_ct1.zip") == "exchange"
    table = read(tmp_path / "bats_ct1.zip").to_pandas()
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
    table = read(tmp_path / "ct1.zip").to_pandas()
    assert table.temperature.tolist() == [22.0, 22.0] and table.oxygen_flag.tolist() == [2, 9]


@pytest.mark.parametrize(
    ("change", "message"),
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
def test_faults_are_named(change: dict[str, object], message: str, tmp_path: Path) -> None:
    path = write_bottles(tmp_path / "cruise_hy1.csv", **change)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=rf"cruise_hy1\.csv.*{message}"):
        read(path)


def text_of(rows: list[str]) -> str:
    return "\n".join(["BOTTLE,20120101TEST", HEADER, UNITS, *rows, "END_DATA\n"])


def assert_read_as_the_plain_file(source: Source) -> None:
    plain = exchange.read(Source("hy1.csv", data=text_of(ROWS).encode()))
    pd.testing.assert_frame_equal(exchange.read(source).to_pandas(), plain.to_pandas())
    assert not source.refused


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("35.0,2,35.1", "35,0,2,35.1", "27 fields instead of 26"),  # a decimal comma
        (",2,35.1,2, 251.0", ",35.1,2, 251.0", "25 fields instead of 26"),  # a flag is gone
        ("261.0,2", "261.0", "25 fields instead of 26"),
        (",10.5,2", ",10.5,2,", "27 fields instead of 26"),  # nothing behind it, but only in this row
        ("35.0,2,35.1,2, 251.0", "35,0,2,35.1, 251.0", "'35.1' in column SALNTY_FLAG_W is no flag"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_by_line_and_the_others_are_read(
    old: str, new: str, reason: str, tmp_path: Path
) -> None:
    rows = [*ROWS[:1], ROWS[1].replace(" ", "").replace(old.replace(" ", ""), new), *ROWS[2:]]
    assert rows[1] != ROWS[1].replace(" ", "")
    path = write_bottles(tmp_path / "hy1.csv", rows)
    refused: list[Refused] = []
    table = read(path, refused=refused).to_pandas()
    assert [(one.what, one.where, one.lines) for one in refused] == [(reason, "hy1.csv", (6,))]
    rest = read(write_bottles(tmp_path / "rest_hy1.csv")).to_pandas().query("row != 1")
    pd.testing.assert_frame_equal(table.drop(columns="file"), rest.drop(columns="file").reset_index(drop=True))
    with pytest.warns(UserWarning, match=r"^not read: hy1\.csv, line 6: ") as caught:
        read(path)
    assert caught[0].filename == __file__


def test_a_file_whose_rows_all_do_not_fit_is_at_fault(tmp_path: Path) -> None:
    rows = [row.replace("10.0,35.0", "10,0,35.0") for row in ROWS]
    with pytest.raises(InputError, match=r"hy1\.csv, line 5: 27 fields instead of 26; no row can be read"):
        read(write_bottles(tmp_path / "hy1.csv", rows))


def test_trailing_commas_of_all_rows_are_no_fields() -> None:
    source = Source("hy1.csv", data=text_of([row + ",," for row in ROWS]).encode())
    assert_read_as_the_plain_file(source)


def test_trailing_commas_of_the_header_alone_are_no_fields() -> None:
    text = text_of(ROWS).replace(HEADER, HEADER + ",,").replace(UNITS, UNITS + ",")
    assert_read_as_the_plain_file(Source("hy1.csv", data=text.encode()))
    short = [row.rpartition(",")[0] for row in ROWS]  # a named field is lacking
    with pytest.raises(InputError, match="no row can be read"):
        exchange.read(Source("hy1.csv", data=text_of(short).replace(HEADER, HEADER + ",").encode()))


def test_fill_values_of_flags_are_flags() -> None:
    fills = ["-9", "-999.0", "", "NaN", "-9.0"]
    text = text_of([f"{row},1.5,{fill}" for row, fill in zip(ROWS, fills)])
    text = text.replace(HEADER, f"{HEADER},CFC_11,CFC_11_FLAG_W").replace(UNITS, f"{UNITS},PMOL/KG,")
    assert_read_as_the_plain_file(Source("hy1.csv", data=text.encode()))
    source = Source("hy1.csv", data=text.replace("1.5,-999.0", "1.5,-9.3").encode())
    exchange.read(source)
    assert [one.lines for one in source.refused] == [(5,)]


def test_blank_rows_and_the_mark_of_the_end_are_no_rows() -> None:
    blank = "," * ROWS[0].count(",")
    source = Source("hy1.csv", data=(text_of([blank, *ROWS, blank, '"",' + blank[1:]]) + "\x1a").encode())
    assert_read_as_the_plain_file(source)


def test_lines_end_at_line_ends_only() -> None:
    odd = "\n# one\x85two\x0bthree\x0cfour\u2028five\x1csix\n" + HEADER
    for end in ("\n", "\r\n", "\r"):
        source = Source("hy1.csv", data=text_of(ROWS).replace("\n" + HEADER, odd).replace("\n", end).encode())
        assert_read_as_the_plain_file(source)


@given(st.data())
def test_rows_are_read_or_refused_and_what_is_shifted_is_refused(data: st.DataObject) -> None:
    rows, shifted = [], set()
    for i in range(data.draw(st.integers(1, 12))):
        fields = [text.strip() for text in ROWS[i % 4].split(",")]
        fields[12] = f"{i}.5"  # CTDPRS names the row
        for _ in range(data.draw(st.integers(0, 2))):
            place = data.draw(st.integers(7, len(fields) - 1))
            if data.draw(st.booleans()):
                fields[place : place + 1] = [fields[place], "7"]
            else:
                del fields[place]
            shifted.add(i)
        rows.append(",".join(fields))
    lost = {i for i in shifted if rows[i].count(",") != HEADER.count(",")}
    source = Source("hy1.csv", data=text_of(rows).encode())
    try:
        table = exchange.read(source).to_pandas().query("instrument == 'bottle'")
    except InputError:  # all are refused, or a number that is a date now
        return
    refused = {line - 4 for one in source.refused for line in one.lines}
    assert lost <= refused and not refused & set(table.row)
    assert sorted([*table.row, *refused]) == list(range(len(rows)))
    assert set(table.row[table.pressure.to_numpy() == table.row + 0.5]) >= set(range(len(rows))) - shifted
