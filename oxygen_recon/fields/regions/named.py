"""Regions by name: the table of boxes that comes with the package, and the basins."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import Field

from oxygen_recon.fields.regions.boxes import Box
from qc.config import Strict, read_yaml, validate


class NamedRegion(Strict):
    """A region of `regions.yaml`.

    Parameters
    ----------
    title : str
        What it is.
    box : tuple of float, length 4
        West, south, east, north, degrees; west beyond east crosses 180.
    source : str
        What the box holds, and whose it is.
    """

    title: str
    box: Annotated[Box, Field(strict=False)]
    source: str


@cache
def named() -> dict[str, NamedRegion]:
    """Return the regions that have a name.

    Examples
    --------
    >>> named()["bering_sea"].box
    (160.0, 51.0, -157.0, 67.0)
    """
    path = Path(str(files("oxygen_recon.fields.regions") / "regions.yaml"))
    return validate(dict[str, NamedRegion], read_yaml(path, "table of regions"), str(path))
