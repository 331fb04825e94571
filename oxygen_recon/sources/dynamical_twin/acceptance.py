"""Acceptance test of a twin: whether its flow eddies, keeps its volume, and is as predictable as an ocean."""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from graphs.types import Floats, Ints
from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig
from oxygen_recon.sources.dynamical_twin.ocean.basin import Single
from oxygen_recon.sources.dynamical_twin.ocean.model import Ocean
from oxygen_recon.sources.dynamical_twin.ocean.slow import FLOOR
from oxygen_recon.sources.dynamical_twin.ocean.state import FlowState
from oxygen_recon.sources.dynamical_twin.ocean.targets import deformation_radii

Report = Callable[[str], None]
_EARLIER = 10  # days from a state to the earlier one towards which it is moved for a balanced error
_CLOSED = 73  # days without sources, a fifth of a year


@dataclass(frozen=True)
class Figure:
    """One figure of the acceptance test with its limits.

    Parameters
    ----------
    name : str
        What is measured, with its unit.
    value : float
        The figure.
    least, most : float
        Limits, both allowed.

    Examples
    --------
    >>> figure = Figure("eddy over mean kinetic energy", 1.7, 0.7)
    >>> figure.passed
    True
    >>> print(figure)
    pass  eddy over mean kinetic energy                                     1.7  (at least 0.7)
    """

    name: str
    value: float
    least: float = -np.inf
    most: float = np.inf

    @property
    def passed(self) -> bool:
        """Whether the figure lies within its limits; NaN does not."""
        return bool(self.least <= self.value <= self.most)

    def __str__(self) -> str:
        """One line: result, name, figure and limits."""
        least, most = np.isfinite(self.least), np.isfinite(self.most)
        low, high = f"at least {self.least:g}", f"at most {self.most:g}"
        limits = f"{self.least:g} to {self.most:g}" if least and most else low if least else high
        return f"{'pass' if self.passed else 'FAIL'}  {self.name:<60} {self.value:>8.4g}  ({limits})"


