from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.errors import InputError, Refused
from qc.readers.delimited import text
from qc.readers.delimited.description import TableSpec
from qc.readers.delimited.reader import read as read_table
from qc.readers.files.source import Source
from qc.readers.registry import companions, read
from tests.support.archive_files.joined_tables import BOTTLES, CASTS, spec_of, write_tables


def test_two_tables_joined(tmp_path: Path) -> None:
    table = read(write_tables(tmp_path), spec_of()).to_pandas()
    assert table.cast.tolist() == ["1", "1", "2", "2"]
    assert table.cruise.tolist() == ["1971-1", "1971-1", "1970-2", "1970-2"]
    assert table.time.tolist() == [pd.Timestamp("1971-02-01 12:00")] * 2 + [pd.Timestamp("1970-06-15 12:00")] * 2
    assert table.longitude.tolist() == [-111.5, -111.5, -111.48, -111.48]
    assert table.oxygen[0] == pytest.approx(260.925, abs=0.01)
    np.testing.assert_array_equal(table.oxygen_original, [6.0, np.nan, 6.0, 6.5])
    assert table.oxygen_flag.tolist() == [2, 9, 2, 2]
    # the second has no oxygen, the third no salinity, so no density of its own
    assert table.oxygen_original_unit.tolist() == ["ml/l", "ml/l", "ml/l; density 1025", "ml/l"]
    assert table.oxygen[2] == pytest.approx(6 * 44.6596 / 1.025, rel=1e-12)


def test_no_density_is_computed_from_bad_temperature_or_salinity(tmp_path: Path) -> None:
    path = tmp_path / "water.csv"
    flags = ["1,1", "3,1", "4,1", "1,4", "9,1"]  # of temperature and salinity
    rows = [f"7,06/15/1970,{i},27,-111,{'' if '9' in both else 10},35,6,{both}" for i, both in enumerate(flags)]
    path.write_text("\n".join(["Cst,Date,Depthm,Lat,Lon,T,S,O2,TF,SF", *rows, ""]))
    described = spec_of(join=None, cruise="x", flags={"temperature": "TF", "salinity": "SF"})
    table = read(path, described).to_pandas()
    constant = table.oxygen_original_unit == "ml/l; density 1025"
    assert constant.tolist() == [False, False, True, True, True]
    np.testing.assert_allclose(table.oxygen, np.where(constant, 261.422, 260.925), atol=0.01)
    assert table.temperature_flag.tolist() == [1, 3, 4, 1, 9]  # flags of the archive are kept


def test_the_companion_of_a_table_is_the_one_that_it_joins(tmp_path: Path) -> None:
    path = write_tables(tmp_path)
    assert companions(path, spec_of()) == [tmp_path / "cast.csv"]
    assert companions(path, spec_of(join=None)) == companions(path) == []
    (tmp_path / "cast.csv").unlink()
    assert companions(path, spec_of()) == []


def test_positions_flags_thousands_zone_and_templates(tmp_path: Path) -> None:
    path = tmp_path / "nso_1999.txt"
    path.write_bytes(
        "\u7664\ufffdArea\tDate\tLat\tLon\tz\tDO\tFlag\tBaro\tVessel\r\n"
        "E\t1999-09-02 04:55\t36.0\t129.5\t1,000\t250\t1\t1,017\tTAMGU 3\r\n"
        "E\t1999-09-02 04:55\t36.0\t129.5\t20\t2,50\t4\t1,017\t\r\n"
        "W\t1999-10-01 00:10\t\t129.5\t30\t\t9\t982\tTAMGU 3\r\n".encode()
    )
    described = TableSpec(
        archive="kodc",
        columns={"latitude": "lat", "longitude": "lon", "depth": "z", "oxygen": "do"},
        units={"oxygen": "umol/kg"},
        flags={"oxygen": "flag"},
        time={"columns": ["date"], "format": "%Y-%m-%d %H:%M", "utc_offset": 9},
        cast="{area} {time:%Y-%m-%dT%H:%M}",
        cruise="{vessel} {time:%Y-%m}",
        platform="{vessel}",
        layout={
            "delimiter": "\t",
            "thousands": ",",
            "names": ["area", "date", "lat", "lon", "z", "do", "flag", "baro", "vessel"],
        },
    )
    table = read(path, described).to_pandas()
    assert table.depth.tolist() == [1000.0, 20.0, 30.0]
    np.testing.assert_array_equal(table.oxygen, [250.0, 250.0, np.nan])
    assert table.oxygen_flag.tolist() == [1, 4, 9]
    assert table.oxygen_original_flag.tolist() == ["iode:1", "iode:4", "iode:9"]
    assert table.time[0] == pd.Timestamp("1999-09-01 19:55")  # nine hours ahead of UTC
    assert table.cast.tolist() == ["E 1999-09-01T19:55"] * 2 + ["W 1999-09-30T15:10"]
    assert table.cruise[0] == "TAMGU 3 1999-09" and pd.isna(table.cruise[1])
    assert pd.isna(table.platform[1]) and np.isnan(table.latitude[2])
    only = read(path, described.model_copy(update={"only": {"area": ["W"]}})).to_pandas()
    assert only.row.tolist() == [2]


