"""Members beside the estimates of a run: the same places, each with errors drawn from their covariance."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import xarray as xr

from graphs.time_axis import decimal_years
from graphs.types import Floats
from oxygen_recon.fields.cf import OXYGEN
from oxygen_recon.pipeline.predict.trained import TrainedRun
from oxygen_recon.products.error_covariance import ErrorCovariance
from oxygen_recon.products.members import grid_error, point_error
from qc.errors import InputError

_MOST = 1000


def with_members(run: TrainedRun, data: xr.Dataset, number: int, seed: int, out: Path | None = None) -> xr.Dataset:
    """Add members: the estimate plus its standard error times a standardised error that is correlated.

    Parameters
    ----------
    run : TrainedRun
        The run; the covariance of errors is fitted to its held-out points.
    data : Dataset
        Estimates of a field, of points or of a section.
    number : int
        How many members, 1 to 1000.
    seed : int
        Makes them repeatable; member i is the same however many there are.
    out : Path, optional
        File that they will be written to.

    Returns
    -------
    Dataset
        With `oxygen_member`, dimension `member` first. What would be below 0 is 0: where the estimate is near to 0, the
        spread is smaller than the stated error and the mean larger than the estimate.

    Raises
    ------
    InputError
        If the number is not within 1 to 1000, memory or the disk of the file cannot hold them, or a file of the run is
        damaged; before any is made.
    """
    if not 1 <= number <= _MOST:
        raise InputError(f"{number} members", "members", f"choose 1 to {_MOST}")
    _check_room(data["oxygen"], number, out)
    covariance, mean = run.error_covariance, data["oxygen"]
    found = np.empty((number, *mean.shape), np.float32)
    for i in range(number):
        draw = _on_grid if "latitude" in mean.dims else _at_points
        error = draw(covariance, data, [seed, i])
        found[i] = np.maximum(mean.to_numpy() + data["oxygen_standard_error"].to_numpy() * error, 0.0)
    attributes = {
        "standard_name": OXYGEN,
        "long_name": "dissolved oxygen, the estimate with a possible error",
        "units": "umol kg-1",
        "coverage_content_type": "modelResult",
    }
    data = data.assign(oxygen_member=(("member", *mean.dims), found, attributes))
    data["oxygen_member"].encoding = {
        "dtype": "float32",
        "_FillValue": np.float32(np.nan),
        "zlib": True,
        "complevel": 2,
    }
    names = {"standard_name": "realization", "long_name": "number of the member", "units": "1"}
    return data.assign_coords(member=("member", np.arange(1, number + 1, dtype=np.int32), names))


def _check_room(mean: xr.DataArray, number: int, out: Path | None) -> None:
    """Refuse more members than memory, or the disk of their file, can hold."""
    known, fewer = int(mean.notnull().sum()), "ask for fewer, or for a part: years, a region, levels"
    rooms = [("memory", 4 * number * mean.size, _free_memory())]
    if out is not None:
        rooms.append(("disk", 4 * number * known, shutil.disk_usage(out.absolute().parent).free))
    for name, need, free in rooms:
        if need > free:
            what = f"{number} members take {need / 1e9:.1f} GB of {name}, {free / 1e9:.1f} GB are free"
            raise InputError(what, "members" if out is None else str(out), fewer)


def _free_memory() -> float:
    """Bytes that are available; infinite where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return math.inf
    return next((1024.0 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), math.inf)


def _on_grid(covariance: ErrorCovariance, data: xr.Dataset, seed: list[int]) -> Floats:
    """Standardised errors of a field, shape (time, depth, latitude, longitude)."""
    latitude, longitude = np.meshgrid(data["latitude"], data["longitude"], indexing="ij")
    years = decimal_years(data["time"].to_numpy())
    found = grid_error(covariance, latitude.ravel(), longitude.ravel(), data["depth"].to_numpy(), years, seed)
    return found.reshape(data["oxygen"].shape)


def _at_points(covariance: ErrorCovariance, data: xr.Dataset, seed: list[int]) -> Floats:
    """Standardised errors of points or of a section; NaN where there is no estimate."""
    ok = data["oxygen"].notnull().to_numpy()
    latitude, longitude, depth, time = (
        data[name].broadcast_like(data["oxygen"]).to_numpy()[ok] for name in ("latitude", "longitude", "depth", "time")
    )
    found = np.full(ok.shape, np.nan)
    found[ok] = point_error(covariance, latitude, longitude, depth, decimal_years(time), seed)
    return found
