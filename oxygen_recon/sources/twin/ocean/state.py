"""The twin ocean itself: temperature, salinity, oxygen and nutrients at any place and time, from one seed."""

from dataclasses import dataclass
from functools import cached_property

import gsw
import numpy as np

from graphs.types import Floats
from oxygen_recon.sources.twin.ocean import low_oxygen as zones
from oxygen_recon.sources.twin.ocean.atlas import BASINS, section, weights
from oxygen_recon.sources.twin.ocean.random_fields import Waves

Fields = dict[str, Floats]

VARIABLES = ("temperature", "salinity", "oxygen", "nitrate", "phosphate", "silicate")
_CHUNK = 20_000  # points at a time: bounds memory to a few hundred MB
_OXYGEN_PER_PHOSPHATE = 170.0  # mol O2 per mol P (Anderson & Sarmiento 1994)
_NITRATE_PER_PHOSPHATE = 16.0  # mol N per mol P


@dataclass(frozen=True)
class Nature:
    """What may differ between the ocean and a model of it; the defaults are the ocean.

    Parameters
    ----------
    trend : float
        Factor on warming and deoxygenation.
    shadow : float
        Factor on the strength of the low-oxygen zones.
    sink : float
        Factor on the depth at which the low-oxygen zones and the thermocline's oxygen are found.
    north, east : float
        How far fronts and zones lie from where they should, degrees.
    growth : float
        Factor on the growth of the low-oxygen zones since 1920; `twin_ocean` finds the one for a given seed.
    """

    trend: float = 1.0
    shadow: float = 1.0
    sink: float = 1.0
    north: float = 0.0
    east: float = 0.0
    growth: float = 1.0


@dataclass(frozen=True)
class _Place:
    """Points with the basins they belong to."""

    latitude: Floats
    longitude: Floats
    depth: Floats

    @property
    def xyz(self) -> tuple[Floats, Floats, Floats]:
        return self.latitude, self.longitude, self.depth

    @cached_property
    def share(self) -> dict[str, Floats]:
        return weights(self.latitude, self.longitude)


