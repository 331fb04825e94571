"""An experiment on a small table of one's own, with its description and its relief, in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import yaml

from oxygen_recon.pipeline.setup.init import template

HEADER = "Cruise,Station,Date,Lat,Lon,Depth_m,T,S,O2"
SETTINGS: dict[str, Any] = {
    "period": {"start": 1990, "end": 1995, "step": "season"},
    "grid": {"latitude": [30, 36], "longitude": [-126, -122], "resolution": 1, "levels": [0, 50, 100]},
    "source": {"kind": "archives", "paths": ["casts.csv"], "tables": ["mine.yaml"], "relief": "relief.nc"},
}


def write(folder: Path, **changes: Any) -> Path:
    """Write casts.csv, mine.yaml, relief.nc and experiment.yaml, whose paths start from the folder; return the last."""
    rows = [
        f"C{year}{month},{station},{year}-{month:02d}-10,{31.5 + station},-124.5,{depth},9,34,{5 - depth / 100}"
        for year in range(1990, 1996)
        for month in (1, 3, 7, 9)
        for station in range(3)
        for depth in (0, 50, 100)
    ]
    (folder / "casts.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    (folder / "mine.yaml").write_text(template("description"))
    axes = {"latitude": np.arange(28.25, 38, 0.5), "longitude": np.arange(-128.75, -118, 0.5)}
    deep = xr.DataArray(np.full((20, 22), -4000.0), axes, ("latitude", "longitude"), "relief")
    deep.to_netcdf(folder / "relief.nc")
    settings = yaml.safe_load(template("table")) | SETTINGS | changes
    (folder / "experiment.yaml").write_text(yaml.safe_dump(settings))
    return folder / "experiment.yaml"
