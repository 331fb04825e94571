import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oxygen_recon.sources.dynamical_twin.biology.ecosystem import (
    GROUPS,
    NAMES,
    NITROGEN,
    dust,
    gas_exchange,
    step,
)
from oxygen_recon.sources.dynamical_twin.biology.light import VISIBLE, light_in_boxes
from oxygen_recon.sources.dynamical_twin.ocean.tracers import TracerState
from oxygen_recon.sources.dynamical_twin.ocean.weather import insolation


def state(mixed=50.0, temperature=12.0, **values):
    """One column."""
    start = dict.fromkeys((*GROUPS, "zooplankton", "detritus"), 0.1) | {"nitrate": 8.0, "iron": 0.5, "oxygen": 250.0}
    start |= {"temperature": temperature} | values
    names = ("temperature", *NAMES)
    fields = np.stack([np.full((3, 1), start[name], np.float32) for name in names])
    return TracerState(names, fields, np.array([[mixed], [300 - mixed], [300]], np.float32))


def nitrogen(column):
    return float(sum((column.of(name).astype(float) * column.boxes).sum() for name in NITROGEN))


def light(value):
    return np.full(1, value, np.float32)


concentrations = st.floats(0, 50, width=32)


@settings(max_examples=50)
@given(
    st.fixed_dictionaries(dict.fromkeys(NAMES, concentrations)),
    st.floats(-2, 32, width=32),
    st.floats(0, 150, width=32),
    st.floats(0.03125, 0.34375, width=32),
)
def test_any_pools_keep_their_nitrogen_and_stay_positive(values, temperature, sun, days):
    column = state(temperature=temperature, **values)
    before = nitrogen(column)
    for _ in range(5):
        step(column, light(sun), days)
    assert nitrogen(column) == pytest.approx(before, rel=1e-5, abs=1e-4)
    assert np.isfinite(column.concentration).all()
    assert (column.concentration[1:] >= 0).all()


def test_a_year_in_the_dark_turns_everything_to_nitrate():
    column = state()
    for _ in range(365 * 4):
        step(column, light(0), 0.25)
    assert float((column.of("nitrate") * column.boxes).sum()) == pytest.approx(nitrogen(column), rel=0.02)
    assert (column.of("oxygen") < 250).all()


def test_plants_bloom_where_the_mixed_layer_becomes_thin():
    grown = []
    for depth in (30.0, 200.0):
        column = state(mixed=depth, zooplankton=0.02)
        for _ in range(40):
            step(column, light(60), 0.25)
        grown.append(sum(float(column.of(name)[0, 0]) for name in GROUPS))
    assert grown[0] > 2 * grown[1]


def test_animals_not_light_decide_how_many_plants_there_are_in_the_end():
    def lasting(sun):
        column, green = state(nitrate=15.0, iron=1.0), []
        for number in range(200 * 4):
            step(column, light(sun), 0.25)
            column.of("nitrate")[:] = 15.0
            column.of("iron")[:] = 1.0
            if number > 120 * 4:
                green.append(sum(float(column.of(name)[0, 0]) for name in GROUPS))
        return np.mean(green)

    assert lasting(120) < 1.2 * lasting(60)  # a long summer is no bloom


def test_traits_decide_which_group_grows_most():
    def best(**values):
        column = state(zooplankton=0.001, **values)
        for _ in range(12):
            step(column, light(100), 0.25)
        return max(GROUPS, key=lambda name: column.of(name)[0, 0])

    assert best(temperature=8.0, nitrate=15.0, iron=1.0) == "diatoms"
    assert best(temperature=27.0, nitrate=0.1, iron=0.3) == "cyanobacteria"


def test_production_makes_oxygen_and_respiration_takes_no_more_than_there_is():
    column = state(oxygen=0.5, detritus=30.0)
    for _ in range(40):
        step(column, light(0), 0.25)
    assert (column.of("oxygen") >= 0).all() and (column.of("oxygen") < 0.1).all()
    bright = state(detritus=0.0, zooplankton=0.0)
    step(bright, light(100), 0.25)
    assert bright.of("oxygen")[0, 0] > 250


def test_gas_comes_to_saturation_and_dust_brings_iron():
    column = state(oxygen=200.0)
    for _ in range(400):
        gas_exchange(column, np.full(1, 280, np.float32), np.full(1, 8, np.float32), 0.25)
    assert column.of("oxygen")[0, 0] == pytest.approx(280, abs=0.5)
    assert (column.of("oxygen")[1:] == 200).all()
    dust(column, np.full(1, 0.5, np.float32), 10.0)
    assert column.of("iron")[0, 0] == pytest.approx(0.5 + 5 / 50, rel=1e-5)


def test_light_is_that_of_the_season_and_falls_with_depth():
    june = VISIBLE * insolation(np.array([-70.0, 0.0, 70.0]), 172.0)
    assert june[0] == 0 and june[2] > june[1] > 80
    inside = light_in_boxes(light(100), np.array([[1.0], [0.5]], np.float32), state().boxes)[:, 0]
    assert 100 > inside[0] > inside[1] > 0 == inside[2]
