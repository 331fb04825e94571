"""Members of an ensemble: fields whose spread is the stated error, and whose errors go together in space and time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graphs.sphere import positions
from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain
from oxygen_recon.dataset.mapping import Anomalies, Covariance, fit_covariance

_FEATURES = 1000  # waves of a member: its variance is then 1 within some 3 %
_STRETCH = 100.0  # m: vertical distances are differences of log(1 + depth / 100 m)
_SCALES = np.geomspace(0.05, 20.0, 80)  # of the vertical correlation, that is searched
_CHUNK = 2_000  # points at a time


@dataclass(frozen=True)
class ErrorCovariance:
    """Covariance of standardised errors.

    Parameters
    ----------
    signal : Covariance
        In distance and time; its noise is what a water column has for itself.
    vertical : float
        Decorrelation length in log(1 + depth / 100 m).
    """

    signal: Covariance
    vertical: float

    @property
    def shared(self) -> float:
        """Share of the variance that goes with distance and time."""
        return 1.0 / (1.0 + self.signal.noise)


def fit_error_covariance(
    domain: Domain, cell: Ints, step: Ints, fold: Ints, group: Ints, error: Floats, seed: int
) -> ErrorCovariance:
    """Fit the covariance of standardised errors to pairs of held-out points.

    Only points of one fold make pairs: to estimate one, the other was hidden too, as at places that nobody measured. In
    distance and time these are pairs of different groups, in the vertical pairs of one cast.

    Parameters
    ----------
    domain : Domain
        Cells and steps.
    cell, step, fold, group : int array, shape (target,)
        Where, when, in which fold held out, and by which cruise or platform measured.
    error : array, shape (target,)
        Departure from the held-out estimate over its standard error.
    seed : int
        Draws the pairs.

    Returns
    -------
    ErrorCovariance
    """
    data = Anomalies.at(domain, cell, step, error, np.ones(error.size))
    levels = int(domain.level.max()) + 1
    signal = fit_covariance(replace(data, level=data.level + levels * fold.astype(np.int64)), group, seed)
    _, cast = np.unique(np.stack([domain.column[cell], step, group]), axis=1, return_inverse=True)
    height = _stretched(domain.depth[cell])
    order = np.lexsort((height, cast))
    cast, height, error = cast[order], height[order], (error / np.sqrt(np.square(error).mean()))[order]
    apart, product = np.zeros(0), np.zeros(0)
    for above in range(1, min(levels, cast.size)):
        one = cast[above:] == cast[:-above]
        apart = np.append(apart, (height[above:] - height[:-above])[one])
        product = np.append(product, (error[above:] * error[:-above])[one])
    misfit = [float(np.square(product - np.exp(-apart / scale)).sum()) for scale in _SCALES]
    return ErrorCovariance(signal, float(_SCALES[int(np.argmin(misfit))]) if apart.size else 1.0)


@dataclass(frozen=True)
class Waves:
    """A member's errors as a sum of waves, by random Fourier features (Rahimi & Recht 2007).

    The spectrum of exp(-d / L) in three dimensions is a multivariate Cauchy distribution, that of exp(-t / T) a Cauchy
    distribution; d is straight, which at 3,000 km is 1 % shorter than over ground.

    Parameters
    ----------
    space : array, shape (wave, 3)
        Radians per km.
    time, vertical, phase : array, shape (wave,)
        Radians per year; per unit of log(1 + depth / 100 m); radians.
    """

    space: Floats
    time: Floats
    vertical: Floats
    phase: Floats

    @classmethod
    def draw(cls, covariance: ErrorCovariance, random: np.random.Generator) -> Waves:
        """Draw the waves of a member.

        Parameters
        ----------
        covariance : ErrorCovariance
            Of the errors.
        random : numpy.random.Generator
            Source of random numbers.
        """
        signal = covariance.signal
        part = random.choice(len(signal.share), _FEATURES, p=signal.share)
        direction = random.normal(size=(_FEATURES, 3)) / np.abs(random.normal(size=(_FEATURES, 1)))
        return cls(
            direction / np.array(signal.length)[part, None],
            random.standard_cauchy(_FEATURES) / np.array(signal.years)[part],
            random.standard_cauchy(_FEATURES) / covariance.vertical,
            random.uniform(0.0, 2 * np.pi, _FEATURES),
        )

    def on_grid(self, latitude: Floats, longitude: Floats, depth: Floats, years: Floats) -> Floats:
        """Sum the waves at all steps and levels of some columns.

        Parameters
        ----------
        latitude, longitude : array, shape (column,)
            Degrees north, degrees east.
        depth, years : array, shape (level,) and (step,)
            m; decimal years.

        Returns
        -------
        array, shape (step, level, column)
            Of variance 1.
        """
        here = _angle(positions(latitude, longitude) @ self.space.T)
        wave = np.cos(here).T, np.sin(here).T
        turned = years[:, None, None] * self.time + _stretched(depth)[:, None] * self.vertical + self.phase
        when = _angle(turned).reshape(-1, self.phase.size)
        found = np.sqrt(2.0 / self.phase.size) * (np.cos(when) @ wave[0] - np.sin(when) @ wave[1])
        return np.asarray(found.reshape(years.size, depth.size, latitude.size), np.float64)

    def at(self, latitude: Floats, longitude: Floats, depth: Floats, years: Floats) -> Floats:
        """Sum the waves at points.

        Parameters
        ----------
        latitude, longitude, depth, years : array, shape (point,)
            Degrees north, degrees east, m, decimal years.

        Returns
        -------
        array, shape (point,)
            Of variance 1.
        """
        result = np.empty(latitude.size)
        for start in range(0, latitude.size, _CHUNK):
            part = slice(start, start + _CHUNK)
            angle = positions(latitude[part], longitude[part]) @ self.space.T + years[part, None] * self.time
            angle += _stretched(depth[part])[:, None] * self.vertical + self.phase
            result[part] = np.sqrt(2.0 / self.phase.size) * np.cos(_angle(angle)).sum(axis=1)
        return result


def grid_error(
    covariance: ErrorCovariance, latitude: Floats, longitude: Floats, depth: Floats, years: Floats, seed: list[int]
) -> Floats:
    """Draw standardised errors at all steps and levels of some columns.

    Parameters
    ----------
    covariance : ErrorCovariance
        Of the errors.
    latitude, longitude, depth, years
        As for `Waves.on_grid`; depth increases.
    seed : list of int
        Makes them repeatable.

    Returns
    -------
    array, shape (step, level, column)
        Of variance 1.
    """
    random = np.random.default_rng(seed)
    smooth = Waves.draw(covariance, random).on_grid(latitude, longitude, depth, years)
    own = random.standard_normal(smooth.shape)
    near = np.exp(-np.diff(_stretched(depth)) / covariance.vertical)
    for level, along in enumerate(near, start=1):
        own[:, level] = along * own[:, level - 1] + np.sqrt(1.0 - along**2) * own[:, level]
    return np.asarray(np.sqrt(covariance.shared) * smooth + np.sqrt(1.0 - covariance.shared) * own)


def point_error(
    covariance: ErrorCovariance, latitude: Floats, longitude: Floats, depth: Floats, years: Floats, seed: list[int]
) -> Floats:
    """Draw standardised errors at points; those of one place and time are a cast.

    Parameters
    ----------
    covariance : ErrorCovariance
        Of the errors.
    latitude, longitude, depth, years
        As for `Waves.at`.
    seed : list of int
        Makes them repeatable.

    Returns
    -------
    array, shape (point,)
        Of variance 1.
    """
    random = np.random.default_rng(seed)
    smooth = Waves.draw(covariance, random).at(latitude, longitude, depth, years)
    height = _stretched(depth)
    order = np.lexsort((height, years, longitude, latitude))
    place = np.stack([latitude, longitude, years])[:, order]
    same = (np.diff(place) == 0).all(axis=0)
    along = np.where(same, np.exp(-np.diff(height[order]) / covariance.vertical), 0.0)
    own = random.standard_normal(latitude.size)
    for i, near in enumerate(along, start=1):
        own[i] = near * own[i - 1] + np.sqrt(1.0 - near**2) * own[i]
    cast = np.empty_like(own)
    cast[order] = own
    return np.asarray(np.sqrt(covariance.shared) * smooth + np.sqrt(1.0 - covariance.shared) * cast)


def _stretched(depth: Floats) -> Floats:
    """Put depth into the coordinate of vertical distances."""
    return np.asarray(np.log1p(depth / _STRETCH))


def _angle(radians: Floats) -> NDArray[np.float32]:
    """Bring angles into one turn, in single precision: some are of many turns, and their cosines would be slow."""
    return np.mod(radians, 2 * np.pi).astype(np.float32)
