"""Acceptance test of a twin's tracers: kept amounts, no negative value, plants that follow the mixed layer."""

import numpy as np

from graphs.types import Floats
from oxygen_recon.sources.dynamical_twin.acceptance import Figure, Report
from oxygen_recon.sources.dynamical_twin.biology.ecosystem import CHLOROPHYLL, GROUPS, NITROGEN
from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig
from oxygen_recon.sources.dynamical_twin.ocean.tracers import MIXED
from oxygen_recon.sources.dynamical_twin.twin import Twin, TwinState

_CLOSED = 73  # days without sources, a fifth of a year
_SMOOTH = 15  # days on either side of the running mean that the season is taken from


def tracer_figures(config: DynamicalTwinConfig, days: int = 365, report: Report | None = None) -> list[Figure]:
    """Run a twin with its ecosystem and measure its tracers.

    Parameters
    ----------
    config : DynamicalTwinConfig
        The twin; its first `spin_up` days do not count.
    days : int
        Days that are measured; a year for the season.
    report : callable, optional
        Called with a line on each part that is done.

    Returns
    -------
    list of Figure
        Drift of amounts without sources, least value, and by how many days the bloom between 35 and 60 degrees comes
        after the deepest mixed layer, north and south.
    """
    say = report or (lambda line: None)
    twin = Twin(config.model_copy(update={"ecosystem": True, "waves": False}))
    for _ in range(config.spin_up):
        twin.day()
    say(f"{config.spin_up} days of spin-up with tracers")
    north = twin.basin.latitude[:, None]
    belts = {
        "north": twin.basin.wet & (north > 35) & (north < 60),
        "south": twin.basin.wet & (north < -35) & (north > -60),
    }
    depth: dict[str, list[float]] = {name: [] for name in belts}
    plants: dict[str, list[float]] = {name: [] for name in belts}
    least = np.inf
    for _ in range(days):
        day = twin.day()
        green = CHLOROPHYLL * np.sum([day.tracers[name][MIXED] for name in GROUPS], axis=0)
        for name, belt in belts.items():
            depth[name].append(float(day.mixed[belt].mean()))
            plants[name].append(float(green[belt].mean()))
        positive = [value[:, twin.basin.wet].min() for name, value in day.tracers.items() if name != "temperature"]
        least = min(least, float(min(positive)))
    say(f"{days} days with tracers")
    figures = [Figure("least value of a tracer but temperature", least, least=0)]
    for name in belts:
        lag = bloom_lag(np.array(depth[name]), np.array(plants[name]))
        figures.append(Figure(f"days from deepest mixed layer to bloom, {name}", lag, 10, 150))
    return figures + _drifts(config, twin.state())


def bloom_lag(mixed: Floats, plants: Floats) -> float:
    """Return by how many days the season's largest amount of plants follows the deepest mixed layer.

    Parameters
    ----------
    mixed, plants : array, shape (day,)
        A year of daily means.

    Returns
    -------
    float
        Days, between -half a year and half a year.

    Examples
    --------
    >>> day = 2 * np.pi * np.arange(365) / 365
    >>> bloom_lag(np.cos(day), np.cos(day - 2 * np.pi * 60 / 365))
    60.0
    """
    window = np.ones(2 * _SMOOTH + 1) / (2 * _SMOOTH + 1)

    def top(series: Floats) -> int:
        around = np.concatenate([series[-_SMOOTH:], series, series[:_SMOOTH]])
        return int(np.argmax(np.convolve(around, window, "valid")))

    half = len(mixed) // 2
    return float((top(plants) - top(mixed) + half) % len(mixed) - half)


def _drifts(config: DynamicalTwinConfig, state: TwinState) -> list[Figure]:
    """Relative change of amounts without sources, % a year."""
    closed = Twin(config.model_copy(update={"ecosystem": True, "waves": False}), state)
    closed.sources = closed.ocean.slow.restoring = False
    wet = closed.basin.wet

    def amount(names: tuple[str, ...]) -> float:
        boxes = closed.basin.square(closed.tracers.boxes)[:, wet].astype(float)
        return float(sum((closed.basin.square(closed.tracers.of(name))[:, wet] * boxes).sum() for name in names))

    kept = {"salt": ("salinity",), "heat": ("temperature",), "N + P + Z + D": NITROGEN}
    before = {name: amount(tracers) for name, tracers in kept.items()}
    for _ in range(_CLOSED):
        closed.day()
    change = {name: abs(amount(tracers) / before[name] - 1) * 100 * 365 / _CLOSED for name, tracers in kept.items()}
    return [Figure(f"drift of {name} without sources, % a year", value, most=0.1) for name, value in change.items()]
