"""The view: everything that is chosen in the explorer, and how it is written in the address of the page."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args
from urllib.parse import parse_qs, urlencode

import numpy as np

from oxygen_recon.report.explorer.data.run_data import COMPARED, DIFFERENCE, OXYGEN, RunData

Place = tuple[float, float]
Outline = Literal["column", "level", "none"]
Result = TypeVar("Result")
HIGHEST_THRESHOLD = 150.0  # umol kg-1; oxygen minimum zones are defined from 5 to 120 in the literature
REACHES = (200.0, 500.0, 1000.0)  # km
QUANTITIES = {
    OXYGEN: "oxygen",
    "standard_error": "standard error",
    "observations": "number of observed casts",
    COMPARED: "oxygen of the compared field",
    DIFFERENCE: "difference to the compared field",
}


@dataclass(frozen=True)
class View:
    """What is shown.

    Parameters
    ----------
    step, level : int
        Numbers of step and level.
    quantity : str
        What the map shows, one of `QUANTITIES`.
    compare : str or None
        Name of the compared field.
    threshold : float
        Low oxygen is below it, umol kg-1.
    outline : {"column", "level", "none"}
        Whose low oxygen is outlined: of any depth of the column, of the level shown, or of none.
    reach : float
        Observations so far away are shown, km.
    place : (latitude, longitude) or None
        Place of profile and series, degrees.
    section : (start, end) or None
        Ends of the section.
    """

    step: int
    level: int
    quantity: str = OXYGEN
    compare: str | None = None
    threshold: float = 60.0
    outline: Outline = "column"
    reach: float = 500.0
    place: Place | None = None
    section: tuple[Place, Place] | None = None

    def address(self, data: RunData) -> str:
        """Write the view as the query of an address, in plain words and units.

        Parameters
        ----------
        data : RunData
            The run.
        """
        parts: dict[str, object] = {
            "time": data.labels()[self.step],
            "depth": f"{data.grid.depth[self.level]:g}",
            "show": self.quantity,
            "threshold": f"{self.threshold:g}",
            "outline": self.outline,
            "near": f"{self.reach:g}",
        }
        if self.compare is not None:
            parts["compare"] = self.compare
        if self.place is not None:
            parts["place"] = place_text(self.place)
        if self.section is not None:
            parts["section"] = section_text(self.section)
        return "?" + urlencode(parts, safe=",;")


def first_view(data: RunData) -> View:
    """Choose what is shown at first: the last step, the level nearest to 300 m, the column with the lowest oxygen.

    Parameters
    ----------
    data : RunData
        The run.
    """
    step = len(data.time_axis) - 1
    oxygen = data.step(OXYGEN, step)
    place = None
    if np.isfinite(oxygen).any():
        _, row, column = np.unravel_index(int(np.nanargmin(oxygen)), oxygen.shape)
        place = float(data.grid.latitude[row]), float(data.grid.longitude[column])
    return View(step, data.level_of(300.0), place=place)


def from_address(query: str, data: RunData) -> View:
    """Read a view from the query of an address; what it lacks, or what cannot be read, is as at first.

    Parameters
    ----------
    query : str
        "?time=1994&depth=300".
    data : RunData
        The run.
    """
    given = {name: values[-1] for name, values in parse_qs(query.lstrip("?")).items()}
    first = first_view(data)
    compare = given.get("compare")
    compare = compare if compare in data.compared else None
    quantity = given.get("show", first.quantity)
    if quantity not in QUANTITIES or (quantity in (COMPARED, DIFFERENCE) and compare is None):
        quantity = first.quantity
    outline = given.get("outline", first.outline)
    return View(
        step=_read(given, "time", data.step_of, first.step),
        level=_read(given, "depth", lambda text: data.level_of(_finite(text)), first.level),
        quantity=quantity,
        compare=compare,
        threshold=min(max(_read(given, "threshold", _finite, first.threshold), 0.0), HIGHEST_THRESHOLD),
        outline=outline if outline in get_args(Outline) else first.outline,  # type: ignore[arg-type]
        reach=min(REACHES, key=lambda reach: abs(reach - _read(given, "near", _finite, first.reach))),
        place=_read(given, "place", read_place, first.place),
        section=_read(given, "section", read_section, None),
    )


def place_text(place: Place) -> str:
    """Write a place as "latitude,longitude".

    Parameters
    ----------
    place : (float, float)
        Degrees.

    Examples
    --------
    >>> place_text((-12.5, 140.0))
    '-12.5,140'
    """
    return ",".join(f"{degrees:.6g}" for degrees in place)


def section_text(section: tuple[Place, Place]) -> str:
    """Write the ends of a section as "latitude,longitude;latitude,longitude".

    Parameters
    ----------
    section : (place, place)
        Its ends.
    """
    return ";".join(map(place_text, section))


def read_place(text: str) -> Place:
    """Read a place.

    Parameters
    ----------
    text : str
        "12.5, -140": degrees north and degrees east, any convention of longitude.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> read_place("12.5, -140")
    (12.5, -140.0)
    """
    latitude, longitude = (_finite(part) for part in text.split(","))
    if abs(latitude) > 90 or abs(longitude) > 360:
        raise ValueError(f"{text}: not a latitude and a longitude")
    return latitude, longitude


def read_section(text: str) -> tuple[Place, Place]:
    """Read the ends of a section.

    Parameters
    ----------
    text : str
        "10,-140;10,-90".

    Raises
    ------
    ValueError
        If they are none, or the same place.
    """
    start, end = (read_place(part) for part in text.split(";"))
    if start == end:
        raise ValueError("a section needs two places")
    return start, end


def _finite(text: str) -> float:
    """Read a number that is one."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text}: not a number")
    return value


def _read(given: Mapping[str, str], name: str, read: Callable[[str], Result], otherwise: Result) -> Result:
    """Read a part of an address that anyone may have edited."""
    try:
        return read(given[name])
    except (KeyError, ValueError):
        return otherwise
