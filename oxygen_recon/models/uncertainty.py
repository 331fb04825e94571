"""Calibration: by how much the standard errors of a method are too small, by depth and by how near observations are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from graphs.types import Floats, Ints, Mask
from oxygen_recon.dataset.domain import LAYERS, layer_of
from oxygen_recon.models.class_factors import ClassFactors, fit_class_factors
from oxygen_recon.models.nearness import Nearness

# Shares of held-out points that the ranges of 1 and 1.645 standard errors of a Gaussian hold.
_SHARES, _REACHES = np.array([0.6827, 0.9]), np.array([1.0, 1.644854])
_FIXED = len(LAYERS) + 2  # coefficients before those of the measures
_SCALE_KM = 50.0  # below it distances hardly differ, above it they count by their ratio
_MOST_KM, _MOST_YEARS = 2000.0, 30.0
_FEWEST = 100  # a proposal: held-out points that a fit needs, and that lie at either end of a measure or beyond
# A proposal: by how many points the constant, and each other coefficient, is drawn to 0. And the width of the step by
# which a point leaves its range, in the logarithm of its error; twice it changes no multiplier by more than 1 %.
_PRIOR, _PRIORS, _WIDTH = 10.0, 30.0, 0.05


@dataclass(frozen=True)
class Calibration:
    """What the standard errors of a method are multiplied by, from held-out points.

    The logarithm of the multiplier is linear in a constant, one constant a layer of
    `oxygen_recon.dataset.domain.LAYERS`, x squared and x, x = log(1 + distance / 50 km), log(1 + lag / year), and the
    logarithm of the error of each mapped covariate. Beyond all but 100 of the held-out points it goes on growing as it
    does there, up to 2000 km and 30 years, or stays as it is there: it does not fall. Where errors of mapped covariates
    are less than those of all but 100 of them, as in cells whose own casts are in the map, it stays as it is there.
    What this leaves in classes of layer, distance and basin with enough groups is a factor of each class.

    Parameters
    ----------
    coefficients : array, shape (1 + layer + 3 + channel,)
        All 0 leaves the standard errors as they are.
    farthest : array, shape (2 + channel,)
        Distance, km, lag, years, and errors of mapped covariates, in their units, beyond which fewer than 100 held-out
        points lie.
    least : array, shape (channel,)
        Errors of mapped covariates, in their units, under which fewer than 100 held-out points lie.
    usual : array, shape (channel,)
        Medians of the errors of mapped covariates: what an unknown one counts as.
    outermost : float
        Largest distance of any held-out point, km; infinite where one has no observation near its time.
    factors : ClassFactors
        Of the classes.
    """

    coefficients: Floats
    farthest: Floats
    least: Floats
    usual: Floats
    outermost: float
    factors: ClassFactors

    def multiplier(self, depth: Floats, near: Nearness) -> Floats:
        """Return what the standard errors of estimates are multiplied by.

        Parameters
        ----------
        depth : array, shape (target,)
            m.
        near : Nearness
            How near the observations are that the estimates may use.

        Returns
        -------
        array, shape (target,)
        """
        measures, own = self._measures(near), self.coefficients[_FIXED:]
        inside = np.minimum(measures, self._limits)
        growth = measures - inside
        inside[:, 2:] = np.maximum(inside[:, 2:], np.log(self.least / self.usual))
        slope = own.copy()
        slope[0] += 0.5 * self.coefficients[_FIXED - 1] * self._limits[0]
        smooth = self._terms(depth, inside) @ self.coefficients + growth @ np.maximum(slope, 0.0)
        return np.asarray(np.exp(smooth + self.factors.of(layer_of(depth), near.distance, near.basin)))

    def beyond(self, near: Nearness) -> Mask:
        """Tell where observations are farther away than they were from any held-out point.

        Parameters
        ----------
        near : Nearness
            How near the observations are.

        Returns
        -------
        bool array, shape (target,)
            By distance.
        """
        return np.asarray(near.distance > self.outermost)

    def _measures(self, near: Nearness) -> Floats:
        """Return logarithms of distance, lag and errors of mapped covariates, shape (target, 2 + channel)."""
        distance, lag = np.minimum(near.distance, _MOST_KM) / _SCALE_KM, np.minimum(near.lag, _MOST_YEARS)
        error = np.where(np.isfinite(near.error), np.maximum(near.error, 1e-3 * self.usual), self.usual)
        return np.column_stack([np.log1p(distance), np.log1p(lag), np.log(error / self.usual)])

    @property
    def _limits(self) -> Floats:
        """Measures of the farthest held-out points, shape (2 + channel,)."""
        there: Floats = self._measures(Nearness(self.farthest[:1], self.farthest[1:2], self.farthest[None, 2:]))[0]
        return there

    def _terms(self, depth: Floats, measures: Floats) -> Floats:
        """Return what the coefficients are multiplied by, shape (target, coefficient)."""
        layer = layer_of(depth)[:, None] == np.arange(len(LAYERS))
        distance = measures[:, 0]
        # the square about as large as the distance, so that the ridge draws both alike
        return np.column_stack([np.ones(depth.size), layer, 0.25 * distance**2, measures])


def calibrate(
    truth: Floats, mean: Floats, scale: Floats, depth: Floats, near: Nearness, group: Ints | None = None
) -> Calibration:
    """Find what standard errors must be multiplied by, so that their ranges hold the shares that they state.

    Coefficients minimise the sum of two quantile losses of log(abs(truth - mean) / scale), those of the ranges of 68
    and 90 % (composite quantile regression: Zou and Yuan 2008), so that both shares are met as nearly as one Gaussian
    can where errors have long tails; a ridge draws the layers to what they share, and all to no change. Then each class
    of layer, distance and basin with enough groups gets a factor (`oxygen_recon.models.class_factors`). The same for
    every method.

    Parameters
    ----------
    truth, mean, scale : array, shape (target,)
        Oxygen, held-out estimate and its standard error, umol kg-1; NaN where there is no estimate.
    depth : array, shape (target,)
        Depth of each target, m.
    near : Nearness
        How near the observations are that the held-out estimates could use.
    group : int array, shape (target,), optional
        What is held out as a whole; when left out classes get no factors.

    Returns
    -------
    Calibration

    Examples
    --------
    >>> error = 3.0 * np.random.default_rng(0).normal(size=4000)
    >>> near = Nearness(np.zeros(4000), np.zeros(4000), np.zeros((4000, 0)))
    >>> found = calibrate(200.0 + error, np.full(4000, 200.0), np.full(4000, 1.0), np.full(4000, 100.0), near)
    >>> print(*found.multiplier(np.array([0.0, 100.0]), near.take(np.arange(2))).round(1))
    2.3 3.0
    """
    known = np.isfinite(mean) & np.isfinite(scale)
    near, depth = near.take(known), depth[known]
    error = np.abs(truth - mean)[known] / scale[known]
    usual = np.array([_median(one) for one in near.error.T])
    errors = np.where(np.isfinite(near.error), near.error, usual).T  # as `_measures` counts an unknown one
    farthest = np.array([_farthest(one) for one in (near.distance, near.lag, *errors)])
    least = np.maximum(np.minimum([-_farthest(-one) for one in errors], farthest[2:]), 1e-3 * usual)
    outermost = float(np.max(near.distance, initial=0.0))
    empty = Calibration(np.zeros(_FIXED + farthest.size), farthest, least, usual, outermost, ClassFactors.none())
    terms = empty._terms(depth, empty._measures(near))
    if error.size < _FEWEST:  # too few for more than what all share
        terms[:, 1:] = 0.0
    found = replace(empty, coefficients=_fit(terms, error))
    if group is None:
        return found
    rest = error / found.multiplier(depth, near)
    return replace(found, factors=fit_class_factors(rest, layer_of(depth), near.distance, near.basin, group[known]))


def _median(values: Floats) -> float:
    """Median of the finite values, not quite 0; 1 where there are none."""
    finite = values[np.isfinite(values)]
    return max(float(np.median(finite)), 1e-6) if finite.size else 1.0


def _farthest(values: Floats) -> float:
    """Largest value that `_FEWEST` points reach; the smallest where there are fewer points."""
    return float(np.sort(values)[-_FEWEST if values.size >= _FEWEST else 0]) if values.size else 0.0


def _fit(terms: Floats, error: Floats) -> Floats:
    """Coefficients of the least sum of quantile losses, their corner made round within `_WIDTH`."""
    prior = np.append(_PRIOR, np.full(terms.shape[1] - 1, _PRIORS))
    ratio = np.log(np.maximum(error, 1e-6))[:, None] - np.log(_REACHES)

    def loss(coefficients: Floats) -> tuple[float, Floats]:
        """Value and gradient."""
        rest = ratio - (terms @ coefficients)[:, None]
        value = np.sum((_SHARES - 1) * rest + _WIDTH * np.logaddexp(0, rest / _WIDTH))
        slope = -terms.T @ np.sum(_SHARES - 1 + expit(rest / _WIDTH), axis=1)
        return float(value + prior @ coefficients**2), slope + 2 * prior * coefficients

    def curvature(coefficients: Floats) -> Floats:
        """Second derivative."""
        inside = expit((ratio - (terms @ coefficients)[:, None]) / _WIDTH)
        weight = np.sum(inside * (1 - inside), axis=1) / _WIDTH
        found: Floats = terms.T @ (terms * weight[:, None]) + 2 * np.diag(prior)
        return found

    start = np.zeros(terms.shape[1])
    found: Floats = minimize(loss, start, jac=True, hess=curvature, method="trust-exact").x
    return found
