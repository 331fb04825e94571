"""The ocean of a twin, day by day: flow, slow physics and weather together, and the means of each day."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig
from oxygen_recon.sources.dynamical_twin.ocean.basin import Basin, Single
from oxygen_recon.sources.dynamical_twin.ocean.flow import Flow
from oxygen_recon.sources.dynamical_twin.ocean.slow import SlowPhysics
from oxygen_recon.sources.dynamical_twin.ocean.state import FlowState, at_rest
from oxygen_recon.sources.dynamical_twin.ocean.targets import GRAVITY, LOWER_GRAVITY, UPPER_GRAVITY
from oxygen_recon.sources.dynamical_twin.ocean.weather import RECORDS, Atmosphere, Weather
from qc.errors import InputError


@dataclass(frozen=True)
class DailyFlow:
    """Means of one day on the cells, arrays of float32.

    Parameters
    ----------
    day : int
        Days since the start at the day's beginning.
    eastward, northward : array, shape (2, rows, columns)
        Velocity of the layers at the cells' centres, m/s.
    thickness : array, shape (2, rows, columns)
        Of the layers, m.
    """

    day: int
    eastward: Single
    northward: Single
    thickness: Single

    @property
    def sea_surface_height(self) -> Single:
        """Height of the sea surface that the layers' pressure stands for, m, shape (rows, columns)."""
        return surface_height(self.thickness)


def surface_height(thickness: Single) -> Single:
    """Return the height of the sea surface above the deep layer at rest, m: pressure of the upper layer over gravity.

    Parameters
    ----------
    thickness : array, shape (2, ...)
        Of the layers, m.
    """
    pressure = UPPER_GRAVITY * thickness[0] + LOWER_GRAVITY * (thickness[0] + thickness[1])
    return np.asarray(pressure / GRAVITY, thickness.dtype)


def between(records: Sequence[Single], place: float) -> Single:
    """Interpolate records in time.

    Parameters
    ----------
    records : sequence of array
        At places 0, 1, 2, ...
    place : float
        Where, at least 0.

    Examples
    --------
    >>> between([np.float32(1), np.float32(3)], 0.25)
    np.float32(1.5)
    """
    before = min(int(place), len(records) - 2)
    after = np.float32(place - before)
    return (1 - after) * records[before] + after * records[before + 1]


class Ocean:
    """A twin's flow with its wind.

    Parameters
    ----------
    config : DynamicalTwinConfig
        Seed, grid and rates.
    state : FlowState, optional
        Where it starts; by default flat layers at rest.

    Examples
    --------
    >>> ocean = Ocean(DynamicalTwinConfig(rows=16))
    >>> day = ocean.day()
    >>> ocean.number, day.thickness.shape
    (1, (2, 16, 32))
    """

    def __init__(self, config: DynamicalTwinConfig, state: FlowState | None = None) -> None:
        self.config, self.basin = config, Basin.of(config.rows)
        state = state or at_rest(self.basin, config.seed)
        self.number = state.day
        self.flow = Flow(self.basin, config.spacing, config.step, state)
        self.slow = SlowPhysics(config, self.basin)
        self.air = Atmosphere(self.basin, config.seed, config.spin_up)
        self.records: list[Weather] = []
        while self.air.record < self.number * RECORDS:
            self.air.advance()

    def state(self) -> FlowState:
        """Return a copy of what the next day starts from."""
        return self.flow.state(self.number)

    def surface_height(self) -> Single:
        """Return the height of the sea surface at this moment, m, shape (rows, columns)."""
        return surface_height(self.basin.square(self.flow.thickness))

    def day(self, each: Callable[[float], None] | None = None) -> DailyFlow:
        """Move forward by one day; `records` then has the weather of its four records and the first of the next.

        Parameters
        ----------
        each : callable, optional
            Called after every slow step with its place among the records of the day, 0 to 4.

        Returns
        -------
        DailyFlow
            Means of the day.

        Raises
        ------
        InputError
            If the flow became unstable.
        """
        config, flow = self.config, self.flow
        current, thickness = np.zeros_like(flow.current), np.zeros_like(flow.thickness)
        self.records = self._records()
        stresses = self.stresses()
        for slow_step in range(config.slow_steps):
            flow.moved[:] = 0
            for _ in range(config.steps // config.slow_steps):
                flow.step()
            place = (slow_step + 1) / config.slow_steps * RECORDS
            self.slow.apply(flow, between(stresses, place), self.number + place / RECORDS)
            if each:
                each(place)
            current += flow.current
            thickness += flow.thickness
        current /= np.float32(config.slow_steps)
        thickness /= np.float32(config.slow_steps)
        self.number += 1
        if not np.isfinite(thickness).all():
            raise InputError(
                f"the flow became unstable on day {self.number - 1}",
                "dynamical twin",
                "lower wind_stress, or raise rows",
            )
        return self._means(current, thickness)

    def days(self, number: int) -> Iterator[DailyFlow]:
        """Move forward by a number of days, and yield the means of each.

        Parameters
        ----------
        number : int
            How many days.
        """
        for _ in range(number):
            yield self.day()

    def stresses(self) -> list[Single]:
        """Return the wind stress that drives the flow at the records of the day, N/m2, flat arrays."""
        mean, storm = self.config.wind_stress, self.config.storm_stress
        return [self.basin.flat(record.stress(mean, storm)) for record in self.records]

    def _records(self) -> list[Weather]:
        """Weather at the records of a day and at the first of the next; the atmosphere goes on to that."""
        records = [self.air.weather()]
        for _ in range(RECORDS):
            self.air.advance()
            records.append(self.air.weather())
        return records

    def _means(self, current: Single, thickness: Single) -> DailyFlow:
        """Bring means to the cells' centres: the edges beside land count with no flow."""
        width = self.basin.width
        u, v = current[:2].copy(), current[2:].copy()
        u[:, 1:] += current[:2, :-1]
        v[:, width:] += current[2:, :-width]
        cells = [self.basin.square(field) for field in (u, v, thickness)]
        return DailyFlow(self.number - 1, cells[0] * np.float32(0.5), cells[1] * np.float32(0.5), cells[2].copy())
