"""Optimal interpolation of anomalies in space and time, with a covariance fitted to pairs of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import nnls
from scipy.spatial import cKDTree

from graphs.neighbours import nearest_in_level
from graphs.sphere import arc, positions
from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain

CHUNK = 500  # targets at a time: their covariance matrices stay in cache, and 4000 take twice as long
SOUGHT = 200_000  # targets whose neighbours are sought at a time: trees are built once for each
# Scales that a covariance may be a sum of: from one eddy to an ocean, from weeks to a lifetime.
LENGTHS_KM, YEARS = (25.0, 100.0, 400.0, 1600.0, 6400.0), (0.1, 0.5, 2.5, 12.0, 60.0)
LEAST_NOISE = 0.02  # of the signal variance: data at one place never agree better, and matrices stay well conditioned
_BASE, _NEAR, _RANDOM = 3_000, 64, 400  # data whose pairs are formed; partners near in two metrics; partners anywhere
_NEAR_KM = 300.0  # counts as much as a year, in the second of them
_DISTANCES = np.concatenate([[0.0], 10.0 * 2.0 ** (0.5 * np.arange(23))])  # km: bounds of the classes of pairs
_LAGS = np.concatenate([[0.0], 0.01 * 2.0 ** np.arange(0.0, 14.0, 0.75)])  # years
_SEEN = 300  # pairs within a part's length and time, at least
_USUAL = 0.5  # standard deviation of a share before any pair is seen, where that of a product is 1
_MOST = 2_000  # pairs of a class beyond which it counts no more: near pairs are few and decide


@dataclass(frozen=True)
class Anomalies:
    """Departures from a background.

    Parameters
    ----------
    xyz : array, shape (datum, 3)
        Positions (`graphs.sphere.positions`), km.
    years, value, count : array, shape (datum,)
        Decimal years, anomaly, number of samples behind it.
    level : int array, shape (datum,)
        Number of the level.
    """

    xyz: Floats
    years: Floats
    value: Floats
    count: Floats
    level: Ints

    @classmethod
    def at(cls, domain: Domain, cell: Ints, step: Ints, value: Floats, count: Floats) -> Anomalies:
        """Place anomalies at cells and steps of a domain.

        Parameters
        ----------
        domain : Domain
            Cells and steps.
        cell, step : int array, shape (datum,)
            Where and when.
        value, count : array, shape (datum,)
            As for the class.

        Returns
        -------
        Anomalies
        """
        xyz = positions(domain.latitude[cell], domain.longitude[cell])
        return cls(xyz, domain.years[step], value, count, domain.level[cell])

    @classmethod
    def averaged(cls, domain: Domain, cell: Ints, step: Ints, value: Floats) -> Anomalies:
        """Average anomalies of samples by cell and step.

        Parameters
        ----------
        domain : Domain
            Cells and steps.
        cell, step : int array, shape (sample,)
            Where and when.
        value : array, shape (sample,)
            Anomalies.

        Returns
        -------
        Anomalies
        """
        key, place, count = np.unique(cell * domain.steps + step, return_inverse=True, return_counts=True)
        mean = np.bincount(place, weights=value) / count
        return cls.at(domain, key // domain.steps, key % domain.steps, mean, count.astype(float))


@dataclass(frozen=True)
class Covariance:
    """Signal covariance sum share exp(-d / length - t / years), in units of the signal variance.

    Parameters
    ----------
    length, years, share : tuple of float
        Of each part: decorrelation length along the surface, km, and time, years; share of the signal variance, whose
        sum is 1.
    noise : float
        Variance of noise over variance of signal: what the data of two groups at one place and time do not share.
    """

    length: tuple[float, ...]
    years: tuple[float, ...]
    share: tuple[float, ...]
    noise: float

    def __call__(self, chord: Floats, lag: Floats) -> Floats:
        """Covariance of points apart by straight distances `chord` (km) and times `lag` (years), any one shape."""
        return self._over_ground(arc(chord), np.abs(lag))

    @property
    def reach(self) -> tuple[float, float]:
        """Distance, km, at no lag, and time, years, at no distance, by which it has fallen to a half, within 3 %."""
        km, years, none = np.geomspace(1.0, 20_000.0, 400), np.geomspace(0.01, 500.0, 400), np.zeros(400)
        far, late = self._over_ground(km, none) < 0.5, self._over_ground(none, years) < 0.5
        return float(km[far.argmax() if far.any() else -1]), float(years[late.argmax() if late.any() else -1])

    def stretched(self, factor: float) -> Covariance:
        """Return the same covariance with lengths that are longer by a factor."""
        return replace(self, length=tuple(factor * one for one in self.length))

    def _over_ground(self, distance: Floats, lag: Floats) -> Floats:
        """Covariance at great-circle distances, km."""
        result = np.zeros(np.broadcast_shapes(distance.shape, lag.shape))
        for length, years, share in zip(self.length, self.years, self.share):
            result += share * np.exp(-(distance / length + lag / years))
        return result


def fit_covariance(data: Anomalies, group: Ints, seed: int) -> Covariance:
    """Fit a covariance to the products of pairs of anomalies, by non-negative least squares.

    Its parts are those of `LENGTHS_KM` and `YEARS` that the pairs need. Only pairs of different groups count: the
    offset of a cruise is noise, not oxygen that another would find. Anomalies are divided by the standard deviation
    of their level first. A sum of exponentials with weights that are not negative is a covariance on the sphere and
    in time (Gneiting 2013, Bernoulli 19, 1327-1349).

    Parameters
    ----------
    data : Anomalies
        One for each group, cell and step; `count` has no part.
    group : int array, shape (datum,)
        Cruise, year or what is held out together.
    seed : int
        Draws the pairs.

    Returns
    -------
    Covariance
        One part of the shortest length and time with noise 100 where pairs have nothing in common, or there are none.

    Examples
    --------
    A field of 400 km, which falls to a half within 277 km, measured by five cruises with half as much noise:

    >>> rng, one = np.random.default_rng(3), np.ones(1500)
    >>> xyz, group = positions(rng.uniform(-20, 20, 1500), rng.uniform(0, 40, 1500)), np.arange(1500) % 5
    >>> apart = np.linalg.norm(xyz[:, None] - xyz[None], axis=-1)
    >>> field = np.linalg.cholesky(np.exp(-arc(apart) / 400.0) + 1e-9 * np.eye(1500)) @ rng.normal(size=1500)
    >>> value = field + np.sqrt(0.5) * rng.normal(size=1500)
    >>> found = fit_covariance(Anomalies(xyz, 0 * one, value, one, np.zeros(1500, int)), group, 0)
    >>> bool(0.2 < found.noise < 0.8), bool(200 < found.reach[0] < 400)
    (True, True)
    """
    distance, lag, product = _pairs(data, group, np.random.default_rng(seed))
    times = YEARS if lag.any() else YEARS[-1:]  # no time, no decay in it
    length, years = (axis.ravel() for axis in np.meshgrid(LENGTHS_KM, times, indexing="ij"))
    share = np.zeros(length.size)
    # A part shorter than nearly all pairs are apart would be an extrapolation: what it took is noise.
    seen = np.array([((distance <= km) & (lag <= when)).sum() >= _SEEN for km, when in zip(length, years)])
    if seen.any():
        key = np.digitize(distance, _DISTANCES) * (_LAGS.size + 1) + np.digitize(lag, _LAGS)
        _, place, number = np.unique(key, return_inverse=True, return_counts=True)
        distance, lag, product = (np.bincount(place, values) / number for values in (distance, lag, product))
        weight = np.sqrt(np.minimum(number, _MOST))
        falls = np.exp(-(distance[:, None] / length[seen] + lag[:, None] / years[seen]))
        rows = np.vstack([falls * weight[:, None], np.eye(seen.sum()) / _USUAL])
        share[seen], _ = nnls(rows, np.append(product * weight, np.zeros(seen.sum())))
    share[0] += 1e-2 if share.sum() < 1e-2 else 0.0
    total, used = share.sum(), share > 1e-3 * share.sum()
    noise = max((1.0 - total) / total, LEAST_NOISE)
    parts = [tuple(map(float, values[used])) for values in (length, years, share / share[used].sum())]
    return Covariance(parts[0], parts[1], parts[2], float(noise))


def _pairs(data: Anomalies, group: Ints, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Distance (km), lag (years) and product of pairs of standardised anomalies of one level and different groups."""
    found: list[tuple[Floats, Floats, Floats]] = [(np.zeros(0), np.zeros(0), np.zeros(0))]
    base = rng.permutation(data.value.size)[:_BASE]
    place = np.column_stack([data.xyz / _NEAR_KM, data.years])
    for level in np.unique(data.level[base]):
        own, here = np.flatnonzero(data.level == level), base[data.level[base] == level]
        near = np.arange(1, min(_NEAR, own.size) + 1)
        partners = [cKDTree(at[own]).query(at[here], k=near)[1] for at in (data.xyz, place)]
        other = own[np.hstack([*partners, rng.integers(own.size, size=(here.size, _RANDOM))])]
        one, other = np.repeat(here, other.shape[1]), other.ravel()
        each = np.sort(np.minimum(one, other) * data.value.size + np.maximum(one, other))
        each = each[np.diff(each, prepend=-1) > 0]  # a pair counts once; np.unique takes ten times as long
        one, other = np.divmod(each, data.value.size)
        differ = group[one] != group[other]
        one, other = one[differ], other[differ]
        variance = max(float(np.square(data.value[own]).mean()), 1e-12)
        apart = arc(np.linalg.norm(data.xyz[one] - data.xyz[other], axis=-1))
        lag = np.abs(data.years[one] - data.years[other])
        found.append((apart, lag, data.value[one] * data.value[other] / variance))
    distance, lag, product = (np.concatenate(columns) for columns in zip(*found))
    return distance, lag, product


