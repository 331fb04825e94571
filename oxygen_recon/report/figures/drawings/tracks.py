"""Figures of cruise and float tracks: casts on a map and over time, the flagged ones in red."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats, Mask
from oxygen_recon.report.figures.canvas import COLOURS
from oxygen_recon.report.figures.degrees import meridian_name, parallel_name
from oxygen_recon.report.figures.drawings.map_extent import Extent, extent_axes, extent_marks, find_seam, from_seam
from oxygen_recon.report.figures.drawings.vector import Axis, Drawing, Marks, Panel, ticks
from qc.types import IsLand

_TITLE_LENGTH = 40  # characters a line above a panel
_FLAGGED = COLOURS[5]
_YEAR_MS = 365.2425 * 86400e3  # ms
_NO_AXIS = Axis(0.0, 1.0, "", np.zeros(0))


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


def track_maps(tracks: Sequence[Track], title: str, note: str = "", is_land: IsLand | None = None) -> Drawing:
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
    Drawing
        One panel a track, in plain degrees; latitudes beyond the poles are grey.

    Examples
    --------
    >>> day = np.array(["2001-05-01", "2001-05-02", "2001-05-03"], "datetime64[ms]")
    >>> track = Track("wod/A", day, np.array([0.0, 40.0, 1.0]), np.array([10.0, 11.0, 12.0]), day == day[1])
    >>> len(track_maps([track], "speed").panels)
    1
    """
    return Drawing([_map(track, is_land) for track in tracks], title, note)


def track_timelines(tracks: Sequence[Track], title: str, note: str = "") -> Drawing:
    """Draw the position of each cast over time, flagged casts in red.

    Parameters
    ----------
    tracks : sequence of Track
        At least one.
    title, note : str
        Name of the check; how to read the figure.

    Returns
    -------
    Drawing
        One panel a track: latitude or longitude, whichever the track covers further.
    """
    return Drawing([_timeline(track) for track in tracks], title, note)


def _map(track: Track, is_land: IsLand | None) -> Panel:
    """Draw one track on a square map."""
    known = track.in_order(dated=False)
    lost = int(track.flagged.sum() - known.flagged.sum())
    title = _title(f"{track.name}\n{lost} flagged without a position" if lost else track.name)
    if not known.flagged.size:
        return Panel(title, _NO_AXIS, _NO_AXIS, [], 188.0, 188.0, "no position")
    north, east = known.latitude, known.longitude
    margin = 0.12 * float(max(np.ptp(north), np.ptp(east)))
    extent = Extent.around(north, east, margin).square()
    marks = [*extent_marks(extent, is_land), *_casts(east, north, known.flagged, ~np.isnat(known.time))]
    return Panel(title, *extent_axes(extent, 4), marks, 188.0, 188.0)


def _timeline(track: Track) -> Panel:
    """Draw the latitude or longitude of one track over time."""
    known = track.in_order(dated=True)
    if not known.flagged.size:
        return Panel(_title(track.name), _NO_AXIS, _NO_AXIS, [], 188.0, 188.0, "no date and position")
    north, east = known.latitude, known.longitude
    width = float(np.ptp(east)) * np.cos(np.radians(np.clip(north.mean(), -89.0, 89.0)))
    names, position = (meridian_name, east) if width > float(np.ptp(north)) else (parallel_name, north)
    year = 1970.0 + known.time.astype("datetime64[ms]").astype(np.float64) / _YEAR_MS
    marks = _casts(year, position, known.flagged, np.ones(year.size, bool))
    span = max(float(np.ptp(year)), 20.0 / 365.0)
    margin = max(0.1 * float(np.ptp(position)), 0.5)
    low, high = float(position.min()) - margin, float(position.max()) + margin
    down = Axis(high, low, "", ticks(low, high, 6, (1, 2, 5, 10)), names)
    across = _date_axis(float(year.min()) - 0.08 * span, float(year.max()) + 0.08 * span)
    return Panel(_title(track.name), across, down, marks, 188.0, 188.0)


def _title(name: str) -> str:
    """Return the title of a panel, its lines no longer than the panel is wide."""
    lines = [line if len(line) <= _TITLE_LENGTH else f"{line[: _TITLE_LENGTH - 1]}…" for line in name.split("\n")]
    return "\n".join(lines)


def _casts(x: Floats, y: Floats, flagged: Mask, dated: Mask) -> list[Marks]:
    """Draw casts and the legs between them; legs to and from a flagged cast are dashed."""
    a, b, ends = x[dated], y[dated], flagged[dated]
    gap = np.full(max(a.size - 1, 0), np.nan)
    legs = np.stack([a[:-1], a[1:], gap], axis=1), np.stack([b[:-1], b[1:], gap], axis=1)
    dashed = ends[:-1] | ends[1:]
    return [
        Marks("line", legs[0][~dashed].ravel(), legs[1][~dashed].ravel(), "#737373"),
        Marks("line", legs[0][dashed].ravel(), legs[1][dashed].ravel(), _FLAGGED, 1.0, "3 2", 0.7),
        Marks("dots", x[~flagged], y[~flagged], COLOURS[0], 3.5),
        Marks("rings", x[flagged], y[flagged], _FLAGGED),
        Marks("dots", x[flagged], y[flagged], _FLAGGED, 3.5),
    ]


def _date_axis(first: float, last: float) -> Axis:
    """Return an axis of decimal years: years, or dates where it spans no more than four years."""
    if last - first > 4.0:
        return Axis(first, last, "", ticks(first, last, 4, (1, 2, 5, 10)), "{:.0f}".format)
    return Axis(first, last, "", ticks(first, last, 3), _day)


def _day(year: float) -> str:
    """Format a decimal year as month and day above the year."""
    day = np.datetime64(0, "D") + np.timedelta64(round((year - 1970.0) * 365.2425), "D")
    return str(day)[-5:] + "\n" + str(day)[:-6]
