"""Fields that others made, on the grid and steps of a run: climate models and products, scored as any other method."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from graphs.grid import Grid
from graphs.time_axis import TimeAxis, decimal_years
from graphs.types import Floats
from oxygen_recon.evaluation.climate_models import Places, on_steps, times_of_steps
from oxygen_recon.evaluation.predictions import Predictions
from oxygen_recon.fields.cf import DIMENSIONS, OXYGEN, cf_coordinates, written
from oxygen_recon.fields.cmip6.models import ClimateModel
from oxygen_recon.runtime.errors import naming_damage
from qc.errors import InputError
from qc.files import replacing

_NAMES = {"oxygen": OXYGEN, "oxygen_standard_error": f"{OXYGEN} standard_error"}


def write_model(model: ClimateModel, grid: Grid, time_axis: TimeAxis, path: Path) -> None:
    """Put a climate model on the grid and steps of a run, step by step, and write it.

    Parameters
    ----------
    model : ClimateModel
        From `oxygen_recon.fields.cmip6.models.open_models`.
    grid : Grid
        Cells.
    time_axis : TimeAxis
        Steps; each takes the mean of the model's times in it.
    path : Path
        CF netCDF file to make, whole or not at all: `oxygen`, umol kg-1, NaN where the model has no ocean or no time;
        the attributes `title` (its name), `kind`, `model`, `member`, `experiment`, `density` and `years`.

    Raises
    ------
    InputError
        If the model has no time within the steps, or no ocean in the cells.
    """
    check_times(model, time_axis)
    steps = ({"oxygen": values} for values in model_at_cells(model, grid, time_axis))
    attributes = {
        "title": model.name, "kind": "climate model", "model": model.run.model, "member": model.run.member,
        "experiment": model.run.experiment, "density": model.density, "years": model.period,
    }  # fmt: skip
    _write(steps, ("oxygen",), grid, time_axis, attributes, path)


def check_times(model: ClimateModel, time_axis: TimeAxis) -> None:
    """Refuse a climate model without a time of a run.

    Parameters
    ----------
    model : ClimateModel
        From `oxygen_recon.fields.cmip6.models.open_models`.
    time_axis : TimeAxis
        Steps of the run.

    Raises
    ------
    InputError
        If the model has no time within the steps.
    """
    if not any(times_of_steps(model.years, decimal_years(time_axis.edges.astype("datetime64[ns]")))):
        fix = "choose another experiment of the model, or another period"
        raise InputError(f"no time of it within the run's; its years are {model.period}", model.name, fix)


def model_at_cells(model: ClimateModel, grid: Grid, time_axis: TimeAxis) -> Iterator[Floats]:
    """Read a climate model at all cells of a grid, step by step.

    Parameters
    ----------
    model : ClimateModel
        From `oxygen_recon.fields.cmip6.models.open_models`.
    grid : Grid
        Cells.
    time_axis : TimeAxis
        Steps (`oxygen_recon.evaluation.climate_models.on_steps`).

    Yields
    ------
    array, shape (cell,)
        umol kg-1; NaN where the model has no ocean or no time.
    """
    level, row, column = np.nonzero(grid.wet)
    places = Places.of(model, grid.latitude[row], grid.longitude[column], grid.depth[level])
    for field in on_steps(model, time_axis):
        yield np.full(grid.cells, np.nan) if field is None else places.read(field)


def write_product(
    values: dict[str, Floats], name: str, grid: Grid, time_axis: TimeAxis, path: Path, source: str
) -> None:
    """Write a product that was read on the grid and steps of a run.

    Parameters
    ----------
    values : dict of str to array, shape (step, cell)
        `oxygen` and, if it is known, `oxygen_standard_error`, umol kg-1; NaN where there is none.
    name : str
        Its name.
    grid, time_axis, path
        As for `write_model`.
    source : str
        What it is made from: entry or path, and what it covers.

    Raises
    ------
    InputError
        If it has no value at all there.
    """
    steps = ({key: one[step] for key, one in values.items()} for step in range(len(time_axis)))
    _write(steps, tuple(values), grid, time_axis, {"title": name, "kind": "product", "source": source}, path)


def look_up(path: Path, grid: Grid, targets: Predictions) -> tuple[Predictions, dict[str, int]]:
    """Read a field that others made at the targets of another method.

    Parameters
    ----------
    path : Path
        File of `write_model` or `write_product`.
    grid : Grid
        Cells of the run.
    targets : Predictions
        Of the other method: its targets and their truth are used.

    Returns
    -------
    predictions : Predictions
        Mean is NaN where the field has no value; so is scale, and where it states no error.
    reasons : dict of str to int
        How many targets have no value, by reason.
    """
    mean, scale = np.full((2, targets.cell.size), np.nan)
    reached = np.zeros(targets.cell.size, bool)
    with naming_damage(path), xr.open_dataset(path) as data:
        years, kind = data.attrs.get("years", ""), data.attrs["kind"]
        for step in np.unique(targets.step):
            here = np.flatnonzero(targets.step == step)
            field = grid.gather(data["oxygen"][int(step)].to_numpy())
            mean[here], reached[here] = field[targets.cell[here]], np.isfinite(field).any()
            if "oxygen_standard_error" in data:
                scale[here] = grid.gather(data["oxygen_standard_error"][int(step)].to_numpy())[targets.cell[here]]
    missing = ~np.isfinite(mean)
    period = f"outside its years {years}".rstrip()
    ocean = "no ocean of its there" if kind == "climate model" else "no value of its there"
    reasons = {period: int((missing & ~reached).sum()), ocean: int((missing & reached).sum())}
    found = Predictions(targets.cell, targets.step, targets.fold, targets.truth, mean, scale)
    return found, reasons


def _write(
    steps: Iterator[dict[str, Floats]], names: tuple[str, ...], grid: Grid, time_axis: TimeAxis,
    attributes: dict[str, Any], path: Path,
) -> None:  # fmt: skip
    """Write steps of fields one after another; refuse a field without any value."""
    import netCDF4

    data, some = cf_coordinates(grid, time_axis), False
    data.attrs = {"Conventions": "CF-1.8", "history": written()} | attributes
    with replacing(path) as partial:
        data.to_netcdf(partial, engine="netcdf4")
        with netCDF4.Dataset(partial, "a") as file:
            chunks = (1, *grid.shape)
            for name in names:
                made = file.createVariable(name, "f4", DIMENSIONS, fill_value=np.nan, zlib=True, chunksizes=chunks)
                long_name = f"dissolved oxygen of {attributes['title']}" + ", standard error" * (name != "oxygen")
                made.setncatts({"standard_name": _NAMES[name], "long_name": long_name, "units": "umol kg-1"})
            for step, values in enumerate(steps):
                for name, one in values.items():
                    file[name][step] = grid.scatter(one.astype(np.float32))
                    some = some or bool(np.isfinite(one).any())
        if not some:
            fix = "compare with a field of this region, levels and period"
            raise InputError("no value in the run's cells and steps", str(attributes["title"]), fix)