def test_old_temperature_scale_and_constant_density(tmp_path: Path) -> None:
    table = read(write_tables(tmp_path), spec_of(temperature_scale="IPTS-68"), policy="constant_1025").to_pandas()
    np.testing.assert_allclose(table.temperature, 10 / 1.00024)
    assert table.oxygen[2] == pytest.approx(6 * 43.570, rel=1e-4)


QUOTED = 'Cst,Depthm,T,S,O2,Note\n1,0,10,35,6,"a, b"\n1,100,10,35,nd,\n2,50,10,,6,"say ""x"""\n2,60,10,35,6.5,x\n'


@pytest.mark.parametrize("bottles", [BOTTLES, QUOTED, BOTTLES.replace("x", '5" pipe'), BOTTLES + ",,,,,\n \n\x1a"])
@pytest.mark.parametrize(
    ("old", "new", "what"),
    [("10,35,nd", "10,35,4,62", "7 fields instead of 6"), ("1,100,10,35", "1,100,10", "5 fields instead of 6")],
)
def test_a_row_that_does_not_fit_is_refused_with_quotes_or_without(
    bottles: str, old: str, new: str, what: str, tmp_path: Path
) -> None:
    plain = read(write_tables(tmp_path, bottles), spec_of()).to_pandas()
    assert plain.row.tolist() == [0, 1, 2, 3]
    refused: list[Refused] = []
    table = read(write_tables(tmp_path, bottles.replace(old, new)), spec_of(), refused=refused).to_pandas()
    pd.testing.assert_frame_equal(table, plain.drop(index=1).reset_index(drop=True))
    assert [str(one) for one in refused] == [f"bottle.csv.gz, line 3: {what}"]


def test_rows_of_a_cast_that_is_refused_in_the_joined_table_are_refused(tmp_path: Path) -> None:
    path = write_tables(tmp_path, BOTTLES, CASTS.replace("27.19", "27,19"))
    refused: list[Refused] = []
    assert read(path, spec_of(), refused=refused)["cast"].to_pylist() == ["1", "1"]
    assert [str(one) for one in refused] == [
        "cast.csv, line 2: 7 fields instead of 6",
        "bottle.csv.gz, lines 4-5: no row with Cst = 2 in cast.csv, of which rows are refused",
    ]


@given(st.lists(st.lists(st.sampled_from(["7", "6.5", '"a, b"', "", '"x']), min_size=1, max_size=8), max_size=9))
def test_rows_are_read_or_refused(table: list[list[str]]) -> None:
    rows = [["1", "0", "10", "35", "6", "end"], *table, ["1", "0", "10", "35", "6", "end"]]
    described = spec_of(join=None, time={"columns": ["Note"], "format": "%Y"}, cast="{Cst}", cruise="{Cst}")
    source = Source("a.csv", data="\n".join([BOTTLES.split("\n")[0], *map(",".join, rows)]).encode())
    frame, kept = text.read(source, described.layout, {"O2"}, {"O2"}, {"O2"})
    there = [i for i, row in enumerate(r for r in rows if "".join(r).strip('" ,')) if len(row) == 6]
    refused = sum(one.number for one in source.refused)
    filled = sum("".join(row).strip('" ,') != "" for row in rows)
    if '"x' not in {field for row in rows for field in row}:
        assert kept.number.tolist() == frame.index.tolist() == there and refused == filled - len(there)
    else:  # an open quote may take the line ends up to the next quote with it
        lines = sum(row.count("\n") + 1 for row in kept.text)
        assert len(frame) == len(kept.text) and lines + refused == filled


