import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.battery import battery, counts, run
from qc.errors import InputError
from qc.table import flags, schema
from tests.support.float_profiles import NOW, changed, make

LEVELS = 12


@pytest.fixture(scope="module")
def table():
    """Four casts: a sound one, one its archive distrusts, one with a spike, and a copy of the first."""
    p = np.tile(np.linspace(5, 280, LEVELS), 4)
    cast = np.repeat(np.arange(4), LEVELS)
    oxygen, flag = 250 - 0.3 * p, np.full(p.size, flags.NOT_EVALUATED, np.int8)
    flag[cast == 1] = flags.SUSPECT
    oxygen[2 * LEVELS + 4] += 120
    columns = {
        "source": "wod", "file": "f", "cast": cast.astype(str), "cruise": np.array(["A", "A", None, None])[cast],
        "platform": np.array(["ship", "ship", "ship", None])[cast], "instrument": "ctd",
        "time": np.full(p.size, np.datetime64("2001-05-01")), "latitude": 10.0 + cast,
        "longitude": np.full(p.size, -150.0), "pressure": p, "oxygen": oxygen, "oxygen_flag": flag,
        "duplicate_of": np.array([None, None, None, "wod/0"])[cast],
    }  # fmt: skip
    return run.run_battery(schema.from_columns(columns, "test"))


def test_checks_and_archive_together_explain_every_rejected_value(table):
    casts = counts.by_cast(table).to_pandas()
    assert casts["cast"].tolist() == ["0", "1", "2", "3"] and casts["latitude"].tolist() == [10, 11, 12, 13]
    assert casts["archive_flag"].tolist() == [0, LEVELS, 0, 0]
    assert casts["reason"].astype(object).fillna("none").tolist() == ["none", "archive_flag", "spike", "none"]
    bits, flag = table["oxygen_checks"].to_numpy(), table["oxygen_flag"].to_numpy()
    rejecting = sum(1 << check.bit for check in battery.load_battery().every if check.severity != "note")
    rejected = np.isin(flag, (flags.SUSPECT, flags.FAIL))
    assert casts["archive_flag"].sum() + ((bits & rejecting) > 0).sum() == rejected.sum()
    assert (casts[[*counts.STATES]].sum(axis=1) == casts["levels"]).all()


def test_cruises_are_sums_of_casts_whatever_the_parts(table):
    whole = counts.by_cruise(counts.by_cast(table))
    assert whole.index.tolist() == [("wod", "(none)"), ("wod", "A"), ("wod", "ship")]
    assert whole["casts"].tolist() == [1, 2, 1] and whole["copies"].tolist() == [1, 0, 0]
    assert whole["good"].tolist() == [LEVELS, LEVELS, LEVELS - 1], "a copy is good"
    assert whole["good_once"].tolist() == [0, LEVELS, LEVELS - 1], "but is not used again"
    assert counts.reasons(whole, battery.load_battery()).tolist() == [None, "archive_flag", "spike"]
    halves = [
        table.filter(pc.is_in(table["cast"].cast(pa.string()), pa.array(some))) for some in (["0", "3"], ["1", "2"])
    ]
    parts = pd.concat([counts.by_cruise(counts.by_cast(half)) for half in halves]).groupby(level=[0, 1]).sum()
    pd.testing.assert_frame_equal(parts, whole)
    both = ["levels", *counts.STATES, *(check.name for check in battery.load_battery().running)]
    assert (whole[both].sum() == counts.by_name(table)[both].iloc[0]).all()


def test_counts_add_up_to_every_level():
    table = changed(make(), "oxygen", [5, 20], [400.0, 700.0])
    table = changed(changed(table, "oxygen", 40, np.nan), "oxygen_flag", 40, 9)
    found = counts.by_name(run.run_battery(table, now=NOW)).loc["argo"]
    assert found["levels"] == 48 and found["missing"] == 1 and found["bad"] == 2
    assert found[["good", "suspect", "bad", "missing", "not_evaluated"]].sum() == 48
    assert found["range"] == 1 and found["spike"] == 1, "what is out of range is not compared again"
    assert counts.by_name(table, by="cruise").index.tolist() == ["5900001"]
    for bad in ({"variable": "oxygenn"}, {"by": "latitude"}):
        with pytest.raises(InputError):
            counts.by_name(table, **bad)


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from([1, 2, 3, 4, 9]), st.integers(0, 2**64 - 1)), max_size=40))
def test_counts_of_any_groups_and_bits_are_those_of_one_check_after_the_other(levels):
    name, flag, bits = (np.array([level[i] for level in levels], type_) for i, type_ in enumerate((int, "i1", "u8")))
    n, checks = len(levels), battery.load_battery()
    columns = {"latitude": np.zeros(n), "longitude": np.zeros(n), "source": "wod", "cast": name.astype(str)}
    columns |= {"oxygen": np.where(flag == 9, np.nan, 200.0), "oxygen_flag": flag, "oxygen_checks": bits}
    table = schema.from_columns(columns, "test")
    by_name, casts = counts.by_name(table, by="cast"), counts.by_cast(table).to_pandas().set_index("cast")
    assert by_name.index.tolist() == sorted(set(name.astype(str))) and set(casts.index) == set(by_name.index)
    for one in by_name.index:
        here = name == int(one)
        expected = {state: int((flag[here] == value).sum()) for state, value in counts.STATES.items()}
        expected |= {check.name: sum(int(value) >> check.bit & 1 for value in bits[here]) for check in checks.running}
        assert by_name.loc[one, [*expected]].to_dict() == expected == casts.loc[one, [*expected]].to_dict()
        assert by_name.loc[one, "levels"] == here.sum() and by_name.loc[one, "duplicate"] == 0


def test_interpolated_values_are_counted_apart_from_those_that_their_archive_doubts(table):
    own = np.array([["argo:8", "argo:3", None][i % 3] for i in range(table.num_rows)], object)
    own = pa.array(own).cast(schema.OBSERVATIONS.field("oxygen_original_flag").type)
    place = table.schema.get_field_index("oxygen_original_flag")
    casts = counts.by_cast(table.set_column(place, table.schema.field(place), own)).to_pandas()
    assert casts["archive_interpolated"].tolist() == [0, LEVELS // 3, 0, 0]
    assert casts["archive_flag"].tolist() == [0, LEVELS - LEVELS // 3, 0, 0]
