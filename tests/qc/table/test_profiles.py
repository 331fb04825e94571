import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from qc.table import profiles, schema
from tests.support.bottle_cruises import table, water


@given(st.integers(0, 2**31))
def test_rows_are_sorted_by_cast_and_pressure_with_ties_in_order(seed):
    random = np.random.default_rng(seed)
    cast = np.sort(random.integers(0, 5, 40))
    pressure = random.choice([0.0, 10, 10, 20, 30, np.nan], 40)
    first = cast == cast[0]
    pressure[first] = np.sort(pressure[first])
    found = profiles._sort_casts(cast, pressure, np.arange(40))
    np.testing.assert_array_equal(found, np.lexsort((pressure, cast)))


@given(st.integers(0, 2**31))
def test_the_two_measurements_of_a_bottle_stop_are_partners_in_any_order_of_rows(seed):
    one = pa.concat_tables([table(water()), table(water(), file="y.zip#1")]).unify_dictionaries()
    shuffled = one.take(np.random.default_rng(seed).permutation(one.num_rows)[:500])
    levels = profiles.from_table(shuffled)
    key = list(zip(shuffled["file"].to_pylist(), shuffled["row"].to_pylist(), strict=True))
    instrument = shuffled["instrument"].to_pylist()
    for row, partner in enumerate(levels.partner):
        same = [i for i in range(500) if key[i] == key[row] and i != row]
        assert same == ([partner] if partner >= 0 else []), "every pair that is there, and no other"
        assert partner < 0 or instrument[partner] != instrument[row]


def test_the_members_of_an_archive_are_one_cruise_and_files_are_not():
    files = ["x.zip#1", "x.zip#2", "y.csv", "y.csv"]
    levels = profiles.from_table(
        schema.from_columns(
            {"file": files, "cruise": ["A", "A", "A", None], "latitude": [0.0] * 4, "longitude": [0.0] * 4}, "test"
        )
    )
    same = levels.cruise[:, None] == levels.cruise
    assert same.tolist() == [[True, True, False, False]] * 2 + [
        [False, False, True, False],
        [False, False, False, True],
    ]
