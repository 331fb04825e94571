"""The grid: strictly monotone edges, a wet mask, and what follows from them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphs.sphere import EARTH_RADIUS_KM
from graphs.types import Floats


@dataclass(frozen=True)
class Grid:
    """A latitude-longitude-depth grid with its wet cells.

    Parameters
    ----------
    latitude_edges : array, shape (latitude + 1,)
        Degrees north, strictly increasing, within [-90, 90].
    longitude_edges : array, shape (longitude + 1,)
        Degrees east, strictly increasing, spanning at most 360; may pass 180 for a region across the dateline.
    depth_edges : array, shape (level + 1,)
        Metres, positive down, strictly increasing, from 0 or below.
    depth : array, shape (level,)
        Level centres (standard depths), each within its edges.
    wet : bool array, shape (level, latitude, longitude)
        True where the cell is ocean.

    Raises
    ------
    ValueError
        If edges are not strictly monotone, a centre lies outside its edges, shapes disagree, or no cell is wet.
    """

    latitude_edges: Floats
    longitude_edges: Floats
    depth_edges: Floats
    depth: Floats
    wet: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Refuse a grid that breaks its invariants."""
        for name in ("latitude_edges", "longitude_edges", "depth_edges"):
            if np.any(np.diff(getattr(self, name)) <= 0):
                raise ValueError(f"{name} must increase strictly")
        if self.latitude_edges[0] < -90 or self.latitude_edges[-1] > 90:
            raise ValueError("latitude_edges must lie within [-90, 90]")
        if self.longitude_edges[-1] - self.longitude_edges[0] > 360 + 1e-9:
            raise ValueError("longitude_edges span more than 360 degrees")
        if np.any(self.depth < self.depth_edges[:-1]) or np.any(self.depth > self.depth_edges[1:]):
            raise ValueError("each depth must lie within its edges")
        if self.wet.shape != self.shape:
            raise ValueError(f"wet has shape {self.wet.shape}, the edges say {self.shape}")
        if not self.wet.any():
            raise ValueError("no cell of the grid is ocean")

    @property
    def shape(self) -> tuple[int, int, int]:
        """(level, latitude, longitude)."""
        return (self.depth.size, self.latitude_edges.size - 1, self.longitude_edges.size - 1)

    @property
    def latitude(self) -> Floats:
        """Cell centres, degrees north, shape (latitude,)."""
        return 0.5 * (self.latitude_edges[1:] + self.latitude_edges[:-1])

    @property
    def longitude(self) -> Floats:
        """Cell centres, degrees east, shape (longitude,), in the convention of the edges."""
        return 0.5 * (self.longitude_edges[1:] + self.longitude_edges[:-1])

    @property
    def thickness(self) -> Floats:
        """Level thickness, m, shape (level,)."""
        return np.diff(self.depth_edges)

    @property
    def area(self) -> Floats:
        """Cell area on the sphere R^2 dlon (sin lat2 - sin lat1), m2, shape (latitude, longitude)."""
        band = np.diff(np.sin(np.radians(self.latitude_edges)))
        width = np.diff(np.radians(self.longitude_edges))
        return (1000.0 * EARTH_RADIUS_KM) ** 2 * band[:, None] * width[None, :]

    @property
    def volume(self) -> Floats:
        """Cell volume, m3, shape (level, latitude, longitude); land included."""
        return self.thickness[:, None, None] * self.area

    @property
    def cells(self) -> int:
        """Number of wet cells."""
        return int(self.wet.sum())

    @property
    def level_of(self) -> NDArray[np.int64]:
        """Level of each wet cell, shape (cell,), in the order of `gather`."""
        return np.nonzero(self.wet)[0]

    @property
    def column_of(self) -> NDArray[np.int64]:
        """Flat number latitude * longitudes + longitude of each wet cell's column, shape (cell,)."""
        _, row, place = np.nonzero(self.wet)
        return row * self.shape[2] + place

    @property
    def number(self) -> NDArray[np.int64]:
        """Number of each wet cell, -1 on land, shape (level, latitude, longitude)."""
        return self.scatter(np.arange(self.cells), fill=-1)  # type: ignore[return-value]

    def locate(
        self, latitude: NDArray[np.floating], longitude: NDArray[np.floating]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Find the column of the grid that holds each point, whatever convention its longitude follows.

        Parameters
        ----------
        latitude, longitude : array, shape (point,)
            Degrees north and degrees east.

        Returns
        -------
        row, place : int array, shape (point,)
            Latitude and longitude index; both -1 outside the grid and where a coordinate is NaN.
            A point on an edge belongs to the cell north or east of it, on the last edge to the last cell.
        """
        west, east = self.longitude_edges[0], self.longitude_edges[-1]
        shifted = west + np.mod(np.asarray(longitude, float) - west, 360.0)
        row = np.searchsorted(self.latitude_edges, latitude, side="right") - 1
        row = np.where(latitude == self.latitude_edges[-1], self.shape[1] - 1, row)
        place = np.searchsorted(self.longitude_edges, shifted, side="right") - 1
        place = np.where(shifted == east, self.shape[2] - 1, place)
        inside = (row >= 0) & (row < self.shape[1]) & (place >= 0) & (place < self.shape[2])
        inside &= np.isfinite(latitude) & np.isfinite(shifted)
        return np.where(inside, row, -1), np.where(inside, place, -1)

    def gather(self, field: NDArray[np.generic]) -> NDArray[np.generic]:
        """Take the wet cells of a field.

        Parameters
        ----------
        field : array, shape (..., level, latitude, longitude)
            Any unit; values on land are left out.

        Returns
        -------
        array, shape (..., cell)
        """
        return field[..., self.wet]

    def scatter(self, values: NDArray[np.generic], fill: float = np.nan) -> NDArray[np.generic]:
        """Put values of the wet cells back on the grid; land gets `fill`.

        Parameters
        ----------
        values : array, shape (..., cell)
            Any unit, cells in the order of `gather`.
        fill : float
            Value on land.

        Returns
        -------
        array, shape (..., level, latitude, longitude)
        """
        field = np.full((*values.shape[:-1], *self.shape), fill, dtype=values.dtype)
        field[..., self.wet] = values
        return field
