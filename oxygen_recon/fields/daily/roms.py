"""Output of ROMS: staggered components and terrain-following levels brought to cell centres and fixed depths."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from graphs.types import Floats
from qc.errors import InputError

_FACES = {"xi_u": "xi_rho", "eta_v": "eta_rho"}  # dimensions of faces, and those of the centres between them
_ALIGNED = {"eta_u": "eta_rho", "xi_v": "xi_rho"}
_TRANSFORMS = {"ocean_s_coordinate_g1": 1, "ocean_s_coordinate_g2": 2}
_NEEDED = ("h", "hc", "Cs_r", "zeta")


def is_roms(data: xr.Dataset) -> bool:
    """Tell whether a file has terrain-following levels of ROMS.

    Parameters
    ----------
    data : Dataset
        The file.

    Returns
    -------
    bool
    """
    return "s_rho" in data.dims


def at_centres(data: xr.Dataset, names: Sequence[str], depths: Sequence[float] | None, where: str) -> xr.Dataset:
    """Bring variables of ROMS to cell centres and fixed depths, lazily.

    Parameters
    ----------
    data : Dataset
        The file: `h`, `hc`, `Cs_r`, `s_rho` and `zeta` beside the variables.
    names : sequence of str
        Its variables.
    depths : sequence of float or None
        m below the mean sea surface, increasing; needed where a variable has levels.
    where : str
        Names the file, for messages.

    Returns
    -------
    Dataset
        The variables on (depth, eta_rho, xi_rho): components are means of the faces of a cell that have a value, still
        along the axes of the grid; levels are interpolated linearly. Above the first level its value holds up to the
        surface, below the last down to the sea floor; NaN deeper.

    Raises
    ------
    InputError
        If what the depths of levels follow from is missing, or no depths are given.
    """
    centred = {name: _centred(data[name]) for name in names}
    if any("s_rho" in field.dims for field in centred.values()):
        if depths is None:
            raise InputError("levels that follow the sea floor", where, "pass depths=, that they are interpolated to")
        level = _levels(data, where)
        centred = {
            name: _at(field, level, data["h"], np.asarray(depths, float)) if "s_rho" in field.dims else field
            for name, field in centred.items()
        }
    places = {name: data[name] for name in ("lat_rho", "lon_rho") if name in data.variables}
    return xr.Dataset({name: field.assign_coords(places) for name, field in centred.items()}, attrs=data.attrs)


def _centred(field: xr.DataArray) -> xr.DataArray:
    """Average the two faces of each cell, those with a value."""
    field = field.rename({old: new for old, new in _ALIGNED.items() if old in field.dims})
    for face, centre in _FACES.items():
        if face in field.dims:
            attributes = field.attrs
            plain = field.drop_vars([name for name in field.coords if face in field[name].dims])
            sides = [plain.pad({face: width}, constant_values=np.nan) for width in ((1, 0), (0, 1))]
            known = sides[0].notnull().astype("float32") + sides[1].notnull()
            field = (sides[0].fillna(0.0) + sides[1].fillna(0.0)) / known.where(known > 0)
            field = field.rename({face: centre}).assign_attrs(attributes)
    return field.drop_vars([name for name in field.coords if str(name).startswith(("lat_", "lon_", "x_", "y_"))])


def _levels(data: xr.Dataset, where: str) -> xr.DataArray:
    """Depths of the levels, m, positive down, increasing towards the sea floor (level 0): CF appendix D."""
    if missing := [name for name in (*_NEEDED, "s_rho") if name not in data.variables]:
        raise InputError(f"no {', '.join(missing)}", where, "keep the variables that depths of levels follow from")
    transform = _TRANSFORMS.get(str(data["s_rho"].attrs.get("standard_name")))
    if transform is None and "Vtransform" not in data.variables:
        raise InputError("no Vtransform", where, "keep it, or the standard name of s_rho")
    transform = transform or int(data["Vtransform"].to_numpy().ravel()[0])
    floor, critical, stretching = data["h"], data["hc"], data["Cs_r"]
    floor, critical, stretching = (
        one.isel({dim: 0 for dim in one.dims if "time" in str(dim)}) for one in (floor, critical, stretching)
    )
    surface, sigma = data["zeta"].fillna(0.0), data["s_rho"]
    if transform == 1:
        still = critical * sigma + (floor - critical) * stretching
        return -(still + surface * (1 + still / floor))
    share = (critical * sigma + floor * stretching) / (critical + floor)
    return -(surface + (surface + floor) * share)


def _at(field: xr.DataArray, level: xr.DataArray, floor: xr.DataArray, depths: Floats) -> xr.DataArray:
    """Interpolate the levels of each column to fixed depths."""
    floor = floor.isel({dim: 0 for dim in floor.dims if "time" in str(dim)})
    found: xr.DataArray = xr.apply_ufunc(
        lambda values, below, bottom: _columns(values, below, bottom, depths),
        field.chunk({"s_rho": -1}), level.chunk({"s_rho": -1}), floor,
        input_core_dims=[["s_rho"], ["s_rho"], []], output_core_dims=[["depth"]], dask="parallelized",
        output_dtypes=[np.float32], dask_gufunc_kwargs={"output_sizes": {"depth": depths.size}}, keep_attrs=True,
    )  # fmt: skip
    attributes = {"units": "m", "positive": "down", "standard_name": "depth", "axis": "Z"}
    axis = xr.Variable("depth", depths, attributes)
    time = [dim for dim in field.dims if dim not in ("s_rho", "eta_rho", "xi_rho")]
    return found.assign_coords(depth=axis).transpose(*time, "depth", "eta_rho", "xi_rho").assign_attrs(field.attrs)


def _columns(values: Floats, level: Floats, floor: Floats, depths: Floats) -> Floats:
    """Interpolate columns of shape (..., level), deepest first, to depths; shape (..., depth)."""
    values, level = np.broadcast_arrays(values, level)
    last = level.shape[-1] - 1
    found = np.empty((*values.shape[:-1], depths.size), np.float32)
    for number, depth in enumerate(depths):
        deeper = (level >= depth).sum(axis=-1)
        below, above = (np.clip(deeper + step, 0, last)[..., None] for step in (-1, 0))
        low, high = (np.take_along_axis(level, one, axis=-1)[..., 0] for one in (below, above))
        share = np.where(low > high, (low - depth) / np.where(low > high, low - high, 1.0), 0.0)
        deep, shallow = (np.take_along_axis(values, one, axis=-1)[..., 0] for one in (below, above))
        column = np.where(share == 0, deep, np.where(share == 1, shallow, (1 - share) * deep + share * shallow))
        found[..., number] = np.where(depth <= floor, column, np.nan)
    return found
