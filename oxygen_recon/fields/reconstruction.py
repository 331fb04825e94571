"""File of a reconstruction by CF and ACDD: written window by window, resumed after a kill, checked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats, Ints, Mask
from oxygen_recon.fields.axes import carry_bounds
from oxygen_recon.fields.cf import BACKGROUND_ONLY, DIMENSIONS, Provenance, cf_coordinates, global_attributes, variables
from qc.errors import InputError
from qc.files import replacing

_DONE = "step_done"
BEYOND = "beyond_held_out_share"  # kept of each step until all are written, then a global attribute
_PIECE, _HELD = 2**20, 2**26  # values of a piece of a series; values that are held to cut them
FILL: dict[str, np.generic] = {
    "observation_count": np.int32(-1),
    BACKGROUND_ONLY: np.int8(-1),
}  # fill values; of others NaN


def empty_reconstruction(path: Path, grid: Grid, time_axis: TimeAxis, provenance: Provenance) -> Mask:
    """Make a reconstruction without values yet, or resume one that was begun.

    Parameters
    ----------
    path : Path
        zarr folder. One of the same experiment, catalogue, commit and seed is left as it is, any other is replaced.
    grid : Grid
        Cells.
    time_axis : TimeAxis
        Steps.
    provenance : Provenance
        Experiment, data and code it is made from.

    Returns
    -------
    bool array, shape (step,)
        Steps that are written already.
    """
    attributes = global_attributes(grid, time_axis, provenance)
    if _same_run(path, attributes, (len(time_axis), *grid.shape)):
        for stray in path.rglob("*.partial"):  # zarr's own temporary files, left by a kill
            stray.unlink()
        return steps_done(path)
    import dask.array

    data = cf_coordinates(grid, time_axis)
    shape, chunks = (len(time_axis), *grid.shape), (1, *grid.shape)
    for name, attrs in variables(attributes).items():
        fill = FILL.get(name, np.float32(np.nan))
        # Described, not computed: chunks that are not written yet read as the fill value.
        data[name] = (DIMENSIONS, dask.array.zeros(shape, dtype=fill.dtype, chunks=chunks), attrs)
        data[name].encoding = {"_FillValue": fill, "chunks": chunks}
    data[_DONE] = ("time", np.zeros(len(time_axis), np.int8), {"long_name": "1 where the step is written"})
    data[_DONE].encoding = {"chunks": (1,)}  # windows are written by several processes
    data[BEYOND] = ("time", np.zeros(len(time_axis)))
    data[BEYOND].encoding = {"chunks": (1,)}
    data.attrs = attributes
    with replacing(path) as partial:
        data.to_zarr(partial, compute=False, consolidated=True, zarr_format=2)
    return np.zeros(len(time_axis), bool)


def write_window(
    path: Path, grid: Grid, start: int, mean: Floats, scale: Floats, count: Ints, alone: Mask | None = None,
    beyond: Mask | None = None,
) -> None:  # fmt: skip
    """Write consecutive steps of a reconstruction and, last of all, mark them as done.

    Parameters
    ----------
    path : Path
        zarr folder of `empty_reconstruction`.
    grid : Grid
        Grid of the reconstruction.
    start : int
        First step of the window.
    mean, scale : array, shape (window, cell)
        Oxygen and its standard error, umol kg-1; finite, scale > 0.
    count : int array, shape (window, cell)
        Casts observed in the cell.
    alone : bool array, shape (window, cell), optional
        Where the estimate rests on the background alone; needed by a reconstruction that has one.
    beyond : bool array, shape (window, cell), optional
        Where observations are farther away than from any held-out point; nowhere if None. The share of each step is
        written.

    Raises
    ------
    InputError
        If shapes do not fit the file or a value is not finite: a gap would read as land.
    """
    import zarr

    store = zarr.open_group(path, mode="r+")
    steps, stop = store[_DONE].shape[0], start + mean.shape[0]
    if not mean.shape == scale.shape == count.shape == (stop - start, grid.cells) or not 0 <= start < stop <= steps:
        raise InputError(
            f"a window of shape {mean.shape} from step {start} does not fit", str(path), "use its own grid"
        )
    if not (np.isfinite(mean).all() and np.isfinite(scale).all() and (scale > 0).all() and (count >= 0).all()):
        raise InputError("an estimate is missing, or a standard error is not positive", str(path), "train again")
    window = slice(start, stop)
    store["oxygen"][window] = grid.scatter(mean.astype(np.float32))
    store["oxygen_standard_error"][window] = grid.scatter(scale.astype(np.float32))
    store["observation_count"][window] = grid.scatter(count.astype(np.int32), fill=-1)
    if BACKGROUND_ONLY in store:
        if alone is None or alone.shape != mean.shape:
            raise InputError("not known where an estimate rests on the background alone", str(path), "give it")
        store[BACKGROUND_ONLY][window] = grid.scatter(alone.astype(np.int8), fill=-1)
    if beyond is not None and BEYOND in store:
        store[BEYOND][window] = beyond.mean(axis=1)
    store[_DONE][window] = np.int8(1)


def steps_done(path: Path) -> Mask:
    """Read which steps of a reconstruction are written.

    Parameters
    ----------
    path : Path
        zarr folder.

    Returns
    -------
    bool array, shape (step,)
    """
    import zarr

    return np.asarray(zarr.open_group(path, mode="r")[_DONE][:]).astype(bool)


def open_reconstruction(path: Path) -> xr.Dataset:
    """Open a finished reconstruction, lazily.

    Parameters
    ----------
    path : Path
        zarr folder or netCDF file.

    Returns
    -------
    xarray.Dataset
        Without the mark of written steps; its variables carry the bounds of their cells and the wet mask, so that the
        products find the grid in them. Its attribute `beyond_held_out_share` is the share of cells and steps that are
        farther from observations than any held-out point, where it is known.

    Raises
    ------
    InputError
        If there is none, or steps of it are not written yet.
    """
    if not path.exists():
        raise InputError("no reconstruction here", str(path), "run reconstruct first")
    if path.is_file():
        return carry_bounds(xr.open_dataset(path, chunks={}))
    done = steps_done(path)
    if not done.all():
        raise InputError(
            f"{int((~done).sum())} of {done.size} steps are not written", str(path), "run reconstruct again"
        )
    data: xr.Dataset = xr.open_zarr(path, consolidated=True)
    return carry_bounds(_whole(data))


def _whole(data: xr.Dataset) -> xr.Dataset:
    """Drop what is known step by step only while a reconstruction is written."""
    if BEYOND in data:  # not in one that an earlier version made
        data = data.drop_vars(BEYOND).assign_attrs({BEYOND: float(data[BEYOND].mean())})
    return data.drop_vars(_DONE)


def to_netcdf(source: Path, path: Path) -> None:
    """Copy a finished reconstruction from zarr to one netCDF file, step by step.

    Parameters
    ----------
    source : Path
        zarr folder.
    path : Path
        netCDF-4 file to make.

    Raises
    ------
    InputError
        If the reconstruction is not finished.
    """
    open_reconstruction(source).close()  # refuses what is not finished
    # Undecoded, so that numbers, units and fill values are copied as they stand.
    with xr.open_zarr(source, consolidated=True, decode_cf=False) as data:
        data = _whole(data)
        for variable in data.variables.values():
            variable.encoding = {}
        own = variables(data.attrs)
        for name in {*data.variables} - {*own}:  # zarr gives every float a fill value; CF forbids it here
            data[name].attrs.pop("_FillValue", None)
            data[name].encoding = {"_FillValue": None}
        for name in own:
            data[name].encoding = {"zlib": True, "complevel": 2, "chunksizes": (1, *data[name].shape[1:])}
        for name in {"wet", BACKGROUND_ONLY} & {*data.variables}:  # zarr keeps no type
            data[name].attrs["flag_values"] = np.array(data[name].attrs["flag_values"], np.int8)
        with replacing(path) as partial:
            data.to_netcdf(partial, format="NETCDF4", engine="netcdf4")


def write_series(source: Path, path: Path) -> None:
    """Copy a finished reconstruction to a zarr in pieces of all steps and levels of few columns.

    Parameters
    ----------
    source : Path
        zarr folder, in pieces of one step each: a series at a place would read all of it.
    path : Path
        zarr folder to make, with oxygen, its standard error, coordinates and the wet mask.
    """
    import zarr

    store = zarr.open_group(source, mode="r")
    steps, levels, rows, columns = store["oxygen"].shape
    side = max(1, int((_PIECE / (steps * levels)) ** 0.5))
    band = side * max(1, _HELD // (steps * levels * columns * side))  # rows that are read at once
    names = ("oxygen", "oxygen_standard_error")
    with xr.open_zarr(source, consolidated=True, decode_cf=False) as data:
        data = _whole(data)
        data = data.drop_vars([name for name in variables(data.attrs) if name not in names])
        data = data.assign(
            {str(name): data[name].load() for name in data.data_vars if name not in names}
            | {name: data[name].chunk(dict(zip(DIMENSIONS, (-1, -1, side, side)))) for name in names}
        ).drop_encoding()
        with replacing(path) as partial:
            data.to_zarr(partial, compute=False, consolidated=True, zarr_format=2)
            made = zarr.open_group(partial, mode="r+")
            for name in names:
                for row in range(0, rows, band):
                    made[name][:, :, row : row + band] = store[name][:, :, row : row + band]


def check_reconstruction(data: xr.Dataset) -> None:
    """Raise unless a reconstruction keeps its contract; reads one step at a time.

    Parameters
    ----------
    data : xarray.Dataset
        From `open_reconstruction`.

    Raises
    ------
    InputError
        If a variable, dimension, bound, unit or global attribute is missing, a wet cell lacks a value, land has one,
        or a standard error is not positive.
    """
    where = "reconstruction"
    own = variables(data.attrs)
    missing = sorted({*own, "wet", *(f"{name}_bnds" for name in DIMENSIONS)} - set(map(str, data.variables)))
    if missing:
        raise InputError(f"no variable {', '.join(missing)}", where, "run reconstruct again")
    for name in ("experiment_hash", "catalogue_hash", "commit", "seed", "Conventions"):
        if name not in data.attrs:
            raise InputError(f"no global attribute {name}", where, "run reconstruct again")
    for name, attrs in own.items():
        if data[name].dims != DIMENSIONS or data[name].attrs.get("units") != attrs["units"]:
            raise InputError(f"{name} has other dimensions or units than it should", where, "run reconstruct again")
    wet = data["wet"].to_numpy() == 1
    for step in range(data.sizes["time"]):
        for name in own:
            finite = np.isfinite(data[name][step].to_numpy())
            if not np.array_equal(finite, wet):
                raise InputError(
                    f"{name} of step {step} is not finite exactly in the ocean", where, "run reconstruct again"
                )
        if (data["oxygen_standard_error"][step].to_numpy()[wet] <= 0).any():
            raise InputError(f"a standard error of step {step} is not positive", where, "run reconstruct again")


def _same_run(path: Path, attributes: dict[str, str | int | float], shape: tuple[int, ...]) -> bool:
    """Whether the store at a path belongs to the same run and grid, so that it can be resumed."""
    import zarr

    if not path.is_dir():
        return False
    try:
        store = zarr.open_group(path, mode="r")
        fits = store["oxygen"].shape == shape and _DONE in store
    except (OSError, KeyError, ValueError):
        return False  # not a store this version can resume: it is made anew
    mine = ("experiment_hash", "catalogue_hash", "commit", "seed")
    return fits and all(store.attrs.get(name) == attributes[name] for name in mine)
