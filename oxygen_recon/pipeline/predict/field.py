"""Estimates of a trained run on a part of its grid and period, as a CF dataset."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from graphs.types import Floats, Ints, Mask
from oxygen_recon.fields.axes import carry_bounds
from oxygen_recon.fields.cf import DIMENSIONS, cf_coordinates, global_attributes, variables
from oxygen_recon.fields.reconstruction import FILL
from oxygen_recon.pipeline.predict.selection import Part, choose
from oxygen_recon.pipeline.predict.trained import TrainedRun
from oxygen_recon.products.reconstruction import background_alone


def predict_field(
    run: TrainedRun,
    period: tuple[int, int] | None,
    region: str | Sequence[float] | None,
    levels: Sequence[float] | None,
) -> xr.Dataset:
    """Estimate oxygen in the cells and steps of a part of a run.

    Parameters
    ----------
    run : TrainedRun
        The run.
    period, region, levels
        As for `oxygen_recon.pipeline.predict.selection.choose`.

    Returns
    -------
    xarray.Dataset
        Dimensions (time, depth, latitude, longitude) with bounds and `wet`: oxygen, oxygen_standard_error (umol kg-1),
        observation_count, and background_only where the run has a background. Attributes `observed_share`, of its cells
        and steps that hold an observation, and `far_share`, of those without one of their level near
        (`oxygen_recon.products.reconstruction.background_alone`).

    Raises
    ------
    InputError
        As for `choose` and `TrainedRun.estimate`.
    """
    part = choose(run.grid, run.time_axis, period, region, levels)
    cells = part.cells(run.grid)
    values = _estimates(run, part, cells)
    data = _coordinates(run, part)
    years = period or (run.experiment.period.start, run.experiment.period.end)
    data.attrs = global_attributes(run.grid, run.time_axis, run.provenance("-".join(map(str, dict.fromkeys(years)))))
    data.attrs |= _extent(data)
    observed, far = float((values["observation_count"] > 0).mean()), float(values["background_only"].mean())
    data.attrs |= {"observed_share": observed, "far_share": far}
    for name, attributes in variables(data.attrs).items():
        whole = np.full((part.steps.size, *part.wet.shape), np.nan, np.float32)
        whole[:, part.wet] = values[name]
        fill = FILL.get(name, np.float32(np.nan))
        data[name] = (DIMENSIONS, whole, attributes)
        data[name].encoding = {"dtype": fill.dtype, "_FillValue": fill, "zlib": True, "complevel": 2}
    return carry_bounds(data)


def _estimates(run: TrainedRun, part: Part, cells: Ints) -> dict[str, Floats | Ints | Mask]:
    """Values of all variables, shape (step, cell)."""
    shape = (part.steps.size, cells.size)
    mean, error = run.estimate(np.tile(cells, part.steps.size), np.repeat(part.steps, cells.size))
    start, stop = int(part.steps[0]), int(part.steps[-1]) + 1
    count = np.zeros((stop - start, run.grid.cells), np.int32)
    here = run.samples.take((run.samples.step >= start) & (run.samples.step < stop))
    np.add.at(count, (here.step - start, here.cell), here.count)
    return {
        "oxygen": mean.reshape(shape),
        "oxygen_standard_error": error.reshape(shape),
        "observation_count": count[:, cells],
        "background_only": background_alone(run.domain, run.samples, start, stop)[:, cells],
    }


def _coordinates(run: TrainedRun, part: Part) -> xr.Dataset:
    """CF coordinates of a part, with bounds and mask."""
    names = dict(zip(DIMENSIONS, (part.steps, part.levels, part.rows, part.columns)))
    data = cf_coordinates(run.grid, run.time_axis).isel(names)
    for name, turns in {"longitude": part.turns, "longitude_bnds": part.turns[:, None]}.items():
        data[name] = data[name].copy(data=data[name].to_numpy() + turns)
    data["wet"] = data["wet"].copy(data=part.wet.astype(np.int8))
    return data


def _extent(data: xr.Dataset) -> dict[str, float | str]:
    """Global attributes of the extent of a part."""
    found: dict[str, float | str] = {}
    for name, short in {"latitude": "lat", "longitude": "lon", "depth": "vertical"}.items():
        bounds = data[f"{name}_bnds"].to_numpy()
        found |= {f"geospatial_{short}_min": float(bounds.min()), f"geospatial_{short}_max": float(bounds.max())}
    times = data["time_bnds"].to_numpy().astype("datetime64[D]")
    return found | {"time_coverage_start": str(times[0, 0]), "time_coverage_end": str(times[-1, 1])}
