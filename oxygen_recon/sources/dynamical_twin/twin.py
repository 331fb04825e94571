"""A twin day by day: flow, temperature, salinity, ecosystem, oxygen and waves."""

from dataclasses import dataclass

import gsw
import numpy as np

from oxygen_recon.sources.dynamical_twin.biology import ecosystem
from oxygen_recon.sources.dynamical_twin.biology.light import VISIBLE
from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig
from oxygen_recon.sources.dynamical_twin.initial import (
    DENSITY,
    RENEWAL,
    deep_water,
    dust_supply,
    first_tracers,
    renewed_water,
)
from oxygen_recon.sources.dynamical_twin.ocean.basin import Single
from oxygen_recon.sources.dynamical_twin.ocean.climate import Climate, force, heat_flux, mixed_layer
from oxygen_recon.sources.dynamical_twin.ocean.model import DailyFlow, Ocean, between
from oxygen_recon.sources.dynamical_twin.ocean.state import FlowState
from oxygen_recon.sources.dynamical_twin.ocean.tracers import MIXED, UPPER, TracerState, Transport, copied
from oxygen_recon.sources.dynamical_twin.ocean.weather import Weather, insolation
from oxygen_recon.sources.dynamical_twin.waves import Waves
from qc.errors import InputError

_EVERY = 3  # slow steps, for the ecosystem and the renewal of water below the mixed layer


@dataclass(frozen=True)
class TwinState:
    """What a twin is continued from.

    Parameters
    ----------
    flow : FlowState
        Layers and currents.
    tracers : TracerState
        Tracers in the boxes.
    waves : array or None
        Energy of the waves, as `Waves` has it.
    """

    flow: FlowState
    tracers: TracerState
    waves: Single | None


@dataclass(frozen=True)
class TwinDay:
    """Means of one day.

    Parameters
    ----------
    flow : DailyFlow
        Currents and thickness of the layers.
    tracers : dict of str to array, shape (3, rows, columns)
        By name, in the boxes.
    mixed : array, shape (rows, columns)
        Depth of the mixed layer, m.
    weather : list of Weather
        At the four records of the day and the first of the next.
    wave_height : array or None
        Significant height on the cells of `Waves`, m.
    """

    flow: DailyFlow
    tracers: dict[str, Single]
    mixed: Single
    weather: list[Weather]
    wave_height: Single | None


class Twin:
    """An ocean with tracers and waves.

    Parameters
    ----------
    config : DynamicalTwinConfig
        Seed, grid, rates, and whether there is an ecosystem.
    state : TwinState, optional
        Where it starts; by default at rest, with a mean climate.

    Attributes
    ----------
    sources : bool
        Whether heat, fresh water, dust, gas and water from the deep come in; without them amounts are kept.

    Examples
    --------
    >>> twin = Twin(DynamicalTwinConfig(rows=16))
    >>> day = twin.day()
    >>> day.tracers["temperature"].shape
    (3, 16, 32)
    """

    def __init__(self, config: DynamicalTwinConfig, state: TwinState | None = None) -> None:
        self.config = config
        self.ocean = Ocean(config, state.flow if state else None)
        self.basin = self.ocean.basin
        self.climate = Climate.of(self.basin)
        tracers = (
            state.tracers
            if state
            else first_tracers(self.basin, self.climate, self.ocean.flow.thickness, config.ecosystem)
        )
        self.transport = Transport(self.basin, tracers, self.ocean.number * config.slow_steps)
        self.waves = Waves(self.basin, state.waves if state else None) if config.waves else None
        self._deep = deep_water(tracers.names, self.climate)
        self._dust = dust_supply(self.basin)
        self._renewed = renewed_water(self.basin, self.climate, tracers.names)
        self.sources, self._count = True, 0
        self._speed: list[Single] = []
        self._air: list[Single] = []
        self._sum, self._mixed = np.zeros_like(tracers.concentration), np.zeros_like(tracers.mixed)

    @property
    def tracers(self) -> TracerState:
        """The tracers now."""
        return self.transport.state

    def state(self) -> TwinState:
        """Return a copy of what the next day starts from."""
        return TwinState(self.ocean.state(), copied(self.tracers), self.waves.energy.copy() if self.waves else None)

    def day(self) -> TwinDay:
        """Move forward by one day.

        Returns
        -------
        TwinDay

        Raises
        ------
        InputError
            If the flow or a tracer became unstable.
        """
        self._sum[:], self._mixed[:], self._count = 0, 0, 0
        self._speed.clear()
        self._sun = self._sunlight()
        if self.config.ecosystem:
            self._saturation = self._oxygen_saturation()
        flow = self.ocean.day(self._each)
        if not np.isfinite(self._sum).all():
            raise InputError(
                f"a tracer became unstable on day {self.ocean.number - 1}", "dynamical twin", "lower wind_stress"
            )
        steps = np.float32(self.config.slow_steps)
        means = self.basin.square(self._sum / steps)
        tracers = dict(zip(self.tracers.names, means, strict=True))
        height = self.waves.day(self.ocean.records) if self.waves else None
        return TwinDay(flow, tracers, self.basin.square(self._mixed / steps).copy(), self.ocean.records, height)

    def _each(self, place: float) -> None:
        """Move the tracers by one slow step."""
        ocean, transport, state = self.ocean, self.transport, self.tracers
        if not self._speed:
            records = ocean.records
            self._speed = [self.basin.flat(np.hypot(one.eastward_wind, one.northward_wind)) for one in records]
            self._air = [self.basin.flat(one.air_temperature) for one in records]
        days = 1 / self.config.slow_steps
        transport.move(ocean.flow.moved)
        raised = ocean.slow.exchanged
        transport.exchange(raised[0], raised[1], ocean.flow.thickness, self._deep)
        wind = between(self._speed, place)
        air, sea = between(self._air, place), state.of("temperature")[MIXED]
        heat = np.asarray(heat_flux(air, sea, self._sun), np.float32)
        transport.entrain(mixed_layer(state.mixed, wind, heat, days))
        if self.sources:
            force(state, self.climate, heat, days)
        self._count += 1
        if self._count % _EVERY == 0:
            if self.sources:
                self._renew(_EVERY * days)
            if self.config.ecosystem:
                self._live(wind, _EVERY * days)
        self._sum += state.concentration
        self._mixed += state.mixed

    def _live(self, wind: Single, days: float) -> None:
        """Let the ecosystem live, with dust and gas from the air."""
        ecosystem.step(self.tracers, self._sun * np.float32(VISIBLE), days)
        if self.sources:
            ecosystem.dust(self.tracers, self._dust, days)
            ecosystem.gas_exchange(self.tracers, self._saturation, wind, days)

    def _renew(self, days: float) -> None:
        """Renew the water below the mixed layer."""
        for name, water in self._renewed.items():
            below = self.tracers.of(name)[UPPER:]
            below += (water - below) * np.float32(days / RENEWAL)

    def _sunlight(self) -> Single:
        """Mean sunlight of the day above the cells, W/m2."""
        sun = insolation(self.basin.latitude, float(self.ocean.number - self.config.spin_up))
        return self.basin.flat(np.broadcast_to(sun[:, None], self.basin.wet.shape))

    def _oxygen_saturation(self) -> Single:
        """Oxygen in balance with the air at the temperature and salinity of the mixed layer, mmol/m3."""
        temperature = np.clip(self.tracers.of("temperature")[MIXED], -2, 40).astype(float)
        salinity = np.clip(self.tracers.of("salinity")[MIXED], 0, 42).astype(float)
        return np.asarray(DENSITY * gsw.O2sol_SP_pt(salinity, temperature), np.float32)
