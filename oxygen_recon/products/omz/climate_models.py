"""Climate models on their own grids: volume of low oxygen and amount of oxygen, by their own cell volumes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from graphs.sphere import unit_vector
from graphs.types import Floats
from oxygen_recon.fields.cf import OXYGEN
from oxygen_recon.fields.cmip6.files import open_fixed
from oxygen_recon.fields.cmip6.models import ClimateModel
from qc.errors import InputError


def native_series(
    model: ClimateModel, thresholds: Sequence[float], area: Path | None = None, volume: Path | None = None
) -> xr.Dataset:
    """Measure the oxygen of a climate model on its own grid, at each of its times; nothing is interpolated.

    Parameters
    ----------
    model : ClimateModel
        From `oxygen_recon.fields.cmip6.models.open_models`.
    thresholds : sequence of float
        umol kg-1.
    area, volume : Path, optional
        File of `areacello` (m2) or of `volcello` (m3) of the model, one of them; thicknesses are then those between the
        middles of the levels. When left out, those that lie beside its oxygen.

    Returns
    -------
    Dataset
        dims (time, threshold): `omz_volume` (m3), of whole cells; dims (time,): `mean` (umol kg-1, by volume) and
        `volume` (m3) of the cells with a value. Cells that a grid repeats (halo columns, the fold of a tripolar grid)
        count once. `time` is in decimal years.

    Raises
    ------
    InputError
        If there is no file of cell areas or volumes, or it is of another grid.
    """
    cells = _volumes(model, area, volume) * _once(model)
    limits = np.asarray(thresholds, float)
    low, mean, known = [], [], []
    for time in range(model.years.size):
        values = model.field(time)
        weight = np.where(np.isfinite(values), cells, 0.0)
        order = np.argsort(values, axis=None)
        total = np.concatenate([[0.0], np.cumsum(weight.ravel()[order])])
        low.append(total[np.searchsorted(values.ravel()[order], limits, side="left")])
        known.append(weight.sum())
        mean.append(np.nansum(values * weight) / known[-1])
    threshold = ("threshold", limits, {"units": "umol kg-1", "standard_name": OXYGEN})
    return xr.Dataset(
        {
            "omz_volume": (("time", "threshold"), np.stack(low), {"units": "m3", "standard_name": "ocean_volume"}),
            "mean": (("time",), np.array(mean), {"units": "umol kg-1", "standard_name": OXYGEN}),
            "volume": (("time",), np.array(known), {"units": "m3", "standard_name": "ocean_volume"}),
        },
        {"time": ("time", model.years, {"units": "1", "long_name": "decimal year"}), "threshold": threshold},
        {"title": model.name, "density": model.density},
    )


def _volumes(model: ClimateModel, area: Path | None, volume: Path | None) -> Floats:
    """Volume of each cell, m3, shape of a field."""
    oxygen = model.oxygen[0][0].path
    found = open_fixed(oxygen, "volcello", volume) if area is None else None
    if found is None:
        flat = open_fixed(oxygen, "areacello", area)
        if flat is None:
            fix = "put areacello or volcello of the model beside it, or name the file"
            raise InputError("no file of its cell areas or volumes", str(oxygen), fix)
        edges = np.concatenate([[0.0], 0.5 * (model.depth[1:] + model.depth[:-1])])
        last = model.depth[-1] + (model.depth[-1] - edges[-1])
        thick = np.diff(np.append(edges, last))
        found = thick[(slice(None), *[None] * flat.ndim)] * flat
    shape = (model.depth.size, *model.latitude.shape)
    if found.shape != shape:
        raise InputError(f"its cells are {found.shape}, those of oxygen {shape}", str(area or volume or oxygen))
    return np.nan_to_num(found)


def _once(model: ClimateModel) -> Floats:
    """Return 1 for each column but those that repeat an earlier one's place, 0 for these."""
    place = np.round(unit_vector(model.latitude, model.longitude).reshape(-1, 3), 7)
    place[~np.isfinite(place).all(axis=1)] = np.nan
    _, first = np.unique(place, axis=0, return_index=True)
    once = np.zeros(place.shape[0])
    once[first] = 1.0
    # Columns without a place are land in some files, and all alike: a value there counts by its area.
    once[np.isnan(place).any(axis=1)] = 1.0
    return once.reshape(model.latitude.shape)
