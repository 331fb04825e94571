"""How far ahead a twin can be forecast at all: twins of the same weather from starts that differ a little."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from oxygen_recon.sources.dynamical_twin.acceptance import towards
from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig
from oxygen_recon.sources.dynamical_twin.twin import Twin, TwinDay, TwinState

_EARLIER = 10  # days from a state to the earlier one towards which it is moved for a balanced error


def disturbed(
    config: DynamicalTwinConfig, days: Sequence[int], leads: int, error: float
) -> Iterator[tuple[int, Twin, list[TwinDay]]]:
    """Run a twin from starts with a small error.

    Parameters
    ----------
    config : DynamicalTwinConfig
        The twin.
    days : sequence of int
        First days of the runs, counted from the first day that counts (0); at least 10 days after the spin-up began.
    leads : int
        Days of each run.
    error : float [m]
        Standard deviation of the error of the height of the sea surface. The flow is moved towards that of ten days
        before, so that the error is in balance; tracers and weather are those of the truth.

    Yields
    ------
    day : int
        One of `days`.
    twin : Twin
        That ran.
    means : list of TwinDay
        Of the day and those after it.

    Examples
    --------
    >>> config = DynamicalTwinConfig(rows=16, spin_up=12, ecosystem=False, waves=False)
    >>> [(day, len(means)) for day, _, means in disturbed(config, [0, 1], 2, 0.001)]
    [(0, 2), (1, 2)]
    """
    twin, states = Twin(config), {}
    wanted = {day - back for day in days for back in (0, _EARLIER)}
    for day in range(-config.spin_up, max(wanted) + 1):
        if day in wanted:
            states[day] = twin.state()
        twin.day()
    for day in days:
        run = Twin(config, _moved(config, states[day], states[day - _EARLIER], error))
        yield day, run, [run.day() for _ in range(leads)]


def _moved(config: DynamicalTwinConfig, now: TwinState, then: TwinState, error: float) -> TwinState:
    """Move the flow a little towards an earlier one."""
    ends = [Twin(config, one).ocean for one in (now, then)]
    wet = ends[0].basin.wet
    apart = float((ends[0].surface_height()[wet] - ends[1].surface_height()[wet]).std())
    return replace(now, flow=towards(now.flow, then.flow, error / apart))
