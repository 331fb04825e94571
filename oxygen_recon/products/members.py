"""Members of an ensemble: fields whose spread is the stated error, and whose errors go together in space and time.

A member is the estimate plus its standard error times a standardised error of the covariance that held-out points have
(`oxygen_recon.products.error_covariance`). Standard errors are calibrated by how near observations are: members stay
together where much is known and part where nothing is. Matheron's rule, which takes the kriged errors at observations
off each simulated field (Journel & Huijbregts 1978), is not applied on top: held-out errors are already what is left
of them beside the observations of other folds. On the twin ocean, with the rule, ranges of 68 and 90 % of the means of
basins, years and layers held 56 and 78 % of the truth; without it 67 and 89 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphs.sphere import positions
from graphs.types import Floats, Ints
from oxygen_recon.products.error_covariance import ErrorCovariance, Part, along, stretched

_FEATURES = 500  # waves of a member: its variance is then 1 within some 5 %
_CHUNK = 2_000  # points at a time


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
            Of the errors; some of it goes with distance and time.
        random : numpy.random.Generator
            Source of random numbers.
        """
        share, vertical, length, years = np.array(covariance.everywhere).T
        part = random.choice(share.size, _FEATURES, p=share / share.sum())
        direction = random.normal(size=(_FEATURES, 3)) / np.abs(random.normal(size=(_FEATURES, 1)))
        return cls(
            direction / length[part, None],
            random.standard_cauchy(_FEATURES) / years[part],
            random.standard_cauchy(_FEATURES) / vertical[part],
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
        turned = years[:, None, None] * self.time + stretched(depth)[:, None] * self.vertical + self.phase
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
            angle += stretched(depth[part])[:, None] * self.vertical + self.phase
            result[part] = np.sqrt(2.0 / self.phase.size) * np.cos(_angle(angle)).sum(axis=1)
        return result


def grid_error(
    covariance: ErrorCovariance, latitude: Floats, longitude: Floats, depth: Floats, years: Floats, seed: Sequence[int]
) -> Floats:
    """Draw standardised errors at all steps and levels of some columns.

    Parameters
    ----------
    covariance : ErrorCovariance
        Of the errors.
    latitude, longitude, depth, years
        As for `Waves.on_grid`; depth increases.
    seed : sequence of int
        Makes them repeatable: a step has the same errors whichever others are asked for with it.

    Returns
    -------
    array, shape (step, level, column)
        Of variance 1.
    """
    found = np.zeros((years.size, depth.size, latitude.size))
    if covariance.everywhere:
        waves = Waves.draw(covariance, np.random.default_rng(seed))
        found += np.sqrt(covariance.shared) * waves.on_grid(latitude, longitude, depth, years)
    root = _root(stretched(depth), (*covariance.cast, *covariance.cruise))
    for step, year in enumerate(years):
        random = np.random.default_rng([*seed, round(1000 * float(year))])
        found[step] += root @ random.standard_normal((depth.size, latitude.size), np.float32)
    return found


def point_error(
    covariance: ErrorCovariance, latitude: Floats, longitude: Floats, depth: Floats, years: Floats,
    seed: Sequence[int], cruise: Ints | None = None,
) -> Floats:  # fmt: skip
    """Draw standardised errors at points; those of one place and time are a cast.

    Parameters
    ----------
    covariance : ErrorCovariance
        Of the errors.
    latitude, longitude, depth, years
        As for `Waves.at`.
    seed : sequence of int
        Makes them repeatable.
    cruise : int array, shape (point,), optional
        What measures them: two cruises at one place and time are two casts. When left out each cast is a cruise of
        its own, as for estimates that no cruise measures.

    Returns
    -------
    array, shape (point,)
        Of variance 1.
    """
    random, found = np.random.default_rng(seed), np.zeros(latitude.size)
    if covariance.everywhere:
        waves = Waves.draw(covariance, random)
        found += np.sqrt(covariance.shared) * waves.at(latitude, longitude, depth, years)
    place = [latitude, longitude, years, *([] if cruise is None else [cruise])]
    _, cast = np.unique(np.stack(place), axis=1, return_inverse=True)
    for parts, unit in ((covariance.cast, cast), (covariance.cruise, cast if cruise is None else cruise)):
        for part in parts:
            found += np.sqrt(part.share) * _of_units(stretched(depth), unit, part, random)
    return found


def _root(height: Floats, parts: Sequence[Part]) -> NDArray[np.float32]:
    """Return the lower root of the covariance of what a column has for itself, shape (level, level)."""
    apart = np.abs(height[:, None] - height)
    covariance = 1e-9 * np.eye(height.size)  # where there is no part it has no root
    for part in parts:
        covariance += part.share * along(apart, part.vertical)
    return np.linalg.cholesky(covariance).astype(np.float32)


def _of_units(height: Floats, unit: Ints, part: Part, random: np.random.Generator) -> Floats:
    """Draw what each cast or cruise has for itself, of variance 1, shape (point,); the same at one depth of it."""
    (number, level), place = np.unique(np.stack([unit, height]), axis=1, return_inverse=True)
    own = random.standard_normal(level.size)
    same = np.diff(number) == 0
    near = np.where(same, along(np.where(same, np.diff(level), 0.0), part.vertical), 0.0)
    rank = np.arange(number.size) - np.searchsorted(number, number)
    for one in range(1, int(rank.max(initial=0)) + 1):
        here = np.flatnonzero(rank == one)
        own[here] = near[here - 1] * own[here - 1] + np.sqrt(1.0 - near[here - 1] ** 2) * own[here]
    return np.asarray(own[place])


def _angle(radians: Floats) -> NDArray[np.float32]:
    """Bring angles into one turn, in single precision: some are of many turns, and their cosines would be slow."""
    return np.mod(radians, 2 * np.pi).astype(np.float32)
