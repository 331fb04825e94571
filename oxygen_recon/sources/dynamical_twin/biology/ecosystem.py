"""Nitrogen, iron and oxygen of the twin: phytoplankton in four groups, zooplankton, detritus, in every box of a column.

Groups and limits are those of NOBM (Gregg, NASA) in their simplest form: growth by temperature (Eppley), light and the
scarcer of nitrate and iron; grazing that prefers what is common; detritus that sinks and is respired. All losses of a
pool in a step are shares of 1 - exp(-rate x time) of it (Patankar's idea): no pool becomes negative, nitrogen is kept.
"""

from dataclasses import dataclass

import numpy as np

from oxygen_recon.sources.dynamical_twin.biology.light import light_in_boxes
from oxygen_recon.sources.dynamical_twin.ocean.basin import Single
from oxygen_recon.sources.dynamical_twin.ocean.tracers import MIXED, UPPER, TracerState

CHLOROPHYLL = 1.6  # mg for each mmol of nitrogen
OXYGEN = 138 / 16  # mmol released for each mmol of nitrogen taken up (Redfield)
IRON = 0.03  # nmol/L for each mmol/m3 of nitrogen


@dataclass(frozen=True)
class Group:
    """Traits of a group of phytoplankton.

    Parameters
    ----------
    growth : float [1/day]
        At 0 degC in full light, without limits.
    nitrate, iron : float [mmol/m3, nmol/L]
        Concentrations that allow half of it.
    light : float [W/m2]
        At which growth comes near its largest.
    sinking : float [m/day]
        Speed.
    warm : float or None [degC]
        Temperature above which the group thrives.
    """

    growth: float
    nitrate: float
    iron: float
    light: float
    sinking: float = 0.0
    warm: float | None = None


GROUPS = {
    "chlorophytes": Group(0.50, 0.5, 0.10, 35.0),
    "diatoms": Group(0.75, 1.0, 0.22, 40.0, sinking=0.5),
    "coccolithophores": Group(0.42, 0.35, 0.08, 28.0),
    "cyanobacteria": Group(0.34, 0.15, 0.06, 32.0, warm=15.0),
}
NAMES = ("nitrate", *GROUPS, "zooplankton", "detritus", "iron", "oxygen")
NITROGEN = ("nitrate", *GROUPS, "zooplankton", "detritus")  # what together is kept
_GRAZING, _HALF, _ASSIMILATED = 0.55, 0.45, 0.7  # 1/day at 0 degC, mmol/m3, share
_DEATH, _LEAVING = 0.04, 0.10  # 1/day, death of plants, excretion of animals (Fasham et al., J. Mar. Res. 48, 1990)
_PREDATION = 0.05  # 1/day for each mmol/m3 of animals; far more would tie plants to the light of the day (Steele, 1992)
_DECAY, _SINKING = 0.05, 5.0  # 1/day at 10 degC, m/day, of detritus
_TINY = np.float32(1e-12)
_SEED = 1e-4  # mmol/m3 of a group that grazing leaves alone
_SCAVENGING = 0.01  # 1/day, of iron beyond what ligands hold
_LIGANDS = 0.6  # nmol/L


def step(state: TracerState, light: Single, days: float) -> None:
    """Let the ecosystem live for some time, in place.

    Parameters
    ----------
    state : TracerState
        With "temperature" and all of `NAMES`; nitrogen and oxygen in mmol/m3, iron in nmol/L.
    light : array, shape (size,)
        At the surface, W/m2.
    days : float
        How long; a third of a day is stable.
    """
    warmth = np.exp(np.float32(np.log(1.066)) * state.of("temperature"))
    grown = _grow(state, light, warmth, days)
    _graze(state, warmth, days)
    released = _release(state, warmth, days)
    _sink(state, days)
    net = grown - released
    iron, oxygen = state.of("iron"), state.of("oxygen")
    iron -= np.float32(IRON) * net
    scavenged = np.maximum(iron - np.float32(_LIGANDS), np.float32(0)) * np.float32(_SCAVENGING * days)
    iron -= scavenged
    np.maximum(iron, np.float32(0), out=iron)
    used = np.float32(OXYGEN) * released
    oxygen += np.float32(OXYGEN) * grown
    oxygen *= oxygen / np.maximum(
        oxygen + used, _TINY
    )  # as an implicit step would: respiration slows where oxygen runs out


