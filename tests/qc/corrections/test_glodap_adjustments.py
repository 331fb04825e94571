import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from qc.battery import battery, cruises, run
from qc.corrections import glodap_adjustments
from qc.errors import InputError
from qc.readers import registry as readers
from qc.readers.files import limits
from qc.table import schema

FACTORS = pd.Series({"33MW19930704": 1.025, "33RR20070204": 1.0, "06AQ19930806": np.nan})
BIT = np.uint64(1 << 31)


def observations(source: str, *names: str | None) -> pa.Table:
    n = len(names)
    columns = {"source": source, "file": "f", "cast": [str(i) for i in range(n)], "cruise": list(names)}
    columns |= {"latitude": np.ones(n), "longitude": np.zeros(n), "pressure": np.full(n, 100.0)}
    columns["time"] = np.full(n, np.datetime64("1993-07-04", "ms"))
    return schema.from_columns(columns | {"oxygen": np.full(n, 200.0), "oxygen_original": np.full(n, 200.0)}, "test")


def test_cruises_with_a_factor_are_multiplied_and_it_is_written_down():
    names = ("33MW19930704", " 33mw19930704 ", "33RR20070204", "06AQ19930806", "other", None)
    before = observations("cchdo", *names)
    table, changed = glodap_adjustments.apply(before, FACTORS)
    schema.check(table, "test")
    assert table["oxygen"].to_pylist() == pytest.approx([205, 205, 200, 200, 200, 200])
    assert table["oxygen_original"].equals(before["oxygen_original"])
    assert (table["oxygen_checks"].to_numpy() & BIT > 0).tolist() == [True, True, False, False, False, False]
    assert battery.bit_names(table["oxygen_checks"][0].as_py()) == ("adjusted",)
    assert changed["levels"].tolist() == [1, 1] and set(changed["expocode"]) == {"33MW19930704"}
    assert changed["factor"].tolist() == [1.025, 1.025] and set(changed["source"]) == {"cchdo"}


def test_nothing_is_multiplied_twice_not_even_beside_what_is_new():
    once, _ = glodap_adjustments.apply(observations("cchdo", "33MW19930704"), FACTORS)
    mixed = pa.concat_tables([once, observations("wod", "33MW19930704")]).unify_dictionaries()
    twice, changed = glodap_adjustments.apply(mixed, FACTORS)
    assert twice["oxygen"].to_pylist() == pytest.approx([205, 205]) and changed["source"].tolist() == ["wod"]
    assert glodap_adjustments.apply(twice, FACTORS)[1].empty


def test_glodap_is_adjusted_already():
    table, changed = glodap_adjustments.apply(observations("glodap", "33MW19930704"), FACTORS)
    assert table["oxygen"].to_pylist() == [200] and changed.empty


def test_aliases_lead_to_expocodes():
    table, changed = glodap_adjustments.apply(observations("wod", "3175mb93"), FACTORS, {"3175MB93": "33MW19930704"})
    assert table["oxygen"].to_pylist() == pytest.approx([205]) and changed["expocode"].tolist() == ["33MW19930704"]


def test_the_note_makes_no_value_worse():
    table = run.run_battery(glodap_adjustments.apply(observations("cchdo", *["33MW19930704"] * 60), FACTORS)[0])
    marked = cruises.check_cruises(table)
    assert not (marked["oxygen_checks"].to_numpy() & np.uint64(1 << 29)).any()
    assert "adjusted" not in cruises.describe(marked)["33MW19930704"]


def test_a_missing_file_or_column_is_one_line(tmp_path: Path):
    with pytest.raises(InputError, match=r"none\.csv: no such file"):
        glodap_adjustments.read(tmp_path / "none.csv")
    path = tmp_path / "t.csv"
    path.write_text("cruise_expocode,nitrate_adj\na,1\n")
    with pytest.raises(InputError, match="no readable table of adjustments"):
        glodap_adjustments.read(path)
    with pytest.raises(InputError, match="no readable table of cruises"):
        glodap_adjustments.read_aliases(path)


@pytest.mark.parametrize("read", [glodap_adjustments.read, glodap_adjustments.read_aliases])
def test_a_truncated_or_swollen_table_is_one_line(read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rows = "".join(f"a{i},a{i},b{i},1.0{i}\n" for i in range(400))
    packed = gzip.compress(("cruise_expocode,expocode,alias,oxygen_adj\n" + rows).encode())
    path = tmp_path / "t.csv.gz"
    path.write_bytes(packed)
    assert len(read(path)) == 400
    path.write_bytes(packed[:-20])
    with pytest.raises(InputError, match=r"t\.csv\.gz: broken gzip file"):
        read(path)
    monkeypatch.setattr(limits, "LIMITS", limits.Limits(free=100, ratio=1))
    path.write_bytes(packed)
    with pytest.raises(InputError, match=r"t\.csv\.gz: unpacks to more than"):
        read(path)


def test_the_table_of_glodap(data_root: Path):
    factors = glodap_adjustments.read(data_root / "observations" / "glodap" / "AdjustmentTable.csv.gz")
    assert len(factors) == 1038 and factors["33MW19930704"] == 1.025 and factors["33RO20131223"] == 1.01
    assert factors.min() == 0.928 and factors.max() == 1.11
    # twice in the table: one given, the same thrice, two contradicting
    assert factors["06AQ19920521"] == 1 and factors["316N19831007"] == 0.99 and np.isnan(factors["74AB20050501"])


def test_names_of_glodap_cruises(data_root: Path):
    names = glodap_adjustments.read_aliases(
        data_root / "observations" / "glodap" / "glodapv2_2023_cruise_metadata.csv.gz"
    )
    assert names["31WTTUNES_3"] == "31WT19910831" and "90CT40_1" not in names  # of two cruises
    p16 = readers.read(data_root / "observations" / "cchdo" / "pycchdo__example_hy1.csv.gz")
    factors = pd.Series({"31WT19910831": 1.01})
    table, changed = glodap_adjustments.apply(p16, factors, names)
    assert changed[["cruise", "factor"]].to_numpy().tolist() == [["31WTTUNES_3", 1.01]]
    assert np.nanmax(np.abs(table["oxygen"].to_numpy() / p16["oxygen"].to_numpy() - 1.01)) < 1e-12
