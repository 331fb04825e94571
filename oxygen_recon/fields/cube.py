"""The CUBE: what was observed, on the grid, all cruises merged."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from graphs.grid import Grid
from graphs.time_axis import Timeline
from oxygen_recon.dataset.domain import Samples
from oxygen_recon.fields.cf import DIMENSIONS, OXYGEN, frame

Floats = NDArray[np.floating]
_COVARIATES = {
    "temperature": ("sea_water_temperature", "degree_Celsius"),
    "salinity": ("sea_water_practical_salinity", "1"),
    "nitrate": ("moles_of_nitrate_per_unit_mass_in_sea_water", "umol kg-1"),
    "phosphate": ("moles_of_phosphate_per_unit_mass_in_sea_water", "umol kg-1"),
    "silicate": ("moles_of_silicate_per_unit_mass_in_sea_water", "umol kg-1"),
}


def cube(
    samples: Samples,
    grid: Grid,
    timeline: Timeline,
    covariates: Floats | None = None,
    names: tuple[str, ...] = (),
) -> xr.Dataset:
    """Merge samples into one field of observations.

    Parameters
    ----------
    samples : Samples
    grid : Grid
    timeline : Timeline
    covariates : array, shape (step, cell, channel), optional
        Physical units, NaN missing.
    names : tuple of str, length channel

    Returns
    -------
    xarray.Dataset
        Dims (time, depth, latitude, longitude): oxygen (umol kg-1, mean over cruises weighted by casts; NaN means
        unobserved), oxygen_count (casts), oxygen_spread (umol kg-1, of casts within and between cruises; NaN for a
        single cast), the covariates, and the wet mask.
    """
    shape, steps = (len(timeline), grid.cells), len(timeline)
    place = samples.step * grid.cells + samples.cell
    count = np.bincount(place, samples.count, steps * grid.cells)
    seen = count > 0
    mean = np.full(count.shape, np.nan)
    mean[seen] = np.bincount(place, samples.count * samples.oxygen, count.size)[seen] / count[seen]
    square = np.nan_to_num(samples.spread) ** 2 + (samples.oxygen - mean[place]) ** 2
    spread = np.full(count.shape, np.nan)
    several = count > 1
    spread[several] = np.sqrt(np.bincount(place, samples.count * square, count.size)[several] / count[several])
    data = frame(grid, timeline)
    data["oxygen"] = _variable(grid, mean.reshape(shape), OXYGEN, "observed oxygen", "umol kg-1")
    data["oxygen_spread"] = _variable(grid, spread.reshape(shape), "", "spread of casts", "umol kg-1")
    counts = grid.scatter(count.reshape(shape).astype(np.int32), fill=0)
    data["oxygen_count"] = (DIMENSIONS, counts, {"long_name": "number of casts", "units": "1"})
    for channel, name in enumerate(names if covariates is not None else ()):
        standard_name, unit = _COVARIATES.get(name, ("", "1"))
        assert covariates is not None
        data[name] = _variable(grid, covariates[..., channel], standard_name, name, unit)
    data.attrs = {"Conventions": "CF-1.8", "title": "Gridded oxygen observations"}
    return data


def _variable(grid: Grid, values: Floats, standard_name: str, long_name: str, unit: str) -> xr.Variable:
    attributes = {"long_name": long_name, "units": unit} | ({"standard_name": standard_name} if standard_name else {})
    return xr.Variable(DIMENSIONS, grid.scatter(values.astype(np.float32)), attributes)
