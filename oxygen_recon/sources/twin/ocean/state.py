"""The state of the twin ocean: temperature, salinity, oxygen and nutrients at any position and time, from one seed."""

from dataclasses import dataclass
from functools import cached_property

import gsw
import numpy as np

from graphs.types import Floats
from oxygen_recon.sources.twin.ocean import patterns
from oxygen_recon.sources.twin.ocean.atlas import BASINS, basin_weights, zonal_mean
from oxygen_recon.sources.twin.ocean.low_oxygen import zone_utilisation
from oxygen_recon.sources.twin.ocean.random_fields import RandomField

Fields = dict[str, Floats]

VARIABLES = ("temperature", "salinity", "oxygen", "nitrate", "phosphate", "silicate")
_CHUNK = 5_000  # points at a time: the waves of a field at all of them stay in cache
_OXYGEN_PER_PHOSPHATE = 170.0  # mol O2 per mol P (Anderson & Sarmiento 1994)
_NITRATE_PER_PHOSPHATE = 16.0  # mol N per mol P


@dataclass(frozen=True)
class OceanParameters:
    """Parameters in which a model of the twin ocean may differ from it; the defaults are the ocean's.

    Parameters
    ----------
    trend : float
        Factor on warming and deoxygenation.
    zone_strength : float
        Factor on the strength of the low-oxygen zones.
    zone_depth : float
        Factor on the depth of the low-oxygen zones and of the thermocline's oxygen.
    shift_north, shift_east : float
        Displacement of fronts and zones, degrees.
    growth : float
        Factor on the growth of the low-oxygen zones since 1920; `twin_ocean` finds the value for a given seed.
    """

    trend: float = 1.0
    zone_strength: float = 1.0
    zone_depth: float = 1.0
    shift_north: float = 0.0
    shift_east: float = 0.0
    growth: float = 1.0


@dataclass(frozen=True)
class _Points:
    """Points with the weights of their basins."""

    latitude: Floats
    longitude: Floats
    depth: Floats

    @property
    def xyz(self) -> tuple[Floats, Floats, Floats]:
        """Return latitude, longitude and depth."""
        return self.latitude, self.longitude, self.depth

    @cached_property
    def share(self) -> dict[str, Floats]:
        """Return the weight of each basin."""
        return basin_weights(self.latitude, self.longitude)


