"""Tables of places: names and units of columns, dates, and one line for what cannot be read."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.pipeline.predict.tables import read_places
from qc.errors import InputError

NOON = "1995-07-03T12:00"


def written(folder: Path, *lines: str) -> Path:
    path = folder / "casts.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    "header, row, expected",
    [
        ("latitude,longitude,depth,date", "10,20,100,1995-07-03", (10, 20, 100, NOON)),
        ("LATITUDE;LONGITUDE;Depth [m];yyyymmdd", "10;-20;100;19950703", (10, -20, 100, NOON)),
        (
            "Lat (deg N)\tLon (deg E)\tz\tTime (UTC)",
            "10\t340\t100\t1995-07-03T14:30Z",
            (10, 340, 100, "1995-07-03T14:30"),
        ),
        (
            "EXPOCODE,DATE,TIME,LATITUDE,LONGITUDE,CTDPRS",
            "X,19950703,1430,10,20,101",
            (10, 20, 100.5, "1995-07-03T14:30"),
        ),
        ("G2latitude,G2longitude,G2depth,G2year,G2month,G2day", "10,20,100,1995,7,3", (10, 20, 100, NOON)),
        ("time,latitude,longitude,depth", "1995-07-03 10:00:30+02:00,10,20,100", (10, 20, 100, "1995-07-03T08:00:30")),
        ("lat,lon,pres (dbar),depth,date", "10,20,101,,1995/07/03", (10, 20, 100.5, NOON)),
    ],
)
def test_columns_are_found_by_the_names_of_the_field(tmp_path, header, row, expected):
    found = read_places(written(tmp_path, "# exported", header, row))
    values = found.latitude[0], found.longitude[0], found.depth[0]
    np.testing.assert_allclose(values, expected[:3], rtol=2e-3)
    assert found.time[0] == np.datetime64(expected[3]) and list(found.table.iloc[0]) == row.replace("\t", ",").replace(
        ";", ","
    ).split(",")


def test_parquet_and_a_frame_are_read_alike(tmp_path):
    frame = pd.DataFrame(
        {"lat": [1.0, np.nan], "lon": [2.0, 3.0], "depth": [5, 6], "time": pd.to_datetime(["2000-01-01 06:00"] * 2)}
    )
    frame.to_parquet(tmp_path / "a.parquet")
    for source in (frame, tmp_path / "a.parquet"):
        found = read_places(source)
        assert np.isnan(found.latitude[1]) and found.time[1] == np.datetime64("2000-01-01T06:00")


NAMES = "lat,lon,depth,date"


@pytest.mark.parametrize(
    "lines, said",
    [
        ([], "an empty file; give a line of names"),
        ([NAMES], "no row in it; give one row a place"),
        (["lat,depth,date", "1,2,2000-01-01"], "no column of longitude; name one longitude; there are lat"),
        (["lat,lon,date", "1,2,2000-01-01"], "no column of depth or pressure; name one depth or pressure"),
        (["lat,lon,depth", "1,2,3"], "no column of date or time; name one date or time, or year, month and day"),
        (["lat,latitude,lon,depth,date", "1,1,2,3,2000-01-01"], "lat and latitude are both its latitude; rename one"),
        (["lat,lon,depth [km],date", "1,2,3,2000-01-01"], "depth [km]: its unit is not understood; give metres"),
        (["lat,lon,pressure (Pa),date", "1,2,3,2000-01-01"], "pressure (Pa): its unit is not understood; give dbar"),
        ([NAMES, "1,2,3,2000-01-01", "1,2,3"], "line 3: 3 fields instead of 4"),
        ([NAMES, "1,2,3,2000-01-01", "1,2,3,01/02/2000"], "row 2: date '01/02/2000' is no date; write 1995-07-03"),
        ([NAMES, "1,2,3,2000-13-01"], "row 1: date '2000-13-01' is no date"),
        ([NAMES, "1,2,3,2000-05"], "row 1: date '2000-05' is no date"),
        ([NAMES, "1,2,x,2000-05-01", "1,2,y,2000-05-01"], "row 1: depth 'x' is no number (and 1 rows more)"),
        ([NAMES, "95,2,3,2000-05-01"], "row 1: lat '95' is no latitude of the ocean; give degrees north; are"),
        ([NAMES, "1,400,3,2000-05-01"], "row 1: lon '400' is no longitude of the ocean; give degrees east"),
        ([NAMES, "1,2,-3,2000-05-01"], "row 1: depth '-3' is no depth of the ocean; give metres"),
        (["lat,lon,pres,date", "1,2,1013250,2000-05-01"], "row 1: pres '1013250' is no pressure of the ocean; give"),
        (["lat,lon,depth,year,month,day", "1,2,3,2001,2,30"], "row 1: day '30' is no day of its month"),
        (["lat,lon,depth,date,time", "1,2,3,2001-02-01,2575"], "row 1: time '2575' is no time of day; write 14:30"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_line(tmp_path, lines, said):
    with pytest.raises(InputError) as caught:
        read_places(written(tmp_path, *lines))
    assert said in str(caught.value) and "casts.csv" in str(caught.value) and "\n" not in str(caught.value)


def test_files_that_are_no_tables_are_one_line(tmp_path):
    (tmp_path / "a.parquet").write_text("lat,lon")
    (tmp_path / "b.csv").write_bytes(b"lat,lon,depth,date\n1,2,3,2000-01-01 \xb0\n")
    for name, said in (("a.parquet", "not a Parquet file"), ("b.csv", "no text in UTF-8"), ("c.csv", "no such file")):
        with pytest.raises(InputError, match=said):
            read_places(tmp_path / name)


@given(
    st.lists(
        st.tuples(st.floats(-90, 90), st.floats(-180, 360), st.floats(0, 12000), st.dates()), min_size=1, max_size=5
    )
)
def test_what_is_written_is_read(tmp_path, rows):
    rows = [row for row in rows if 1700 <= row[3].year <= 2200] or [(1.0, 2.0, 3.0, np.datetime64("2000-01-01"))]
    lines = [",".join(map(str, row)) for row in rows]
    found = read_places(written(tmp_path, NAMES, *lines))
    read = zip(found.latitude, found.longitude, found.depth, found.time.astype("datetime64[D]"))
    assert [(a, b, c, str(d)) for a, b, c, d in read] == [(a, b, c, str(d)) for a, b, c, d in rows]