class Ocean:
    """An ocean from 1920 to 2023 as a continuous function of place and time.

    Oxygen is saturation (Garcia & Gordon 1992) less apparent oxygen utilisation (AOU), kept positive smoothly;
    nutrients follow AOU by stoichiometry. AOU varies by ventilation, which temperature and salinity do not show, by
    heave, which they do, by an ENSO-like mode and by a trend that is strongest about the low-oxygen zones.

    Parameters
    ----------
    seed : int
        Decides every random field.
    nature : Nature or None
        The ocean (None), or a model of it.
    """

    def __init__(self, seed: int, nature: Nature | None = None) -> None:
        self.nature = nature or Nature()
        rng = np.random.default_rng([seed, 1])
        self._gyres = Waves.draw(rng, 64, (700, 1500), 1.2, None)
        self._fresh = Waves.draw(rng, 64, (700, 1500), 1.2, None)
        self._patches = Waves.draw(rng, 96, (600, 1500), 0.9, None)
        self._heave = Waves.draw(rng, 96, (700, 1800), 0.8, (4, 40))
        self._haline = Waves.draw(rng, 64, (700, 1800), 0.8, (6, 40))
        self._ventilation = Waves.draw(rng, 160, (800, 1900), 0.7, (7, 30))
        self._eddies = Waves.draw(rng, 96, (45, 90), 0.9, (0.15, 0.5))
        self._stirring = Waves.draw(rng, 96, (45, 90), 0.6, (0.15, 0.5))
        self._enso = (1 / rng.uniform(2, 7, 7), rng.uniform(0, 2 * np.pi, 7))

    def enso(self, year: Floats) -> Floats:
        """Evaluate the index of the ENSO-like mode: irregular, 2-7 years, unit variance.

        Parameters
        ----------
        year : array, any shape
            Decimal years.

        Returns
        -------
        array
            Positive when the eastern Pacific is warm.
        """
        frequency, phase = self._enso
        angle = 2 * np.pi * np.asarray(year)[..., None] * frequency + phase
        return np.asarray(np.sqrt(2 / 7) * np.cos(angle).sum(-1))

    def at(self, latitude: Floats, longitude: Floats, depth: Floats, year: Floats, eddies: bool = False) -> Fields:
        """Evaluate the ocean at points that each have their own time; the seasons are felt.

        Parameters
        ----------
        latitude, longitude, depth, year : array, shape (point,)
            Degrees north, degrees east, metres (positive down), decimal years.
        eddies : bool
            Whether to add mesoscale noise (100-200 km, weeks to months), which is no part of a yearly mean.

        Returns
        -------
        dict of array, shape (point,)
            `VARIABLES` (temperature in situ, degC; salinity PSS-78; others umol kg-1) and "theta" (degC).
        """
        parts = []
        for start in range(0, max(1, len(latitude)), _CHUNK):
            part = slice(start, start + _CHUNK)
            place, time = _Place(latitude[part], longitude[part], depth[part]), np.asarray(year, float)[part]
            theta, salinity, aou = self._state(place, time)
            warmer, older = zones.season(place.latitude, place.depth, time)
            if eddies:
                strength = zones.eddy_strength(place.latitude, place.depth)
                wave, colour = self._eddies(*place.xyz, time), self._stirring(*place.xyz, time)
                warmer, older = warmer + 0.45 * strength * wave, older + strength * (3.5 * colour - 2.5 * wave)
            parts.append(_finish(theta + warmer, salinity, aou + older, place))
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def annual(self, latitude: Floats, longitude: Floats, depth: Floats, years: Floats) -> Fields:
        """Evaluate yearly means at points, without eddies.

        Parameters
        ----------
        latitude, longitude, depth : array, shape (point,)
            Degrees north, degrees east, metres (positive down).
        years : array, shape (year,)
            Calendar years; the mean over each is given.

        Returns
        -------
        dict of array, shape (year, point), float32
            The names of `at`. What is nonlinear in the seasons is averaged over four phases of the year.
        """
        middle = np.asarray(years, float)[:, None] + 0.5
        parts = []
        for start in range(0, max(1, len(latitude)), _CHUNK // 8):
            part = slice(start, start + _CHUNK // 8)
            place = _Place(latitude[part], longitude[part], depth[part])
            parts.append(_over_seasons(*self._state(place, middle), place))
        return {name: np.concatenate([part[name] for part in parts], axis=1) for name in parts[0]}

    def _state(self, place: _Place, year: Floats) -> tuple[Floats, Floats, Floats]:
        """Potential temperature, salinity and AOU before it is bounded; `year` as `Waves` takes it."""
        moved = _Place(place.latitude - self.nature.north, place.longitude - self.nature.east, place.depth)
        sunk = _Place(moved.latitude, moved.longitude, place.depth / self.nature.sink)
        static = {
            name: sum(place.share[basin] * section(name, basin, where.latitude, where.depth) for basin in BASINS)
            for name, where in (("theta", moved), ("salinity", moved), ("aou", sunk))
        }
        body, ramp = zones.thermocline(place.depth), self.nature.trend * zones.ramp(year)
        before, gained = zones.shadow(*sunk.xyz, place.share, self.nature.growth)
        warm, young = zones.tongue(*place.xyz, place.share)
        heave, enso = self._heave(*place.xyz, year), self.enso(year)
        patches, gyres = self._patches.still(*place.xyz), self._gyres.still(*place.xyz)

        calm = np.exp(-place.depth / 900)
        theta = static["theta"] + (0.7 * gyres + 0.35 * heave) * calm + warm * enso
        theta = theta + ramp * 0.8 * np.exp(-place.depth / 400) * (1 + 0.35 * gyres)
        salinity = (
            static["salinity"] + (0.10 * self._fresh.still(*place.xyz) + 0.05 * self._haline(*place.xyz, year)) * calm
        )
        aou = static["aou"] + self.nature.shadow * before + body * (7.0 * patches - 4.0 * gyres)
        aou = aou + ramp * (gained + zones.decline(place.latitude, place.depth, place.share) * (1 + 0.4 * patches))
        aou = aou + body * (11.0 * self._ventilation(*place.xyz, year) - 2.5 * heave) + young * enso
        return theta, salinity, aou


def _over_seasons(theta: Floats, salinity: Floats, aou: Floats, place: _Place) -> Fields:
    """Yearly means; only points shallow enough for seasons are evaluated at four phases."""
    result = _finish(theta, salinity, aou, place)
    shallow = place.depth < zones.SEASONAL_DEPTH
    if shallow.any():
        upper = _Place(*(x[shallow] for x in place.xyz))
        total = {name: np.zeros(theta[:, shallow].shape) for name in result}
        for phase in (0.125, 0.375, 0.625, 0.875):
            warmer, older = zones.season(upper.latitude, upper.depth, np.array(phase))
            fields = _finish(theta[:, shallow] + warmer, salinity[:, shallow], aou[:, shallow] + older, upper)
            for name in total:
                total[name] += fields[name] / 4
        for name in result:
            result[name][:, shallow] = total[name]
    return {name: field.astype(np.float32) for name, field in result.items()}


def _finish(theta: Floats, salinity: Floats, aou: Floats, place: _Place) -> Fields:
    """From potential temperature, salinity and AOU to everything else."""
    theta = -1.85 + _positive(theta + 1.85, 0.15)  # no colder than sea water freezes
    saturation = gsw.O2sol_SP_pt(salinity, theta)
    wanting = saturation - aou
    oxygen = _positive(wanting, 4.0)
    aou = saturation - oxygen
    pressure = gsw.p_from_z(-place.depth, place.latitude)
    temperature = gsw.pt_from_t(gsw.SR_from_SP(salinity), theta, 0.0, pressure)
    phosphate, nitrate, silicate = _nutrients(theta, aou, oxygen, place)
    return {
        "temperature": temperature,
        "salinity": salinity + np.zeros_like(theta),
        "oxygen": oxygen,
        "nitrate": nitrate,
        "phosphate": phosphate,
        "silicate": silicate,
        "theta": theta,
    }


def _nutrients(theta: Floats, aou: Floats, oxygen: Floats, place: _Place) -> tuple[Floats, Floats, Floats]:
    """Remineralised plus preformed phosphate, nitrate and silicate, umol kg-1; nitrate is lost where oxygen is."""
    northern = place.share["atlantic"] / (1 + np.exp(-(place.latitude + 10) / 12))
    cold = 1 / (1 + np.exp((theta - 10.0) / 3.0))
    preformed = 0.12 + (1.5 - 0.65 * northern) * cold
    phosphate = _positive(preformed + aou / _OXYGEN_PER_PHOSPHATE, 0.03)
    denitrified = 9.0 * np.exp(-oxygen / 6.0)
    nitrate = _positive(_NITRATE_PER_PHOSPHATE * (phosphate - 0.12) - denitrified, 0.3)
    southern = 1 / (1 + np.exp((place.latitude + 52) / 5))
    old = 138 * place.share["pacific"] + 105 * place.share["indian"] + 25 * place.share["atlantic"]
    old = old + southern * (118 - old)
    deep = 1 - np.exp(-((place.depth / 1300) ** 1.3))
    silicate = 1.5 + 55 * southern * cold * (1 - deep) + old * deep + 0.12 * _positive(aou, 5.0) * (1 - 0.5 * northern)
    return phosphate, nitrate, silicate


def _positive(x: Floats, soft: float) -> Floats:
    """Take the maximum of x and 0 smoothly, rounding the corner over a few times `soft`."""
    return np.asarray(soft * np.logaddexp(0.0, x / soft))