def interpolate_anomalies(among: Floats, towards: Floats, data: Floats, noise: Floats) -> tuple[Floats, Floats, Floats]:
    """Interpolate anomalies: weights C_gd K^-1 with K = C_dd + diag(noise).

    Bretherton, Davis & Fandry (1976, Deep-Sea Res. 23, 559-582), as used for oxygen by Ito (2022).

    Parameters
    ----------
    among : array, shape (..., datum, datum)
        Covariance C_dd among the data, in units of the signal variance.
    towards : array, shape (..., datum)
        Covariance C_gd of the target with the data.
    data : array, shape (..., datum)
        Anomalies, in any unit.
    noise : array, shape (..., datum)
        Variance of noise over variance of signal.

    Returns
    -------
    mapped : array, shape (...)
        In the unit of the data.
    explained : array, shape (...)
        Share R2 of the signal variance that the data explain; the error variance is 1 - R2 of it.
    weights : array, shape (..., datum)

    Examples
    --------
    >>> one = np.ones(1)
    >>> interpolate_anomalies(one[:, None], one, 6.0 * one, 0.2 * one)[0].item()  # a datum at the target
    5.0
    """
    matrix = among + noise[..., None] * np.eye(data.shape[-1])
    weights = np.linalg.solve(matrix, towards[..., None])[..., 0]
    return (weights * data).sum(-1), (weights * towards).sum(-1), weights


