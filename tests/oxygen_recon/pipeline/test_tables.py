"""Observation tables by the public API; `tests/oxygen_recon/observations` tests what lies below it."""

import re
from pathlib import Path

import pandas
import pytest

import oxygen_recon as ox
from qc.errors import InputError

HEADER = "Cruise,Station,Type,yyyy-mm-ddThh:mm,Longitude [degrees_east],Latitude [degrees_north],Depth [m],"
HEADER += "Oxygen [umol/kg]\n"


@pytest.fixture
def archives(tmp_path) -> Path:
    (tmp_path / "in").mkdir()
    for name, value in (("a", 210), ("b", 1800)):
        (tmp_path / "in" / f"{name}.csv").write_text(f"{HEADER}{name},1,B,2001-05-01T10:00,150,20,10,{value}\n")
    return tmp_path / "in"


def test_files_folders_and_patterns_give_the_same_table(archives, tmp_path):
    every = [archives / "a.csv", archives / "b.csv"]
    for number, paths in enumerate((every, archives, str(archives / "*.csv"))):
        table = ox.ingest(paths, tmp_path / str(number))
        assert table == tmp_path / str(number)
        assert sorted(ox.read_table(table)["oxygen"].to_pylist()) == [210, 1800]


def test_a_table_is_read_flagged_once_it_is_flagged(archives, tmp_path):
    table = ox.ingest(archives, tmp_path / "table")
    assert set(ox.read_table(table)["oxygen_flag"].to_pylist()) == {2}, "not evaluated"
    results = ox.quality_control(table)
    assert results == table / "qc" and (results / "report" / "index.html").exists()
    flagged = ox.read_table(str(table))
    assert dict(zip(flagged["oxygen"].to_pylist(), flagged["oxygen_flag"].to_pylist())) == {210: 1, 1800: 4}
    assert ox.read_table(min((results / "parts").glob("*.parquet"))).num_rows == 2, "one parquet file is a table too"


def test_a_battery_of_your_own_is_used_and_a_page_is_not_forced(archives, tmp_path):
    table = ox.ingest(archives, tmp_path / "table")
    with pytest.raises(InputError, match=r"mine\.yaml"):
        ox.quality_control(table, battery=tmp_path / "mine.yaml")
    ox.quality_control(table, page=False)
    assert not (table / "qc" / "report").exists()


def test_nothing_to_read_is_one_line(tmp_path):
    for call in (lambda: ox.read_table(tmp_path / "none"), lambda: ox.quality_control(tmp_path / "none")):
        with pytest.raises(InputError, match=re.escape(str(tmp_path / "none"))) as caught:
            call()
        assert "\n" not in str(caught.value)


def test_decisions_of_an_expert_are_applied_last_and_survive_a_rerun(archives, tmp_path, capsys):
    table = ox.ingest(archives, tmp_path / "table")
    casts = {row["oxygen"]: row["cast"] for row in ox.read_table(table).to_pylist()}
    lines = ["source,cast,level,variable,flag,who,why", f"odv,{casts[210]},,oxygen,3,me,stale"]
    decided = tmp_path / "decided.csv"
    decided.write_text("\n".join([*lines, f"odv,{casts[1800]},0,oxygen,1,me,real"]))

    def flags():
        return {row["oxygen"]: row["oxygen_flag"] for row in ox.read_table(table).to_pylist()}

    ox.quality_control(table, page=False)
    before = {path: path.stat().st_mtime_ns for path in (table / "qc" / "profile_tests").iterdir()}
    assert flags() == {210: 1, 1800: 4}
    ox.quality_control(table, overrides=decided)
    assert flags() == {210: 3, 1800: 1} and "2 values flagged by an expert" in capsys.readouterr().err
    assert before == {path: path.stat().st_mtime_ns for path in (table / "qc" / "profile_tests").iterdir()}
    assert "flagged by an expert" in (table / "qc" / "report" / "index.html").read_text()
    decided.unlink()
    for path in (table / "qc" / "parts").iterdir():
        path.unlink()
    ox.quality_control(table, page=False)
    assert flags() == {210: 3, 1800: 1}
    counted = pandas.read_csv(table / "qc" / "counts.csv").query("variable == 'oxygen'")
    assert counted["expert"].sum() == 2
    (tmp_path / "none.csv").write_text(lines[0])
    ox.quality_control(table, overrides=tmp_path / "none.csv", page=False)
    assert flags() == {210: 1, 1800: 4}


@pytest.mark.parametrize("line", ["odv,nowhere,,oxygen,4,me,x", "{cast},7,oxygen,4,me,x", "{cast},,nitrate,4,me,x"])
def test_a_decision_about_nothing_is_refused_by_its_line_and_not_kept(archives, tmp_path, line):
    table = ox.ingest(archives, tmp_path / "table")
    cast = ox.read_table(table)["cast"][0].as_py()
    decided = tmp_path / "decided.csv"
    decided.write_text("source,cast,level,variable,flag,who,why\n" + line.format(cast=f"odv,{cast}"))
    with pytest.raises(InputError, match=r"decided\.csv, line 2: no value of (oxygen|nitrate) in odv/"):
        ox.quality_control(table, overrides=decided, page=False)
    assert not (table / "overrides.csv").exists()
