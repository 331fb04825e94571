import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from oxygen_recon.dataset import store
from oxygen_recon.pipeline.experiment import Experiment


@pytest.fixture
def gridded(undisturbed, experiment, tmp_path):
    """The small experiment, and a folder of runs that holds its run as far as the graph."""
    later = ("train", "reconstruct", "validate", "omz", "report")
    shutil.copytree(
        undisturbed, tmp_path / "runs" / "small", ignore=lambda at, _: later if Path(at) == undisturbed else ()
    )
    return Experiment.from_yaml(experiment), tmp_path / "runs"


@pytest.fixture
def field_file(undisturbed, tmp_path):
    """Write a field on the grid of the small run, shape (level, latitude, longitude) or with time first, as a file."""

    def write(name="field.nc", variable="o2", units="umol kg-1", slope=0.0, attributes=None, water=False, years=None):
        grid, time_axis = store.load_grid(undisturbed / "grid")
        level, row, place = np.nonzero(np.ones(grid.shape, bool))
        values = 300 - 0.05 * grid.depth[level] + 0.4 * grid.latitude[row] + 0.1 * grid.longitude[place]
        coordinates = {
            "depth": ("depth", grid.depth, {"units": "m", "positive": "down"}),
            "lat": ("lat", grid.latitude, {"units": "degrees_north"}),
            "lon": ("lon", grid.longitude, {"units": "degrees_east"}),
        }
        dims, values = ("depth", "lat", "lon"), values.reshape(grid.shape)
        fields = {variable: values}
        if water:
            fields |= {"temperature": 25 - 0.005 * values, "salinity": 34 + 0.001 * values}
        if slope or years:
            years = years or np.floor(time_axis.years).astype(int)
            dims = ("time", *dims)
            coordinates["time"] = ("time", np.array([f"{year}-07-02" for year in years], "datetime64[ns]"))
            turn = (np.arange(len(years)) - 7.0)[:, None, None, None]
            fields = {one: (slope * turn if one == variable else 0 * turn) + some for one, some in fields.items()}
        of_unit = {variable: units, "temperature": "degC", "salinity": "1"}
        data = {one: (dims, some, {"units": of_unit[one]}) for one, some in fields.items()}
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        xr.Dataset(data, coordinates, attributes or {}).to_netcdf(path)
        return path

    return write
