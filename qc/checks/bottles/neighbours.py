"""Oxygen of bottles estimated from the samples around them: above and below, and at adjacent stations of the cruise."""

from dataclasses import dataclass
from functools import cached_property

import gsw
import numpy as np
from scipy.spatial import cKDTree

from qc.physics import local_regression, sphere
from qc.table.profiles import Levels
from qc.types import Floats, Integers, Mask

FEWEST = 50  # samples of a cruise: fewer do not tell how much it scatters
STATIONS = 6  # adjacent casts of the cruise; 4 and 10 found as much
REACH = 600.0  # km
OWN = 4  # samples above and as many below, of the same cast
_WIDTH = 150.0  # km, distance at which the weight of a station is half
_LEAST = 9  # neighbours: a plane of three features has four constants
_CHUNK = 5_000  # samples at a time
_DEEPEST = 20_000.0  # dbar, more than any pressure


@dataclass(frozen=True)
class Samples:
    """Bottle samples with all that an estimate needs; arrays of shape (sample,), by cast and pressure.

    Parameters
    ----------
    rows : integers
        Rows of the table.
    cast : integers
        Number of the cast, from 0 without gaps.
    group : integers
        Number of the cruise, from 0 without gaps.
    pressure, oxygen : floats
        dbar, umol/kg.
    SA, CT : floats
        Absolute salinity, g/kg; conservative temperature, degC.
    place : floats, shape (cast, 4)
        Position of each cast on the unit sphere, and its cruise, far apart.
    """

    rows: Integers
    cast: Integers
    group: Integers
    pressure: Floats
    oxygen: Floats
    SA: Floats
    CT: Floats
    place: Floats

    @classmethod
    def of(cls, levels: Levels, usable: dict[str, Mask]) -> "Samples":
        """Select the samples whose oxygen, temperature, salinity and position are usable, of cruises with 50 or more.

        Parameters
        ----------
        levels : Levels
            The table.
        usable : dict of mask
            As in `qc.checks.base.CheckInput`.

        Returns
        -------
        Samples
        """
        known, SA, pt = levels.water
        place = np.full(len(levels.cast), -1)
        place[known] = np.arange(len(known))
        there = usable["oxygen"] & usable["temperature"] & usable["salinity"] & levels.measured_with(["bottle"])
        there &= (place >= 0) & np.isfinite(levels.latitude) & np.isfinite(levels.longitude)
        group = np.unique(levels.cruise, return_inverse=True)[1]
        there &= (np.bincount(group[there], minlength=len(group)) >= FEWEST)[group]
        rows = levels.by_pressure[there[levels.by_pressure]]
        at = place[rows]
        _, first, cast = np.unique(levels.cast[rows], return_index=True, return_inverse=True)
        group = np.unique(group[rows], return_inverse=True)[1]
        start = rows[first]
        points = sphere.points(levels.latitude[start], levels.longitude[start])
        where = np.column_stack([points, 10.0 * group[first]])
        CT = np.asarray(gsw.CT_from_pt(SA[at], pt[at]))
        return cls(rows, cast, group, levels.pressure[rows], levels.values["oxygen"][rows], SA[at], CT, where)

    @cached_property
    def _key(self) -> Floats:
        """Numbers that increase by cast and pressure."""
        return _key(self.cast, self.pressure)

    @cached_property
    def _stations(self) -> tuple[Floats, Integers]:
        """Distance, km, and number of the casts next to each, -1 for none, shape (cast, station)."""
        most = min(STATIONS + 1, len(self.place))
        reach = REACH / sphere.EARTH_RADIUS_KM
        far, station = cKDTree(self.place).query(self.place, k=range(1, most + 1), distance_upper_bound=reach)
        none = ~np.isfinite(far) | (station == np.arange(len(station))[:, None])
        return np.where(none, 0.0, far) * sphere.EARTH_RADIUS_KM, np.where(none, -1, station)

    def around(self, at: Integers, own: int) -> tuple[Integers, Floats]:
        """Find the neighbours of some samples: `own` above and below, and the two that bracket its pressure elsewhere.

        Parameters
        ----------
        at : integers, shape (n,)
            Samples.
        own : int
            Number of samples above, and below, of the same cast.

        Returns
        -------
        neighbour, distance : integers and floats, shape (n, neighbour)
            Index of the neighbour, -1 for none; km.
        """
        far, station = self._stations
        found, away = [], []
        for step in [*range(-own, 0), *range(1, own + 1)]:
            found.append(self._if_in(at + step, self.cast[at]))
            away.append(np.zeros(len(at)))
        for other, km in zip(station[self.cast[at]].T, far[self.cast[at]].T):
            below = np.searchsorted(self._key, _key(other, self.pressure[at]))
            found += [self._if_in(below - 1, other), self._if_in(below, other)]
            away += [km, km]
        return np.array(found).T, np.array(away).T

    def _if_in(self, index: Integers, cast: Integers) -> Integers:
        """Replace an index by -1 unless it is one of a sample of that cast."""
        inside = np.clip(index, 0, len(self.cast) - 1)
        return np.where((index == inside) & (self.cast[inside] == cast), index, -1)

    def interpolate(self) -> Floats:
        """Interpolate oxygen between the two levels that bracket each sample, in its cast and in adjacent ones.

        Between two levels it is linear in potential density at the sample's own pressure, and reaches beyond them by
        half their distance at most.

        Returns
        -------
        floats, shape (sample,)
            The median over the casts, umol/kg; NaN where no cast has two such levels.
        """
        result = np.full(len(self.rows), np.nan)
        for start in range(0, len(self.rows), _CHUNK):
            at = np.arange(start, min(start + _CHUNK, len(self.rows)))
            index, _ = self.around(at, 1)
            upper, lower = index[:, 0::2], index[:, 1::2]
            excess = self._excess(index, at)
            with np.errstate(divide="ignore", invalid="ignore"):
                share = -excess[:, 0::2] / (excess[:, 1::2] - excess[:, 0::2])
            share = np.clip(np.where(np.isfinite(share), share, 0.5), -0.5, 1.5)
            value = self.oxygen[upper] + share * (self.oxygen[lower] - self.oxygen[upper])
            value = np.sort(np.where((upper >= 0) & (lower >= 0), value, np.nan), axis=1)
            count, line = np.isfinite(value).sum(axis=1), np.arange(len(at))
            result[at] = (
                value[line, np.maximum(count - 1, 0) // 2] + value[line, np.minimum(count // 2, value.shape[1] - 1)]
            ) / 2
        return result

    def estimate(self, at: Integers, own: int = OWN, replaced: Floats | None = None) -> tuple[Floats, Floats]:
        """Estimate oxygen from the neighbours, by a robust plane in density, temperature and pressure.

        Density is potential density at the sample's own pressure, which needs no change of reference between the
        surface and the bottom. Neighbours count the less the farther they are, in km and in density.

        Parameters
        ----------
        at : integers, shape (n,)
            Samples.
        own : int
            Number of samples above, and below, of the same cast.
        replaced : floats, shape (sample,), optional
            Oxygen that a nutrient has replaced, umol/kg: the sum of both is what is alike, and the plane depends on it.

        Returns
        -------
        estimate, spread : floats, shape (n,)
            umol/kg; NaN where there are too few neighbours.
        """
        estimate, spread = np.empty(len(at)), np.empty(len(at))
        for i in range(0, len(at), _CHUNK):
            some = slice(i, i + _CHUNK)
            estimate[some], spread[some] = self._estimate(at[some], own, replaced)
        return estimate, spread

    def _estimate(self, at: Integers, own: int, replaced: Floats | None) -> tuple[Floats, Floats]:
        index, km = self.around(at, own)
        density, oxygen = self._excess(index, at), self.oxygen[index]
        features = [density] + [of[index] - of[at][:, None] for of in (self.CT, self.pressure)]
        if replaced is not None:
            features.append(replaced[index] - replaced[at][:, None])
            oxygen = oxygen + features[-1]
        feature = np.stack(features, axis=2)
        known = (index >= 0) & np.isfinite(feature).all(axis=2)
        # half the weight at the density of the ninth neighbour: where samples are dense, only the nearest count
        away = np.where(known, np.abs(density), np.inf)
        width = np.partition(away, min(_LEAST, away.shape[1]) - 1, axis=1)[:, min(_LEAST, away.shape[1]) - 1]
        width = np.where(np.isfinite(width), np.maximum(width, 1e-4), 1e-4)[:, None]
        weight = 1 / (1 + (km / _WIDTH) ** 2) / (1 + (np.where(known, density, 0) / width) ** 2)
        return local_regression.predict(feature, oxygen, weight, known, _LEAST)

    def _excess(self, index: Integers, at: Integers) -> Floats:
        """Potential density of neighbours at the pressure of their sample, less its own, kg/m3."""
        pressure = self.pressure[at]
        own = gsw.rho(self.SA[at], self.CT[at], pressure)
        return np.asarray(gsw.rho(self.SA[index], self.CT[index], pressure[:, None]) - own[:, None])


def _key(cast: Integers, pressure: Floats) -> Floats:
    """Join cast and pressure, dbar, into one number."""
    return np.asarray(cast * _DEEPEST + np.clip(pressure, 0, _DEEPEST - 1), float)
