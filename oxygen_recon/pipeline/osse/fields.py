"""The fields of a simulation as CF netCDF: the truth, and what each method made of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import xarray as xr

from graphs.types import Floats
from oxygen_recon.dataset import store
from oxygen_recon.fields.cf import DIMENSIONS, OXYGEN, cf_coordinates
from oxygen_recon.pipeline.osse.tasks import SimulationTask
from qc.files import replacing


def write(task: SimulationTask, kinds: Sequence[str], realisations: int, path: Path, title: str) -> bool:
    """Write truth and reconstructions on the grid of the run, where every water column is estimated.

    Parameters
    ----------
    task : SimulationTask
        Its estimates are all there.
    kinds : sequence of str
        Methods.
    realisations : int
        How many.
    path : Path
        netCDF file: `oxygen_truth`, and of each method `oxygen_METHOD`, the mean over realisations, umol kg-1; NaN
        where there is no truth.
    title : str
        What was simulated.

    Returns
    -------
    bool
        False, and no file, where only a share of the columns is estimated: a map with holes shows nothing.
    """
    (cell, step), domain = task.where, task.domain
    if np.unique(domain.column[cell]).size < 0.9 * np.unique(domain.column).size:
        path.unlink(missing_ok=True)
        return False
    grid, time_axis = store.load_grid(task.data.folder.grid)
    data = cf_coordinates(grid, time_axis)

    def add(name: str, values: Floats, long_name: str) -> None:
        whole = np.full((len(time_axis), grid.cells), np.nan, np.float32)
        whole[np.ix_(step, cell)] = values
        attributes = {"standard_name": OXYGEN, "long_name": long_name, "units": "umol kg-1"}
        data[f"oxygen_{name}"] = xr.Variable(
            DIMENSIONS, grid.scatter(whole), attributes, {"zlib": True, "complevel": 2}
        )

    add("truth", task.truth[np.ix_(step, cell)], "true oxygen")
    for kind in kinds:
        total = sum(task.estimates(kind, i).astype(float) for i in range(realisations))
        add(kind, np.asarray(total / realisations), f"oxygen by {kind}, mean of {realisations} realisations")
    made = f"{datetime.now(UTC).isoformat(timespec='seconds')} oxygen-recon osse"
    data.attrs = {"Conventions": "CF-1.8", "title": f"Observing-system simulation: {title}", "history": made}
    with replacing(path) as partial:
        data.to_netcdf(partial)
    return True
