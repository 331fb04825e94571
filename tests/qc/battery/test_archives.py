"""The battery and the search for copies on real archives with known faults."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import yaml

from qc.battery import battery, run
from qc.duplicates import search
from qc.physics.bathymetry import Relief
from qc.readers import registry as readers
from qc.readers.registry import TableSpec
from qc.table import schema

RULES = battery.load_battery().duplicates

CATALOG = Path(__file__).parents[3] / "data_catalog.yaml"


def bits(table: pa.Table, name: str) -> np.ndarray:
    (bit,) = [check.bit for check in battery.load_battery().checks if check.name == name]
    return (table["oxygen_checks"].to_numpy() >> np.uint64(bit) & 1).astype(bool)


@pytest.fixture(scope="module")
def i08s(data_root: Path) -> pa.Table:
    """I08S 2007 as CCHDO has it: Winkler's values."""
    folder = data_root / "observations/cchdo/libcchdo_samples"
    table = readers.read(folder / "nc_hyd__i08s_33RR20070204_nc_hyd.zip")
    return table.filter(pc.equal(table["instrument"].cast(pa.string()), "bottle"))


def test_a_cruise_in_two_archives_is_found_station_by_station(data_root, i08s):
    glodap = readers.read(data_root / "observations/glodap/33RR20070204.mat")
    found = search.find(pa.concat_tables([i08s, glodap]).unify_dictionaries(), RULES)
    casts = len(set(i08s["cast"].to_pylist()))
    assert casts == 88
    assert len(found) >= 87 and found["name"].str.startswith("cchdo/").all()
    own = found["name"].str.extract(r"_ *(\d+)_")[0].astype(int)
    theirs = found["duplicate_of"].str.extract(r"_(\d+)_\d+$")[0].astype(int)
    np.testing.assert_array_equal(own, theirs)


def test_two_forms_of_one_file_are_copies_cast_by_cast(data_root):
    folder = data_root / "observations/glodap"
    both = [readers.read(folder / name) for name in ("33RR20070204.mat", "GLODAP_merged_layout_33RR20070204.csv.gz")]
    marked = search.mark(pa.concat_tables(both).unify_dictionaries(), RULES)
    lost = marked["duplicate_of"].is_valid().to_numpy()
    shares = sorted((lost[: both[0].num_rows].mean(), lost[both[0].num_rows :].mean()))
    assert shares[0] == 0 and shares[1] >= 0.99, "one form is kept whole, the other is its copy"


def test_a_package_that_heaves_at_its_stops_is_in_order(data_root):
    spec = TableSpec.model_validate(yaml.safe_load(CATALOG.read_text())["hot_bottle"]["table"])
    files = sorted((data_root / "observations/hot").glob("*Niskin_profiles*"))
    table = pa.concat_tables([readers.read(file, spec) for file in files]).unify_dictionaries()
    flagged = table["cast"].filter(pa.array(bits(run.run_battery(table), "pressure_order"))).to_pylist()
    # two packages went up to 23 and 45 dbar after stops at 75
    assert flagged == ["33KB203_1_2_1#stop"] * 5 + ["33KB234_1_2_1#stop"]


def test_a_coarse_relief_does_not_flag_a_basin_of_steep_sides(data_root):
    spec = TableSpec.model_validate(yaml.safe_load(CATALOG.read_text())["cariaco"]["table"])
    table = readers.read(data_root / "observations/cariaco/niskin.csv.gz", spec)
    coarse = Relief(data_root / "gridded/bathymetry/etopo20.cdf.gz")
    assert not bits(run.run_battery(table, floor=coarse.floor), "below_floor").any()
    yellow_sea = schema.replaced(table, "latitude", np.full(table.num_rows, 35.0))
    yellow_sea = schema.replaced(yellow_sea, "longitude", np.full(table.num_rows, 124.0))
    found = bits(run.run_battery(yellow_sea, floor=coarse.floor), "below_floor")
    assert found[(table["depth"].to_numpy() > 300) & np.isfinite(table["oxygen"].to_numpy())].all()


