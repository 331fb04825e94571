"""Files and stores of gridded fields, opened lazily, with the attributes that CF asks for."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from oxygen_recon.fields.axes import Kind, coordinates
from qc.errors import InputError

KINDS: tuple[Kind, ...] = ("latitude", "longitude", "depth", "time")
ENDINGS = (".nc", ".nc4", ".cdf", ".nc.gz", ".cdf.gz", ".zarr")
UNREADABLE = (EOFError, OSError, RuntimeError, ValueError, zlib.error)


def listed(paths: Path | str | Sequence[Path | str]) -> list[Path]:
    """List the files and stores under some paths.

    Parameters
    ----------
    paths : path or sequence of path
        Files, zarr stores, or folders of them.

    Returns
    -------
    list of Path
        Those of a folder in the order of their names.

    Raises
    ------
    InputError
        If a path does not exist, or a folder holds none.
    """
    found: list[Path] = []
    for path in [Path(one) for one in ([paths] if isinstance(paths, Path | str) else paths)]:
        if path.is_file() or is_store(path):
            found.append(path)
        elif path.is_dir():
            inside = sorted(one for one in path.iterdir() if one.name.endswith(ENDINGS))
            if not inside:
                raise InputError("no gridded file in it", str(path), f"it should hold {', '.join(ENDINGS)}")
            found += inside
        else:
            raise InputError("no such file or folder", str(path), "check the path of the daily fields")
    if not found:
        raise InputError("no file", "daily fields", "name at least one")
    return found


def is_store(path: Path) -> bool:
    """Tell whether a folder is a zarr store.

    Parameters
    ----------
    path : Path
        Anything.

    Returns
    -------
    bool
    """
    return any((path / name).is_file() for name in (".zgroup", ".zmetadata", "zarr.json"))


def opened(path: Path) -> xr.Dataset:
    """Open a file or store lazily.

    Parameters
    ----------
    path : Path
        netCDF, netCDF-3 compressed with gzip, or zarr.

    Returns
    -------
    Dataset
        In dask chunks of some times each, fill values as NaN and times as numbers. The attribute `Unit`, which some
        products have, is there as `units`.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        if is_store(path):
            data = xr.open_zarr(path, decode_times=False, chunks={})
        else:
            data = xr.open_dataset(path, engine="scipy" if path.suffix == ".gz" else None, decode_times=False)
            several = {str(name): -1 for name in data.dims}
            data = data.chunk(several | {name: "auto" for name in several if "time" in name.lower()})
    except UNREADABLE as error:
        what = f"not a readable netCDF file or zarr store ({' '.join(str(error).split())})"
        raise InputError(what, str(path), "download it again") from error
    for variable in data.variables.values():
        if "Unit" in variable.attrs and "units" not in variable.attrs:
            variable.attrs["units"] = variable.attrs["Unit"]
    return with_axes(data)


def with_axes(data: xr.Dataset) -> xr.Dataset:
    """Let the coordinates of a file be coordinates, and a single time a dimension.

    Parameters
    ----------
    data : Dataset
        Any.

    Returns
    -------
    Dataset
    """
    named = {kind: coordinates(data, kind) for kind in KINDS}
    data = data.set_coords([name for names in named.values() for name in names])
    single = [name for name in named["time"] if not data[name].dims]
    if single and not any(name in data.dims for name in named["time"]):
        data = data.expand_dims(single[0])
    return data
