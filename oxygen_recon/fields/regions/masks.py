"""Masks of regions in netCDF files, where a region is what is above 0, or has certain codes."""

from __future__ import annotations

import numpy as np
import xarray as xr

from graphs.grid import Grid
from graphs.types import Mask
from oxygen_recon.fields.axes import axis
from oxygen_recon.fields.regions.boxes import Box, around_points, within
from oxygen_recon.fields.regions.written import existing, variable_of
from oxygen_recon.fields.regrid import nearest
from qc.errors import InputError


def box_of_mask(region: str) -> Box:
    """Return the box around the points inside a mask, half a spacing wider.

    Parameters
    ----------
    region : str
        File of the mask, with its variable and codes.

    Raises
    ------
    InputError
        If the mask is not readable, or has no point inside.
    """
    mask = _read(region)
    names = axis(mask, "latitude"), axis(mask, "longitude")
    latitude, longitude = (mask[name].to_numpy().astype(float) for name in names)
    found = mask.transpose(*names).to_numpy() > 0
    if not found.any() or min(latitude.size, longitude.size) < 2:
        raise InputError(
            "a mask without a point inside", region, "give 1 inside and 0 outside, or a code that is there"
        )
    return around_points(latitude, longitude, found)


def inside_mask(region: str, grid: Grid) -> Mask:
    """Tell which columns of a grid have their centre in a mask, read at its nearest point; beyond it is nothing.

    Parameters
    ----------
    region : str
        File of the mask, with its variable and codes.
    grid : Grid
        Of any longitude convention.

    Raises
    ------
    InputError
        As for `box_of_mask`.
    """
    # A grid may reach beyond the mask, whose edge is no coast.
    return np.asarray(within(box_of_mask(region), grid) & (nearest(_read(region), grid) > 0))


def _read(region: str) -> xr.DataArray:
    """Read a mask, 1 inside: the variable of latitude and longitude that is named, or the only one.

    Of one with levels the first counts.
    """
    path, (variable, codes) = existing(region), variable_of(region)
    try:
        with xr.open_dataset(path) as dataset:
            names = [str(name) for name in dataset.data_vars if "bnds" not in str(name)]
            flat = [name for name in names if dataset[name].ndim in (2, 3)]
            chosen = [name for name in flat if variable in ("", name)]
            if len(chosen) == 1:
                mask = dataset[chosen[0]]
                level = [name for name in mask.dims if name not in (axis(mask, "latitude"), axis(mask, "longitude"))]
                mask = mask.isel({name: 0 for name in level}, drop=True).load()
                return (mask.isin(codes) if codes else mask.fillna(0) > 0).astype(np.int8)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"not a readable netCDF file ({error})", region) from error
    fix = f"name one: {', '.join(f'{path}:{name}' for name in flat)}" if flat else "give one of latitude and longitude"
    raise InputError(f"{len(chosen)} masks in it instead of one", region, fix)