class Ocean:
    """An ocean from 1920 to 2023 as a continuous function of position and time.

    Oxygen is saturation (Garcia & Gordon 1992) less apparent oxygen utilisation (AOU), kept positive smoothly;
    nutrients follow AOU by stoichiometry. AOU varies with ventilation, which leaves no trace in temperature and
    salinity, with heave, which does, with an ENSO-like mode and with a trend, strongest near the low-oxygen zones.

    Parameters
    ----------
    seed : int
        Seed of every random field.
    parameters : OceanParameters or None
        None for the ocean itself; other values for a model of it.

    Examples
    --------
    The oxygen minimum of the eastern tropical North Pacific, umol kg-1:

    >>> import numpy as np
    >>> latitude, longitude, depth = np.array([13.0]), np.array([-110.0]), np.array([430.0])
    >>> fields = Ocean(0).annual(latitude, longitude, depth, np.array([1925.0, 2015.0]))
    >>> fields["oxygen"].shape
    (2, 1)
    >>> bool(fields["oxygen"][1, 0] < fields["oxygen"][0, 0])
    True
    """

    def __init__(self, seed: int, parameters: OceanParameters | None = None) -> None:
        self.parameters = parameters or OceanParameters()
        rng = np.random.default_rng([seed, 1])
        self._gyres = RandomField.draw(rng, 64, (700, 1500), 1.2, None)
        self._fresh = RandomField.draw(rng, 64, (700, 1500), 1.2, None)
        self._patches = RandomField.draw(rng, 96, (600, 1500), 0.9, None)
        self._heave = RandomField.draw(rng, 96, (700, 1800), 0.8, (4, 40))
        self._haline = RandomField.draw(rng, 64, (700, 1800), 0.8, (6, 40))
        self._ventilation = RandomField.draw(rng, 160, (800, 1900), 0.7, (7, 30))
        self._eddies = RandomField.draw(rng, 96, (45, 90), 0.9, (0.15, 0.5))
        self._stirring = RandomField.draw(rng, 96, (45, 90), 0.6, (0.15, 0.5))
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
        """Evaluate the ocean at points that each have their own time, the seasonal cycle included.

        Parameters
        ----------
        latitude, longitude, depth, year : array, shape (point,)
            Degrees north, degrees east, metres (positive down), decimal years.
        eddies : bool
            Whether to add mesoscale noise (100-200 km, weeks to months), which yearly means do not contain.

        Returns
        -------
        dict of array, shape (point,)
            `VARIABLES` (temperature in situ, degC; salinity PSS-78; others umol kg-1) and "theta" (degC).
        """
        parts = []
        for start in range(0, max(1, len(latitude)), _CHUNK):
            part = slice(start, start + _CHUNK)
            points, time = _Points(latitude[part], longitude[part], depth[part]), np.asarray(year, float)[part]
            theta, salinity, aou = self._state(points, time)
            warmer, older = patterns.seasonal_cycle(points.latitude, points.depth, time)
            if eddies:
                strength = patterns.eddy_strength(points.latitude, points.depth)
                wave, colour = self._eddies(*points.xyz, time), self._stirring(*points.xyz, time)
                warmer, older = warmer + 0.45 * strength * wave, older + strength * (3.5 * colour - 2.5 * wave)
            parts.append(_derived(theta + warmer, salinity, aou + older, points))
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def annual(self, latitude: Floats, longitude: Floats, depth: Floats, years: Floats) -> Fields:
        """Evaluate yearly means at points, without eddies.

        Parameters
        ----------
        latitude, longitude, depth : array, shape (point,)
            Degrees north, degrees east, metres (positive down).
        years : array, shape (year,)
            Calendar years; the mean over each is returned.

        Returns
        -------
        dict of array, shape (year, point), float32
            The names of `at`. Quantities that are nonlinear in the seasonal cycle are averaged over four phases.
        """
        middle = np.asarray(years, float)[:, None] + 0.5
        parts = []
        for start in range(0, max(1, len(latitude)), _CHUNK // 2):
            part = slice(start, start + _CHUNK // 2)
            points = _Points(latitude[part], longitude[part], depth[part])
            parts.append(_over_seasons(*self._state(points, middle), points))
        return {name: np.concatenate([part[name] for part in parts], axis=1) for name in parts[0]}

    def _state(self, points: _Points, year: Floats) -> tuple[Floats, Floats, Floats]:
        """Return potential temperature, salinity and AOU before it is bounded; `year` as in `RandomField`."""
        chosen, xyz = self.parameters, points.xyz
        moved = _Points(points.latitude - chosen.shift_north, points.longitude - chosen.shift_east, points.depth)
        sunk = _Points(moved.latitude, moved.longitude, points.depth / chosen.zone_depth)
        static = {
            name: sum(points.share[basin] * zonal_mean(name, basin, where.latitude, where.depth) for basin in BASINS)
            for name, where in (("theta", moved), ("salinity", moved), ("aou", sunk))
        }
        body, trend = patterns.variability_profile(points.depth), chosen.trend * patterns.trend(year)
        before, gained = zone_utilisation(*sunk.xyz, points.share, chosen.growth)
        warm, young = patterns.enso(*xyz, points.share)
        heave, enso = self._heave(*xyz, year), self.enso(year)
        patches, gyres = self._patches.static(*xyz), self._gyres.static(*xyz)

        calm = np.exp(-points.depth / 900)
        theta = static["theta"] + (0.7 * gyres + 0.35 * heave) * calm + warm * enso
        theta = theta + trend * 0.8 * np.exp(-points.depth / 400) * (1 + 0.35 * gyres)
        salinity = static["salinity"] + (0.10 * self._fresh.static(*xyz) + 0.05 * self._haline(*xyz, year)) * calm
        aou = static["aou"] + chosen.zone_strength * before + body * (7.0 * patches - 4.0 * gyres)
        loss = patterns.ventilation_loss(points.latitude, points.depth, points.share)
        aou = aou + trend * (gained + loss * (1 + 0.4 * patches))
        aou = aou + body * (11.0 * self._ventilation(*xyz, year) - 2.5 * heave) + young * enso
        return theta, salinity, aou


def _over_seasons(theta: Floats, salinity: Floats, aou: Floats, points: _Points) -> Fields:
    """Average over the year; only points above `SEASONAL_DEPTH` are evaluated at four phases."""
    result = _derived(theta, salinity, aou, points)
    shallow = points.depth < patterns.SEASONAL_DEPTH
    if shallow.any():
        upper = _Points(*(x[shallow] for x in points.xyz))
        total = {name: np.zeros(theta[:, shallow].shape) for name in result}
        for phase in (0.125, 0.375, 0.625, 0.875):
            warmer, older = patterns.seasonal_cycle(upper.latitude, upper.depth, np.array(phase))
            fields = _derived(theta[:, shallow] + warmer, salinity[:, shallow], aou[:, shallow] + older, upper)
            for name in total:
                total[name] += fields[name] / 4
        for name in result:
            result[name][:, shallow] = total[name]
    return {name: field.astype(np.float32) for name, field in result.items()}


def _derived(theta: Floats, salinity: Floats, aou: Floats, points: _Points) -> Fields:
    """Derive all variables from potential temperature, salinity and AOU."""
    theta = -1.85 + _positive(theta + 1.85, 0.15)  # no colder than sea water freezes
    saturation = gsw.O2sol_SP_pt(salinity, theta)
    oxygen = _positive(saturation - aou, 4.0)
    aou = saturation - oxygen
    pressure = gsw.p_from_z(-points.depth, points.latitude)
    temperature = gsw.pt_from_t(gsw.SR_from_SP(salinity), theta, 0.0, pressure)
    phosphate, nitrate, silicate = _nutrients(theta, aou, oxygen, points)
    return {
        "temperature": temperature,
        "salinity": salinity + np.zeros_like(theta),
        "oxygen": oxygen,
        "nitrate": nitrate,
        "phosphate": phosphate,
        "silicate": silicate,
        "theta": theta,
    }


def _nutrients(theta: Floats, aou: Floats, oxygen: Floats, points: _Points) -> tuple[Floats, Floats, Floats]:
    """Return remineralised plus preformed phosphate, nitrate and silicate, umol kg-1, with denitrification."""
    northern = points.share["atlantic"] / (1 + np.exp(-(points.latitude + 10) / 12))
    cold = 1 / (1 + np.exp((theta - 10.0) / 3.0))
    preformed = 0.12 + (1.5 - 0.65 * northern) * cold
    phosphate = _positive(preformed + aou / _OXYGEN_PER_PHOSPHATE, 0.03)
    denitrified = 9.0 * np.exp(-oxygen / 6.0)
    nitrate = _positive(_NITRATE_PER_PHOSPHATE * (phosphate - 0.12) - denitrified, 0.3)
    southern = 1 / (1 + np.exp((points.latitude + 52) / 5))
    old = 138 * points.share["pacific"] + 105 * points.share["indian"] + 25 * points.share["atlantic"]
    old = old + southern * (118 - old)
    deep = 1 - np.exp(-((points.depth / 1300) ** 1.3))
    silicate = 1.5 + 55 * southern * cold * (1 - deep) + old * deep + 0.12 * _positive(aou, 5.0) * (1 - 0.5 * northern)
    return phosphate, nitrate, silicate


def _positive(x: Floats, soft: float) -> Floats:
    """Take the maximum of x and 0 smoothly, rounding the corner over a few times `soft`."""
    return np.asarray(soft * np.logaddexp(0.0, x / soft))