def map_anomalies(
    data: Anomalies, domain: Domain, cell: Ints, step: Ints, covariance: Covariance, neighbours: int
) -> tuple[Floats, Floats]:
    """Map anomalies to targets from the nearest data of their level, space and time measured by the covariance's reach.

    Parameters
    ----------
    data : Anomalies
        At least one.
    domain : Domain
        Place and time of cells and steps.
    cell, step : int array, shape (target,)
        Where and when.
    covariance : Covariance
        Of the anomalies.
    neighbours : int
        Data for one target.

    Returns
    -------
    mapped, explained : array, shape (target,)
        Anomaly, and share of the signal variance that the data explain, 0 to 0.9999.
    """
    km, years = covariance.reach
    scaled = np.hstack([data.xyz / km, data.years[:, None] / years])
    mapped, explained = np.empty(cell.size), np.empty(cell.size)
    for start in range(0, cell.size, SOUGHT):
        part = slice(start, start + SOUGHT)
        xyz, when = positions(domain.latitude[cell[part]], domain.longitude[cell[part]]), domain.years[step[part]]
        target = np.hstack([xyz / km, when[:, None] / years])
        index, distance = nearest_in_level(scaled, data.level, target, domain.level[cell[part]], neighbours)
        for first in range(0, when.size, CHUNK):
            some = slice(first, first + CHUNK)
            into = slice(start + first, start + min(first + CHUNK, when.size))
            near, there = index[some], np.isfinite(distance[some])
            offset, lag = data.xyz[near] - xyz[some, None], data.years[near] - when[some, None]
            towards = np.where(there, covariance(np.linalg.norm(offset, axis=-1), lag), 0.0)
            among = covariance(_apart(offset), lag[:, :, None] - lag[:, None])
            # An absent neighbour is a datum that covaries with nothing: its weight is zero.
            among *= there[:, :, None] & there[:, None, :]
            noise = np.where(there, covariance.noise / data.count[near], 1.0)
            mapped[into], explained[into], _ = interpolate_anomalies(among, towards, data.value[near], noise)
    return mapped, np.clip(explained, 0.0, 0.9999)


def _apart(points: Floats) -> Floats:
    """Distances of all pairs, shape (target, k, k), by inner products: no array of all differences is made."""
    square = np.square(points).sum(axis=-1)
    apart = square[:, :, None] + square[:, None, :] - 2 * points @ points.swapaxes(1, 2)
    distance: Floats = np.sqrt(np.maximum(apart, 0.0))
    return distance
