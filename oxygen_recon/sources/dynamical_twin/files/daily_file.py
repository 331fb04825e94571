"""A netCDF file of daily means on a regular grid, packed as archives pack theirs, written whole or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import netCDF4
import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats
from qc.errors import InputError
from qc.files import replacing

Dates = NDArray[np.datetime64]


@dataclass(frozen=True)
class Variable:
    """How a variable is stored.

    Parameters
    ----------
    unit : str
        Unit in the file.
    standard_name : str
        CF standard name, or "".
    long_name : str
        What it is.
    fill : float
        Value of land.
    scale, offset : float
        16-bit integers times `scale` plus `offset`; with `scale` 0, float32.
    level : bool
        Whether it has a depth.
    """

    unit: str
    standard_name: str
    long_name: str
    fill: float
    scale: float = 0.0
    offset: float = 0.0
    level: bool = False


@dataclass(frozen=True)
class Layout:
    """Names and axes of an archive's files.

    Parameters
    ----------
    title : str
        Title of the file.
    variables : dict of str to Variable
        By their names in the file.
    time, depth, latitude, longitude : str
        Names of the axes.
    time_unit : str
        "hours since ..." or "days since ...".
    descending : bool
        Whether latitudes descend.
    """

    title: str
    variables: dict[str, Variable]
    time: str = "time"
    depth: str = "depth"
    latitude: str = "lat"
    longitude: str = "lon"
    time_unit: str = "hours since 2000-01-01 00:00:00"
    descending: bool = False
    attributes: dict[str, str] = field(default_factory=dict)


def write(
    path: Path, layout: Layout, dates: Dates, grid: tuple[Floats, Floats, Floats], values: Mapping[str, Floats]
) -> None:
    """Write daily means; a day is named by its middle and has bounds.

    Parameters
    ----------
    path : Path
        The file.
    layout : Layout
        Names, units and packing.
    dates : array of datetime64[D], shape (day,)
        The days.
    grid : tuple of array
        Depths (m), latitudes (degrees north, ascending) and longitudes (degrees east, 0 to 360).
    values : dict of str to array, shape (day, [depth,] latitude, longitude)
        By variable of the layout; NaN is land.

    Raises
    ------
    InputError
        If a value does not fit its packing.
    """
    with replacing(path) as partial, netCDF4.Dataset(partial, "w") as file:
        file.setncatts(
            {
                "Conventions": "CF-1.8",
                "title": layout.title,
                "source": "synthetic: the dynamical twin of oxygen-recon, not measured",
                "sampling": "daily mean",
                **layout.attributes,
            }
        )
        dimensions = _axes(file, layout, dates, grid)
        for name, variable in layout.variables.items():
            axes = dimensions if variable.level else (dimensions[0], *dimensions[2:])
            _store(file, name, variable, axes, values[name][..., ::-1, :] if layout.descending else values[name], path)


def _axes(
    file: netCDF4.Dataset, layout: Layout, dates: Dates, grid: tuple[Floats, Floats, Floats]
) -> tuple[str, str, str, str]:
    """Write the axes; return their names, time first."""
    depth, latitude, longitude = grid
    step = np.timedelta64(1, "h" if layout.time_unit.startswith("hours") else "D")
    since = np.datetime64(layout.time_unit.split("since ")[1].replace(" ", "T"))
    begin = (dates.astype("datetime64[h]") - since) / step
    length = np.timedelta64(24, "h") / step
    file.createDimension(layout.time, None)
    file.createDimension("bnds", 2)
    time = file.createVariable(layout.time, "f8", (layout.time,))
    time.setncatts({"standard_name": "time", "units": layout.time_unit, "calendar": "standard", "axis": "T"})
    time.bounds = f"{layout.time}_bnds"
    time[:] = begin + length / 2
    file.createVariable(f"{layout.time}_bnds", "f8", (layout.time, "bnds"))[:] = np.stack([begin, begin + length], 1)
    for name, values, attributes in (
        (layout.depth, depth, {"standard_name": "depth", "units": "m", "positive": "down", "axis": "Z"}),
        (
            layout.latitude,
            latitude[::-1] if layout.descending else latitude,
            {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"},
        ),
        (layout.longitude, longitude, {"standard_name": "longitude", "units": "degrees_east", "axis": "X"}),
    ):
        if name == layout.depth and not any(variable.level for variable in layout.variables.values()):
            continue
        file.createDimension(name, values.size)
        axis = file.createVariable(name, "f8", (name,))
        axis.setncatts(attributes)
        axis[:] = values
    return layout.time, layout.depth, layout.latitude, layout.longitude


def _store(
    file: netCDF4.Dataset, name: str, variable: Variable, axes: tuple[str, ...], values: Floats, path: Path
) -> None:
    """Write one variable, a chunk for each day."""
    kind, missing = ("i2", np.int16(variable.fill)) if variable.scale else ("f4", np.float32(variable.fill))
    stored = file.createVariable(
        name, kind, axes, zlib=True, complevel=1, shuffle=True, fill_value=missing, chunksizes=(1, *values.shape[1:])
    )
    attributes = {"long_name": variable.long_name, "units": variable.unit, "cell_methods": "time: mean"}
    if variable.standard_name:
        attributes["standard_name"] = variable.standard_name
    stored.setncatts(attributes)
    stored.set_auto_maskandscale(False)
    land = np.isnan(values)
    if variable.scale:
        stored.setncatts({"scale_factor": np.float32(variable.scale), "add_offset": np.float32(variable.offset)})
        packed = np.rint((np.where(land, variable.offset, values) - variable.offset) / variable.scale)
        if np.abs(packed).max() > 29_999:
            raise InputError(
                f"a value of {name} does not fit its packing", str(path), "the flow may have become unstable"
            )
        values = packed.astype(np.int16)
    stored[:] = np.where(land, missing, values).astype(kind)
