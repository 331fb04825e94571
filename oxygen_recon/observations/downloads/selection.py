"""Selection of a part of a dataset by years, region and mode."""

from dataclasses import dataclass

import numpy as np

from graphs.types import Mask
from qc.errors import InputError
from qc.types import Floats


@dataclass(frozen=True)
class Region:
    """A box of longitudes and latitudes, degrees east and north.

    Parameters
    ----------
    west, east : float
        -180 ... 360. West may lie beyond east: the box then crosses the dateline.
    south, north : float
        -90 ... 90.
    """

    west: float
    east: float
    south: float
    north: float

    def __post_init__(self) -> None:
        """Refuse what is no box on Earth with an InputError."""
        text = f"{self.west:g},{self.east:g},{self.south:g},{self.north:g}"
        if not (all(-180 <= x <= 360 for x in (self.west, self.east)) and -90 <= self.south < self.north <= 90):
            raise InputError("not a region", text, "give west,east,south,north in degrees: 150,-110,-20,20")
        if self.west == self.east or self.east - self.west > 360:
            raise InputError(
                "the region has no width, or more than the globe", text, "for all longitudes write -180,180"
            )

    def holds(self, latitude: Floats, longitude: Floats) -> Mask:
        """Tell which positions lie in the box, its edges included; missing positions do not.

        Parameters
        ----------
        latitude, longitude : array
            Degrees, of one shape.

        Returns
        -------
        array of bool
            Of the same shape.
        """
        width = np.mod(self.east - self.west, 360.0) or 360.0
        with np.errstate(invalid="ignore"):
            inside: Mask = (latitude >= self.south) & (latitude <= self.north)
            return inside & (np.mod(longitude - self.west, 360.0) <= width)


@dataclass(frozen=True)
class Selection:
    """Which part of a dataset.

    Parameters
    ----------
    years : tuple of int or None
        First and last year, both included.
    region : Region or None
        Where, for data chosen from an index.
    mode : str or None
        Modes of Argo oxygen, some of R, A, D.
    profiles : bool
        Whether single profiles are fetched rather than all of a float.
    """

    years: tuple[int, int] | None = None
    region: Region | None = None
    mode: str | None = None
    profiles: bool = False

    @classmethod
    def of(cls, years: str | None, region: str | None, mode: str | None, profiles: bool = False) -> "Selection":
        """Parse the options of the command line.

        Parameters
        ----------
        years : str or None
            "1990" or "1990-1999".
        region : str or None
            "150,-110,-20,20": west, east, south, north in degrees.
        mode : str or None
            Some of R, A, D.
        profiles : bool
            As for `Selection`.

        Raises
        ------
        InputError
            If one of them cannot be parsed.

        Examples
        --------
        >>> Selection.of("1990-1999", None, "ad")
        Selection(years=(1990, 1999), region=None, mode='AD', profiles=False)
        """
        return cls(
            None if years is None else _years(years),
            None if region is None else _region(region),
            None if mode is None else mode.upper(),
            profiles,
        )


EVERYTHING = Selection()


def _years(text: str) -> tuple[int, int]:
    """First and last year of "1990" or "1990-1999"."""
    first, _, last = text.partition("-")
    if not (first.isdecimal() and (last or first).isdecimal()) or not 1700 <= int(first) <= int(last or first) <= 2200:
        raise InputError("not a year or a span of years", text, "write --years 1990 or --years 1990-1999")
    return int(first), int(last or first)


def _region(text: str) -> Region:
    """Box of "150,-110,-20,20"."""
    try:
        west, east, south, north = map(float, text.split(","))
    except ValueError as error:
        raise InputError("not a region", text, "write --region W,E,S,N in degrees: --region 150,-110,-20,20") from error
    return Region(west, east, south, north)
