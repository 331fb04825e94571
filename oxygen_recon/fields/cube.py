"""Gridded observations of all cruises as one CF dataset."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats
from oxygen_recon.fields.cf import DIMENSIONS, OXYGEN, cf_coordinates, written

_COVARIATES = {
    "temperature": ("sea_water_temperature", "degree_Celsius"),
    "salinity": ("sea_water_practical_salinity", "1"),
    "nitrate": ("moles_of_nitrate_per_unit_mass_in_sea_water", "umol kg-1"),
    "phosphate": ("moles_of_phosphate_per_unit_mass_in_sea_water", "umol kg-1"),
    "silicate": ("moles_of_silicate_per_unit_mass_in_sea_water", "umol kg-1"),
    "sea_surface_height": ("", "m"),  # above the geoid (adt) or above its mean (sla), as the product has it
    "sea_surface_temperature": ("sea_surface_temperature", "degree_Celsius"),
}


def cube(
    grid: Grid,
    time_axis: TimeAxis,
    merged: tuple[Floats, Floats, NDArray[np.int32]],
    covariates: Floats | None = None,
    names: tuple[str, ...] = (),
) -> xr.Dataset:
    """Lay out observations, all cruises merged, as one CF field.

    Parameters
    ----------
    grid : Grid
        Cells.
    time_axis : TimeAxis
        Steps.
    merged : tuple of array, each of shape (step, cell)
        Mean and spread, umol kg-1, NaN where there are none; number of casts
        (`oxygen_recon.dataset.samples.merge`).
    covariates : array, shape (step, cell, channel), optional
        Physical units, NaN missing.
    names : tuple of str, length channel
        Names of the channels.

    Returns
    -------
    xarray.Dataset
        Dims (time, depth, latitude, longitude): oxygen (umol kg-1, mean over cruises weighted by casts; NaN means
        unobserved), oxygen_count (casts), oxygen_spread (umol kg-1, of casts within and between cruises; NaN for a
        single cast), the covariates, and the wet mask.
    """
    data = cf_coordinates(grid, time_axis)
    mean, spread, count = merged
    data["oxygen"] = _variable(grid, mean, OXYGEN, "observed oxygen", "umol kg-1")
    data["oxygen_spread"] = _variable(grid, spread, "", "spread of casts", "umol kg-1")
    counts = grid.scatter(count, fill=0)
    data["oxygen_count"] = (DIMENSIONS, counts, {"long_name": "number of casts", "units": "1"})
    if covariates is not None:
        data.update(_of_channels(grid, covariates, names))
    data.attrs = {"Conventions": "CF-1.8", "title": "Gridded oxygen observations", "history": written()}
    return data


def covariate_fields(grid: Grid, time_axis: TimeAxis, covariates: Floats, names: tuple[str, ...]) -> xr.Dataset:
    """Lay out covariates as CF fields.

    Parameters
    ----------
    grid : Grid
        Cells.
    time_axis : TimeAxis
        Steps.
    covariates : array, shape (step, cell, channel)
        Physical units, NaN missing.
    names : tuple of str, length channel
        Names of the channels; that of a standard error ends in "_error".

    Returns
    -------
    xarray.Dataset
        Dims (time, depth, latitude, longitude): one variable a channel, and the wet mask.
    """
    data = cf_coordinates(grid, time_axis)
    data.update(_of_channels(grid, covariates, names))
    data.attrs = {"Conventions": "CF-1.8", "title": "Covariates of oxygen made from casts", "history": written()}
    return data


def _of_channels(grid: Grid, covariates: Floats, names: tuple[str, ...]) -> dict[str, xr.Variable]:
    """One variable for each channel, by its name."""
    found = {}
    for channel, name in enumerate(names):
        of = name.removesuffix("_error")
        standard_name, unit = _COVARIATES.get(of, ("", "1"))
        if of != name:
            standard_name = f"{standard_name} standard_error".strip()
        found[name] = _variable(grid, covariates[..., channel], standard_name, name.replace("_", " "), unit)
    return found


def _variable(grid: Grid, values: Floats, standard_name: str, long_name: str, unit: str) -> xr.Variable:
    """One variable of the dataset from its values at the wet cells."""
    attributes = {"long_name": long_name, "units": unit} | ({"standard_name": standard_name} if standard_name else {})
    return xr.Variable(DIMENSIONS, grid.scatter(values.astype(np.float32)), attributes)
