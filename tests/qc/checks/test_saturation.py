import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qc.checks import saturation


def test_saturation_only_inside_its_layer():
    oxygen, solubility = np.array([300.0, 300, 300, 300]), np.array([274.6, 274.6, np.nan, 274.6])
    pressure = np.array([10.0, 500, 500, np.nan])
    failed = saturation.saturation_outside(oxygen, solubility, pressure, (-np.inf, 100), (300, np.inf))
    assert failed.tolist() == [False, True, False, False]


LOW = (70.0, 10.0, 60.0, 5.0)


def test_low_saturation_at_the_surface_is_found_and_upwelling_is_not():
    pressure = np.array([0.0, 5, 20, 50, 300])
    casts = {
        "one value too low": ([120.0, 230, 238, 235, 60], [True, False, False, False, False]),
        "upwelling": ([150.0, 150, 148, 90, 60], [False] * 5),
        "upwelling, below a bloom": ([260.0, 150, 148, 90, 60], [False] * 5),
        "nothing below": ([150.0, np.nan, np.nan, np.nan, 60], [True, False, False, False, False]),
        "only deep": ([np.nan, np.nan, 100, 90, 60], [False] * 5),
        "as usual": ([240.0, 238, 238, 235, 60], [False] * 5),
    }
    cast = np.repeat(np.arange(len(casts)), 5)
    oxygen = np.concatenate([oxygen for oxygen, _ in casts.values()])
    found = saturation.low_saturation(oxygen, np.full(30, 240.0), np.tile(pressure, 6), cast, *LOW)
    for number, (name, (_, expected)) in enumerate(casts.items()):
        assert found[cast == number].tolist() == expected, name
    unknown = saturation.low_saturation(oxygen, np.full(30, np.nan), np.tile(pressure, 6), cast, *LOW)
    assert not unknown.any() and not saturation.low_saturation(*[np.zeros(0)] * 3, np.zeros(0, int), *LOW).any()


@given(st.lists(st.tuples(st.floats(0, 80), st.floats(1, 400)), min_size=1, max_size=12), st.randoms())
def test_water_that_is_never_higher_below_is_no_fault_in_any_order_of_levels(levels, random):
    pressure = np.sort([p for p, _ in levels] + [11.0])
    oxygen = -np.sort(-np.array([o for _, o in levels] + [0.5]))
    order = random.sample(range(len(pressure)), len(pressure))
    solubility, cast = np.full(len(order), 240.0), np.zeros(len(order), int)
    found = saturation.low_saturation(oxygen[order], solubility, pressure[order], cast, *LOW)
    assert not found.any()
