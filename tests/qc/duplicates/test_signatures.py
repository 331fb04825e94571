import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.battery import battery
from qc.duplicates import signatures
from tests.support.bottle_casts import cast

RULES = battery.load_battery().duplicates


@given(st.lists(st.floats(-50, 600), min_size=1, max_size=12), st.randoms())
@settings(max_examples=50)
def test_signatures_depend_on_values_and_not_on_their_order(values, random):
    n = len(values)
    order = list(range(n))
    random.shuffle(order)
    pressure, oxygen = np.arange(n) * 10.0, np.array(values)
    straight = signatures.summarise(cast("wod", "7", pressure=pressure, oxygen=oxygen))
    mixed = signatures.summarise(cast("wod", "7", pressure=pressure[order], oxygen=oxygen[order]))
    assert straight["content"].equals(mixed["content"]) and straight["varied"].equals(mixed["varied"])
    at = np.array(straight["coarse"].to_pylist()[0])
    np.testing.assert_allclose(at, np.interp(signatures.PRESSURES, pressure, oxygen), rtol=1e-6, atol=1e-4)
    changed = signatures.summarise(cast("wod", "7", pressure=pressure, oxygen=oxygen + 0.02))
    assert not straight["content"].equals(changed["content"])
