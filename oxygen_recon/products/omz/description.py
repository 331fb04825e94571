"""Names, units and words of a series of oxygen minimum zones, and which of its numbers is the one to publish."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from graphs.grid import Grid
from graphs.types import Floats
from oxygen_recon.fields.cf import STANDARD_NAMES

_COUNTS = {True: "sub-cell crossing, the profile linear between level centres", False: "whole cells"}
_AREA, _VOLUME = {"standard_name": "sea_area", "units": "m2"}, {"standard_name": "ocean_volume", "units": "m3"}
_ATTRIBUTES = {
    "omz_volume": _VOLUME | {"long_name": "volume below the oxygen threshold"},
    "omz_volume_whole_cells": _VOLUME | {"long_name": "volume below the oxygen threshold by whole cells"},
    "omz_volume_subcell": _VOLUME | {"long_name": "volume below the oxygen threshold by sub-cell crossing"},
    "omz_area": _AREA | {"long_name": "area of columns whose oxygen minimum is below the threshold"},
    "omz_area_percent": {
        "units": "%",
        "long_name": "share of the ocean area whose oxygen minimum is below the threshold",
    },
    "omz_level_area": _AREA | {"long_name": "area below the oxygen threshold at one level"},
    "omz_thickness": {"units": "m", "long_name": "mean thickness of the water below the threshold, over its area"},
    "omz_upper_boundary": {"units": "m", "long_name": "mean depth of the upper boundary, over the area of the zone"},
    "omz_core_depth": {"units": "m", "long_name": "mean depth of the oxygen minimum, over the area of the zone"},
    "omz_core_oxygen": {"long_name": "mean oxygen of the minimum of the column, over the area of the zone"},
    "omz_observed_percent": {
        "units": "%",
        "long_name": "share of the volume below the threshold, by whole cells, with an observation of its step",
    },
    "observed_percent": {"units": "%", "long_name": "share of the ocean volume with an observation of its step"},
    "missing_percent": {"units": "%", "long_name": "share of the ocean volume without an oxygen value"},
}
_DIMS = {
    "missing_percent": ("region", "time"),
    "observed_percent": ("region", "time"),
    "omz_level_area": ("region", "threshold", "time", "depth"),
}


def variable(name: str, values: Floats, unit: str, subcell: bool, suffix: str = "") -> xr.Variable:
    """Give a measure its dimensions and attributes.

    Parameters
    ----------
    name : str
        As in the result of `oxygen_recon.products.omz.series.omz_series`, without a suffix.
    values : array
        As from `oxygen_recon.products.omz.extent.extent`.
    unit : str
        That of oxygen.
    subcell : bool
        How volumes are counted.
    suffix : str
        What the long name gains.

    Returns
    -------
    Variable
    """
    attributes = {"units": unit} | _ATTRIBUTES[name]
    attributes["long_name"] += suffix
    if name in ("omz_volume", "omz_thickness"):
        attributes["count"] = _COUNTS[subcell]
    return xr.Variable(_DIMS.get(name, ("region", "threshold", "time")), values, attributes)


def describe_series(
    oxygen: xr.DataArray, thresholds: Sequence[float], grid: Grid, unit: str, subcell: bool, regions: Sequence[str]
) -> xr.Dataset:
    """Make the coordinates and attributes of a series, no variables yet.

    Parameters
    ----------
    oxygen : DataArray
        The field; its time is taken over.
    thresholds : sequence of float
        In `unit`.
    grid : Grid
        Cells of the field.
    unit : str
        Of oxygen and thresholds.
    subcell : bool
        How volumes are counted.
    regions : sequence of str
        Names.

    Returns
    -------
    Dataset
    """
    threshold = xr.Variable(
        ("threshold",),
        np.asarray(thresholds, float),
        {"units": unit, "standard_name": STANDARD_NAMES[unit], "long_name": "oxygen threshold"},
    )
    names = xr.Variable(("region",), list(regions), {"standard_name": "region", "long_name": "region of the ocean"})
    result = xr.Dataset(coords={"region": names, "threshold": threshold})
    if "time" in oxygen.coords:
        result = result.assign_coords(time=oxygen["time"].variable)
    result.attrs = {
        "Conventions": "CF-1.8, ACDD-1.3",
        "title": "Oxygen minimum zones: area and volume below thresholds",
        "summary": "Volume and projected area of ocean whose dissolved oxygen is below each threshold, step by step.",
        "keywords": "dissolved oxygen, oxygen minimum zone, deoxygenation",
        "cell_profile": "linear between level centres" if subcell else "whole cells",
        "ocean_area_m2": float(grid.area[grid.wet.any(axis=0)].sum()),
        "ocean_volume_m3": float(grid.volume[grid.wet].sum()),
    }
    return result


def published(series: xr.Dataset, name: str) -> tuple[str, tuple[str, str] | None]:
    """Name the number to publish of a quantity, and the ends of its interval.

    Parameters
    ----------
    series : Dataset
        As from `oxygen_recon.products.omz.series.omz_series`.
    name : str
        "omz_area", "omz_volume" or "omz_area_percent".

    Returns
    -------
    number : str
        The expected value where there is one, else the field's own.
    ends : (str, str) or None
        The members' interval of 90 %, else the range of one standard error; None where there is neither.
    """
    number = f"{name}_expected" if f"{name}_expected" in series else name
    for low, high in ((f"{name}{kind}_low", f"{name}{kind}_high") for kind in ("_members", "")):
        if low in series and high in series:
            return number, (low, high)
    return number, None


def publish(series: xr.Dataset) -> xr.Dataset:
    """Put the numbers to publish, their intervals and the observed share first, and say which they are.

    Parameters
    ----------
    series : Dataset
        As from `oxygen_recon.products.omz.series.omz_series`.

    Returns
    -------
    Dataset
        The same variables in this order: so are the columns of a table. `attrs["number_to_publish"]` names them.
    """
    first, texts = [], []
    for name in ("omz_area", "omz_volume"):
        number, ends = published(series, name)
        kind = "90 % of the members" if ends and "members" in ends[0] else "one standard error up and down"
        first += [number, *(ends or ())]
        texts.append(f"{number}, its interval {ends[0]} to {ends[1]} ({kind})" if ends else number)
    others = ("omz_observed_percent", "observed_percent", "omz_area", "omz_volume")
    first += [name for name in others if name in series and name not in first]
    order = [*first, *(str(name) for name in series.data_vars if name not in first)]
    return series[order].assign_attrs(number_to_publish="; ".join(texts))
