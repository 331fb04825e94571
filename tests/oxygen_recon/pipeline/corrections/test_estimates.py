"""Tables of gains, factors and readings that users edit."""

import pandas as pd
import pytest

from oxygen_recon.pipeline.corrections.estimates import read_estimates
from qc.errors import InputError


def read(path, **options):
    options = {"numbers": ["gain", "drift"], "positive": ["gain"], "dates": ["launched"], "once": str.upper} | options
    return read_estimates(path, ["float", "gain"], "fix", **options)


def test_names_are_text_and_blank_is_missing(tmp_path):
    path = tmp_path / "gains.csv"
    path.write_text("\ufefffloat,gain,launched,why\n0019, 1.5 ,2018-03-15,x\n\n20,,,\n21,nan,2018-03-15T06:00+06:00,\n")
    found = read(path)
    assert found["float"].tolist() == ["0019", "20", "21"] and found["gain"].isna().tolist() == [False, True, True]
    assert found["launched"].tolist() == [pd.Timestamp("2018-03-15"), pd.NaT, pd.Timestamp("2018-03-15")]


@pytest.mark.parametrize(
    "line, message",
    [
        ("1,1,02,", "line 4: 4 fields below 3 names of columns; part fields by commas"),
        ("1,high,", r"line 4: gain is no number \(high\); correct it"),
        ("1,inf,", "line 4: gain is no number"),
        ("1,-1e-3,", "line 4: gain is not above 0"),
        ("1,1.1,2018.0", r"line 4: no readable launched \(2018.0\); write it as 2015-01-31"),
        ("1,1.1,2018", "line 4: no readable launched"),
        ("1,1.1,2018-02-30", "line 4: no readable launched"),
        (",1.1,", "line 4: no float; name it"),
        ("A,1.1,", "line 4: float A is in line 2 already; keep one of them"),
    ],
)
def test_a_fault_names_file_and_line(tmp_path, line, message):
    path = tmp_path / "gains.csv"
    path.write_text(f"float,gain,launched\na,1.1,\n\n{line}\n")
    with pytest.raises(InputError, match=rf"gains\.csv, {message}"):
        read(path)


def test_what_is_no_table_is_refused(tmp_path):
    path = tmp_path / "gains.csv"
    for content, message in (
        (b"", "no readable table"),
        (b"\xff\xfe", "no readable table"),
        (b"a,b\n", "no column float"),
    ):
        path.write_bytes(content)
        with pytest.raises(InputError, match=rf"gains\.csv: {message}.*; fix"):
            read(path)
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "none.csv")
    path.write_text("float,gain,time\n1,1.5,\n")
    with pytest.raises(InputError, match="line 2: no readable time"):
        read_estimates(path, ["float", "time"], "fix", dates=["time"])
