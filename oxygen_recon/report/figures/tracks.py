"""Figures of cruise and float tracks: casts on a map and over time, the flagged ones in red."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats, Mask
from oxygen_recon.report.figures.canvas import COLOURS, add_heading, panels, style_axes
from oxygen_recon.report.figures.map_extent import Extent, draw_extent, find_seam, from_seam
from oxygen_recon.report.figures.projection import degree_axis
from qc.types import IsLand

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TITLE_LENGTH = 38  # characters a line above a panel
_FLAGGED = COLOURS[5]
_YEAR_MS = 365.2425 * 86400e3  # ms


@dataclass(frozen=True)
class Track:
    """The casts of one cruise or float, and which of them failed a check.

    Parameters
    ----------
    name : str
        Title of its panel; may hold line breaks.
    time : datetime64 array, shape (cast,)
        NaT where unknown.
    latitude, longitude : array, shape (cast,)
        Degrees north and east, any longitude convention; NaN where unknown.
    flagged : bool array, shape (cast,)
        True for casts that failed the check.
    """

    name: str
    time: NDArray[np.datetime64]
    latitude: Floats
    longitude: Floats
    flagged: Mask

    def in_order(self, dated: bool) -> Track:
        """Return the casts with a position in order of time, with continuous longitudes.

        Parameters
        ----------
        dated : bool
            Whether to leave out casts without a date, too.

        Returns
        -------
        Track
            May be empty.
        """
        known = np.isfinite(self.latitude) & np.isfinite(self.longitude) & ~(dated & np.isnat(self.time))
        rows = np.flatnonzero(known)
        rows = rows[np.argsort(self.time[rows], kind="stable")]
        east = self.longitude[rows]
        if rows.size:
            east = from_seam(east, find_seam(east))
        return Track(self.name, self.time[rows], self.latitude[rows], east, self.flagged[rows])


def track_maps(tracks: Sequence[Track], title: str, note: str = "", is_land: IsLand | None = None) -> Figure:
    """Draw cruises on maps, casts joined in order of time, flagged casts in red.

    Parameters
    ----------
    tracks : sequence of Track
        At least one.
    title, note : str
        Name of the check; how to read the figure.
    is_land : callable, optional
        (degrees north, degrees east) to mask; without it no land is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a track, in plain degrees; latitudes beyond the poles are hatched.

    Examples
    --------
    >>> day = np.array(["2001-05-01", "2001-05-02", "2001-05-03"], "datetime64[ms]")
    >>> track = Track("wod/A", day, np.array([0.0, 40.0, 1.0]), np.array([10.0, 11.0, 12.0]), day == day[1])
    >>> len(track_maps([track], "speed").axes)
    1
    """
    figure, found = panels(len(tracks), 2.6, 2.7, 0.8)
    for axes, track in zip(found, tracks):
        _draw_map(axes, track, is_land)
    add_heading(figure, title, note)
    return figure


def track_timelines(tracks: Sequence[Track], title: str, note: str = "") -> Figure:
    """Draw the position of each cast over time, flagged casts in red.

    Parameters
    ----------
    tracks : sequence of Track
        At least one.
    title, note : str
        Name of the check; how to read the figure.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a track: latitude or longitude, whichever the track covers further.
    """
    figure, found = panels(len(tracks), 2.6, 2.5, 0.8)
    for axes, track in zip(found, tracks):
        _draw_timeline(axes, track)
    add_heading(figure, title, note)
    return figure


def _draw_map(axes: Axes, track: Track, is_land: IsLand | None) -> None:
    """Draw one track on a square map."""
    from matplotlib.ticker import MaxNLocator

    known = track.in_order(dated=False)
    if not known.flagged.size:
        axes.text(0.5, 0.5, "no position", ha="center", va="center", fontsize=8, transform=axes.transAxes)
        axes.set(xticks=[], yticks=[])
    else:
        north, east = known.latitude, known.longitude
        margin = 0.12 * float(max(np.ptp(north), np.ptp(east)))
        draw_extent(axes, Extent.around(north, east, margin).square(), is_land)
        axes.set_box_aspect(1.0)
        steps = [1, 3, 6, 10] if np.ptp(axes.get_xlim()) > 60.0 else [1, 2, 5, 10]
        axes.xaxis.set_major_locator(MaxNLocator(4, steps=steps))
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=steps))
        _draw_casts(axes, east, north, known.flagged, ~np.isnat(known.time))
    style_axes(axes)
    lost = int(track.flagged.sum() - known.flagged.sum())
    _set_title(axes, f"{track.name}\n{lost} flagged without a position" if lost else track.name)


def _draw_timeline(axes: Axes, track: Track) -> None:
    """Draw the latitude or longitude of one track over time."""
    known = track.in_order(dated=True)
    if not known.flagged.size:
        axes.text(0.5, 0.5, "no date and position", ha="center", va="center", fontsize=8, transform=axes.transAxes)
    else:
        north, east = known.latitude, known.longitude
        width = float(np.ptp(east)) * np.cos(np.radians(np.clip(north.mean(), -89.0, 89.0)))
        name, position = ("longitude", east) if width > float(np.ptp(north)) else ("latitude", north)
        year = 1970.0 + known.time.astype("datetime64[ms]").astype(np.float64) / _YEAR_MS
        _draw_casts(axes, year, position, known.flagged, np.ones(year.size, bool))
        span = max(float(np.ptp(year)), 20.0 / 365.0)
        axes.set_xlim(year.min() - 0.08 * span, year.max() + 0.08 * span)
        margin = max(0.1 * float(np.ptp(position)), 0.5)
        axes.set_ylim(position.min() - margin, position.max() + margin)
        degree_axis(axes.yaxis, name)
        _date_axis(axes)
    style_axes(axes)
    _set_title(axes, track.name)


def _set_title(axes: Axes, name: str) -> None:
    """Write a title above a panel, its lines no longer than the panel is wide."""
    lines = [line if len(line) <= _TITLE_LENGTH else f"{line[: _TITLE_LENGTH - 1]}…" for line in name.split("\n")]
    axes.set_title("\n".join(lines), fontsize=7, loc="left")


def _draw_casts(axes: Axes, x: Floats, y: Floats, flagged: Mask, dated: Mask) -> None:
    """Draw casts and the legs between them; legs to and from a flagged cast are dashed."""
    from matplotlib.collections import LineCollection

    position, ends = np.stack([x, y], axis=-1)[dated], flagged[dated]
    legs, dashed = np.stack([position[:-1], position[1:]], axis=1), ends[:-1] | ends[1:]
    axes.add_collection(LineCollection(list(legs[~dashed]), colors="0.45", linewidths=0.8, zorder=2))
    dashes = LineCollection(
        list(legs[dashed]), colors=_FLAGGED, linewidths=0.8, linestyles=(0, (3, 2)), alpha=0.7, zorder=2
    )
    axes.add_collection(dashes)
    axes.plot(x[~flagged], y[~flagged], ".", color=COLOURS[0], markersize=4, zorder=3)
    axes.plot(
        x[flagged], y[flagged], "o", markersize=7, markerfacecolor="none", markeredgecolor=_FLAGGED,
        markeredgewidth=1.3, zorder=4,
    )  # fmt: skip
    axes.plot(x[flagged], y[flagged], ".", color=_FLAGGED, markersize=4, zorder=4)


def _date_axis(axes: Axes) -> None:
    """Label an axis of decimal years: years, or dates where it spans no more than four years."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    span = abs(np.ptp(axes.get_xlim()))
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=span > 4.0))
    if span > 4.0:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
    else:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _day(value)))


def _day(year: float) -> str:
    """Format a decimal year as month and day above the year."""
    day = np.datetime64(0, "D") + np.timedelta64(round((year - 1970.0) * 365.2425), "D")
    return str(day)[-5:] + "\n" + str(day)[:-6]
