"""Errors and anomaly correlations of fields on ocean cells, weighted by latitude or not."""

from __future__ import annotations

import numpy as np

from graphs.types import Floats, Mask


def latitude_weights(latitude: Floats) -> Floats:
    """Weigh rows by the cosine of latitude, with mean 1 over the rows (AI-GOMS, WeatherBench).

    Parameters
    ----------
    latitude : array, shape (latitude,)
        Degrees north.

    Returns
    -------
    array, shape (latitude,)

    Examples
    --------
    >>> latitude_weights(np.array([-60.0, 0.0, 60.0]))
    array([0.75, 1.5 , 0.75])
    """
    cosine = np.cos(np.radians(latitude))
    weights: Floats = cosine / cosine.mean()
    return weights


def mean_square(error: Floats, ocean: Mask, weights: Floats | None = None) -> Floats:
    """Average squared errors over the ocean cells of each channel.

    Parameters
    ----------
    error : array, shape (..., channel, latitude, longitude)
        Forecast minus truth; anything on land.
    ocean : bool array, shape (channel, latitude, longitude)
        Cells that count.
    weights : array, shape (latitude,), optional
        Of `latitude_weights`; equal when left out.

    Returns
    -------
    array, shape (..., channel)
        Sum of weight times squared error over the ocean cells, divided by their number, as published: the weights of
        the ocean cells alone need not have mean 1. Squared units of the error.

    Examples
    --------
    >>> error = np.array([[[3.0, 9.0], [4.0, 4.0]]])
    >>> mean_square(error, np.array([[[True, False], [True, True]]]))
    array([13.66666667])
    """
    rows = np.ones(ocean.shape[1]) if weights is None else weights
    share = ocean * rows[:, None] / ocean.sum(axis=(1, 2), keepdims=True)
    square = np.square(np.where(ocean, error, 0.0), dtype=np.float64)
    return np.asarray(np.einsum("...cij,cij->...c", square, share))


def anomaly_correlation(
    forecast: Floats, truth: Floats, climatology: Floats, ocean: Mask, weights: Floats | None = None
) -> Floats:
    """Correlate anomalies from a climatology, not centred (ACC).

    Parameters
    ----------
    forecast, truth, climatology : array, shapes that broadcast to (..., channel, latitude, longitude)
        Same units; anything on land.
    ocean, weights
        As for `mean_square`.

    Returns
    -------
    array, shape (..., channel)
        Sum of weighted products of the two anomalies over the root of the product of their weighted sums of squares;
        NaN where either anomaly is 0 everywhere, as that of the climatology itself.

    Examples
    --------
    >>> truth, ocean = np.array([[[1.0, 2.0]]]), np.ones((1, 1, 2), bool)
    >>> anomaly_correlation(2 * truth, truth, np.zeros(1), ocean)
    array([1.])
    """
    rows = np.ones(ocean.shape[1]) if weights is None else weights
    share = ocean * rows[:, None]
    one, other = (np.where(ocean, values - climatology, 0.0).astype(np.float64) for values in (forecast, truth))
    sums = [np.einsum("...cij,...cij,cij->...c", a, b, share) for a, b in ((one, other), (one, one), (other, other))]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums[0] / np.sqrt(sums[1] * sums[2]))
