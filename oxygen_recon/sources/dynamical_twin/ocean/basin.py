"""The basin: real continents on a grid that is periodic in longitude, as flat arrays with halo columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from graphs.types import Floats, Mask
from oxygen_recon.sources.twin.ocean.geography import LATITUDE, LONGITUDE, sea_fraction, water_depth

Single = NDArray[np.float32]
HALO = 2  # columns on either side that repeat the other end
_OPENING = 5.0  # cells on 128 rows: narrower straits are closed, sharper capes rounded off
_ISLAND = 12  # cells on 128 rows: smaller islands are left out
_OMEGA = 7.2921e-5  # 1/s


@dataclass(frozen=True)
class Basin:
    """Grid, land and water depth of the twin.

    Flat arrays have `(rows + 2) * width` values: a closed row at either end and `HALO` columns on either side, so that
    a neighbour is a constant number of places away.

    Parameters
    ----------
    latitude, longitude : array, shape (rows,), (columns,)
        Cell centres, degrees north from south to north, degrees east in [0, 360).
    wet : array of bool, shape (rows, columns)
        What is ocean.
    depth : array, shape (rows, columns)
        Water depth, m; 0 on land, at least 30 m elsewhere.

    Examples
    --------
    >>> basin = Basin.of(32)
    >>> basin.wet.shape, bool(0.5 < basin.wet.mean() < 0.8)
    ((32, 64), True)
    >>> flat = basin.flat(basin.depth)
    >>> bool(np.allclose(basin.square(flat), basin.depth))
    True
    """

    latitude: Floats
    longitude: Floats
    wet: Mask
    depth: Floats

    @classmethod
    def of(cls, rows: int) -> "Basin":
        """Return the basin of a number of rows.

        Parameters
        ----------
        rows : int
            From pole to pole; there are twice as many columns.

        Returns
        -------
        Basin
        """
        size = 180 / rows
        latitude = -90 + size * (np.arange(rows) + 0.5)
        longitude = size * (np.arange(2 * rows) + 0.5)
        wet = _without_straits(_sea(latitude, longitude, size) >= 0.5, rows)
        floor = water_depth(latitude[:, None], longitude[None, :])
        return cls(latitude, longitude, wet, np.where(wet, np.maximum(floor, 30.0), 0.0))

    @property
    def width(self) -> int:
        """Places from a cell to its northern neighbour in a flat array."""
        return self.longitude.size + 2 * HALO

    @property
    def size(self) -> int:
        """Length of a flat array."""
        return (self.latitude.size + 2) * self.width

    @property
    def coriolis(self) -> Floats:
        """Coriolis parameter at the rows' centres, 1/s: a narrow tropical belt, nearly constant beyond."""
        return _coriolis(self.latitude)

    @property
    def corner_coriolis(self) -> Floats:
        """The same at the rows' northern edges, 1/s, from the edge of the southern closed row on."""
        size = 180 / self.latitude.size
        return _coriolis(np.clip(np.append(self.latitude[0] - size, self.latitude) + size / 2, -90, 90))

    @property
    def faces(self) -> Single:
        """1 where the eastern (first) and northern (second) edge of a cell is open, else 0, shape (2, size)."""
        wet = self.flat(self.wet.astype(np.float32))
        open_ = np.zeros((2, self.size), np.float32)
        open_[0, :-1], open_[1, : -self.width] = wet[:-1] * wet[1:], wet[: -self.width] * wet[self.width :]
        self.wrap(open_)
        return open_

    @property
    def coast_distance(self) -> Single:
        """Distance of each wet cell to the nearest land, cells from 0 beside it, shape (size,); 0 on land."""
        around = np.concatenate([self.wet] * 3, axis=1)
        distance = ndimage.distance_transform_edt(np.pad(around, 1))[1:-1, 1:-1]
        columns = self.longitude.size
        return self.flat(np.maximum(distance[:, columns : 2 * columns] - 1, 0))

    def flat(self, field: Floats) -> Single:
        """Return fields as flat arrays; closed rows are zero.

        Parameters
        ----------
        field : array, shape (..., rows, columns)
            Values of the cells.

        Returns
        -------
        array of float32, shape (..., size)
        """
        padded = np.zeros((*field.shape[:-2], self.latitude.size + 2, self.width), np.float32)
        padded[..., 1:-1, HALO:-HALO] = field
        flat = padded.reshape(*field.shape[:-2], self.size)
        self.wrap(flat)
        return flat

    def square(self, flat: Single) -> Single:
        """Return the cells of flat arrays, shape (..., rows, columns), as a view.

        Parameters
        ----------
        flat : array, shape (..., size)
            Flat arrays.
        """
        return flat.reshape(*flat.shape[:-1], -1, self.width)[..., 1:-1, HALO:-HALO]

    def wrap(self, flat: Single) -> None:
        """Copy the columns of either end into the halo of the other, in place.

        Parameters
        ----------
        flat : array, shape (..., size)
            Contiguous flat arrays.
        """
        rows = flat.reshape(-1, self.width)
        rows[:, :HALO] = rows[:, -2 * HALO : -HALO]
        rows[:, -HALO:] = rows[:, HALO : 2 * HALO]


def _coriolis(latitude: Floats) -> Floats:
    """Coriolis parameter, 1/s: beta of the Earth's size on a planet a sixteenth of it would stop the eddies."""
    shape = 0.05 * np.sin(np.radians(latitude)) + 0.95 * np.tanh(latitude / 12)
    return np.asarray(2 * _OMEGA * 0.68 * shape)


def _sea(latitude: Floats, longitude: Floats, size: float) -> Floats:
    """Mean sea fraction of the cells, from four by four points of the one-degree map."""
    offset = size * (np.arange(4) - 1.5) / 4
    lat = (latitude[:, None] + offset).ravel()
    lon = (longitude[:, None] + offset).ravel()
    row = np.clip(np.rint(lat - LATITUDE[0]).astype(int), 0, LATITUDE.size - 1)
    column = np.rint(lon - LONGITUDE[0]).astype(int) % LONGITUDE.size
    points = sea_fraction()[row[:, None], column[None, :]]
    return np.asarray(points.reshape(latitude.size, 4, longitude.size, 4).mean((1, 3)))


def _without_straits(sea: Mask, rows: int) -> Mask:
    """Fill small islands, close narrow straits, keep the largest basin; all across the dateline too."""
    count, scale = sea.shape[1], rows / 128
    land, _ = ndimage.label(np.concatenate([~sea, ~sea], axis=1))
    size = np.bincount(land.ravel())[land]
    small = np.where(size < _ISLAND * scale**2, True, False) & (land > 0)
    sea = sea | (small[:, :count] & small[:, count:])
    half = max(1, round(_OPENING * scale) // 2)
    around = np.concatenate([sea[:, -2 * half :], sea, sea[:, : 2 * half]], axis=1)
    around = ndimage.binary_opening(np.pad(around, ((0, 0), (0, 0))), np.ones((2 * half + 1, 2 * half + 1)))
    sea = around[:, 2 * half : -2 * half]
    basin, _ = ndimage.label(np.concatenate([sea, sea], axis=1))
    largest = basin == np.argmax(np.bincount(basin.ravel())[1:]) + 1
    return np.asarray(largest[:, :count] | largest[:, count:])
