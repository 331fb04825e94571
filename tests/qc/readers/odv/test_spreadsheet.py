"""Ocean Data View spreadsheets.

The collection has no real file of this format. The texts below follow the published descriptions: the ODV User's Guide
("Generic ODV Spreadsheet Format": comments with //, tabs, metadata columns first, metadata in a station's first line
alone, empty is missing, flags "QV:scheme" right of their values), SeaDataNet's ODV4 format (semantic header with
subject, object and units; QV:SEADATANET), the ICES export (commas, "QV:ODV:name") and the GEOTRACES ASCII product
(STANDARD_DEV between value and flag, ":METAVAR:INDEXED_TEXT").
"""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.errors import InputError
from qc.readers.files.source import Source
from qc.readers.odv.spreadsheet import matches
from qc.readers.odv.spreadsheet import read as read_spreadsheet
from qc.readers.registry import detect_format, read
from qc.table import schema
from tests.support.archive_files.odv_text import GEOTRACES, SEADATANET


def write(folder: Path, text: str) -> Path:
    path = folder / "export.txt.gz"
    path.write_bytes(gzip.compress(text.replace("|", "\t").encode()))
    return path


def test_seadatanet(tmp_path: Path) -> None:
    path = write(tmp_path, SEADATANET)
    assert detect_format(path) == "odv"
    frame = read(path).to_pandas()
    assert frame.source.unique().tolist() == ["odv"]
    assert frame.cruise.eq("A1").all()
    assert frame.cast.tolist() == ["A1_7_1999-09-02T04:55"] * 4 + ["A1_8_1999-09-03T12:00"]  # a bare date is noon
    assert frame.longitude.tolist() == [-0.5] * 4 + [10.5] and frame.latitude[3] == -60.25
    np.testing.assert_array_equal(frame.oxygen_original, [7.5, 7.4, 7.3, np.nan, 6.5])
    assert frame.oxygen[0] == pytest.approx(7.5 * 44.6596 / 1.0275, rel=1e-3)
    assert frame.oxygen_flag.tolist() == [1, 3, 3, 9, 4]
    # the third has no salinity, so no density of its own
    assert frame.oxygen_original_unit.tolist() == ["ml/l", "ml/l", "ml/l; density 1025", "ml/l", "ml/l"]
    assert frame.oxygen_original_flag.tolist() == [f"seadatanet:{code}" for code in "13A94"]
    assert frame.pressure.tolist() == [10, 20, 30, 40, 10] and frame.instrument.eq("bottle").all()
    assert frame.row.tolist() == [0, 1, 2, 3, 4]


def test_geotraces_text(tmp_path: Path) -> None:
    frame = read(write(tmp_path, GEOTRACES)).to_pandas()
    assert frame.source.eq("geotraces").all() and frame.row.tolist() == [0, 1, 0, 1]
    assert frame.cast.tolist() == ["GA03_(101)_2010-10-15T01:02"] * 2 + ["GA03_(101)_2010-10-15T01:02#stop"] * 2
    np.testing.assert_array_equal(frame.oxygen, [231.5, np.nan, 230, 228])
    assert frame.instrument.tolist() == ["bottle"] * 2 + ["ctd"] * 2
    assert frame.oxygen_original_flag.tolist() == [f"seadatanet:{code}" for code in "1912"]
    assert frame.longitude.tolist() == [-9.5] * 4 and frame.depth.tolist() == [9.9, 49.6] * 2
    np.testing.assert_array_equal(frame.nitrate, [0.1, np.nan, np.nan, np.nan])  # not the low-level nitrate
    assert frame.temperature_flag.tolist() == [1] * 4


def test_commas_odv_flags_typeset_units_and_missing_codes(tmp_path: Path) -> None:
    path = tmp_path / "ices.csv"
    path.write_text(
        "//<MissingValueIndicators>-999 -99</MissingValueIndicators>\n"
        "Cruise,Station,Type,mon/day/yr,hh:mm,Longitude [degrees_east],Latitude [degrees_north],Depth (ADEPZZ01_ULAA)"
        " [m],QV:ODV:Depth (ADEPZZ01_ULAA),OxygenSat[%],Oxygen [ml/l],Oxygen (DOXYZZXX_UMLL) [~$m~#mol/kg],"
        "QV:ODV:Oxygen (DOXYZZXX_UMLL),QV:ODV:SAMPLE\n"
        "77,1,*,09/02/1999,04:55,20,55,5,0,99,6,250.5,0,0\n"
        "77,1,*,09/02/1999,04:55,20,55,9,0,99,6,240.5,4,0\n"
        "77,1,*,09/02/1999,04:55,20,55,15,0,99,6,230.5,8,0\n"
        "77,1,*,09/02/1999,04:55,20,55,25,0,99,6,-999,1,0\n"
        "77,2,C,09/02/1999,,20,55,25,0,99,6, 99,1,0\n"
    )
    frame = read(path).to_pandas()
    np.testing.assert_array_equal(frame.oxygen, [250.5, 240.5, 230.5, np.nan, 99])
    assert frame.oxygen_flag.tolist() == [1, 3, 4, 9, 2]
    assert frame.oxygen_original_flag.tolist() == ["odv:0", "odv:4", "odv:8", "odv:1", "odv:1"]
    assert frame.instrument.tolist() == ["bottle"] * 4 + ["ctd"]
    assert frame.time.dt.hour.tolist() == [4] * 4 + [12]


