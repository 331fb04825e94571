"""Scores of estimates against the truth, the same for every method."""

import numpy as np
from scipy.special import erf

from graphs.types import Floats

MAPE_FLOOR = 5.0  # umol kg-1: below it a relative error is meaningless (OxyGenerator, Lu et al. 2024)
# Standard errors either side within which a Gaussian truth lies in 68, 90 and 95 % of cases.
INTERVALS = {"coverage_68": 1.0, "coverage_90": 1.644854, "coverage_95": 1.959964}


def score(truth: Floats, mean: Floats, scale: Floats | None = None, weights: Floats | None = None) -> dict[str, float]:
    """Compare estimates with the truth.

    Parameters
    ----------
    truth, mean : array, shape (target,)
        umol kg-1, finite.
    scale : array, shape (target,), optional
        Standard error of the mean, umol kg-1, positive.
    weights : array, shape (target,), optional
        Weight of each target, for instance its volume; equal when left out.

    Returns
    -------
    dict of str to float
        n; bias (mean minus truth), MAE, RMSE, umol kg-1; MAPE, percent, over truth >= 5 umol kg-1 only; R2; with
        `scale` also coverage_68, coverage_90 and coverage_95 (share of truths within 1, 1.644854 and 1.959964 standard
        errors) and CRPS, umol kg-1, of the Gaussian (Gneiting and Raftery 2007, eq. 21). NaN where there is nothing to
        average.

    Raises
    ------
    ValueError
        If shapes differ, a value is not finite, a scale is not positive or a weight is negative.

    Examples
    --------
    >>> score(np.array([200.0, 210.0]), np.array([203.0, 206.0]))["RMSE"]
    3.5355339059327378
    """
    truth, mean = np.asarray(truth, float), np.asarray(mean, float)
    weights = np.ones_like(truth) if weights is None else np.asarray(weights, float)
    if not truth.shape == mean.shape == weights.shape or truth.ndim != 1:
        raise ValueError(f"truth, mean and weights have shapes {truth.shape}, {mean.shape}, {weights.shape}")
    if not (np.isfinite(truth).all() and np.isfinite(mean).all() and (weights >= 0).all()):
        raise ValueError("truth and mean must be finite and weights not negative")
    error = mean - truth
    large = truth >= MAPE_FLOOR
    square = _average(error**2, weights)
    variance = _average((truth - _average(truth, weights)) ** 2, weights)
    result = {
        "n": float(truth.size),
        "bias": _average(error, weights),
        "MAE": _average(np.abs(error), weights),
        "RMSE": float(np.sqrt(square)),
        "MAPE": 100.0 * _average(np.abs(error[large]) / truth[large], weights[large]),
        "R2": 1.0 - square / variance if variance > 0 else float("nan"),
    }
    return result if scale is None else result | _score_spread(error, np.asarray(scale, float), weights)


def _score_spread(error: Floats, scale: Floats, weights: Floats) -> dict[str, float]:
    """Coverage and CRPS of Gaussian estimates."""
    if scale.shape != error.shape or not (scale > 0).all():
        raise ValueError("scale must have one positive value a target")
    z = error / scale
    return {
        **{name: _average((np.abs(z) <= reach).astype(float), weights) for name, reach in INTERVALS.items()},
        "CRPS": _average(crps(error, scale), weights),
    }


def crps(error: Floats, scale: Floats) -> Floats:
    """Score each Gaussian estimate by the continuous ranked probability score (Gneiting and Raftery 2007, eq. 21).

    Parameters
    ----------
    error, scale : array, one shape
        Mean minus truth and standard error, positive, in one unit.

    Returns
    -------
    array, of that shape
        In the unit of the error; 0 is best.

    Examples
    --------
    >>> crps(np.zeros(1), np.ones(1)).round(4)
    array([0.2337])
    """
    z = error / scale
    density, twice_cumulative_less_one = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi), erf(z / np.sqrt(2))
    found: Floats = scale * (z * twice_cumulative_less_one + 2 * density - 1 / np.sqrt(np.pi))
    return found


def _average(values: Floats, weights: Floats) -> float:
    """Weighted mean; NaN where there is no weight."""
    total = weights.sum()
    return float((values * weights).sum() / total) if total > 0 else float("nan")
