"""Robust linear regression in many small neighbourhoods at once."""

import numpy as np

from qc.physics.statistics import MAD_TO_SIGMA
from qc.types import Floats, Mask

_STEPS = 2  # of iterative reweighting; three and four found no more on P02 and A03
_RIDGE = 0.2  # of the weighted mean square of each feature: neighbourhoods may be all alike in one


def predict(feature: Floats, value: Floats, weight: Floats, known: Mask, least: int) -> tuple[Floats, Floats]:
    """Estimate the value at the centre of each neighbourhood by the plane of least absolute error through it.

    Parameters
    ----------
    feature : floats, shape (n, neighbour, feature)
        Differences between neighbour and centre, any units.
    value : floats, shape (n, neighbour)
        Values of the neighbours, any unit.
    weight : floats, shape (n, neighbour)
        Positive weights.
    known : mask, shape (n, neighbour)
        Neighbours that are there; the rest of their arrays does not matter.
    least : int
        Neighbourhoods with fewer neighbours are not estimated.

    Returns
    -------
    estimate, spread : floats, shape (n,)
        Unit of `value`; the spread is 1.4826 times the weighted median distance of the neighbours from the plane. Both
        NaN where not estimated.

    Examples
    --------
    >>> x = np.array([[-2.0, -1, 1, 2, 3]])
    >>> estimate, _ = predict(x[..., None], np.where(x == 3, 900, 50 + 10 * x), np.ones((1, 5)), x < 9, 3)
    >>> abs(estimate[0] - 50) < 3
    np.True_
    """
    weight = np.where(known, weight, 0.0)
    total = np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    x = np.where(known[..., None], feature, 0.0)
    size = np.sqrt(np.einsum("nk,nki->ni", weight, x * x) / total)
    x /= np.where(size > 0, size, 1.0)[:, None]
    x = np.concatenate([np.ones((*known.shape, 1)), x], axis=2)
    y = np.where(known, value, 0.0)
    residual = y - _weighted_median(y, weight)[:, None]  # a start that no outlier moves, unlike least squares
    plane = np.zeros((len(y), x.shape[2]))
    for _ in range(_STEPS):
        spread = _weighted_median(np.abs(residual), weight)
        w = weight / np.sqrt(residual**2 + spread[:, None] ** 2 + 0.01)
        plane, residual = _plane(x, y, w / np.maximum(w.sum(axis=1, keepdims=True), 1e-12))
    spread = _weighted_median(np.abs(residual), weight)
    enough = known.sum(axis=1) >= least
    return np.where(enough, plane[:, 0], np.nan), np.where(enough, MAD_TO_SIGMA * spread, np.nan)


def _plane(x: Floats, y: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Fit planes by weighted least squares: constants, shape (n, constant), and residuals, shape (n, neighbour)."""
    scaled = (x * weight[..., None]).transpose(0, 2, 1)
    normal = scaled @ x + np.diag([1e-9] + [_RIDGE] * (x.shape[2] - 1))
    plane = np.asarray(np.linalg.solve(normal, scaled @ y[..., None]), float)
    return plane[..., 0], y - (x @ plane)[..., 0]


def _weighted_median(value: Floats, weight: Floats) -> Floats:
    """Smallest value of each row up to which half of its weight lies, shape (n,)."""
    order = np.argsort(value, axis=1)
    below = np.take_along_axis(weight, order, axis=1).cumsum(axis=1)
    half = (below >= below[:, -1:] / 2).argmax(axis=1)
    return np.asarray(value[np.arange(len(value)), order[np.arange(len(value)), half]])
