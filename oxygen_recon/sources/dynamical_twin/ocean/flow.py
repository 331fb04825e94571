"""Fast steps of the flow: potential-vorticity flux, thickness and pressure of two layers on a C-grid.

Sadourny's form that conserves enstrophy (J. Atmos. Sci. 32, 1975); Adams-Bashforth of third order for rotation and
advection; thickness first, then the pressure of four time levels, with the coefficients of Shchepetkin and McWilliams
(Ocean Modelling 9, 2005), whose steps may be 2.4 times as long. Only sums, products and quotients of float32 are taken,
in a fixed order, so that a seed gives the same bits again.
"""

import numpy as np

from graphs.types import Floats
from oxygen_recon.sources.dynamical_twin.ocean.basin import Basin, Single
from oxygen_recon.sources.dynamical_twin.ocean.state import FlowState
from oxygen_recon.sources.dynamical_twin.ocean.targets import LOWER_GRAVITY, UPPER_GRAVITY

_ADVECTION = (23 / 12, -16 / 12, 5 / 12)
_BETA = 0.281105
_TRANSPORT = (1.5 + _BETA, -0.5 - 2 * _BETA, _BETA)
_PRESSURE = (0.614, 0.285, 0.088, 0.013)


class Flow:
    """Two layers that `step` moves forward in time, in buffers of their own.

    Parameters
    ----------
    basin : Basin
        Grid and land.
    spacing : float
        Size of a cell, m.
    step : float
        Time step, s.
    state : FlowState
        Where it starts; copied.

    Attributes
    ----------
    current : array, shape (4, size)
        Velocities, as in `FlowState`; masked by `open`.
    thickness : array, shape (2, size)
        Thickness of the layers, m.
    moved : array, shape (4, size)
        What has crossed the edges since the last slow step, m: transport times time over the size of a cell.
    """

    def __init__(self, basin: Basin, spacing: float, step: float, state: FlowState) -> None:
        self.basin, self.spacing, self.dt = basin, spacing, step
        self.current, self.thickness = state.current.copy(), state.thickness.copy()
        empty = np.zeros_like(self.current)
        self._tendency = [empty.copy(), *state.tendency.copy()]
        self._transport = [empty.copy(), *state.transport.copy()]
        self._earlier = [self.thickness.copy(), *state.earlier_thickness.copy()]
        self.moved = empty.copy()
        self.open = np.repeat(basin.faces, 2, axis=0)
        self._pair = np.zeros_like(self.current)  # sums of neighbouring thicknesses, then of transports
        self._four, self._vorticity = empty.copy(), np.zeros_like(self.thickness)
        self._one, self._energy = self._vorticity.copy(), self._vorticity.copy()
        self._corner, self._rotation = _corners(basin, spacing)

    def state(self, day: int) -> FlowState:
        """Return a copy of what the next step needs.

        Parameters
        ----------
        day : int
            Days since the start.

        Returns
        -------
        FlowState
        """
        return FlowState(
            day,
            self.current.copy(),
            self.thickness.copy(),
            np.stack(self._tendency[1:]),
            np.stack(self._transport[1:]),
            np.stack(self._earlier[1:]),
        )

    def step(self) -> None:
        """Move the layers forward by one time step."""
        self._advect_thickness()
        self._advect_current()
        self._turn()

    def _advect_thickness(self) -> None:
        """Step the thickness by the extrapolated transport; the old one becomes the first of the earlier ones."""
        width, thickness, pair, four = self.basin.width, self.thickness, self._pair, self._four
        np.add(thickness[:, :-1], thickness[:, 1:], out=pair[:2, :-1])
        np.add(thickness[:, :-width], thickness[:, width:], out=pair[2:, :-width])
        np.multiply(self.current, pair, out=self._transport[0])
        spare = self._tendency[0]  # that of three steps ago
        crossed = _weighted(self._transport, _scaled(_TRANSPORT, 0.5 * self.dt / self.spacing), four, spare)
        self.moved += crossed
        old = self._earlier[0]  # the buffer of three steps ago, free now
        diverge(thickness, crossed, width, old)
        self.basin.wrap(old)
        self.thickness, self._earlier[0] = old, thickness

    def _advect_current(self) -> None:
        """Fill the newest tendency with rotation and advection; only `self.current` before its step is read."""
        width, u, v = self.basin.width, self.current[:2], self.current[2:]
        rate, pair, one, q = self._tendency[0], self._pair, self._one, self._vorticity
        np.subtract(v[:, 1:], v[:, :-1], out=q[:, :-1])
        np.subtract(u[:, width:], u[:, :-width], out=one[:, :-width])
        q -= one
        q *= self._corner
        q += self._rotation
        np.add(pair[:2, :-width], pair[:2, width:], out=one[:, :-width])  # four thicknesses round the corner
        q[:, :-width] /= one[:, :-width]
        self._add_energy_gradient(rate)
        u_transport, v_transport = self._transport[0][:2], self._transport[0][2:]
        inside = slice(width + 1, -width - 1)
        around = pair[:2]
        np.add(v_transport[:, :-1], v_transport[:, 1:], out=one[:, :-1])
        np.add(one[:, width:], one[:, :-width], out=around[:, width:])
        np.add(q[:, width:], q[:, :-width], out=one[:, width:])
        one *= around
        rate[:2, inside] += one[:, inside]
        np.add(u_transport[:, width:], u_transport[:, :-width], out=one[:, :-width])
        np.add(one[:, 1:], one[:, :-1], out=around[:, 1:])
        np.add(q[:, 1:], q[:, :-1], out=one[:, 1:])
        one *= around
        rate[2:, inside] -= one[:, inside]

    def _add_energy_gradient(self, rate: Single) -> None:
        """Set the tendency to minus the gradient of kinetic energy."""
        width, energy, four, one = self.basin.width, self._energy, self._four, self._one
        np.multiply(self.current, self.current, out=four)
        np.add(four[:2, 1:], four[:2, :-1], out=energy[:, 1:])
        np.add(four[2:, width:], four[2:, :-width], out=one[:, width:])
        energy += one
        energy *= np.float32(0.25 / self.spacing)
        np.subtract(energy[:, :-1], energy[:, 1:], out=rate[:2, :-1])
        np.subtract(energy[:, :-width], energy[:, width:], out=rate[2:, :-width])

    def _turn(self) -> None:
        """Step the current by its tendencies and the pressure, then let every stored level age by one step."""
        width, four = self.basin.width, self._four
        levels = [self.thickness, *self._earlier]
        weighted = _weighted(levels, _scaled(_PRESSURE, self.dt / self.spacing), self._one, self._energy)
        pressure = self._vorticity
        np.add(weighted[0], weighted[1], out=pressure[1])
        pressure[1] *= np.float32(LOWER_GRAVITY)
        np.multiply(weighted[0], np.float32(UPPER_GRAVITY), out=pressure[0])
        pressure[0] += pressure[1]
        change = _weighted(self._tendency, _scaled(_ADVECTION, self.dt), four, self._pair)
        change[:2, :-1] += pressure[:, :-1]
        change[:2, :-1] -= pressure[:, 1:]
        change[2:, :-width] += pressure[:, :-width]
        change[2:, :-width] -= pressure[:, width:]
        self.current += change
        self.current *= self.open
        self.basin.wrap(self.current)
        for stored in (self._tendency, self._transport, self._earlier):
            stored.insert(0, stored.pop())


