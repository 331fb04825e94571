"""Slow steps of the flow: friction, wind, restoring of the layers and diffusion of their thickness."""

import numpy as np

from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig
from oxygen_recon.sources.dynamical_twin.ocean.basin import Basin, Single
from oxygen_recon.sources.dynamical_twin.ocean.flow import Flow, diverge
from oxygen_recon.sources.dynamical_twin.ocean.targets import layer_targets

_DAY = 86400.0
_DENSITY = 1025.0  # kg/m3
_VISCOSITY = 2.4e9  # m4/s at 10 km, in proportion to the third power of the spacing
_DEFORMATION = 0.015  # of spacing**4 times the rate of deformation
_LARGEST = 0.02  # of spacing**4 / step: the biharmonic operator is unstable from 1/32 on
_COAST = 0.6  # 1/day, drag beside land, falling to 1/e over one cell
_DIFFUSION = 60.0  # m2/s, of thickness
_FAST, _BRAKE = 1.7, 4.0  # m/s from which, and rate 1/day for each doubling of it at which, currents are slowed down
FLOOR = 20.0  # m, the least thickness of a layer


class SlowPhysics:
    """Friction, wind, restoring and diffusion, applied to a `Flow` once every few of its steps.

    Parameters
    ----------
    config : DynamicalTwinConfig
        Rates and grid.
    basin : Basin
        Grid and land.

    Attributes
    ----------
    exchanged : array, shape (2, size)
        What restoring moved upwards through the lower edge of each layer in the last step, m.
    at_floor : int
        In how many cells and steps a layer was at its least thickness.
    restoring : bool
        Whether the layers are restored.
    """

    def __init__(self, config: DynamicalTwinConfig, basin: Basin) -> None:
        self.config, self.basin = config, basin
        self.dt = _DAY / config.slow_steps
        self.exchanged = np.zeros((2, basin.size), np.float32)
        self.at_floor, self.restoring = 0, True
        wet = basin.flat(basin.wet.astype(np.float32))
        self._wet = wet
        self._target = basin.flat(np.broadcast_to(layer_targets(basin), (2, *basin.wet.shape)).copy())
        self._cells = np.maximum(basin.wet.sum(1), 1).astype(np.float32)
        self._open = np.repeat(basin.faces, 2, axis=0)
        self._neighbours = _neighbours(self._open, basin.width)
        self._keep = self._damping()
        self._four, self._six = np.zeros_like(self._open), np.zeros_like(self._open)
        self._one, self._two = np.zeros_like(self.exchanged), np.zeros_like(self.exchanged)

    def _damping(self) -> Single:
        """Factors that drag leaves of the currents after one step."""
        near, faces = self.basin.coast_distance, self.basin.faces
        distance = np.zeros_like(faces)
        distance[0, :-1] = np.minimum(near[:-1], near[1:])
        distance[1, : -self.basin.width] = np.minimum(near[: -self.basin.width], near[self.basin.width :])
        rate = np.repeat(_COAST * np.exp(-distance), 2, axis=0)
        rate[1::2] += self.config.lower_drag
        keep = np.asarray(np.exp(-rate * self.dt / _DAY), np.float32)
        self.basin.wrap(keep)
        return keep

    def apply(self, flow: Flow, stress: Single, day: float) -> None:
        """Change current and thickness of a flow by one slow step, and add what diffusion moved to `flow.moved`.

        Parameters
        ----------
        flow : Flow
            Changed in place.
        stress : array, shape (2, size)
            Eastward and northward wind stress on the cells, N/m2.
        day : float
            Days since the start: restoring is faster in the first 90.
        """
        self._friction(flow)
        self._wind(flow, stress)
        self._brake(flow)
        flow.current *= self._keep
        flow.current *= self._open
        self._diffuse(flow)
        if self.restoring:
            self._restore(flow, day)
        low = (flow.thickness < FLOOR) & (self._wet > 0)
        if low.any():
            self.at_floor += int(low.sum())
            flow.thickness[low] = FLOOR
        self.basin.wrap(flow.thickness)
        self.basin.wrap(flow.current)

    def _laplacian(self, field: Single, out: Single) -> None:
        """Second differences over open edges: no stress along the coast."""
        width = self.basin.width
        inside = slice(width, -width)
        np.multiply(field, self._neighbours, out=out)
        np.subtract(field[:, 2 * width :], out[:, inside], out=out[:, inside])
        out[:, inside] += field[:, : -2 * width]
        out[:, inside] += field[:, width + 1 : -width + 1]
        out[:, inside] += field[:, width - 1 : -width - 1]
        out *= self._open

    def _friction(self, flow: Flow) -> None:
        """Biharmonic friction that grows with the rate of deformation (Leith and Smagorinsky's idea)."""
        width, bend, twice = self.basin.width, self._four, self._six
        viscosity = self._viscosity(flow)
        self._laplacian(flow.current, bend)
        face = twice
        np.add(viscosity[:, :-1], viscosity[:, 1:], out=face[:2, :-1])
        np.add(viscosity[:, :-width], viscosity[:, width:], out=face[2:, :-width])
        bend *= face
        self.basin.wrap(bend)
        self._laplacian(bend, twice)
        flow.current -= twice

    def _viscosity(self, flow: Flow) -> Single:
        """Half the viscosity at the cells, in units of spacing**4 over the time step."""
        width, u, v = self.basin.width, flow.current[:2], flow.current[2:]
        shear, total = self._one, self._two
        spare = self._four[:2]
        np.subtract(v[:, 1:], v[:, :-1], out=shear[:, :-1])
        shear[:, :-width] += u[:, width:]
        shear[:, :-width] -= u[:, :-width]
        shear *= shear
        np.add(shear[:, 1:], shear[:, :-1], out=spare[:, 1:])
        np.add(spare[:, width:], spare[:, :-width], out=total[:, width:])
        total *= np.float32(0.25)
        np.subtract(u[:, 1:], u[:, :-1], out=shear[:, 1:])
        shear[:, width:] -= v[:, width:]
        shear[:, width:] += v[:, :-width]
        shear *= shear
        total += shear
        np.sqrt(total, out=total)
        spacing = self.config.spacing
        base = _VISCOSITY * (spacing / 1e4) ** 3 * self.dt / spacing**4
        total *= np.float32(0.5 * _DEFORMATION * self.dt / spacing)
        total += np.float32(0.5 * base)
        np.minimum(total, np.float32(0.5 * _LARGEST), out=total)
        return total

    def _wind(self, flow: Flow, stress: Single) -> None:
        """Accelerate the upper layer."""
        width, force, depth = self.basin.width, self._one, self._two
        upper = flow.thickness[0]
        np.add(stress[0, :-1], stress[0, 1:], out=force[0, :-1])
        np.add(stress[1, :-width], stress[1, width:], out=force[1, :-width])
        np.add(upper[:-1], upper[1:], out=depth[0, :-1])
        np.add(upper[:-width], upper[width:], out=depth[1, :-width])
        depth[0, -1] = depth[1, -width:] = 1.0
        force /= depth
        force *= np.float32(self.dt / _DENSITY)
        force *= self._open[::2]
        flow.current[::2] += force

    def _brake(self, flow: Flow) -> None:
        """Slow down currents beyond a speed that a stable step allows."""
        excess = np.abs(flow.current, out=self._four)
        excess -= np.float32(_FAST)
        np.maximum(excess, np.float32(0), out=excess)
        excess *= np.float32(_BRAKE * self.dt / _DAY / _FAST)
        excess += np.float32(1)
        flow.current /= excess

    def _diffuse(self, flow: Flow) -> None:
        """Move thickness down its gradient."""
        width, crossed, thickness = self.basin.width, self._four, flow.thickness
        np.subtract(thickness[:, :-1], thickness[:, 1:], out=crossed[:2, :-1])
        np.subtract(thickness[:, :-width], thickness[:, width:], out=crossed[2:, :-width])
        crossed *= np.float32(_DIFFUSION * self.dt / self.config.spacing**2)
        crossed *= self._open
        flow.moved += crossed
        diverge(thickness, crossed, width, self._one)
        thickness[:, width:-width] = self._one[:, width:-width]

    def _restore(self, flow: Flow, day: float) -> None:
        """Bring the layers back to their target, slowly in each cell and faster in the mean of each row."""
        zonal = self.config.early_relaxation if day < 90 else self.config.zonal_relaxation
        gap = np.subtract(self._target, flow.thickness, out=self._one)
        gap *= self._wet
        cells = self.basin.square(gap)
        mean = cells.sum(-1) / self._cells
        cells *= np.float32(self.dt / _DAY / self.config.local_relaxation)
        cells += mean[:, :, None] * np.float32(self.dt / _DAY / zonal)
        gap *= self._wet
        self.basin.wrap(gap)
        flow.thickness += gap
        self.exchanged[0] = gap[0]
        np.add(gap[0], gap[1], out=self.exchanged[1])


def _neighbours(faces: Single, width: int) -> Single:
    """Count the open edges of the same kind round each edge."""
    count = np.zeros_like(faces)
    inside = slice(width, -width)
    count[:, inside] = faces[:, 2 * width :] + faces[:, : -2 * width]
    count[:, inside] += faces[:, width + 1 : -width + 1] + faces[:, width - 1 : -width - 1]
    return count
