"""What is carried from one day to the next: two layers, and what the time scheme remembers of earlier steps."""

from dataclasses import dataclass

import numpy as np

from oxygen_recon.sources.dynamical_twin.ocean.basin import Basin, Single
from oxygen_recon.sources.dynamical_twin.ocean.targets import layer_targets

LAND_THICKNESS = 1e-3  # m: so small that the mean over a coastal corner is that of its wet cells


@dataclass(frozen=True)
class FlowState:
    """Two layers at the end of a day; arrays are flat, as a `Basin` makes them.

    Parameters
    ----------
    day : int
        Days since the start from flat layers.
    current : array of float32, shape (4, size)
        Eastward velocity at the eastern edges of the cells of the upper and the lower layer, and northward velocity at
        the northern edges, m/s.
    thickness : array of float32, shape (2, size)
        Thickness of the layers, m.
    tendency : array of float32, shape (2, 4, size)
        Rates of change of `current` by rotation and advection one and two steps ago, m/s2.
    transport : array of float32, shape (2, 4, size)
        Velocity times the sum of the thicknesses on both sides one and two steps ago, m2/s: twice the transport.
    earlier_thickness : array of float32, shape (2, 2, size)
        Thickness one and two steps ago, m.
    """

    day: int
    current: Single
    thickness: Single
    tendency: Single
    transport: Single
    earlier_thickness: Single


def at_rest(basin: Basin, seed: int) -> FlowState:
    """Return flat layers at rest, with noise of half a metre from which instability grows.

    Parameters
    ----------
    basin : Basin
        Grid and land.
    seed : int
        Seed of the noise.

    Returns
    -------
    FlowState
        Day 0.
    """
    target = layer_targets(basin)
    weight = basin.wet.sum(1)
    mean = (target[:, :, 0] * weight).sum(1) / weight.sum()
    noise = np.random.default_rng([seed, 0]).normal(0, 0.5, (2, *basin.wet.shape))
    thickness = basin.flat(np.where(basin.wet, mean[:, None, None] + noise, LAND_THICKNESS))
    thickness[thickness == 0] = LAND_THICKNESS
    still = np.zeros((4, basin.size), np.float32)
    twice = np.stack([still, still])
    return FlowState(0, still, thickness, twice, twice.copy(), np.stack([thickness, thickness]))