def test_values_beyond_any_ocean_are_caught_though_their_archive_may_call_them_good(data_root):
    spec = TableSpec.model_validate(yaml.safe_load(CATALOG.read_text())["kodc"]["table"])
    folder = data_root / "observations/kodc"
    tables = [readers.read(folder / f"nso_{year}.txt.gz", spec) for year in (2010, 2013)]
    table = run.run_battery(pa.concat_tables(tables).unify_dictionaries())
    high = table["oxygen_original"].to_numpy() > 12  # ml/l
    assert high.sum() >= 10 and (table["oxygen_flag"].to_numpy()[high] == 4).all()
    calculated, given = bits(table, "equals_solubility"), np.isfinite(table["oxygen"].to_numpy())
    assert calculated.sum() > 2000, "2010: saturation, not oxygen, at every depth of the East Sea"
    assert set(table["file"].filter(pa.array(calculated)).to_pylist()) == {"nso_2010.txt.gz"}
    good = table["oxygen_flag"].to_numpy() == 1
    assert good.sum() > 0.95 * (given & ~calculated).sum()


def test_an_anoxic_basin_is_no_unit_error_unless_it_is_one(data_root):
    frame = pd.read_csv(data_root / "observations/cariaco/niskin.csv.gz", na_values="nd", low_memory=False)
    columns = {
        "source": "cariaco",
        "file": "niskin.csv",
        "cast": frame["Cruise_ID_1"].astype(str) + frame["Hydro_cast_no"].astype(str),
        "instrument": "bottle",
        "time": pd.to_datetime(frame[["Year", "Month", "Day"]]).to_numpy(),
        "latitude": frame["Latitude"].to_numpy(float),
        "longitude": frame["Longitude"].to_numpy(float),
        "depth": frame["Depth_target"].to_numpy(float),
        "temperature": frame["Temperature"].to_numpy(float),
        "salinity": frame["Salinity_bottles"].to_numpy(float),
    }
    right = run.run_battery(schema.from_columns(columns | {"oxygen": frame["O2_umol_kg"].to_numpy(float)}, "cariaco"))
    assert not bits(right, "unit_misreport").any()
    assert (right["oxygen_flag"].to_numpy() == 1).sum() > 3400
    wrong = run.run_battery(schema.from_columns(columns | {"oxygen": frame["O2_ml_L"].to_numpy(float)}, "cariaco"))
    given = np.isfinite(frame["O2_ml_L"].to_numpy(float))
    surface = given & (columns["depth"] <= 19)
    whole = given & columns["cast"].isin(columns["cast"][surface]).to_numpy()
    np.testing.assert_array_equal(bits(wrong, "unit_misreport"), whole)


def test_a_broken_profile_that_its_archive_calls_good_is_caught(data_root):
    table = run.run_battery(readers.read(data_root / "observations/argo/2902884_Sprof.nc.gz"))
    cast, flag = np.array(table["cast"].to_pylist()), table["oxygen_flag"].to_numpy()
    original = np.array(table["oxygen_original_flag"].to_pylist(), object)
    broken = cast == "2902884_082"
    caught = broken & np.isin(flag, (3, 4)) & (original == "argo:1")
    assert caught.sum() > 30
    others = ~broken & np.isin(flag, (3, 4)) & (original == "argo:1")
    assert bits(table, "bad_temperature_salinity").sum() == 5, "oxygen called good though its temperature is called bad"
    assert (bits(table, "bad_temperature_salinity") | bits(table, "regional"))[others].all() and others.sum() < 20


def test_bad_winkler_values_of_a_section_are_found_by_the_sensor_and_their_neighbours(data_root):
    """P02 2013: 54 bad, without the originators' flags; vertical checks find 17."""
    table = readers.read(data_root / "observations/cchdo/hydro__p02.csv.gz")
    given, flag = np.isfinite(table["oxygen"].to_numpy()), table["oxygen_flag"].to_numpy()
    unflagged = schema.replaced(table, "oxygen_flag", np.where(given, 2, 9).astype(np.int8))
    checked = run.run_battery(unflagged)
    bottle = np.array(table["instrument"].to_pylist()) == "bottle"
    sensor, neighbours = bits(checked, "winkler_sensor"), bits(checked, "bottle_neighbours")
    assert (bottle & (flag == 4)).sum() == 54
    assert (sensor & bottle & (flag == 4)).sum() >= 40 and (neighbours & (flag == 4)).sum() >= 27
    assert ((sensor | neighbours) & bottle & (flag == 1)).sum() <= 8, "of 5155"
    assert (sensor & ~bottle & (flag == 4)).sum() == 2, "both bad sensor values"