@pytest.mark.parametrize(
    ("scheme", "flags"), [("WOCEBOTTLE", [1, 3, 4, 1]), ("WOCECTD", [1, 3, 4, 3]), ("WOCESAMPLE", [1, 3, 3, 2])]
)
def test_flags_of_the_whp(scheme: str, flags: list[int], tmp_path: Path) -> None:
    head = f"Cruise|Station|Type|yyyy-mm-ddThh:mm|Lon [E]|Lat [N]|Depth [m]|Oxygen [umol/kg]|QV:{scheme}\n"
    rows = "".join(f"a|1|B|2001-01-01T05:00|1|2|{code}|200|{code}\n" for code in "2346")
    assert read(write(tmp_path, head + rows)).to_pandas().oxygen_flag.tolist() == flags


def test_many_samples_of_an_unnamed_type_are_a_ctd_cast(tmp_path: Path) -> None:
    head = "Cruise|Station|Type|yyyy-mm-ddThh:mm|Lon [E]|Lat [N]|Depth [m]|Oxygen [umol/kg]|QV:OWN\n"
    rows = "a|1|*|2001-01-01T05:00|1|2|1|200|7\n" + "||||||2|200|\n" * 260 + "a|2|*|2001-01-02T05:00|1|2|1|200|7\n"
    frame = read(write(tmp_path, head + rows)).to_pandas()
    assert frame.instrument.tolist() == ["ctd"] * 261 + ["bottle"]
    # codes of a scheme that is not known are kept and suspect, blanks not evaluated
    assert frame.oxygen_flag.tolist() == [3, *[2] * 260, 3]
    assert frame.oxygen_original_flag[0] == "own:7" and pd.isna(frame.oxygen_original_flag[1])


def test_a_row_that_does_not_fit_is_refused_with_the_samples_whose_station_it_may_name() -> None:
    head = "Cruise|Station|Type|yyyy-mm-ddThh:mm|Lon [E]|Lat [N]|Depth [m]|Oxygen [umol/kg]\n"
    first, second = "a|1|B|2001-01-01T05:00|1|2|1|200", "a|2|B|2001-01-02T05:00|3|4|1|210"
    sample, blank = "||||||2|201", "|" * 7
    lines = [first, sample, "||||||2,5|2|02", sample, blank, second, sample]
    source = Source("export.txt", data=(head + "\n".join(lines) + "\n\x1a").replace("|", "\t").encode())
    frame = read_spreadsheet(source).to_pandas()
    assert frame.row.tolist() == [0, 1, 4, 5] and frame.latitude.tolist() == [2, 2, 4, 4]
    assert [str(one) for one in source.refused] == [
        "export.txt, line 4: 9 fields instead of 8",
        "export.txt, line 5: its station may be that of a refused line above",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("Cruise|", "Leg|"), r"content of no known archive"),
        (("[ml/l]", "[volt]"), r"an ODV spreadsheet without oxygen"),
        (("PRES [decibar]", "p [decibar]"), r"without pressure or depth"),
        (("YYYY-MM-DDThh:mm:ss.sss", "when"), r"without time"),
        (("|7.4|", "|7,4|"), r"'7,4' in column oxygen is no number at export\.txt\.gz, line 9|line 9"),
        (("A1|7|B|1999-09-02T04:55:00.000|359.5|-60.25|x|486|4000", "||||||||"), r"belongs to no station"),
        (("1999-09-03|", "yesterday|"), r"'yesterday' is no time"),
    ],
)
def test_faults_are_named(change: tuple[str, str], message: str, tmp_path: Path) -> None:
    assert change[0] in SEADATANET
    with pytest.raises(InputError, match=message) as caught:
        read(write(tmp_path, SEADATANET.replace("SDN:LOCAL:PRES<", "SDN:LOCAL:-<").replace(*change)))
    assert "\n" not in str(caught.value)


@given(st.text(alphabet='//<>QV:ODVCruiseStationType[]\t,;\n 0123456789.-\r"', max_size=300))
def test_random_text_is_read_or_refused_in_one_line(text: str) -> None:
    matches(text)
    read_or_refused(text)


@given(st.lists(st.tuples(st.integers(0, len(SEADATANET) - 1), st.sampled_from('\t\n\r"9-.,:[]AZ')), max_size=8))
def test_a_damaged_file_is_read_or_refused_in_one_line(damage: list[tuple[int, str]]) -> None:
    letters = list(SEADATANET.replace("|", "\t"))
    for position, letter in damage:
        letters[position] = letter
    read_or_refused("".join(letters))


def read_or_refused(text: str) -> None:
    source = Source("random.txt", data=text.encode())
    try:
        schema.check(read_spreadsheet(source), "random.txt")
    except InputError as error:
        assert "\n" not in str(error) and "\r" not in str(error)
