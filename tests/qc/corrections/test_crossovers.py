from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from qc.battery import battery, run
from qc.corrections import crossovers, glodap_adjustments
from qc.corrections.crossovers import Rules
from qc.duplicates import search
from qc.errors import InputError
from qc.readers import registry as readers
from qc.table import schema

RULES = battery.load_battery().duplicates

PRESSURE = np.arange(1000.0, 5001, 250)
TRUE = {"A": 1.0, "B": 1.03, "C": 0.96, "D": 1.0}


def cruise(name: str, factor: float = 1.0, lat: float = 0.0, n: int = 6, noise: float = 0.003, **columns) -> pa.Table:
    """Stations half a degree apart, oxygen by pressure and a little by place, times `factor`."""
    rng = np.random.default_rng(ord(name[0]))
    station = np.repeat(np.arange(n), len(PRESSURE))
    p = np.tile(PRESSURE, n) + np.repeat(rng.uniform(0, 100, n), len(PRESSURE))
    oxygen = factor * (180 + 40 * np.tanh((p - 2500) / 800)) * (1 + noise * rng.normal(size=n))[station]
    base: dict[str, object] = {"source": "wod", "file": name, "cruise": name, "instrument": "bottle"}
    base |= {"cast": [f"{name}{i}" for i in station], "latitude": lat + 0.5 * station, "longitude": -30.0 + 0 * p}
    base |= {"time": np.full(len(p), np.datetime64("1995-01-01", "ms")), "pressure": p, "oxygen": oxygen}
    base |= {"temperature": 4 - p / 2000, "salinity": 34.9 + 0 * p}
    return schema.from_columns(base | columns, "test")


def join(*tables: pa.Table) -> pa.Table:
    return pa.concat_tables(tables).unify_dictionaries()


@pytest.mark.parametrize("surface", ["density", "pressure"])
def test_factors_are_found_again(surface):
    pairs = crossovers.find(join(*(cruise(name, factor) for name, factor in TRUE.items())), Rules(surface=surface))
    assert list(zip(pairs["a"], pairs["b"])) == [
        (f"wod/{a}", f"wod/{b}") for a, b in ("AB", "AC", "AD", "BC", "BD", "CD")
    ]
    assert pairs.loc[0, "ratio"] == pytest.approx(1 / 1.03, abs=0.004) and (pairs["stations_a"] == 6).all()
    found = crossovers.adjust(pairs, datum=["wod/A", "wod/D"])
    expected = pd.Series({f"wod/{name}": 1 / factor for name, factor in TRUE.items()})
    assert (np.abs(found["factor"] - expected) < 0.004).all()
    assert (found["error"].loc[["wod/A", "wod/D"]] == 0).all() and (
        found["error"].loc[["wod/B", "wod/C"]] > 0.004
    ).all()


def test_without_datum_the_mean_log_factor_is_zero_in_each_group():
    far = (cruise("E", 1.1, lat=60), cruise("F", lat=60))
    pairs = crossovers.find(join(*(cruise(name, factor) for name, factor in TRUE.items()), *far))
    found = crossovers.adjust(pairs)
    assert found["group"].tolist() == [0, 0, 0, 0, 1, 1] and found["crossovers"].tolist() == [3, 3, 3, 3, 1, 1]
    assert np.log(found["factor"]).groupby(found["group"]).sum().to_numpy() == pytest.approx([0, 0], abs=1e-9)
    ratio = found["factor"]["wod/B"] / found["factor"]["wod/C"]
    assert ratio == pytest.approx(0.96 / 1.03, abs=0.004)


def test_errors_grow_where_crossovers_contradict_each_other():
    pairs = crossovers.find(join(*(cruise(name) for name in "ABC")))
    calm = crossovers.adjust(pairs)["error"]
    assert (crossovers.adjust(pairs.assign(ratio=[1.1, 0.9, 1.1]))["error"] > 3 * calm).all()


@pytest.mark.parametrize(
    "other",
    [
        {"lat": 8.0},  # too far
        {"cruise": "A"},  # no other cruise
        {"cruise": [None] * (6 * len(PRESSURE))},
        {"n": 2},  # too few stations
        {"salinity": np.full(6 * len(PRESSURE), np.nan)},  # no density
        {"oxygen_flag": np.full(6 * len(PRESSURE), 3, np.int8)},
        {"pressure": np.tile(PRESSURE, 6) / 3},  # not deep
        {"oxygen": np.full(6 * len(PRESSURE), 5.0)},  # ratios of nearly nothing
    ],
)
def test_what_is_no_crossover(other):
    pairs = crossovers.find(join(cruise("A"), cruise("B", **other)))
    assert len(pairs) == 0 and list(pairs)[:3] == ["a", "b", "crossings"]
    assert len(crossovers.adjust(pairs)) == 0


