"""Wave height from the wind of the day alone: a fully developed sea, with the two numbers that fit best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats, Mask
from qc.errors import InputError


class WindSea:
    """Height as a + b U**2, U the speed of the wind.

    A fully developed sea has 0.0246 U**2 m (Pierson and Moskowitz, J. Geophys. Res. 69, 1964); swell, and winds that
    vary within a day, make other numbers fit better.

    Examples
    --------
    >>> wind = np.array([[[[3.0]], [[4.0]]], [[[6.0]], [[8.0]]]])
    >>> method = WindSea()
    >>> method.fit(np.array([[[[1.0]]], [[[2.5]]]]), wind, np.ones((1, 1), bool), np.array([0.0]))
    >>> method.forecast(wind).ravel().round(2).tolist()
    [1.0, 2.5]
    """

    def __init__(self) -> None:
        self.numbers: Floats | None = None

    def fit(self, height: Floats, wind: Floats, ocean: Mask, latitude: Floats) -> None:
        """Fit both numbers to all cells and days by least squares, weighted by area.

        Parameters
        ----------
        height : array, shape (day, 1, latitude, longitude)
            m.
        wind : array, shape (day, 2 or more, latitude, longitude)
            Eastward and northward, m s-1.
        ocean : bool array, shape (latitude, longitude)
            Cells that count.
        latitude : array
            Degrees north.
        """
        weight = (np.cos(np.radians(latitude))[:, None] * ocean)[ocean]
        x, y = square_of(wind)[:, 0][:, ocean], height[:, 0][:, ocean]
        total = weight.sum() * len(x)
        mean_x, mean_y = (x * weight).sum() / total, (y * weight).sum() / total
        slope = ((x - mean_x) * (y - mean_y) * weight).sum() / (np.square(x - mean_x) * weight).sum()
        self.numbers = np.array([mean_y - slope * mean_x, slope])

    def forecast(self, wind: Floats) -> NDArray[np.float32]:
        """Give the height of days with a wind.

        Parameters
        ----------
        wind : array, shape (day, 2 or more, latitude, longitude)
            As for `fit`.

        Returns
        -------
        float32 array, shape (day, 1, latitude, longitude)
            m, not negative.

        Raises
        ------
        InputError
            If nothing was fitted.
        """
        if self.numbers is None:
            raise InputError("not fitted", "wind sea", "call fit first")
        height = self.numbers[0] + self.numbers[1] * square_of(wind)
        return np.asarray(np.maximum(height, 0), np.float32)


def square_of(wind: Floats) -> Floats:
    """Square of the speed, shape (day, 1, latitude, longitude)."""
    return np.asarray(np.square(wind[:, :2]).sum(axis=1, keepdims=True))