def _grow(state: TracerState, light: Single, warmth: Single, days: float) -> Single:
    """Turn nitrate into plants; return how much, mmol/m3."""
    nitrate, iron = state.of("nitrate"), state.of("iron")
    chlorophyll = np.float32(CHLOROPHYLL) * np.sum([state.of(name)[:2] for name in GROUPS], axis=0)
    inside = light_in_boxes(light, chlorophyll, state.boxes)
    rates = {}
    for name, group in GROUPS.items():
        limit = np.minimum(nitrate / (nitrate + np.float32(group.nitrate)), iron / (iron + np.float32(group.iron)))
        rate = np.float32(group.growth) * warmth * limit * (1 - np.exp(inside * np.float32(-1 / group.light)))
        if group.warm is not None:
            rate *= 1 / (1 + np.exp((np.float32(group.warm) - state.of("temperature")) * np.float32(0.5)))
        rates[name] = rate * state.of(name)
    total = np.sum(list(rates.values()), axis=0)
    taken = nitrate * -np.expm1(-total * np.float32(days) / np.maximum(nitrate, _TINY))
    np.minimum(taken, iron * np.float32(0.9 / IRON), out=taken)
    share = taken / np.maximum(total, _TINY)
    for name, rate in rates.items():
        state.of(name)[:] += rate * share
    nitrate -= taken
    np.maximum(nitrate, np.float32(0), out=nitrate)
    return np.asarray(taken)


def _graze(state: TracerState, warmth: Single, days: float) -> None:
    """Let animals eat plants, what is common more than in proportion, and plants die."""
    animals, detritus = state.of("zooplankton"), state.of("detritus")
    squares = np.sum([np.square(state.of(name)) for name in GROUPS], axis=0)
    hunger = np.float32(_GRAZING) * warmth * animals / (np.float32(_HALF**2) + squares)
    eaten = np.zeros_like(animals)
    for name in GROUPS:
        plants = state.of(name)
        spare = np.maximum(plants - np.float32(_SEED), np.float32(0))
        bite = hunger * plants
        lost = spare * -np.expm1(-(bite + np.float32(_DEATH)) * np.float32(days))
        share = bite / (bite + np.float32(_DEATH))
        plants -= lost
        eaten += lost * share
        detritus += lost * (1 - share)
    animals += np.float32(_ASSIMILATED) * eaten
    detritus += np.float32(1 - _ASSIMILATED) * eaten


def _release(state: TracerState, warmth: Single, days: float) -> Single:
    """Return nitrogen of animals and detritus to nitrate; return how much, mmol/m3."""
    animals, detritus, nitrate = state.of("zooplankton"), state.of("detritus"), state.of("nitrate")
    rate = np.float32(_LEAVING) + np.float32(_PREDATION) * animals
    lost = animals * -np.expm1(-rate * np.float32(days))
    animals -= lost
    half = np.float32(0.5) * lost
    decayed = detritus * -np.expm1(np.float32(-_DECAY * days / 1.066**10) * warmth)
    detritus += half - decayed
    released = half + decayed
    nitrate += released
    return np.asarray(released)


def _sink(state: TracerState, days: float) -> None:
    """Let detritus and diatoms sink to the next box; at the bottom of the lower layer they stay."""
    speeds = {"detritus": _SINKING, **{name: group.sinking for name, group in GROUPS.items() if group.sinking}}
    boxes = state.boxes
    for name, speed in speeds.items():
        pool = state.of(name)
        for box in (UPPER, MIXED):
            share = -np.expm1(np.float32(-speed * days) / boxes[box])
            fallen = pool[box] * share
            pool[box] -= fallen
            pool[box + 1] += fallen * boxes[box] / boxes[box + 1]


def dust(state: TracerState, supply: Single, days: float) -> None:
    """Bring iron with dust from the air, in place.

    Parameters
    ----------
    state : TracerState
        With "iron".
    supply : array, shape (size,)
        Amount, umol/m2 a day of what dissolves.
    days : float
        How long.
    """
    state.of("iron")[MIXED] += supply * np.float32(days) / state.mixed


def gas_exchange(state: TracerState, saturation: Single, wind_speed: Single, days: float) -> None:
    """Exchange oxygen with the air, in place.

    Parameters
    ----------
    state : TracerState
        With "oxygen", mmol/m3.
    saturation : array, shape (size,)
        Concentration in balance with the air, mmol/m3.
    wind_speed : array, shape (size,)
        At 10 m, m/s.
    days : float
        How long. Transfer velocity 0.251 U**2 cm/h (Wanninkhof, Limnol. Oceanogr. Methods 12, 2014) for a Schmidt
        number of 660.
    """
    speed = np.float32(0.251 * 0.24) * np.square(wind_speed)  # m a day
    share = -np.expm1(-speed * np.float32(days) / state.mixed)
    oxygen = state.of("oxygen")[MIXED]
    oxygen += (saturation - oxygen) * share
