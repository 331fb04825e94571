from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pydantic import ValidationError

from oxygen_recon.sources import twin
from qc.battery import battery, cruises, run
from qc.battery.battery import Battery
from qc.checks.cruises import cast_summary
from qc.readers import registry as readers
from qc.table import flags, profiles, schema
from tests.support.cruise_sections import BIT, DEEP, NOW, bits, cast_names, cruise, join

BITS = battery.load_battery().bits
SHIPPED = battery.load_battery()


def test_bits_are_the_reserved_ones_and_collisions_are_refused():
    own = {one.name: one.bit for one in (*SHIPPED.cruises, *SHIPPED.marks)}
    assert [name for name, bit in sorted(own.items(), key=lambda one: one[1]) if bit < 36] == [
        "cruise_date", "speed", "off_track", "cruise_flagged", "cruise_offset", "adjusted",
        "cruise_saturation", "cruise_climatology", "cruise_high_saturation",
    ]  # fmt: skip
    marks = {mark.name: np.uint64(1 << mark.bit) for mark in SHIPPED.marks}
    assert marks["interpolated"] == schema.INTERPOLATED and marks["suspect_salinity"] == schema.SUSPECT_SALINITY
    twice = SHIPPED.model_dump() | {"cruises": [SHIPPED.cruises[0].model_dump() | {"bit": SHIPPED.checks[0].bit}]}
    with pytest.raises(ValidationError, match="more than one check"):
        Battery.model_validate(twice)


def test_a_misplaced_cast_is_suspect_in_every_variable_and_nothing_else_changes():
    lat = np.arange(20.0)
    lat[7] = -60
    before = run.run_battery(cruise(lat=lat), now=NOW)
    table = cruises.check_cruises(before)
    schema.check(table, "test")
    assert cast_names(table, "speed") == {"A7"}
    hit = np.array([name == "A7" for name in table["cast"].to_pylist()])
    for variable in ("oxygen", "temperature"):
        assert np.array_equal(bits(table, variable) & BIT["speed"] > 0, hit)
        flag = table[f"{variable}_flag"].to_numpy()
        assert (flag[hit] == flags.SUSPECT).all() and (flag[~hit] == flags.PASS).all()
    assert np.array_equal(table["position_flag"].to_numpy(), np.where(hit, flags.SUSPECT, flags.PASS))
    assert (table["time_flag"].to_numpy() == flags.PASS).all()
    assert (table["salinity_flag"].to_numpy() == flags.MISSING).all() and not bits(table, "salinity").any()
    untouched = [name for name in table.column_names if not name.endswith(("_flag", "_checks"))]
    assert table.select(untouched).to_pandas().equals(before.select(untouched).to_pandas())
    assert cruises.check_cruises(table).to_pandas().equals(table.to_pandas())


def test_a_worse_flag_is_kept():
    lat = np.where(np.arange(20) == 7, -60.0, np.arange(20.0))
    oxygen = np.full(20 * len(DEEP), 200.0)
    oxygen[7 * len(DEEP)] = 1000
    table = cruises.check_cruises(run.run_battery(cruise(lat=lat, oxygen=oxygen), now=NOW))
    assert table["oxygen_flag"][7 * len(DEEP)].as_py() == flags.FAIL


def test_parts_are_checked_together_and_flagged_part_by_part():
    lat = np.where(np.arange(20) == 7, -60.0, np.arange(20.0))
    whole = join(cruise(lat=lat), cruise("B", lon=10.0))
    parts = [whole.slice(0, 48), whole.slice(48)]  # cast 7 ends at 48: no cast is cut
    summaries = [cast_summary.summarise(part, BITS) for part in parts]
    found = cruises.check_casts(pa.concat_tables(summaries).unify_dictionaries())
    done = [cruises.write_bits(part, own) for part, own in zip(parts, np.split(found, [len(summaries[0])]))]
    assert np.array_equal(bits(join(*done)), bits(cruises.check_cruises(whole))) and found.any()


def test_disabled_checks_do_not_run():
    off = SHIPPED.model_copy(
        update={"cruises": tuple(c.model_copy(update={"enabled": False}) for c in SHIPPED.cruises)}
    )
    lat = np.where(np.arange(20) == 7, -60.0, np.arange(20.0))
    assert not bits(cruises.check_cruises(cruise(lat=lat), off)).any()


def test_an_empty_table_stays_empty():
    assert cruises.check_cruises(cruise().slice(0, 0)).num_rows == 0


def test_a_description_names_the_checks_that_failed():
    oxygen = np.full(120, 200.0)
    oxygen[:30] = 1000
    table = run.run_battery(cruise(oxygen=oxygen), now=NOW)
    sentence = cruises.describe(table)["A"]
    assert sentence.startswith("120 values, 75 % good; failed: ") and "25.0 % range" in sentence
    assert cruises.describe(table, variable="salinity")["A"] == "no values"


def test_misdated_stations_of_real_cruises_are_found(data_root: Path):
    a03 = readers.read(data_root / "observations" / "cchdo" / "oce__a03_hy1.csv.gz")
    table = cruises.check_cruises(run.run_battery(a03, now=NOW))
    found = {name for check in BIT for name in cast_names(table, check)}
    assert found == {
        "RUCT40_1_41_1",
        "RUCT40_1_45_1",
    }  # a day and two too early, between stations 35 to 38 and 50 to 52


def test_good_real_cruises_pass(data_root: Path):
    folder = data_root / "observations"
    names = ["cchdo/hydro__p02.csv.gz", "glodap/33RR20070204.mat", "argo/4901784_Sprof.nc", "argo/3902131_Sprof.nc"]
    table = join(*(readers.read(folder / name) for name in names))
    summary = cast_summary.summarise(table, BITS)
    assert not cruises.check_casts(summary).any() and len(summary) > 600


@pytest.mark.slow
def test_misplaced_and_misdated_casts_of_the_twin_ocean_are_found_and_no_others(tmp_path: Path):
    """At sea a wrong sign is found by the other casts of the cruise only; so is a date ten or a hundred years off."""
    config = twin.TwinConfig(casts=2500, resolution=30.0, levels=(0.0, 1000.0), climate_model=False)
    twin.make(config, tmp_path / "twin")
    files = sorted((tmp_path / "twin" / "archives").iterdir())
    table = join(*(readers.read(file) for file in files))
    summary = cast_summary.summarise(table, BITS)
    place = BIT["cruise_date"] | BIT["speed"] | BIT["off_track"]
    first = profiles.from_table(table, []).first
    frame = table.select(["source", "file", "cast"]).take(pa.array(first)).to_pandas().astype(str)
    frame["hit"] = (cruises.check_casts(summary) & place) > 0
    planted = pd.read_parquet(tmp_path / "twin" / "truth" / "planted.parquet")[["source", "file", "cast", "class"]]
    frame = frame.merge(planted.drop_duplicates(["source", "file", "cast"]), how="left", validate="one_to_one")
    found = frame.groupby(frame["class"].fillna("none"))["hit"].agg(["sum", "count"])
    hidden = found.loc[found.index.isin(["position_sea", "date_cruise"])].sum()
    assert hidden["count"] >= 5 and hidden["sum"] >= 0.9 * hidden["count"]
    assert found.loc["none", "sum"] <= 0.002 * found.loc["none", "count"]
