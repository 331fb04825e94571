import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig
from oxygen_recon.sources.dynamical_twin.ocean.basin import Basin
from oxygen_recon.sources.dynamical_twin.ocean.model import Ocean
from oxygen_recon.sources.dynamical_twin.ocean.tracers import LEAST, LOWER, MIXED, UPPER, TracerState, Transport, split

CONFIG = DynamicalTwinConfig(rows=32, ecosystem=False)


@pytest.fixture(scope="module")
def moving():
    """An ocean after fifteen days, and what crossed its edges in the last slow step."""
    ocean = Ocean(CONFIG)
    for _ in ocean.days(15):
        pass
    return ocean


def patches(ocean, seed=0):
    """A tracer between 0 and 1 in patches with sharp edges, and one that is 1 everywhere."""
    basin = ocean.basin
    rng = np.random.default_rng(seed)
    sharp = np.repeat(np.repeat((rng.random((3, 8, 16)) > 0.5), 4, 1), 4, 2)
    both = np.stack([basin.flat(sharp.astype(float)), basin.flat(np.ones((3, *basin.wet.shape)))])
    mixed = np.full(basin.size, 60.0, np.float32)
    return TracerState(("sharp", "one"), both, split(ocean.flow.thickness, mixed))


def amounts(basin, state):
    return (basin.square(state.concentration) * basin.square(state.boxes))[..., basin.wet].sum((1, 2), dtype=float)


def drift(ocean, state, days, mixed):
    """Move a copy of the state with a copy of the ocean, without exchange with the deep."""
    copy = Ocean(CONFIG, ocean.state())
    copy.slow.restoring = False
    transport = Transport(copy.basin, state)
    start = amounts(copy.basin, transport.state)
    none = np.zeros(copy.basin.size, np.float32)

    def each(place):
        transport.move(copy.flow.moved)
        transport.exchange(none, none, copy.flow.thickness, np.zeros((2, copy.basin.size), np.float32))
        transport.entrain(mixed(place))

    for _ in range(days):
        copy.day(each)
    return transport, start


def test_amounts_are_kept_and_values_stay_within_their_range(moving):
    def mixed(place):
        return np.full(moving.basin.size, 40 + 25 * place, np.float32)

    transport, start = drift(moving, patches(moving), 5, mixed)
    basin = moving.basin
    assert amounts(basin, transport.state) == pytest.approx(start, rel=1e-5)
    inside = basin.square(transport.state.concentration)[..., basin.wet]
    assert inside[1] == pytest.approx(1, abs=1e-4)
    assert inside[0].min() > -1e-6 and inside[0].max() < 1 + 1e-4
    assert 0.05 < inside[0].std() < 0.45  # some is mixed, most is not


def test_boxes_follow_the_layers(moving):
    transport, _ = drift(moving, patches(moving), 2, lambda place: np.full(moving.basin.size, 50, np.float32))
    copy = Ocean(CONFIG, moving.state())
    copy.slow.restoring = False
    for _ in copy.days(2):
        pass
    wet = copy.basin.wet
    boxes = copy.basin.square(transport.state.boxes)[:, wet]
    layers = copy.basin.square(copy.flow.thickness)[:, wet]
    assert boxes[MIXED] + boxes[UPPER] == pytest.approx(layers[0], rel=1e-5)
    assert boxes[LOWER] == pytest.approx(layers[1], rel=1e-5)


def test_water_from_the_deep_has_the_tracers_of_the_deep(moving):
    basin = moving.basin
    state = patches(moving)
    transport = Transport(basin, state)
    risen = basin.flat(np.where(basin.wet, 2.0, 0.0))
    thickness = moving.flow.thickness.copy()
    thickness[1] += risen
    none = np.zeros(basin.size, np.float32)
    before = amounts(basin, transport.state)
    deep = np.stack([np.full(basin.size, 5, np.float32), np.full(basin.size, 1, np.float32)])
    transport.exchange(none, risen, thickness, deep)
    gained = amounts(basin, transport.state) - before
    assert gained == pytest.approx(basin.wet.sum() * 2.0 * np.array([5, 1]), rel=1e-3)


@given(st.lists(st.floats(0, 600, width=32), min_size=1, max_size=6), st.integers(0, 5))
def test_any_sequence_of_mixed_depths_keeps_amounts(depths, seed):
    basin = Basin.of(16)
    rng = np.random.default_rng(seed)
    thickness = basin.flat(rng.uniform(21, 500, (2, *basin.wet.shape)))
    mixed = np.minimum(np.full(basin.size, 15, np.float32), thickness[0] - LEAST)
    state = TracerState(("a",), rng.random((1, 3, basin.size)).astype(np.float32), split(thickness, mixed))
    transport = Transport(basin, state)
    before = amounts(basin, transport.state)
    for depth in depths:
        transport.entrain(np.full(basin.size, depth, np.float32))
        assert (transport.state.boxes > LEAST - 1e-3).all()
    assert amounts(basin, transport.state) == pytest.approx(before, rel=1e-5)
    assert (transport.state.concentration > -1e-5).all() and (transport.state.concentration < 1.001).all()


def test_split_is_the_inverse_of_adding_boxes():
    basin = Basin.of(16)
    thickness = basin.flat(np.where(basin.wet, 300.0, 1e-3) * np.ones((2, 1, 1)))
    boxes = split(thickness, np.full(basin.size, 40, np.float32))
    wet = thickness[0] > 1
    assert (boxes[:, wet] == np.array([[40], [260], [300]])).all()
    assert (boxes[:, ~wet] == 2 * LEAST).all()


def test_a_state_is_copied(moving):
    state = patches(moving)
    transport = Transport(moving.basin, state)
    transport.entrain(np.full(moving.basin.size, 90, np.float32))
    assert (moving.basin.square(state.mixed)[moving.basin.wet] == 60).all()


@given(st.lists(st.floats(10, 60, width=32), min_size=2, max_size=8), st.floats(0, 1, width=32))
def test_nothing_on_land_becomes_negative(depths, below):
    basin = Basin.of(16)
    none = np.zeros(basin.size, np.float32)
    boxes = split(np.zeros((2, basin.size), np.float32), none)  # land everywhere
    first = np.array([1, below, 0], np.float32)[None, :, None] * np.ones(basin.size, np.float32)
    transport = Transport(basin, TracerState(("one",), first.astype(np.float32), boxes))
    for depth in depths:
        transport.entrain(np.full(basin.size, depth, np.float32))
        transport.exchange(none, none, np.zeros((2, basin.size), np.float32), np.zeros((1, basin.size), np.float32))
        assert transport.state.concentration.min() >= 0
