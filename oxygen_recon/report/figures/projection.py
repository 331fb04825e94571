"""Map projections: Equal Earth centred on the Pacific for the globe, plain degrees for a region."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import shapely
import xarray as xr
from shapely.geometry.polygon import orient

from graphs.types import Floats, Mask
from oxygen_recon.report.figures.canvas import COAST, LAND, SEA_FLOOR
from oxygen_recon.report.figures.degrees import degree_axis, meridian_name, parallel_name
from oxygen_recon.report.figures.selection import cell_edges, is_global
from oxygen_recon.report.figures.shoreline import land, shorelines

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.colors import Colormap, Normalize

# Equal Earth: Savric, Patterson and Jenny (2019), doi 10.1080/13658816.2018.1504949.
_A = (1.340264, -0.081106, 0.000893, 0.003796)
_MOST_DOTS = 90  # dots along a map at most
_DETAIL = 0.6  # pixels; details of the shoreline that are smaller are left out
_DOT = 1.3  # size of a dot, square points
_FINE = 2.0  # degrees: straight sides of land are bent by the projection


def equal_earth(longitude: Floats, latitude: Floats, centre: float) -> tuple[Floats, Floats]:
    """Project onto the Equal Earth plane, which preserves areas.

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

    References
    ----------
    Savric, Patterson and Jenny (2019), doi 10.1080/13658816.2018.1504949.

    Examples
    --------
    >>> x, y = equal_earth(np.array([180.0]), np.array([0.0]), 200.0)
    >>> round(float(x[0]), 3), round(float(y[0]), 3)
    (-0.301, 0.0)
    """
    theta = np.arcsin(np.sqrt(3.0) / 2.0 * np.sin(np.radians(latitude)))
    slope = _A[0] + 3 * _A[1] * theta**2 + 7 * _A[2] * theta**6 + 9 * _A[3] * theta**8
    x = 2.0 / np.sqrt(3.0) * np.radians(longitude - centre) * np.cos(theta) / slope
    y = theta * (_A[0] + _A[1] * theta**2 + _A[2] * theta**6 + _A[3] * theta**8)
    return x, np.broadcast_to(y, x.shape)


@dataclass(frozen=True)
class MapProjection:
    """A horizontal grid and its projection onto a map.

    Parameters
    ----------
    longitude, latitude : array, shape (longitude + 1,), (latitude + 1,)
        Cell edges, degrees.
    globe : bool
        True for Equal Earth, False for plain degrees.
    """

    longitude: Floats
    latitude: Floats
    globe: bool

    @classmethod
    def from_dataset(cls, data: xr.Dataset) -> MapProjection:
        """Return the projection that suits a dataset.

        Parameters
        ----------
        data : Dataset
            As from `recentred`.

        Returns
        -------
        MapProjection
            Equal Earth where the data cover all longitudes.
        """
        return cls(cell_edges(data, "longitude"), cell_edges(data, "latitude"), is_global(data))

    def project(self, longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
        """Convert positions to map coordinates.

        Parameters
        ----------
        longitude, latitude : array, shapes that broadcast
            Degrees.

        Returns
        -------
        x, y : array, broadcast shape
            Earth radii, or degrees for a region.
        """
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
        """Height of a degree of latitude over the width of a degree of longitude."""
        return float(1.0 / max(np.cos(np.radians(self.latitude.mean())), 0.2))

    def draw_cells(self, axes: Axes, values: Floats, colours: Colormap, norm: Normalize) -> QuadMesh:
        """Draw the cells of the grid in colours.

        Parameters
        ----------
        axes : matplotlib.axes.Axes
            Changed in place.
        values : array, shape (latitude, longitude)
            NaN is not drawn.
        colours : Colormap
            Colours.
        norm : Normalize
            Limits of the colour scale.

        Returns
        -------
        matplotlib.collections.QuadMesh
        """
        x, y = self.project(self.longitude[None, :], self.latitude[:, None])
        return axes.pcolormesh(x, y, np.ma.masked_invalid(values), cmap=colours, norm=norm, rasterized=True)

    def draw_background(self, axes: Axes, wet: Mask) -> None:
        """Draw sea floor, land with its shoreline, graticule and border.

        Parameters
        ----------
        axes : matplotlib.axes.Axes
            Changed in place.
        wet : bool array, shape (latitude, longitude)
            True for ocean at the depth of the map.
        """
        from matplotlib.colors import ListedColormap, Normalize

        self.draw_cells(axes, np.where(wet, np.nan, 0.0), ListedColormap([SEA_FLOOR]), Normalize(0, 1))
        self._draw_land(axes)
        if self.globe:
            self._globe_border(axes)
            self._graticule(axes)
        else:
            self._region_axes(axes)

    def draw_dots(self, axes: Axes, where: Mask) -> None:
        """Draw dots on cells, on every second one or fewer where cells are small.

        Parameters
        ----------
        axes : matplotlib.axes.Axes
            Changed in place.
        where : bool array, shape (latitude, longitude)
            True for a dot at the centre of the cell.
        """
        every = max(1, round(where.shape[1] / _MOST_DOTS))
        chosen = np.zeros_like(where)
        chosen[every // 2 :: every, every // 2 :: every] = True
        row, column = np.nonzero(where & chosen)
        north, east = (0.5 * (edges[1:] + edges[:-1]) for edges in (self.latitude, self.longitude))
        axes.scatter(
            *self.project(east[column], north[row]), s=_DOT, color="0.1", linewidths=0, zorder=1.2, rasterized=True
        )

    def _draw_land(self, axes: Axes) -> None:
        """Draw the land that the map covers."""
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        ends = (self.longitude[0], self.latitude[0], self.longitude[-1], self.latitude[-1])
        rings, lines = _land(tuple(map(float, ends)))
        if not rings:
            return
        drawn = [Path(np.stack(self.project(*ring.T), axis=-1), closed=True) for ring in rings]
        fill = PathPatch(Path.make_compound_path(*drawn), facecolor=LAND, linewidth=0, zorder=1.5, rasterized=True)
        axes.add_artist(fill)  # add_patch would read every point to find limits that are known
        # One line with gaps: unlike a collection it is simplified to what the size of the map can show.
        gap = np.full((1, 2), np.nan)
        shores = np.concatenate([gap, *(part for line in lines for part in (np.stack(self.project(*line.T), -1), gap))])
        (line,) = axes.plot(*shores.T, color=COAST, linewidth=0.45, zorder=1.6)
        line.get_path().simplify_threshold = _DETAIL

    def _globe_border(self, axes: Axes) -> None:
        """Draw the border of the globe."""
        south, north, west, east = self.latitude[0], self.latitude[-1], self.longitude[0], self.longitude[-1]
        up, along = np.linspace(south, north, 91), np.linspace(west, east, 181)
        rim_x = np.concatenate([np.full(91, west), along, np.full(91, east), along[::-1]])
        rim_y = np.concatenate([up, np.full(181, north), up[::-1], np.full(181, south)])
        axes.plot(*self.project(rim_x, rim_y), color="0.3", linewidth=0.7)
        axes.set_aspect("equal")
        axes.set_axis_off()

    def _graticule(self, axes: Axes) -> None:
        """Draw and name meridians and parallels of the globe."""
        south, north = self.latitude[0], self.latitude[-1]
        up, along = np.linspace(south, north, 31), np.linspace(self.longitude[0], self.longitude[-1], 37)
        for meridian in np.arange(60.0, 361.0, 60.0):
            axes.plot(*self.project(np.full(31, meridian), up), color="0.4", linewidth=0.25, alpha=0.7)
            if meridian % 120.0 != 60.0:
                continue  # the names of all would touch on a small map
            x, y = self.project(np.array([meridian]), np.array([south]))
            axes.annotate(
                meridian_name(meridian), (x[0], y[0]), (0, -2), textcoords="offset points",
                ha="center", va="top", fontsize=6.5, color="0.3",
            )  # fmt: skip
        for parallel in (p for p in (-60.0, -30.0, 0.0, 30.0, 60.0) if south < p < north):
            x, y = self.project(along, np.full(37, parallel))
            axes.plot(x, y, color="0.4", linewidth=0.25, alpha=0.7)
            axes.annotate(
                parallel_name(parallel), (x[0], y[0]), (-3, 0), textcoords="offset points",
                ha="right", va="center", fontsize=6.5, color="0.3",
            )  # fmt: skip

    def _region_axes(self, axes: Axes) -> None:
        """Set limits and labels of a map in degrees."""
        axes.set_xlim(self.longitude[0], self.longitude[-1])
        axes.set_ylim(self.latitude[0], self.latitude[-1])
        axes.set_aspect(self._stretch)
        degree_axis(axes.xaxis, "longitude")
        degree_axis(axes.yaxis, "latitude")
        axes.tick_params(labelsize=7, length=2.5)


@lru_cache(maxsize=8)
def _land(box: tuple[float, float, float, float]) -> tuple[list[Floats], list[Floats]]:
    """Return the land of a box (west, south, east, north): rings, holes turning the other way, and shorelines."""
    parts = [orient(part) for part in shapely.segmentize(land(*box), _FINE)]
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    return [shapely.get_coordinates(ring) for ring in rings], shorelines(*box)