def flow_figures(
    config: DynamicalTwinConfig, days: int = 365, starts: int = 4, lead: int = 60, report: Report | None = None
) -> list[Figure]:
    """Run a twin and measure its flow.

    Parameters
    ----------
    config : DynamicalTwinConfig
        The twin; its first `spin_up` days do not count.
    days : int
        Days that are measured.
    starts : int
        Number of runs with an initial error, spread over the days that are measured.
    lead : int
        Days of such a run; error growth is fitted from day 10 to it.
    report : callable, optional
        Called with a line on each part that is done.

    Returns
    -------
    list of Figure
        Limits are those of a flow that eddies; the second radius of deformation may be 1.4 cells on 96 rows or fewer.
    """
    say = report or (lambda line: None)
    ocean = Ocean(config)
    for _ in ocean.days(config.spin_up):
        pass
    say(f"{config.spin_up} days of spin-up")
    first = ocean.number
    begin = [first + _EARLIER + (days - lead - _EARLIER) * k // max(starts - 1, 1) for k in range(starts)]
    states: dict[int, FlowState] = {}
    heights, layers, eastward, northward, fastest, thinnest = [], [], [], [], 0.0, np.inf
    for _ in range(days):
        if any(ocean.number in (day, day - _EARLIER) for day in begin):
            states[ocean.number] = ocean.state()
        mean = ocean.day()
        heights.append(mean.sea_surface_height)
        layers.append(mean.thickness)
        eastward.append(mean.eastward[0])
        northward.append(mean.northward[0])
        fastest = max(fastest, float(np.abs(ocean.flow.current).max()))
        thinnest = min(thinnest, float(mean.thickness[:, ocean.basin.wet].min()))
    say(f"{days} days of flow")
    wet = ocean.basin.wet
    height = np.stack(heights)[:, wet]
    figures = [*_energy(np.stack(eastward)[:, wet], np.stack(northward)[:, wet]), *_height(height, np.nonzero(wet)[0])]
    figures += _radii(config, ocean, np.mean(layers, axis=0))
    figures.append(Figure("largest speed at an edge, m/s", fastest, most=2.5))
    figures.append(Figure("least daily thickness of a layer, m", thinnest, least=FLOOR + 1))
    figures.append(Figure("cells and steps with a layer at its least thickness", ocean.slow.at_floor, most=0))
    times = [_doubling(config, states, day, height[day - first :][:lead], lead) for day in begin]
    say(f"{starts} runs with an initial error: doubled in {', '.join(f'{time:.1f}' for time in times)} days")
    mean_time = float(np.exp(np.mean(np.log(times))))
    figures.append(Figure("doubling of an initial error of 1 % of sd, days", mean_time, 3, 20))
    figures.append(Figure("volume drift without sources, % a year", _volume_drift(config, ocean.state()), most=0.1))
    return figures


def _energy(eastward: Floats, northward: Floats) -> list[Figure]:
    """Kinetic energy of the upper layer: that of departures from the mean over that of the mean."""
    eddy = eastward.var(0).mean() + northward.var(0).mean()
    mean = (eastward.mean(0) ** 2 + northward.mean(0) ** 2).mean()
    return [Figure("eddy over mean kinetic energy", float(eddy / mean), least=0.7)]


def _height(height: Floats, row: Ints) -> list[Figure]:
    """Measure standard deviation and memory of the sea-surface height without its seasonal cycle.

    The cycle is fitted to the means of rows. Four coefficients a cell and year take two fifths of the eddies:
    noise of the same memory without any season keeps 0.76 and -0.02 of 0.87 and 0.42 at 5 and 20 days then, with three
    years 0.85 and 0.33. Of three years of a twin rows give 0.88 and 0.35, cells 0.86 and 0.26.
    """
    anomaly = height - height.mean(0)
    phase = 2 * np.pi * np.arange(len(height)) / 365.25
    cycle = np.stack([f(k * phase) for k in (1, 2) for f in (np.sin, np.cos)], 1)
    means = np.stack([anomaly[:, row == one].mean(1) for one in np.unique(row)], 1)
    seasonal = cycle @ np.linalg.lstsq(cycle, means, rcond=None)[0]
    anomaly -= seasonal[:, np.searchsorted(np.unique(row), row)]
    variance = (anomaly**2).mean()

    def memory(lag: int) -> float:
        return float((anomaly[lag:] * anomaly[:-lag]).mean() / variance)

    return [
        Figure("standard deviation of the sea-surface height, cm", float(100 * anomaly.std(0).mean()), least=5),
        Figure("autocorrelation of the sea-surface height at 5 days", memory(5), 0.82, 0.97),
        Figure("autocorrelation of the sea-surface height at 20 days", memory(20), 0.2, 0.6),
    ]


def _radii(config: DynamicalTwinConfig, ocean: Ocean, thickness: Single) -> list[Figure]:
    """Radii of deformation of the mean layers between 35 and 45 degrees, in cells."""
    rows = (np.abs(ocean.basin.latitude) > 35) & (np.abs(ocean.basin.latitude) < 45)
    wet, coriolis = ocean.basin.wet[rows], ocean.basin.coriolis[rows][:, None]
    first, second = deformation_radii(thickness[:, rows].astype(float), coriolis)[:, wet].mean(1) / config.spacing
    return [
        Figure("first radius of deformation at 40 degrees, cells", float(first), least=2.5),
        Figure(
            "second radius of deformation at 40 degrees, cells", float(second), least=1.8 if config.rows > 96 else 1.4
        ),
    ]


def towards(state: FlowState, earlier: FlowState, share: float) -> FlowState:
    """Move a state a little towards an earlier one: an error that is in balance, because both are.

    Parameters
    ----------
    state, earlier : FlowState
        Two states of one run.
    share : float [1]
        0 leaves `state` as it is, 1 makes it `earlier`.

    Returns
    -------
    FlowState
        With the day of `state`.
    """
    mixed = {}
    for field in fields(FlowState):
        if field.name != "day":
            now, then = getattr(state, field.name), getattr(earlier, field.name)
            mixed[field.name] = now + np.float32(share) * (then - now)
    return FlowState(day=state.day, **mixed)


def _doubling(config: DynamicalTwinConfig, states: dict[int, FlowState], day: int, truth: Floats, lead: int) -> float:
    """Days in which an error of 1 % of the standard deviation of the height doubles, fitted from day 10 on."""
    state, earlier = states[day], states[day - _EARLIER]
    run = Ocean(config, state)
    wet = run.basin.wet
    sizes = [Ocean(config, start).surface_height()[wet] for start in (state, earlier)]
    spread, apart = float(truth.std(0).mean()), float((sizes[0] - sizes[1]).std())
    run = Ocean(config, towards(state, earlier, 0.01 * spread / apart))
    error = np.array(
        [(mean.sea_surface_height[wet] - true).std() for mean, true in zip(run.days(lead), truth, strict=True)]
    )
    slope = np.polyfit(np.arange(lead)[10:], np.log(error[10:]), 1)[0]
    return float(np.log(2) / slope) if slope > 0 else np.inf


def _volume_drift(config: DynamicalTwinConfig, state: FlowState) -> float:
    """Relative change of the volume of either layer without restoring, % a year, the larger."""
    ocean = Ocean(config, state)
    ocean.slow.restoring = False
    wet = ocean.basin.wet

    def volume() -> Floats:
        return np.asarray(ocean.basin.square(ocean.flow.thickness)[:, wet].sum(1, dtype=float))

    before = volume()
    for _ in ocean.days(_CLOSED):
        pass
    return float(np.abs(volume() / before - 1).max() * 100 * 365 / _CLOSED)
