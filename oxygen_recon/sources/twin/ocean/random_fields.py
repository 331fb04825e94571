"""Gaussian random fields as sums of plane waves: continuous functions of position, depth and time."""

from dataclasses import dataclass

import numpy as np

from graphs.sphere import EARTH_RADIUS_KM, unit_vector
from graphs.types import Floats
from oxygen_recon.sources.twin.ocean.atlas import basin_weights, stretched


@dataclass(frozen=True)
class RandomField:
    """A Gaussian random field of unit variance by random Fourier features (Rahimi & Recht 2007).

    In the horizontal its covariance falls like exp(-d^2 / 2 L^2) of the chord d, with L spread over a range; the
    Atlantic and the Indo-Pacific are independent, so there is no correlation across a continent.

    Parameters
    ----------
    vectors : array, shape (wave, 3)
        Wave vectors on the unit sphere, radians.
    vertical : array, shape (wave,)
        Radians per unit of stretched depth.
    basin : array, shape (wave,)
        Phase shift between the Atlantic and elsewhere, radians.
    frequency : array, shape (wave,)
        Radians per year; 0 for a field that is constant in time.
    phase : array, shape (wave,)
        Radians.
    """

    vectors: Floats
    vertical: Floats
    basin: Floats
    frequency: Floats
    phase: Floats

    @classmethod
    def draw(
        cls,
        rng: np.random.Generator,
        waves: int,
        length_km: tuple[float, float],
        vertical: float,
        period: tuple[float, float] | None,
    ) -> "RandomField":
        """Draw a field.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of all random numbers.
        waves : int
            Number of waves; the more there are, the closer the field is to a stationary Gaussian one.
        length_km : (float, float)
            Shortest and longest correlation length L, km; drawn evenly in the logarithm.
        vertical : float
            Correlation length in stretched depth.
        period : (float, float) or None
            Shortest and longest period, years; None for a field that is constant in time.

        Returns
        -------
        RandomField
        """
        length = np.exp(rng.uniform(np.log(length_km[0]), np.log(length_km[1]), waves))
        vectors = rng.normal(0, 1, (waves, 3)) * (EARTH_RADIUS_KM / length)[:, None]
        steep = rng.normal(0, 1 / vertical, waves)
        basin, phase = rng.uniform(0, 2 * np.pi, (2, waves))
        frequency = np.zeros(waves)
        if period is not None:
            frequency = 2 * np.pi * rng.uniform(1 / period[1], 1 / period[0], waves) * rng.choice([-1, 1], waves)
        return cls(vectors, steep, basin, frequency, phase)

    def __call__(self, latitude: Floats, longitude: Floats, depth: Floats, year: Floats) -> Floats:
        """Evaluate the field.

        Parameters
        ----------
        latitude, longitude, depth : array, shape (point,)
            Degrees north, degrees east, metres (positive down).
        year : array, shape (point,) or (time, 1)
            Decimal years: one for each point, or times at which all points are evaluated.

        Returns
        -------
        array, shape (point,) or (time, point)
        """
        angle = unit_vector(latitude, longitude) @ self.vectors.T + self.phase
        angle += stretched(depth)[:, None] * self.vertical
        angle += basin_weights(latitude, longitude)["atlantic"][:, None] * self.basin
        size = np.sqrt(2 / self.phase.size)
        if year.ndim == 1:
            return np.asarray(size * np.cos(angle + year[:, None] * self.frequency).sum(1))
        turn = year * self.frequency  # cos(a + b) as a product of matrices: every point at every time
        field = np.cos(turn) @ np.cos(angle).T
        if turn.any():
            field -= np.sin(turn) @ np.sin(angle).T
        return np.asarray(size * field)

    def static(self, latitude: Floats, longitude: Floats, depth: Floats) -> Floats:
        """Evaluate the field at time 0: a pattern that is constant in time.

        Parameters
        ----------
        latitude, longitude, depth : array, shape (point,)
            Degrees north, degrees east, metres (positive down).

        Returns
        -------
        array, shape (point,)
        """
        return np.asarray(self(latitude, longitude, depth, np.zeros((1, 1)))[0])
