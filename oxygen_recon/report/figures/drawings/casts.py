"""Figures of casts: a map of all of them by archive, and single profiles with their flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graphs.types import Floats, Ints, Mask
from oxygen_recon.report.figures.canvas import COLOURS, OXYGEN
from oxygen_recon.report.figures.drawings.map_extent import Extent, extent_axes, extent_marks, find_seam, from_seam
from oxygen_recon.report.figures.drawings.vector import Axis, Drawing, Marks, Panel, ticks
from qc.types import IsLand

GOOD, SUSPECT, BAD, INTERPOLATED = COLOURS[0], COLOURS[1], COLOURS[5], COLOURS[6]
LIMITS = ("#b9c4d0", "#f0d9a8")  # of the layers of pressure, of those of density
_MAP_WIDTH = 780.0  # px
SCALE = (-50.0, 700.0)  # umol kg-1, shown at most: a single value of 30000 would make a line of all others


@dataclass(frozen=True)
class ProfileExample:
    """One cast and the levels that failed a check.

    Parameters
    ----------
    name : str
        "source/cast"; may hold line breaks.
    pressure, oxygen : array, shape (level,)
        dbar; umol kg-1, NaN where missing.
    flag : int array, shape (level,)
        IODE flag of oxygen.
    failed : bool array, shape (level,)
        True where the level failed the check.
    interpolated : bool array, shape (level,), optional
        True where the archive did not measure but interpolate the value, which is suspect for that alone.
    limits : sequence of (low, high), each of shape (level,)
        Limits of the check, umol kg-1, NaN where there are none.
    """

    name: str
    pressure: Floats
    oxygen: Floats
    flag: Ints
    failed: Mask
    interpolated: Mask | None = None
    limits: Sequence[tuple[Floats, Floats]] = ()


def example_profiles(examples: Sequence[ProfileExample], title: str, note: str = "") -> Drawing:
    """Draw casts beside each other; a ring marks each level that failed the check.

    Parameters
    ----------
    examples : sequence of ProfileExample
        At least one.
    title, note : str
        Name of the check; how to read the figure.

    Returns
    -------
    Drawing
        One panel a cast: oxygen against pressure; good levels blue, suspect ones orange, bad ones as red crosses,
        interpolated ones grey, limits as bands. Values beyond `SCALE` are counted in the title instead.

    Examples
    --------
    >>> p = np.array([0.0, 50.0, 100.0])
    >>> cast = ProfileExample("wod/1", p, np.array([250.0, 380.0, 230.0]), np.array([1, 4, 1]), p == 50.0)
    >>> len(example_profiles([cast, cast], "spike").panels)
    2
    """
    return Drawing([_profile(example) for example in examples], title, note)


def _profile(example: ProfileExample) -> Panel:
    """Draw one cast with the flags of its levels."""
    order = np.argsort(example.pressure, kind="stable")
    p, value = example.pressure[order], example.oxygen[order]
    flag, failed = example.flag[order], example.failed[order]
    marks = [_band(low[order], high[order], p, LIMITS[i]) for i, (low, high) in enumerate(example.limits)]
    measured = np.isfinite(value)
    marks.append(Marks("line", value[measured], p[measured], "#bbb"))
    grey = np.zeros(p.size, bool) if example.interpolated is None else example.interpolated[order]
    good, suspect, bad = np.isin(flag, (1, 2)), (flag == 3) & ~grey, flag == 4
    marks.append(Marks("dots", value[good], p[good], GOOD, 3.5))
    marks.append(Marks("dots", value[grey], p[grey], INTERPOLATED, 3.5))
    marks.append(Marks("dots", value[suspect], p[suspect], SUSPECT, 4.5))
    marks.append(Marks("crosses", value[bad], p[bad], BAD))
    marks.append(Marks("rings", value[failed], p[failed], BAD))
    deepest, top = float(np.nanmax(p, initial=1.0)), min(0.0, float(np.nanmin(p, initial=0.0)))
    margin = 0.04 * (deepest - top)  # shows the whole marker at the surface
    down = Axis(top - margin, deepest + margin, "pressure (dbar)", ticks(top, deepest, 6))
    drawn = np.concatenate([value, *(limit[np.isfinite(value)] for pair in example.limits for limit in pair)])
    least, most = float(np.nanmin(drawn, initial=np.inf)), float(np.nanmax(drawn, initial=-np.inf))
    if not least <= most:
        least, most = 0.0, 1.0
    least, most = float(np.clip(least, SCALE[0], SCALE[1] - 1.0)), float(np.clip(most, SCALE[0] + 1.0, SCALE[1]))
    margin = max(0.06 * (most - least), 0.5)
    across = Axis(least - margin, most + margin, OXYGEN, ticks(least - margin, most + margin, 4))
    beyond = int(((value < across.first) | (value > across.last)).sum())
    return Panel(f"{example.name}, {beyond} off the scale" if beyond else example.name, across, down, marks)


def _band(low: Floats, high: Floats, pressure: Floats, colour: str) -> Marks:
    """Return the area between two limits at each level, an end where one is unknown."""
    known = np.isfinite(low) & np.isfinite(high) & np.isfinite(pressure)
    x: list[Floats] = [np.zeros(0)]
    y: list[Floats] = [np.zeros(0)]
    for run in np.split(np.arange(low.size), np.flatnonzero(np.diff(known)) + 1):
        if run.size and known[run[0]]:
            x += [low[run], high[run][::-1], np.array([np.nan])]
            y += [pressure[run], pressure[run][::-1], np.array([np.nan])]
    return Marks("areas", np.concatenate(x), np.concatenate(y), colour, opacity=0.7)


def cast_map(positions: Mapping[str, tuple[Floats, Floats]], is_land: IsLand | None = None) -> Drawing:
    """Draw the positions of the casts of each archive.

    Parameters
    ----------
    positions : mapping of str to (latitude, longitude)
        Degrees north and east of the casts of each archive; at least one cast has a valid position.
    is_land : callable, optional
        (degrees north, degrees east) to mask; without it no land is drawn.

    Returns
    -------
    Drawing
        Plain degrees; small archives are drawn over large ones.

    Examples
    --------
    >>> figure = cast_map({"wod": (np.array([10.0, 20.0]), np.array([-150.0, -140.0]))})
    >>> figure.title
    'Positions of the 2 casts'
    """
    valid = {name: _valid(*position) for name, position in positions.items()}
    north = np.concatenate([latitude for latitude, _ in valid.values()])
    east = np.concatenate([longitude for _, longitude in valid.values()])
    seam = find_seam(east)
    extent = Extent.around(north, from_seam(east, seam), 2.0)
    shape = (extent.north - extent.south) / (extent.east - extent.west) * extent.aspect
    width = _MAP_WIDTH / max(1.0, shape / 0.9)
    marks, legend = extent_marks(extent, is_land), []
    for i, name in enumerate(sorted(valid, key=lambda name: -valid[name][0].size)):
        latitude, longitude = valid[name]
        colour = COLOURS[i % len(COLOURS)]
        marks.append(Marks("dots", from_seam(longitude, seam), latitude, colour, 3.0))
        legend.append((f"{name} ({latitude.size:,})", colour))
    lost = sum(latitude.size for latitude, _ in positions.values()) - north.size
    note = "grey: land of the relief without its coasts; " if is_land else "land is not drawn: no relief was given; "
    note += "small archives over large ones"
    note += f"; not shown, without a valid position: {lost:,}" if lost else ""
    panel = Panel("", *extent_axes(extent), marks, width, width * shape)
    return Drawing([panel], f"Positions of the {north.size:,} casts", note, legend)


def _valid(latitude: Floats, longitude: Floats) -> tuple[Floats, Floats]:
    """Return the positions that lie on the globe."""
    known = (np.abs(latitude) <= 90.0) & np.isfinite(longitude)
    return latitude[known], longitude[known]
