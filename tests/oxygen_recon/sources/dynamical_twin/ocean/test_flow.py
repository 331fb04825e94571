from dataclasses import replace

import numpy as np
import pytest

from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig
from oxygen_recon.sources.dynamical_twin.ocean.basin import Basin
from oxygen_recon.sources.dynamical_twin.ocean.flow import Flow
from oxygen_recon.sources.dynamical_twin.ocean.state import at_rest
from oxygen_recon.sources.dynamical_twin.ocean.targets import LOWER_GRAVITY, UPPER_GRAVITY, deformation_radii

CONFIG = DynamicalTwinConfig(rows=32)


@pytest.fixture(scope="module")
def basin():
    return Basin.of(32)


def flow_of(basin, state):
    return Flow(basin, CONFIG.spacing, CONFIG.step, state)


def bumps(basin, seed=0):
    """Layers with smooth hills of 20 m, at rest."""
    state = at_rest(basin, seed)
    north, east = np.radians(basin.latitude)[:, None], np.radians(basin.longitude)[None, :]
    hill = 20 * np.cos(3 * east) * np.cos(2 * north) * basin.wet
    thickness = state.thickness + basin.flat(np.stack([hill, -0.5 * hill]))
    return replace(state, thickness=thickness, earlier_thickness=np.stack([thickness, thickness]))


def test_flat_layers_stay_at_rest(basin):
    state = at_rest(basin, 0)
    level = np.where(state.thickness > 1, np.array([[300.0], [340.0]]), state.thickness).astype(np.float32)
    flow = flow_of(basin, replace(state, thickness=level, earlier_thickness=np.stack([level, level])))
    for _ in range(50):
        flow.step()
    assert np.array_equal(flow.thickness, level) and not flow.current.any()


def test_volume_is_kept(basin):
    flow = flow_of(basin, bumps(basin))
    before = basin.square(flow.thickness)[:, basin.wet].sum(1, dtype=float)
    for _ in range(200):
        flow.step()
    after = basin.square(flow.thickness)[:, basin.wet].sum(1, dtype=float)
    assert np.abs(flow.current).max() > 0.05
    assert after == pytest.approx(before, rel=1e-6)


def test_nothing_flows_through_land(basin):
    flow = flow_of(basin, bumps(basin))
    for _ in range(50):
        flow.step()
    assert not flow.current[:, basin.faces.repeat(2, axis=0).min(0) == 0][
        flow.open[:, flow.open.min(0) == 0] == 0
    ].any()
    assert (basin.square(flow.thickness)[:, ~basin.wet] < 0.01).all()


def test_the_planet_may_be_turned(basin):
    """Columns have no number of their own: turning land and state by some columns turns the flow, bit by bit."""
    turn = 13
    turned = replace(basin, wet=np.roll(basin.wet, turn, 1), depth=np.roll(basin.depth, turn, 1))
    state = bumps(basin)

    def rolled(flat):
        cells = turned.flat(np.roll(basin.square(flat), turn, -1))
        cells[cells == 0] = 1e-3 if flat is not state.current else 0
        return cells

    thickness = rolled(state.thickness)
    other = replace(state, thickness=thickness, earlier_thickness=np.stack([thickness, thickness]))
    flow, copy = flow_of(basin, state), flow_of(turned, other)
    for _ in range(60):
        flow.step()
        copy.step()
    assert np.array_equal(np.roll(basin.square(flow.current), turn, -1), turned.square(copy.current))
    assert np.array_equal(np.roll(basin.square(flow.thickness), turn, -1), turned.square(copy.thickness))


def test_an_internal_wave_travels_at_its_speed():
    """A crest of the first mode in a channel round the planet, without rotation."""
    rows = 32
    true = Basin.of(rows)
    wet = np.zeros_like(true.wet)
    wet[8:24] = True
    channel = replace(true, wet=wet, depth=np.where(wet, 1000.0, 0.0))
    thickness = np.array([300.0, 340.0])
    matrix = np.array([[UPPER_GRAVITY + LOWER_GRAVITY, LOWER_GRAVITY], [LOWER_GRAVITY, LOWER_GRAVITY]]) * thickness
    speeds, modes = np.linalg.eig(matrix.T)
    speed, mode = np.sqrt(speeds.max()), modes[:, speeds.argmax()]
    assert speed == pytest.approx(deformation_radii(thickness, np.array(1.0))[0], rel=1e-6)
    wave = np.cos(2 * np.radians(channel.longitude))[None, None, :] * np.ones((2, rows, 1))
    raised = thickness[:, None, None] + (mode / np.abs(mode).max())[:, None, None] * wave
    state = at_rest(channel, 0)
    layers = channel.flat(np.where(wet, raised, 1e-3))
    layers[layers == 0] = 1e-3
    flow = flow_of(channel, replace(state, thickness=layers, earlier_thickness=np.stack([layers, layers])))
    flow._rotation[:] = 0
    period = 2.56e6 / 2 / speed
    steps = round(period / CONFIG.step)
    for _ in range(steps):
        flow.step()
    now = channel.square(flow.thickness)[0, 15]
    start = channel.square(layers)[0, 15]
    assert np.corrcoef(now, start)[0, 1] > 0.995
    assert np.ptp(now) == pytest.approx(np.ptp(start), rel=0.1)
