"""Where casts are: all of a collection, and single cruises with the casts whose place or date a check doubts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats
from oxygen_recon.report.figures.canvas import COLOURS, LAND, heading, panels, sheet, tidy
from oxygen_recon.report.figures.projection import SEAM, degrees
from qc.types import IsLand

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Places = tuple[Floats, Floats]  # degrees north, degrees east

_FINE = 240  # points of the land's raster a side
_LETTERS = 38  # of a panel's title
_LEAST = 2.0  # degrees of latitude that a map shows at least
_ACCUSED = COLOURS[5]
_YEAR = 365.2425 * 86400e3  # ms


@dataclass(frozen=True)
class Track:
    """The casts of one cruise or float, and which of them a check accuses.

    Parameters
    ----------
    name : str
        What a reader needs to find it; lines are kept.
    time : datetime64 array, shape (cast,)
        NaT where unknown.
    latitude, longitude : array, shape (cast,)
        Degrees north and east, any longitude convention; NaN where unknown.
    accused : bool array, shape (cast,)
        Those in question.
    """

    name: str
    time: NDArray[np.datetime64]
    latitude: Floats
    longitude: Floats
    accused: NDArray[np.bool_]

    def in_order(self, dated: bool) -> Track:
        """Take the casts that have a place (and, if asked, a date), in order of time and on one side of a seam."""
        known = np.isfinite(self.latitude) & np.isfinite(self.longitude) & ~(dated & np.isnat(self.time))
        rows = np.flatnonzero(known)
        rows = rows[np.argsort(self.time[rows], kind="stable")]
        east = self.longitude[rows]
        if rows.size:
            seam = _seam(east)
            east = (east - seam) % 360.0 + seam
        return Track(self.name, self.time[rows], self.latitude[rows], east, self.accused[rows])


def cast_map(places: Mapping[str, Places], is_land: IsLand | None = None) -> Figure:
    """Draw where the casts of each archive are.

    Parameters
    ----------
    places : mapping of str to (latitude, longitude)
        Degrees, of one archive each; some cast of them lies on the globe.
    is_land : callable, optional
        (degrees north, degrees east) to mask; without it no land is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        Plain degrees; archives of few casts lie over those of many.
    """
    kept = {name: _on_globe(*place) for name, place in places.items()}
    east = np.concatenate([longitude for _, longitude in kept.values()])
    north = np.concatenate([latitude for latitude, _ in kept.values()])
    seam = _seam(east)
    box = _box(north, (east - seam) % 360.0 + seam, 2.0)
    figure = sheet(9.0, 7.0 * float(np.clip((box[3] - box[2]) / (box[1] - box[0]) * _stretch(box), 0.25, 0.9)) + 0.9)
    axes = figure.subplots()
    _frame(axes, box, is_land)
    axes.set_aspect(_stretch(box))
    order = sorted(kept, key=lambda name: -kept[name][0].size)
    for i, name in enumerate(order):
        latitude, longitude = kept[name]
        mark = "osv^"[i // len(COLOURS) % 4]
        seen = np.unique(np.round(np.stack([(longitude - seam) % 360.0 + seam, latitude]), 2), axis=1)
        axes.plot(
            *seen, mark, color=COLOURS[i % len(COLOURS)], markersize=2.2, markeredgewidth=0,
            label=f"{name} ({latitude.size:,})", clip_on=False, zorder=2,
        )  # fmt: skip
    tidy(axes)
    figure.legend(loc="outside right upper", fontsize=8, frameon=False, markerscale=3)
    lost = sum(place[0].size for place in places.values()) - north.size
    note = "grey: land of the relief, less its coasts; " if is_land else "no relief was given: land is not drawn; "
    note += "small archives over large ones" + (
        f"; not shown, for want of a place on the globe: {lost:,}" if lost else ""
    )
    heading(figure, f"Where the {north.size:,} casts are", note)
    return figure


def track_maps(tracks: Sequence[Track], title: str, note: str = "", is_land: IsLand | None = None) -> Figure:
    """Draw cruises on maps, in order of time, with their accused casts in red.

    Parameters
    ----------
    tracks : sequence of Track
        At least one.
    title, note : str
        What the check is; how to read the figure.
    is_land : callable, optional
        As for `cast_map`.

    Returns
    -------
    matplotlib.figure.Figure
        Plain degrees; what lies beyond the poles is shaded.
    """
    figure, found = panels(len(tracks), 2.6, 2.7, 0.8)
    for axes, track in zip(found, tracks):
        _map(axes, track, is_land)
    heading(figure, title, note)
    return figure


def track_strips(tracks: Sequence[Track], title: str, note: str = "") -> Figure:
    """Draw the place of each cast over time, accused casts in red.

    Parameters
    ----------
    tracks : sequence of Track
        At least one.
    title, note : str
        What the check is; how to read the figure.

    Returns
    -------
    matplotlib.figure.Figure
        Latitude or longitude, in each panel the one along which the cruise went further.
    """
    figure, found = panels(len(tracks), 2.6, 2.5, 0.8)
    for axes, track in zip(found, tracks):
        _strip(axes, track)
    heading(figure, title, note)
    return figure


def _map(axes: Axes, track: Track, is_land: IsLand | None) -> None:
    from matplotlib.ticker import MaxNLocator

    known = track.in_order(dated=False)
    if not known.accused.size:
        axes.text(0.5, 0.5, "no position", ha="center", va="center", fontsize=8, transform=axes.transAxes)
        axes.set(xticks=[], yticks=[])
    else:
        north, east = known.latitude, known.longitude
        _frame(axes, _square(_box(north, east, 0.12 * float(max(np.ptp(north), np.ptp(east))))), is_land)
        axes.set_box_aspect(1.0)
        steps = [1, 3, 6, 10] if np.ptp(axes.get_xlim()) > 60.0 else [1, 2, 5, 10]
        axes.xaxis.set_major_locator(MaxNLocator(4, steps=steps))
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=steps))
        _way(axes, east, north, known.accused, ~np.isnat(known.time))
    tidy(axes)
    lost = int(track.accused.sum() - known.accused.sum())
    _entitle(axes, f"{track.name}\n{lost} in question without a position" if lost else track.name)


def _entitle(axes: Axes, name: str) -> None:
    """Write a name above a panel, its lines no longer than the panel is wide."""
    short = [line if len(line) <= _LETTERS else f"{line[: _LETTERS - 1]}…" for line in name.split("\n")]
    axes.set_title("\n".join(short), fontsize=7, loc="left")


def _strip(axes: Axes, track: Track) -> None:
    known = track.in_order(dated=True)
    if not known.accused.size:
        axes.text(0.5, 0.5, "no date and position", ha="center", va="center", fontsize=8, transform=axes.transAxes)
    else:
        north, east = known.latitude, known.longitude
        wide = float(np.ptp(east)) * np.cos(np.radians(np.clip(north.mean(), -89.0, 89.0)))
        name, place = ("longitude", east) if wide > float(np.ptp(north)) else ("latitude", north)
        year = 1970.0 + known.time.astype("datetime64[ms]").astype(np.float64) / _YEAR
        _way(axes, year, place, known.accused, np.ones(year.size, bool))
        span = max(float(np.ptp(year)), 20.0 / 365.0)
        axes.set_xlim(year.min() - 0.08 * span, year.max() + 0.08 * span)
        room = max(0.1 * float(np.ptp(place)), 0.5)
        axes.set_ylim(place.min() - room, place.max() + room)
        degrees(axes.yaxis, name)
        _dates(axes)
    tidy(axes)
    _entitle(axes, track.name)


def _way(axes: Axes, x: Floats, y: Floats, accused: NDArray[np.bool_], dated: NDArray[np.bool_]) -> None:
    """Draw casts in order; the way to and from an accused one is dashed."""
    from matplotlib.collections import LineCollection

    place, doubted = np.stack([x, y], axis=-1)[dated], accused[dated]
    legs, doubted = np.stack([place[:-1], place[1:]], axis=1), doubted[:-1] | doubted[1:]
    axes.add_collection(LineCollection(list(legs[~doubted]), colors="0.45", linewidths=0.8, zorder=2))
    axes.add_collection(
        LineCollection(
            list(legs[doubted]), colors=_ACCUSED, linewidths=0.8, linestyles=(0, (3, 2)), alpha=0.7, zorder=2
        )
    )
    axes.plot(x[~accused], y[~accused], ".", color=COLOURS[0], markersize=4, zorder=3)
    axes.plot(
        x[accused], y[accused], "o", markersize=7, markerfacecolor="none", markeredgecolor=_ACCUSED,
        markeredgewidth=1.3, zorder=4,
    )  # fmt: skip
    axes.plot(x[accused], y[accused], ".", color=_ACCUSED, markersize=4, zorder=4)


def _frame(axes: Axes, box: tuple[float, float, float, float], is_land: IsLand | None) -> None:
    """Set the limits of a map: west, east, south, north; and draw what is land, and what is no place on the globe."""
    west, east, south, north = box
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    degrees(axes.xaxis, "longitude")
    degrees(axes.yaxis, "latitude")
    for low, high in ((south, -90.0), (90.0, north)):
        if low < high:
            axes.axhspan(low, high, facecolor="none", edgecolor="0.8", hatch="////", linewidth=0, zorder=0.5)
    if is_land is not None:
        from matplotlib.colors import ListedColormap

        x, y = np.linspace(west, east, _FINE + 1), np.linspace(max(south, -90.0), min(north, 90.0), _FINE + 1)
        where = np.meshgrid((y[1:] + y[:-1]) / 2, (x[1:] + x[:-1]) / 2, indexing="ij")
        dry = is_land(where[0].ravel(), (where[1].ravel() + 180.0) % 360.0 - 180.0).reshape(_FINE, _FINE)
        axes.pcolormesh(x, y, np.ma.masked_where(~dry, dry), cmap=ListedColormap([LAND]), zorder=0.4, rasterized=True)


def _on_globe(latitude: Floats, longitude: Floats) -> Places:
    known = (np.abs(latitude) <= 90.0) & np.isfinite(longitude)
    return latitude[known], longitude[known]


def _seam(longitude: Floats) -> float:
    """Find where a map begins: behind the widest gap between longitudes, at 20 E where there is no wide one."""
    turned = np.unique(longitude % 360.0)
    gap = np.diff(np.append(turned, turned[0] + 360.0))
    widest = int(gap.argmax())
    if gap[widest] < 60.0:
        return SEAM
    first = float(turned[(widest + 1) % turned.size]) - 1.0  # the gap has room for what rounding does
    return first - 360.0 if first > 180.0 else first


def _box(north: Floats, east: Floats, room: float) -> tuple[float, float, float, float]:
    """West, east, south and north of a map that holds all places."""
    south, top = float(north.min()), float(north.max())
    room = max(room, (_LEAST - (top - south)) / 2, 0.1)
    west, right = float(east.min()), float(east.max())
    if right - west > 300.0:
        west, right = west - (360.0 - (right - west)) / 2, right + (360.0 - (right - west)) / 2
    else:
        west, right = west - room, right + room
    limit = 90.0 if max(abs(south), abs(top)) <= 90.0 else np.inf
    return west, right, float(max(south - room, -limit)), float(min(top + room, limit))


def _stretch(box: tuple[float, float, float, float]) -> float:
    """Height of a degree of latitude over the width of one of longitude."""
    middle = np.clip((box[2] + box[3]) / 2, -80.0, 80.0)
    return 1.0 if box[1] - box[0] > 200.0 else float(1.0 / np.cos(np.radians(middle)))


def _square(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Widen a map until it is as wide as high, in kilometres."""
    west, east, south, north = box
    stretch = _stretch(box)
    wide, high = east - west, (north - south) * stretch
    if wide < high:
        return west - (high - wide) / 2, east + (high - wide) / 2, south, north
    middle, half = (north + south) / 2, wide / stretch / 2
    if max(abs(south), abs(north)) <= 90.0:  # not beyond the poles, unless a cast is
        half = min(half, 90.0)
        middle = float(np.clip(middle, half - 90.0, 90.0 - half))
    return west, east, middle - half, middle + half


def _dates(axes: Axes) -> None:
    """Label an axis of decimal years: years, or dates where it is short."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    span = abs(np.ptp(axes.get_xlim()))
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=span > 4.0))
    if span > 4.0:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
    else:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _day(value)))


def _day(year: float) -> str:
    day = np.datetime64(0, "D") + np.timedelta64(round((year - 1970.0) * 365.2425), "D")
    return str(day)[-5:] + "\n" + str(day)[:-6]