@pytest.mark.parametrize(
    ("bottles", "casts", "changes", "message"),
    [
        (BOTTLES.replace("O2", "Oxy"), CASTS, {}, "no column O2"),
        (BOTTLES.replace("6.5", "much"), CASTS, {}, r"'much' in column O2 is no number"),
        (BOTTLES.replace("2,60", "3,60"), CASTS, {}, r"cast\.csv: no row with Cst = 3"),
        (BOTTLES, CASTS + "1,02/01/1971,1971,1,27.2,248.5\n", {}, r"cast\.csv: Cst 1 occurs twice"),
        (BOTTLES, CASTS.replace("06/15", "15/06"), {}, "'15/06/1970' is no time of the form %m/%d/%Y"),
        (BOTTLES[:-4], CASTS, {}, r"line 5: 5 fields instead of 6; is the file truncated"),
        (BOTTLES, CASTS, {"layout": {"names": ["a", "b"]}}, "has 6 columns, 2 are described"),
        (BOTTLES, CASTS, {"join": {"file": "none.csv", "by": "Cst"}}, r"needs none\.csv beside it, .* \(Date, Lat"),
        (BOTTLES, CASTS, {"join": None}, "no column Date"),
    ],
)
def test_faults_are_named(bottles: str, casts: str, changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        read(write_tables(tmp_path, bottles, casts), spec_of(**changes))


def test_a_flag_at_the_right_end_of_a_word(tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text("lat,lon,z,O,day,id\n" + "".join(f"1,2,{z},200,2001-01-01,{z}-{z % 10}\n" for z in (3, 17, 106)))
    described = TableSpec(
        archive="own",
        columns={"latitude": "lat", "longitude": "lon", "depth": "z", "oxygen": "O"},
        units={"oxygen": "umol/kg"},
        flags={"oxygen": {"column": "id", "digit": -1}},
        flag_scheme="mine",
        schemes={"mine": {2: "3", 3: "7"}},
        time={"columns": ["day"], "format": "ISO8601"},
        cast="1",
        cruise="1",
    )
    table = read(path, described).to_pandas()
    assert table.oxygen_flag.tolist() == [2, 3, 3]  # 6 is not described
    assert table.oxygen_original_flag.tolist() == ["mine:3", "mine:7", "mine:6"]


def test_lost_zeros_quality_words_and_a_second_oxygen(tmp_path: Path) -> None:
    path = tmp_path / "hot.tsv"
    path.write_text(
        "lat\tlon\tp\tO\tsensor\tdate\tclock\tword\n"
        "22.75\t-158\t5\t204.4\t204.0\t80607\t138\t2142\n"
        "22.75\t-158\t9\t-9.0\t203.0\t80607\t138\t2319\n"
        "22.75\t-158\t9\t-9.0\t-9.0\t120607\t2359\t2959\n"
    )
    described = TableSpec(
        archive="hot",
        layout={"delimiter": "\t", "missing": ["-9.0"]},
        columns={"latitude": "lat", "longitude": "lon", "pressure": "p", "oxygen": "O", "nitrate": "NO3"},
        units={"oxygen": "umol/kg", "nitrate": "umol/kg"},
        optional=["nitrate"],
        flags={"oxygen": {"column": "word", "digit": 4}},
        flag_scheme="whp_bottle",
        second_oxygen={
            "column": "sensor",
            "unit": "umol/kg",
            "flag": {"column": "word", "digit": 2, "scheme": "whp_ctd"},
        },
        time={"columns": ["date", "clock"], "format": "%m%d%y %H%M", "pad": [6, 4]},
        cast="{date}",
        cruise="{date}",
    )
    table = read(path, described).to_pandas()
    times = ["2007-08-06 01:38:00"] * 2 + ["2007-12-06 23:59:00"]
    assert table.time.astype(str).tolist() == [*times, *times[:2]]
    np.testing.assert_array_equal(table.oxygen, [204.4, np.nan, np.nan, 204.0, 203.0])
    assert table.instrument.tolist() == ["bottle"] * 3 + ["ctd"] * 2
    assert table.row.tolist() == [0, 1, 2, 0, 1]
    assert table.cast.tolist() == ["80607", "80607", "120607", "80607#stop", "80607#stop"]
    codes = ["whp_bottle:2", "whp_bottle:9", "whp_bottle:9", "whp_ctd:1", "whp_ctd:3"]
    assert table.oxygen_original_flag.tolist() == codes
    assert table.oxygen_flag.tolist() == [1, 9, 9, 3, 3]  # the sensor is not calibrated
    assert table.nitrate.isna().all()
    path.write_text(path.read_text().replace("80607\t138", "80607x\t138", 1))
    with pytest.raises(InputError, match=r"'80607x 0138' is no time of the form %m%d%y %H%M"):
        read(path, described)


def test_comments_repeated_names_own_scheme_and_a_second_time(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    text = (
        "// made by hand\n// Oxygen;Winkler\nlat;lon;z;O2;QF;T;QF;when;day;cast\n"
        "1;2;5;200; 0;10;1;2001-02-03T04:05:06Z;3;a\n"
        "// a word in between\n"
        "1;2;6;201;8;10;0;;4;a\n"
        "1;2;7;202;;10;0;2001-02-03;4;\n"
        "1;2;8;203;q; ;0;2001-02-03;4;\n"
    )
    path.write_text(text)
    described = TableSpec(
        archive="own",
        layout={"delimiter": ";", "comment": "//"},
        columns={"latitude": "lat", "longitude": "lon", "depth": "z", "oxygen": "O2", "temperature": "T"},
        units={"oxygen": "umol/kg"},
        flags={"oxygen": "O2 QF", "temperature": "T QF"},
        flag_scheme="own",
        schemes={"own": {1: "0", 2: "1", 3: "4", 4: "8"}},
        time={
            "columns": ["when"],
            "format": "ISO8601",
            "otherwise": {"columns": ["day"], "format": "%d", "hour": 12, "utc_offset": -4},
        },
        cast="{cast}/1",
        cruise="{cast}",
    )
    table = read(path, described).to_pandas()
    assert table.oxygen_flag.tolist() == [1, 4, 2, 3]  # good, bad, blank, not in the scheme
    assert table.oxygen_original_flag.tolist()[:2] == ["own:0", "own:8"] and pd.isna(table.oxygen_original_flag[2])
    assert table.temperature_flag.tolist() == [2, 1, 1, 9]
    assert table.time.astype(str).tolist()[0] == "2001-02-03 04:05:06"
    assert table.time.dt.hour.tolist() == [4, 16, 12, 12]  # given; noon four hours west; noon of a bare date
    assert table.cast.tolist() == ["a/1", "a/1", "/1", "/1"]  # a missing part is left blank
    assert table.cruise.isna().tolist() == [False, False, True, True]
    path.write_text(text.replace(";202;", ";2o2;"))
    with pytest.raises(InputError, match=r"'2o2' in column O2 is no number at own.txt, line 7|own.txt, line 7"):
        read(path, described)


def test_a_column_of_names_taken_for_numbers_is_refused(tmp_path: Path) -> None:
    described = spec_of(join=None, time={"columns": ["when"], "format": "%d.%m.%Y"}, cast="{z}", cruise="{z}")
    columns = {"latitude": "lat", "longitude": "lon", "depth": "z", "oxygen": "O2"}
    described = described.model_copy(update={"columns": columns, "flags": {}})
    (path := tmp_path / "own.csv").write_text("lat,lon,z,O2,when\n1,2,5,200,05.02.1996\n1,2,C6,200,05.02.1996\n")
    with pytest.raises(InputError, match=r"own.csv, row 1: 'C6' in column z is no number"):
        read(path, described)


@given(st.text(alphabet='CstDephmTSO2Noe,\n\r"\0 0123456789.-/', max_size=200), st.booleans())
def test_random_text_is_read_or_refused_in_one_line(text: str, header: bool) -> None:
    described = spec_of(join=None, time={"columns": ["Note"], "format": "%m/%d/%Y"}, cast="{Cst}", cruise="{Cst}")
    columns = described.columns | {"latitude": "T", "longitude": "S"}
    described = described.model_copy(update={"columns": columns})
    source = Source("random.csv", data=((BOTTLES[:28] if header else "") + text).encode())
    try:
        read_table(source, described)
    except InputError as error:
        assert "\n" not in str(error)
