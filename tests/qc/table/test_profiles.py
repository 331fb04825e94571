import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qc.table import profiles


@given(st.integers(0, 2**31))
def test_rows_are_sorted_by_cast_and_pressure_with_ties_in_order(seed):
    random = np.random.default_rng(seed)
    cast = np.sort(random.integers(0, 5, 40))
    pressure = random.choice([0.0, 10, 10, 20, 30, np.nan], 40)
    first = cast == cast[0]
    pressure[first] = np.sort(pressure[first])
    found = profiles._sort_casts(cast, pressure, np.arange(40))
    np.testing.assert_array_equal(found, np.lexsort((pressure, cast)))
