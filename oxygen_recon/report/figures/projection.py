"""The plane of a map: the globe in Equal Earth projection round the Pacific, a region in degrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from graphs.types import Floats
from oxygen_recon.report.figures.canvas import COAST, LAND, SEA_FLOOR

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.colors import Colormap, Normalize


SEAM = 20.0  # degrees east; a map of the globe begins here, in Africa, so that every ocean is whole
# Equal Earth: Savric, Patterson and Jenny (2019), doi 10.1080/13658816.2018.1504949.
_A = (1.340264, -0.081106, 0.000893, 0.003796)


def edges(data: xr.Dataset | xr.DataArray, name: str) -> Floats:
    """Find the cell edges of an axis.

    Parameters
    ----------
    data : Dataset or DataArray
        Has the coordinate `name`; its CF bounds are used where they come along.
    name : str
        "latitude", "longitude" or "depth".

    Returns
    -------
    array, shape (cell + 1,)
        Bounds, or else midpoints between centres with symmetric outer cells, latitude within [-90, 90] and depth
        from 0; one lone cell is one degree (or, from 0, twice its depth) wide.
    """
    axis = data[name]
    bounds = axis.attrs.get("bounds")
    if bounds in data.coords or (isinstance(data, xr.Dataset) and bounds in data):
        pair = np.asarray(data[bounds], np.float64)
        return np.append(pair[:, 0], pair[-1, 1])
    centre = np.asarray(axis, np.float64)
    middle = 0.5 * (centre[1:] + centre[:-1])
    first, last = (middle[0], middle[-1]) if middle.size else (centre[0] + 0.5, centre[0] - 0.5)
    found = np.concatenate([[2 * centre[0] - first], middle, [2 * centre[-1] - last]])
    if name == "depth":
        found[0], found[-1] = 0.0, max(found[-1], 2 * centre[0] if centre.size == 1 else 0.0)
    return np.clip(found, -90.0, 90.0) if name == "latitude" else found


def whole_globe(data: xr.Dataset) -> bool:
    """Say whether the longitudes of a dataset go all the way round."""
    found = edges(data, "longitude")
    return bool(found[-1] - found[0] > 359.0)


def unrolled(data: xr.Dataset) -> xr.Dataset:
    """Put the seam of a global dataset at 20 degrees east; a region is returned as it is.

    Parameters
    ----------
    data : Dataset
        With coordinate longitude, degrees east.

    Returns
    -------
    Dataset
        Longitude rises from 20 to 380 where the globe is whole.
    """
    if not whole_globe(data):
        return data
    longitude = data["longitude"]
    moved = (longitude - SEAM) % 360.0 + SEAM
    # The bounds still stand on the other side of the seam: edges are found from the moved centres.
    moved.attrs = {name: value for name, value in longitude.attrs.items() if name != "bounds"}
    return data.assign_coords(longitude=moved).sortby("longitude")


def equal_earth(longitude: Floats, latitude: Floats, centre: float) -> tuple[Floats, Floats]:
    """Project onto the Equal Earth plane, which keeps areas.

    Parameters
    ----------
    longitude, latitude : array, shapes that broadcast
        Degrees; longitude within 180 degrees of `centre`.
    centre : float
        Central meridian, degrees east.

    Returns
    -------
    x, y : array, broadcast shape
        In Earth radii.
    """
    theta = np.arcsin(np.sqrt(3.0) / 2.0 * np.sin(np.radians(latitude)))
    slope = _A[0] + 3 * _A[1] * theta**2 + 7 * _A[2] * theta**6 + 9 * _A[3] * theta**8
    x = 2.0 / np.sqrt(3.0) * np.radians(longitude - centre) * np.cos(theta) / slope
    y = theta * (_A[0] + _A[1] * theta**2 + _A[2] * theta**6 + _A[3] * theta**8)
    return x, np.broadcast_to(y, x.shape)


@dataclass(frozen=True)
class Plane:
    """Where the cells of a horizontal grid lie on paper.

    Parameters
    ----------
    longitude, latitude : array, shape (longitude + 1,), (latitude + 1,)
        Cell edges, degrees.
    globe : bool
        Equal Earth where True, plain degrees where False.
    """

    longitude: Floats
    latitude: Floats
    globe: bool

    @classmethod
    def of(cls, data: xr.Dataset) -> Plane:
        """Make the plane of a dataset that `unrolled` gave."""
        return cls(edges(data, "longitude"), edges(data, "latitude"), whole_globe(data))

    def project(self, longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
        """Turn degrees into the coordinates of the paper, shapes broadcast."""
        if self.globe:
            return equal_earth(longitude, latitude, 0.5 * (self.longitude[0] + self.longitude[-1]))
        x, y = np.broadcast_arrays(longitude, latitude)
        return x, y

    @property
    def shape(self) -> float:
        """Height over width of a map."""
        if self.globe:
            return 0.49
        high, wide = np.ptp(self.latitude), np.ptp(self.longitude)
        return float(np.clip(high / wide * self._stretch, 0.25, 2.0))

    @property
    def _stretch(self) -> float:
        return float(1.0 / max(np.cos(np.radians(self.latitude.mean())), 0.2))

    def paint(self, axes: Axes, values: Floats, colours: Colormap, norm: Normalize) -> QuadMesh:
        """Colour the cells.

        Parameters
        ----------
        axes : matplotlib.axes.Axes
            Changed in place.
        values : array, shape (latitude, longitude)
            NaN is left blank.
        colours, norm : Colormap, Normalize
            Value to colour.

        Returns
        -------
        matplotlib.collections.QuadMesh
        """
        x, y = self.project(self.longitude[None, :], self.latitude[:, None])
        return axes.pcolormesh(x, y, np.ma.masked_invalid(values), cmap=colours, norm=norm, rasterized=True)

    def ground(self, axes: Axes, wet: NDArray[np.bool_], ocean: NDArray[np.bool_]) -> None:
        """Draw land, sea floor, the outline of the wet cells, graticule and frame.

        Parameters
        ----------
        axes : matplotlib.axes.Axes
            Changed in place.
        wet : bool array, shape (latitude, longitude)
            Ocean at the depth of the map.
        ocean : bool array, shape (latitude, longitude)
            Ocean at any depth.
        """
        from matplotlib.colors import ListedColormap, Normalize

        grey = ListedColormap([LAND, SEA_FLOOR])
        self.paint(axes, np.where(wet, np.nan, np.where(ocean, 1.0, 0.0)), grey, Normalize(0, 1))
        self._outline(axes, wet)
        if self.globe:
            self._globe_frame(axes)
        else:
            self._region_frame(axes)

    def _outline(self, axes: Axes, wet: NDArray[np.bool_]) -> None:
        from matplotlib.collections import LineCollection

        row, column = np.nonzero(wet[:, 1:] != wet[:, :-1])
        upright = np.stack([self.longitude[[column + 1, column + 1]], self.latitude[[row, row + 1]]], axis=-1)
        row, column = np.nonzero(wet[1:] != wet[:-1])
        level = np.stack([self.longitude[[column, column + 1]], self.latitude[[row + 1, row + 1]]], axis=-1)
        lines = np.concatenate([upright, level], axis=1)
        x, y = self.project(lines[..., 0], lines[..., 1])
        axes.add_collection(
            LineCollection(list(np.stack([x, y], axis=-1).swapaxes(0, 1)), colors=COAST, linewidths=0.4)
        )

    def _globe_frame(self, axes: Axes) -> None:
        south, north, west, east = self.latitude[0], self.latitude[-1], self.longitude[0], self.longitude[-1]
        up, along = np.linspace(south, north, 91), np.linspace(west, east, 181)
        rim_x = np.concatenate([np.full(91, west), along, np.full(91, east), along[::-1]])
        rim_y = np.concatenate([up, np.full(181, north), up[::-1], np.full(181, south)])
        axes.plot(*self.project(rim_x, rim_y), color="0.3", linewidth=0.7)
        for meridian in np.arange(60.0, 361.0, 60.0):
            axes.plot(*self.project(np.full(91, meridian), up), color="0.4", linewidth=0.25, alpha=0.7)
            x, y = self.project(np.array([meridian]), np.array([south]))
            axes.annotate(
                meridian_name(meridian), (x[0], y[0]), (0, -2), textcoords="offset points",
                ha="center", va="top", fontsize=6.5, color="0.3",
            )  # fmt: skip
        for parallel in (p for p in (-60.0, -30.0, 0.0, 30.0, 60.0) if south < p < north):
            x, y = self.project(along, np.full(181, parallel))
            axes.plot(x, y, color="0.4", linewidth=0.25, alpha=0.7)
            axes.annotate(
                parallel_name(parallel), (x[0], y[0]), (-3, 0), textcoords="offset points",
                ha="right", va="center", fontsize=6.5, color="0.3",
            )  # fmt: skip
        axes.set_aspect("equal")
        axes.set_axis_off()

    def _region_frame(self, axes: Axes) -> None:
        axes.set_xlim(self.longitude[0], self.longitude[-1])
        axes.set_ylim(self.latitude[0], self.latitude[-1])
        axes.set_aspect(self._stretch)
        degrees(axes.xaxis, "longitude")
        degrees(axes.yaxis, "latitude")
        axes.tick_params(labelsize=7, length=2.5)


def degrees(axis: object, name: str) -> None:
    """Label an axis in degrees with the hemisphere.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
        Changed in place; its limits must be set.
    name : {"longitude", "latitude"}
        What the axis shows.
    """
    from matplotlib.axis import Axis
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    assert isinstance(axis, Axis)
    names = meridian_name if name == "longitude" else parallel_name
    wide = abs(np.ptp(axis.get_view_interval())) > 60.0
    axis.set_major_locator(MaxNLocator(7, steps=[1, 3, 6, 10] if wide else [1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: names(value)))


def meridian_name(longitude: float) -> str:
    """Name a meridian: -110 and 250 are both "110°W"."""
    turned = round((longitude + 180.0) % 360.0 - 180.0, 6)
    if turned in (0.0, -180.0):
        return f"{abs(turned):g}°"
    return f"{abs(turned):g}°{'E' if turned > 0 else 'W'}"


def parallel_name(latitude: float) -> str:
    """Name a parallel: -30 is "30°S"."""
    value = round(latitude, 6)
    return f"{abs(value):g}°{'N' if value > 0 else 'S' if value < 0 else ''}"
