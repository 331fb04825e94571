"""Figures of casts: a map of all of them by archive, and single profiles with their flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphs.types import Floats, Ints, Mask
from oxygen_recon.report.figures.canvas import COLOURS, OXYGEN, add_heading, new_figure, panels, style_axes
from oxygen_recon.report.figures.map_extent import Extent, draw_extent, find_seam, from_seam
from qc.types import IsLand

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARKERS = "osv^"  # one after the other once all colours are used


@dataclass(frozen=True)
class ProfileExample:
    """One cast and the levels that failed a check.

    Parameters
    ----------
    name : str
        "source/cast".
    pressure, oxygen : array, shape (level,)
        dbar; umol kg-1, NaN where missing.
    flag : int array, shape (level,)
        IODE flag of oxygen.
    failed : bool array, shape (level,)
        True where the level failed the check.
    """

    name: str
    pressure: Floats
    oxygen: Floats
    flag: Ints
    failed: Mask


def example_profiles(examples: Sequence[ProfileExample], title: str, note: str = "") -> Figure:
    """Draw casts beside each other; a ring marks each level that failed the check.

    Parameters
    ----------
    examples : sequence of ProfileExample
        At least one.
    title, note : str
        Name of the check; how to read the figure.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a cast: oxygen against pressure; good levels blue, suspect ones orange, bad ones as red crosses.

    Examples
    --------
    >>> p = np.array([0.0, 50.0, 100.0])
    >>> cast = ProfileExample("wod/1", p, np.array([250.0, 380.0, 230.0]), np.array([1, 4, 1]), p == 50.0)
    >>> len(example_profiles([cast, cast], "spike").axes)
    2
    """
    figure, found = panels(len(examples), 2.3, 2.9, 0.5)
    for axes, example in zip(found, examples):
        _draw_profile(axes, example)
    add_heading(figure, title, note)
    return figure


def _draw_profile(axes: Axes, example: ProfileExample) -> None:
    """Draw one cast with the flags of its levels."""
    order = np.argsort(example.pressure, kind="stable")
    p, value, flag, failed = (a[order] for a in (example.pressure, example.oxygen, example.flag, example.failed))
    axes.plot(value, p, color="0.75", linewidth=0.8, zorder=1)
    good = np.isin(flag, (1, 2))
    axes.plot(value[good], p[good], ".", color=COLOURS[0], markersize=3.5, zorder=2)
    axes.plot(value[flag == 3], p[flag == 3], ".", color=COLOURS[1], markersize=4.5, zorder=3)
    axes.plot(value[flag == 4], p[flag == 4], "x", color=COLOURS[5], markersize=4.5, zorder=3)
    axes.plot(value[failed], p[failed], "o", markersize=8, markerfacecolor="none", markeredgecolor=COLOURS[5], zorder=4)
    deepest, top = float(np.nanmax(p, initial=1.0)), min(0.0, float(np.nanmin(p, initial=0.0)))
    margin = 0.04 * (deepest - top)  # shows the whole marker at the surface
    axes.set_ylim(deepest + margin, top - margin)
    axes.set_xlabel(OXYGEN)
    axes.set_ylabel("pressure (dbar)")
    style_axes(axes)
    axes.set_title(example.name, fontsize=7, loc="left")


def cast_map(positions: Mapping[str, tuple[Floats, Floats]], is_land: IsLand | None = None) -> Figure:
    """Draw the positions of the casts of each archive.

    Parameters
    ----------
    positions : mapping of str to (latitude, longitude)
        Degrees north and east of the casts of each archive; at least one cast has a valid position.
    is_land : callable, optional
        (degrees north, degrees east) to mask; without it no land is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        Plain degrees; small archives are drawn over large ones.

    Examples
    --------
    >>> figure = cast_map({"wod": (np.array([10.0, 20.0]), np.array([-150.0, -140.0]))})
    >>> figure.get_suptitle()
    'Positions of the 2 casts'
    """
    valid = {name: _valid(*position) for name, position in positions.items()}
    north = np.concatenate([latitude for latitude, _ in valid.values()])
    east = np.concatenate([longitude for _, longitude in valid.values()])
    seam = find_seam(east)
    extent = Extent.around(north, from_seam(east, seam), 2.0)
    shape = (extent.north - extent.south) / (extent.east - extent.west) * extent.aspect
    figure = new_figure(9.0, 7.0 * float(np.clip(shape, 0.25, 0.9)) + 0.9)
    axes = figure.subplots()
    draw_extent(axes, extent, is_land)
    axes.set_aspect(extent.aspect)
    _draw_positions(axes, valid, seam)
    style_axes(axes)
    figure.legend(loc="outside right upper", fontsize=8, frameon=False, markerscale=3)
    lost = sum(latitude.size for latitude, _ in positions.values()) - north.size
    note = "grey: land of the relief without its coasts; " if is_land else "land is not drawn: no relief was given; "
    note += "small archives over large ones"
    note += f"; not shown, without a valid position: {lost:,}" if lost else ""
    add_heading(figure, f"Positions of the {north.size:,} casts", note)
    return figure


def _draw_positions(axes: Axes, valid: Mapping[str, tuple[Floats, Floats]], seam: float) -> None:
    """Draw a marker at each position, the largest archive first."""
    for i, name in enumerate(sorted(valid, key=lambda name: -valid[name][0].size)):
        latitude, longitude = valid[name]
        different = np.unique(np.round(np.stack([from_seam(longitude, seam), latitude]), 2), axis=1)
        axes.plot(
            *different, _MARKERS[i // len(COLOURS) % len(_MARKERS)], color=COLOURS[i % len(COLOURS)],
            markersize=2.2, markeredgewidth=0, label=f"{name} ({latitude.size:,})", clip_on=False, zorder=2,
        )  # fmt: skip


def _valid(latitude: Floats, longitude: Floats) -> tuple[Floats, Floats]:
    """Return the positions that lie on the globe."""
    known = (np.abs(latitude) <= 90.0) & np.isfinite(longitude)
    return latitude[known], longitude[known]