def _corners(basin: Basin, spacing: float) -> tuple[Single, Single]:
    """Factors of relative vorticity and rotation at the corners, by the number of wet cells round them.

    The sixteenth is that of the means: two corners, four transports, each stored doubled.
    """
    wet, width = basin.flat(basin.wet.astype(np.float32)), basin.width
    count = np.zeros(basin.size, np.float32)
    count[: -width - 1] = wet[: -width - 1] + wet[1:-width] + wet[width:-1] + wet[width + 1 :]
    basin.wrap(count)
    rotation = np.zeros((basin.latitude.size + 2, width))
    rotation[:-1] = basin.corner_coriolis[:, None]
    whole = np.where(count == 4, count / (16 * spacing), 0)
    return whole.astype(np.float32), (rotation.ravel() * count / 16).astype(np.float32)


def diverge(thickness: Single, crossed: Single, width: int, out: Single) -> None:
    """Take what has crossed the edges from one cell and give it to the next.

    Parameters
    ----------
    thickness : array, shape (layers, size)
        Before, m.
    crossed : array, shape (2 * layers, size)
        Through the eastern edges of all layers, then through the northern ones, m.
    width : int
        Places to the northern neighbour.
    out : array, shape (layers, size)
        After, m; may be `thickness`. The closed rows at both ends stay as they are.
    """
    layers = len(thickness)
    inside, west, south = slice(width, -width), slice(width - 1, -width - 1), slice(0, -2 * width)
    np.subtract(thickness[:, inside], crossed[:layers, inside], out=out[:, inside])
    out[:, inside] += crossed[:layers, west]
    out[:, inside] -= crossed[layers:, inside]
    out[:, inside] += crossed[layers:, south]


def _scaled(weights: tuple[float, ...], factor: float) -> Floats:
    """Weights times a factor, float32."""
    return np.asarray(np.array(weights) * factor, np.float32)


def _weighted(fields: list[Single], weights: Floats, out: Single, spare: Single) -> Single:
    """Sum fields with weights into `out`, through `spare`."""
    np.multiply(fields[0], weights[0], out=out)
    for field, weight in zip(fields[1:], weights[1:], strict=True):
        np.multiply(field, weight, out=spare)
        out += spare
    return out
