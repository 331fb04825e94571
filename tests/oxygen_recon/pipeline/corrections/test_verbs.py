"""The verbs of `oxygen-recon correct`, from a table on disk to its results, and the corrected tables."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from oxygen_recon.cli import app
from oxygen_recon.observations import collection
from oxygen_recon.observations.collection import Item
from oxygen_recon.pipeline import tables
from oxygen_recon.pipeline.corrections import floats as floats_module
from oxygen_recon.runtime.parallel import Pool
from qc.table import schema

PRESSURE = np.array([5.0, 15, 50, 200, 1000])


def correct(*words: object):
    return CliRunner().invoke(app, ["correct", *map(str, words)])


def one_line(done) -> str:
    """The one line on standard error of a verb that failed."""
    assert done.exit_code == 1 and done.stderr.strip().count("\n") == 0, done.stderr
    return done.stderr.strip()


def float_profile(name: str, oxygen: float = 220.0) -> pa.Table:
    columns = {"source": "argo", "file": f"{name}.nc", "cast": f"{name}_1", "cruise": name, "instrument": "float"}
    columns |= {"time": np.full(5, np.datetime64("2015-01-01", "ms")), "latitude": np.full(5, -30.0)}
    columns |= {"longitude": np.full(5, 20.0), "pressure": PRESSURE, "temperature": np.array([18.0, 18, 15, 10, 4])}
    columns |= {"salinity": np.full(5, 35.0), "oxygen": oxygen - np.array([0.0, 0, 5, 20, 60])}
    return schema.from_columns(columns, "test")


def deep_cruise(name: str, factor: float) -> pa.Table:
    """Deep stations at one place for all cruises, their oxygen times a factor."""
    pressure = np.tile(np.arange(1000.0, 5001, 250), 6)
    station = np.repeat(np.arange(6), len(pressure) // 6)
    columns: dict[str, object] = {"source": "wod", "file": name, "cruise": name, "instrument": "bottle"}
    columns |= {"cast": [f"{name}{i}" for i in station], "latitude": 0.5 * station, "longitude": -30.0 + 0 * pressure}
    columns |= {"time": np.full(len(pressure), np.datetime64("1995-01-01", "ms")), "pressure": pressure}
    columns |= {"temperature": 4 - pressure / 2000, "salinity": 34.9 + 0 * pressure}
    return schema.from_columns(columns | {"oxygen": factor * (180 + 40 * np.tanh((pressure - 2500) / 800))}, "test")


def table_of(folder: Path, parts: dict[str, pa.Table]) -> Path:
    """A table folder, as ingest leaves it."""
    items = [Item(name, f"/archive/{name}", lambda refused, part=part: part) for name, part in parts.items()]
    collection.ingest(items, folder, Pool(1), tables._CONSOLE)
    return folder


@pytest.fixture
def floats(tmp_path) -> Path:
    return table_of(tmp_path / "floats", {"a": float_profile("1900001"), "b": float_profile("1900002", 110.0)})


@pytest.fixture
def cruises(tmp_path) -> Path:
    return table_of(tmp_path / "cruises", {"A": deep_cruise("A", 1.0), "B": deep_cruise("B", 1.05)})


def oxygen(folder: Path) -> np.ndarray:
    return tables.read_table(folder)["oxygen"].to_numpy()


def test_crossovers_are_found_and_their_factors_applied(cruises, tmp_path):
    done = correct("crossovers", cruises, "--out", tmp_path / "found", "--datum", "wod/A")
    assert done.exit_code == 0, done.stderr
    factors = pd.read_csv(tmp_path / "found" / "factors.csv", index_col="cruise")["factor"]
    assert factors["wod/A"] == 1 and factors["wod/B"] == pytest.approx(1 / 1.05, abs=1e-3)
    assert len(pd.read_csv(tmp_path / "found" / "crossovers.csv")) == 1
    new = tmp_path / "new"
    done = correct("crossovers", cruises, "--out", new, "--factors", tmp_path / "found" / "factors.csv")
    assert done.exit_code == 0, done.stderr
    changes = pd.read_csv(new / "changes.csv")
    assert changes[["part", "cruise", "levels"]].to_numpy().tolist() == [["B", "B", 102]]
    np.testing.assert_allclose(oxygen(new)[102:], oxygen(cruises)[102:] * factors["wod/B"])
    np.testing.assert_array_equal(oxygen(new)[:102], oxygen(cruises)[:102])
    assert [row.file for row in collection.rows_of(new)] == ["/archive/A", "/archive/B"]


def test_adjustments_of_glodap_are_applied_once(cruises, tmp_path):
    (tmp_path / "adjustments.csv").write_text("cruise_expocode,oxygen_adj\nB,0.5\n")
    for source, target, levels in ((cruises, "once", 102), (tmp_path / "once", "twice", 0)):
        done = correct(
            "glodap-adjustments", source, "--out", tmp_path / target, "--adjustments", tmp_path / "adjustments.csv"
        )
        assert done.exit_code == 0, done.stderr
        changes = (tmp_path / target / "changes.csv").read_text().strip()
        assert bool(changes) == bool(levels) and (not levels or changes.endswith(f",0.5,{levels}"))
    np.testing.assert_array_equal(oxygen(tmp_path / "twice"), oxygen(tmp_path / "once"))


def test_the_gain_of_each_float_is_estimated_applied_and_recorded(floats, tmp_path):
    new = tmp_path / "new"
    done = correct("gains", floats, "--out", new)
    assert done.exit_code == 0, done.stderr
    assert f"10 levels corrected, 0 lost, 0 left as they are: {new / 'changes.csv'}" in done.stdout
    gains = pd.read_csv(new / "gains.csv", index_col="float")
    gain = gains["gain"]
    assert gain[1900002] == pytest.approx(2 * gain[1900001], rel=1e-6) and (gains["reference"] == "saturation").all()
    np.testing.assert_allclose(oxygen(new)[:5], oxygen(floats)[:5] * gain[1900001])
    np.testing.assert_allclose(oxygen(new)[5:], oxygen(floats)[5:] * gain[1900002])
    uncertainty = tables.read_table(new)["oxygen_uncertainty"].to_numpy()
    np.testing.assert_allclose(uncertainty[:5], oxygen(floats)[:5] * gains["slope_error"][1900001])
    changes = pd.read_csv(new / "changes.csv")
    assert changes["float"].tolist() == [1900001, 1900002] and (changes["levels"] == 5).all()
    assert pd.read_csv(new / "casts.csv")["left_out"].isna().all()
    again = correct("gains", new, "--out", tmp_path / "again")
    assert "5 of these levels had this step before" in one_line(again)
    assert not (tmp_path / "again").exists(), "whole or not at all"


def test_gains_are_looked_at_first_and_applied_from_their_file(floats, tmp_path):
    done = correct("gains", floats, "--out", tmp_path / "seen", "--only-estimate", "--month", 1, "--casts", 1)
    assert done.exit_code == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "seen").iterdir()) == ["casts.csv", "gains.csv"]
    assert "float 1900001: gain 1." in done.stdout and "of 1 casts" in done.stdout
    (tmp_path / "seen" / "gains.csv").write_text("float,gain\n1900002,1.5\n")
    done = correct("gains", floats, "--out", tmp_path / "new", "--gains", tmp_path / "seen" / "gains.csv")
    assert done.exit_code == 0, done.stderr
    np.testing.assert_allclose(oxygen(tmp_path / "new")[5:], oxygen(floats)[5:] * 1.5)
    np.testing.assert_array_equal(oxygen(tmp_path / "new")[:5], oxygen(floats)[:5])
    changes = pd.read_csv(tmp_path / "new" / "changes.csv")
    assert changes["step"].tolist() == ["none: no gain", "adjust"] and changes["left"].tolist() == [5, 0]


def test_readings_in_air_are_a_reference(floats, tmp_path):
    (tmp_path / "air.csv").write_text(
        "float,time,pO2_air,p_atm,temperature\n1900001,2015-01-01,200,1013.25,15\n1900002,2015-01-01,100,1013.25,15\n"
    )
    done = correct("gains", floats, "--out", tmp_path / "new", "--in-air", tmp_path / "air.csv")
    assert done.exit_code == 0, done.stderr
    gains = pd.read_csv(tmp_path / "new" / "gains.csv")
    assert gains["gain"].to_numpy() == pytest.approx([1.0433, 2.0867], abs=1e-4)
    assert gains["reference"].tolist() == ["air"] * 2
    (tmp_path / "air.csv").write_text("float,time,pO2_air,p_atm,temperature\n1900001,2015-01-01,200,high,15\n")
    done = correct("gains", floats, "--out", tmp_path / "bad", "--in-air", tmp_path / "air.csv")
    assert "air.csv, line 2: p_atm is no number (high); correct it" in one_line(done)


def test_pressure_and_response_time_are_corrected_part_by_part(floats, tmp_path):
    done = correct("pressure", floats, "--out", tmp_path / "pressed")
    assert done.exit_code == 0, done.stderr
    assert (oxygen(tmp_path / "pressed") > oxygen(floats)).all()
    done = correct("response-time", tmp_path / "pressed", "--out", tmp_path / "new", "--tau", 60)
    assert done.exit_code == 0, done.stderr
    changes = pd.read_csv(tmp_path / "new" / "changes.csv")
    assert changes["step"].tolist() == ["response_time"] * 2 and changes["parameters"].str.contains("tau=60").all()
    units = tables.read_table(tmp_path / "new")["oxygen_original_unit"].to_pylist()
    assert {"pressure_effect" in unit and "response_time" in unit for unit in units} == {True}


def test_one_parquet_file_is_a_table_too(tmp_path):
    schema.write(float_profile("1900001"), tmp_path / "mine.parquet")
    done = correct("response-time", tmp_path / "mine.parquet", "--out", tmp_path / "new", "--tau", 30)
    assert done.exit_code == 0 and (tmp_path / "new" / "parts" / "mine.parquet").exists()


@pytest.mark.parametrize(
    "words, message",
    [
        (["crossovers", "TABLE", "--out", "NEW", "--surface", "depth"], "depth: no such surface"),
        (["crossovers", "TABLE", "--out", "NEW", "--datum", "wod/C"], "wod/C: a cruise to be trusted"),
        (["crossovers", "nowhere", "--out", "NEW"], "nowhere: no observation table here"),
        (["glodap-adjustments", "TABLE", "--out", "NEW", "--adjustments", "none.csv"], "none.csv: no such file"),
        (["crossovers", "TABLE", "--out", "TABLE", "--factors", "FACTORS"], "there is something already"),
        (["crossovers", "TABLE", "--out", "NEW", "--factors", "BAD"], "no column cruise"),
        (["gains", "TABLE", "--out", "NEW", "--gains", "BAD"], "no column float"),
        (["gains", "TABLE", "--out", "NEW", "--climatology", "BAD"], "bad.csv: not a readable netCDF file"),
        (["gains", "TABLE", "--out", "NEW", "--climatology", "BAD", "--in-air", "BAD"], "two references"),
        (
            ["gains", "TABLE", "--out", "NEW", "--climatology", "BAD", "--gains", "BAD"],
            "both gains and how to estimate",
        ),
        (["gains", "TABLE", "--out", "NEW", "--month", "2", "--gains", "BAD"], "both gains and how to estimate"),
        (["gains", "TABLE", "--out", "NEW", "--only-estimate", "--gains", "BAD"], "both --only-estimate and --gains"),
        (["gains", "TABLE", "--out", "NEW", "--in-air", "BAD", "--saturation", "99"], "two references"),
        (["gains", "TABLE", "--out", "NEW", "--month", "13"], "months from 1 to 12"),
        (["gains", "TABLE", "--out", "NEW", "--saturation", "0"], "it is about 100"),
        (["gains", "nowhere", "--out", "NEW"], "nowhere: no observation table here"),
        (["response-time", "TABLE", "--out", "NEW", "--tau", "-1"], "both must be positive"),
        (["response-time", "nowhere", "--out", "NEW", "--tau", "1"], "nowhere: no observation table here"),
        (["gains", "nowhere", "--out", "NEW", "--in-air", "AIR", "--only-estimate"], "nowhere: no observation table"),
        (["gains", "TABLE", "--out", "NEW", "--gains", "1,1.1,|1,1.2,"], "given.csv, line 3: float 1 is in line 2"),
        (["gains", "TABLE", "--out", "NEW", "--gains", "1,1.1,15/03/2018"], "given.csv, line 2: no readable launched"),
        (["gains", "TABLE", "--out", "NEW", "--gains", "1,1.1,2018.0|2,1,"], "given.csv, line 2: no readable launched"),
        (["gains", "TABLE", "--out", "NEW", "--gains", "1,0,"], "given.csv, line 2: gain is not above 0 (0)"),
        (["gains", "TABLE", "--out", "NEW", "--gains", "1,-1.1,"], "given.csv, line 2: gain is not above 0"),
        (["crossovers", "TABLE", "--out", "NEW", "--factors", "wod/A,1,02"], "given.csv, line 2: 3 fields below 2"),
        (
            ["crossovers", "TABLE", "--out", "NEW", "--factors", 'wod/A,"1,02"'],
            "given.csv, line 2: factor is no number",
        ),
        (["crossovers", "TABLE", "--out", "NEW", "--factors", "wod/A,high"], "given.csv, line 2: factor is no number"),
        (["crossovers", "TABLE", "--out", "NEW", "--factors", "wod/A,1|,1.02"], "given.csv, line 3: no cruise"),
        (["crossovers", "TABLE", "--out", "NEW", "--factors", "wod/A,1|wod/a,2"], "line 3: cruise wod/a is in line 2"),
        (["crossovers", "TABLE", "--out", "NEW", "--factors", "wod/A,-1"], "given.csv, line 2: factor is not above 0"),
    ],
)
def test_a_users_mistake_is_one_line_and_leaves_nothing(cruises, tmp_path, words, message):
    (tmp_path / "factors.csv").write_text("cruise,factor\nwod/A,1.1\n")
    (tmp_path / "bad.csv").write_text("ship,factor\nA,1.1\n")
    names = {
        "TABLE": cruises,
        "NEW": tmp_path / "new",
        "FACTORS": tmp_path / "factors.csv",
        "BAD": tmp_path / "bad.csv",
        "AIR": tmp_path / "air.csv",
    }
    (tmp_path / "air.csv").write_text("float,time,pO2_air,p_atm,temperature\n1900001,2015-01-01,200,1013.25,15\n")
    if "," in words[-1]:  # the lines of a table
        header = {"--gains": "float,gain,launched", "--factors": "cruise,factor"}[words[-2]]
        (tmp_path / "given.csv").write_text("\n".join([header, *words[-1].split("|")]))
        names[words[-1]] = tmp_path / "given.csv"
    assert message in one_line(correct(*(names.get(word, word) for word in words)))
    assert not (tmp_path / "new").exists() and not list(tmp_path.glob(".partial*"))


LEVEL = st.tuples(
    st.sampled_from(["1900001", "1900002", "S1"]),
    st.sampled_from(["float", "bottle"]),
    st.sampled_from(["umol/kg", f"umol/kg{schema.ADJUSTED_NOTE}"]),
    st.sampled_from([1, 2, 3, 4]),
    st.one_of(st.just(float("nan")), st.floats(1, 400)),
)


@given(st.lists(LEVEL, min_size=1, max_size=40), st.sampled_from(["1900001", "1900002", "2900000"]))
def test_every_level_of_a_float_is_accounted_for_and_no_other_is_touched(levels, name):
    cruise, instrument, unit, flag, value = (np.array(column) for column in zip(*levels))
    n, missing = len(levels), np.isnan(value)
    columns = {"source": "argo", "file": "a", "cruise": cruise, "instrument": instrument, "oxygen": value}
    columns |= {"cast": np.char.add(cruise, instrument), "oxygen_original_unit": unit, "pressure": np.arange(n) + 5.0}
    columns |= {"latitude": np.zeros(n), "longitude": np.zeros(n), "oxygen_flag": np.where(missing, 9, flag)}
    columns["oxygen_flag"] = columns["oxygen_flag"].astype(np.int8)
    part = schema.from_columns(columns, "test")
    new, changes = floats_module._adjusted(part, {name: {"slope": 1.1, "slope_error": 0.01}})
    ours = (instrument == "float") & ~missing
    accounted = sum(change["levels"] + change.get("lost", 0) + change["left"] for change in changes)
    assert accounted == ours.sum() and new.num_rows == n
    touched = ours & (cruise == name) & (unit == "umol/kg") & (flag != 4)
    np.testing.assert_array_equal(new["oxygen"].to_numpy(), np.where(touched, 1.1 * value, value))
    kept = part.filter(pa.array(~touched)).to_pandas()
    pd.testing.assert_frame_equal(new.filter(pa.array(~touched)).to_pandas(), kept, check_categorical=False)
