"""The sea floor as a field that networks for daily forecasts read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats
from oxygen_recon.fields.daily.horizontal import onto_grid
from qc.errors import InputError
from qc.physics.bathymetry import open_relief


def read_topography(path: Path, latitude: Floats, longitude: Floats) -> NDArray[np.float32]:
    """Interpolate a relief linearly to the points of a state.

    Parameters
    ----------
    path : Path
        netCDF file of heights above the sea surface, m, positive up, as of `qc.physics.bathymetry.open_relief`.
    latitude, longitude : array
        Degrees, of the points.

    Returns
    -------
    float32 array, shape (1, latitude, longitude)
        m, 0 on land.

    Raises
    ------
    InputError
        If the file holds no relief, or one that does not reach over all points.
    """
    relief = open_relief(path)
    rows, columns = map(str, relief.dims)
    sea = relief.rename({rows: "latitude", columns: "longitude"}).clip(max=0.0).to_dataset(name="height")
    found = onto_grid(sea.sortby(["latitude", "longitude"]), latitude, longitude)["height"].to_numpy()
    if missing := int(np.isnan(found).sum()):
        raise InputError(f"no height at {missing} points of the state", str(path), "take a relief that covers them")
    return np.asarray(found[None], np.float32)