def test_a_table_without_deep_water_has_no_crossover():
    shallow = {"pressure": np.tile(PRESSURE, 6) / 3}
    for surface in ("density", "pressure"):
        assert len(crossovers.find(join(cruise("A", **shallow), cruise("B", **shallow)), Rules(surface=surface))) == 0


@pytest.mark.parametrize(
    ("surface", "column", "values"),
    [
        ("pressure", "pressure", [3e5, 1e9]),
        ("density", "salinity", [48.9, 300.0]),
        ("density", "temperature", [-9, 90]),
    ],
)
def test_wild_levels_neither_count_nor_swell_the_work(surface, column, values, monkeypatch):
    """Two stations have them, for what a single one has cannot be compared."""
    table, sizes = join(*(cruise(name, TRUE[name]) for name in "AB")), []
    original = crossovers.to_surfaces
    monkeypatch.setattr(crossovers, "to_surfaces", lambda *a: sizes.append(len(a[3])) or original(*a))
    expected = crossovers.find(table, Rules(surface=surface))
    wild = table[column].to_numpy().copy()
    wild[len(PRESSURE) - 1], wild[-1] = values
    spoilt = crossovers.find(schema.replaced(table, column, wild), Rules(surface=surface))
    assert sizes[1] <= 1.5 * sizes[0] and sizes[0] < 300
    pd.testing.assert_frame_equal(spoilt, expected, atol=0.003)


def test_copies_do_not_count_as_other_cruises():
    table = join(cruise("A"), cruise("A", source="glodap"))
    assert len(crossovers.find(table)) == 1
    assert len(crossovers.find(search.mark(table, RULES))) == 0


def test_crossovers_across_the_dateline():
    east, west = (
        cruise(name, longitude=np.full(6 * len(PRESSURE), lon)) for name, lon in (("A", 179.8), ("B", -179.8))
    )
    assert crossovers.find(join(east, west))["crossings"].tolist() > [6]


def test_an_unknown_datum_is_refused():
    pairs = crossovers.find(join(cruise("A"), cruise("B")))
    with pytest.raises(InputError, match="wod/X: a cruise to be trusted is in no crossover"):
        crossovers.adjust(pairs, ["wod/X"])


@pytest.fixture(scope="module")
def glodap(data_root: Path) -> pa.Table:
    names = ["29AH20090725", "33MW19930704", "33RO20130803", "74DI19980423"]
    folder = data_root / "observations" / "glodap"
    return run.run_battery(join(*(readers.read(folder / f"{name}.mat") for name in names)))


def test_adjusted_cruises_of_glodap_agree(glodap):
    pairs = crossovers.find(glodap)
    deviation = np.log(pairs["ratio"])
    assert len(pairs) == 10 and (np.abs(deviation) < 0.03).all() and np.sqrt((deviation**2).mean()) < 0.012


def test_an_adjustment_that_was_undone_is_found_again(glodap, data_root):
    """A16N 1993 is number 338 in GLODAP's files; the table gives 1.025 for 33MW19930704."""
    table = glodap_adjustments.read(data_root / "observations" / "glodap" / "AdjustmentTable.csv.gz")
    expected = table["33MW19930704"]
    undone = np.array([name == "338" for name in glodap["cruise"].to_pylist()])
    raw = pa.array(glodap["oxygen"].to_numpy() / np.where(undone, expected, 1))
    delivered = glodap.set_column(glodap.schema.get_field_index("oxygen"), glodap.schema.field("oxygen"), raw)
    datum = ["glodap/1041", "glodap/1042", "glodap/3028", "glodap/336", "glodap/694"]
    factor, error = crossovers.adjust(crossovers.find(delivered), datum).loc["glodap/338", ["factor", "error"]]
    assert expected == 1.025 and error < 0.01
    assert abs(np.log(factor / expected)) < 2 * error and factor - 1 > 2 * error


def test_the_adjustment_of_a_cruise_as_delivered_is_found(glodap, data_root):
    """A03 1993, 90CT19930911: as delivered to CCHDO under the name RUCT40_1; GLODAP multiplies it by 0.98."""
    folder = data_root / "observations"
    expected = glodap_adjustments.read(folder / "glodap" / "AdjustmentTable.csv.gz")["90CT19930911"]
    a03 = run.run_battery(readers.read(folder / "cchdo" / "oce__a03_hy1.csv.gz"))
    pairs = crossovers.find(join(glodap, a03))
    datum = sorted({name for name in [*pairs["a"], *pairs["b"]] if name.startswith("glodap/")})
    factor, error = crossovers.adjust(pairs, datum).loc["cchdo/RUCT40_1", ["factor", "error"]]
    assert expected == 0.98 and abs(np.log(factor / expected)) < error < 0.01
