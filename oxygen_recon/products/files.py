"""Files of products: series, maps and inventories as CF netCDF, which CDO reads too, and as tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from graphs.types import Floats
from oxygen_recon.fields.axes import EDGES
from oxygen_recon.fields.cf import TIME_ENCODING, written
from qc.errors import InputError
from qc.files import replacing

_APART = "; "  # between the texts of a coordinate
_LAST = ("depth", "latitude", "longitude", "region")  # order of the last dimensions
_KNOWN = (1, 3, 12)  # months of the steps that are recognised by their times alone


def to_netcdf(result: xr.Dataset, path: Path, attributes: Mapping[str, object] | None = None) -> None:
    """Write series, maps of water columns or an inventory as CF netCDF, whole or not at all.

    CDO reads a variable whose first dimension is time, and knows neither a coordinate of texts nor one without a
    dimension: regions and layers have numbers, their names are in the attributes `flag_meanings` (by CF, without
    blanks) and `names`, from which `open_series` puts them back; a single threshold is a dimension of one.

    Parameters
    ----------
    result : Dataset
        As products return it; numbers of float64 are kept as they are.
    path : Path
        Target file.
    attributes : mapping of str to object, optional
        Global attributes, such as those of the field it is made from; the result's own come first.
    """
    data = result.drop_encoding()
    for variable in data.variables.values():  # UDUNITS knows no decade
        if "units" in variable.attrs:
            variable.attrs["units"] = str(variable.attrs["units"]).replace("decade-1", "(10 years)-1")
    data.attrs = dict(attributes or {}) | result.attrs
    data.attrs["Conventions"] = "CF-1.8, ACDD-1.3"
    data.attrs.setdefault("title", "Dissolved oxygen")
    data.attrs.setdefault("history", written())
    texts = [name for name in data.dims if name in data.coords and data[name].dtype.kind in "OUS" and name != "time"]
    for name in map(str, texts):
        data = _numbered(data, name)
    for name in [str(name) for name in data.coords if data[name].ndim == 0]:
        data = data.expand_dims(name)
    data = data.transpose(*(["time"] if "time" in data.dims else []), ..., *(n for n in _LAST if n in data.dims))
    data = _with_bounds(data)
    encoding: dict[str, dict[str, object]] = {str(name): {"_FillValue": None} for name in data.coords}
    encoding |= {str(name): {"_FillValue": None} for name in data.data_vars if str(name).endswith("_bnds")}
    if "time" in data.coords and np.issubdtype(data["time"].dtype, np.datetime64):
        for name in {"time", "time_bnds"} & {*map(str, data.variables)}:
            encoding[name] = encoding[name] | TIME_ENCODING
    with replacing(path) as partial:
        unlimited = ["time"] if "time" in data.dims else []
        data.to_netcdf(partial, engine="netcdf4", encoding=encoding, unlimited_dims=unlimited)


def open_series(path: Path) -> xr.Dataset:
    """Open a file of `to_netcdf`, its regions and layers by name.

    Parameters
    ----------
    path : Path
        netCDF file.

    Returns
    -------
    Dataset
        Read lazily.

    Raises
    ------
    InputError
        If there is none, or it cannot be read.
    """
    try:
        data = xr.open_dataset(path)
    except (OSError, ValueError) as error:
        raise InputError("no readable netCDF file", str(path), "make it again") from error
    for name in [str(name) for name in data.dims if name in data.coords and "names" in data[name].attrs]:
        texts = np.array(str(data[name].attrs["names"]).split(_APART), object)
        data = data.assign_coords({name: (name, texts)})
    return data


def to_table(result: xr.Dataset, path: Path) -> None:
    """Write series as a table, one row a time and threshold, region or layer, units in the names of columns.

    Parameters
    ----------
    result : Dataset
        As products return it; variables with a depth, and bounds, are left out.
    path : Path
        Target file, CSV or, where its name ends in ".parquet", Parquet; written whole or not at all.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "area.csv"
    >>> area = xr.DataArray([[1.0, 2.0]], {"time": [2000], "region": ["all", "east"]}, attrs={"units": "m2"})
    >>> to_table(area.to_dataset(name="area"), path)
    >>> print(path.read_text())
    time,region,area (m2)
    2000,all,1.0
    2000,east,2.0
    """
    flat = result.drop_dims([name for name in ("depth", "bnds") if name in result.dims])
    flat = flat.drop_vars([name for name in flat.coords if name not in flat.dims])
    order = [str(name) for name in flat.dims]
    order = [*(name for name in ("time",) if name in order), *(name for name in order if name != "time")]
    units = {str(name): flat[name].attrs.get("units") for name in (*flat.data_vars, *order)}
    table = pd.DataFrame(flat.to_dataframe(dim_order=order).reset_index())
    table = table.rename(columns={name: f"{name} ({unit})" for name, unit in units.items() if unit is not None})
    if "time" in table and table["time"].dtype == object:  # of calendars that pandas does not know
        table["time"] = table["time"].astype(str)
    with replacing(path) as partial:
        if path.suffix == ".parquet":
            table.to_parquet(partial, index=False)
        else:
            table.to_csv(partial, index=False)


def _numbered(data: xr.Dataset, name: str) -> xr.Dataset:
    """Give numbers from 1 to a coordinate of texts, which go to its attributes."""
    texts = [str(text) for text in data[name].to_numpy()]
    number = np.arange(1, len(texts) + 1, dtype=np.int32)
    meanings = [re.sub(r"[^A-Za-z0-9_.+@-]+", "_", text) for text in texts]
    about = {"flag_values": number, "flag_meanings": " ".join(meanings), "names": _APART.join(texts)}
    return data.assign_coords({name: (name, number, {"long_name": f"number of the {name}"} | about)})


def _with_bounds(data: xr.Dataset) -> xr.Dataset:
    """Give every axis that says so its bounds: those it carries, or those of its steps; else it says so no longer."""
    for name in map(str, list(data.coords)):
        bounds = f"{name}_bnds"
        carried = [f"{name}_{end}" for end in EDGES]
        if {*carried} <= {*map(str, data.coords)}:
            pair = np.stack([data[end].to_numpy() for end in carried], axis=1)
            data = data.drop_vars(carried).assign({bounds: ((name, "bnds"), pair)})
        elif bounds not in data and name in ("time", "latitude", "longitude") and data[name].ndim == 1:
            pairs = _pairs(data[name], data.attrs)
            if pairs is not None:
                data = data.assign({bounds: ((name, "bnds"), pairs)})
        if name in data.coords:
            data[name].attrs = {key: value for key, value in data[name].attrs.items() if key != "bounds"}
            data[name].attrs |= {"bounds": bounds} if bounds in data else {}
    return data


def _pairs(axis: xr.DataArray, attributes: Mapping[str, object]) -> Floats | None:
    """Bounds of calendar steps around times, or midway between even steps; None where they are not known."""
    values = axis.to_numpy()
    if values.dtype == object:  # dates of other calendars keep the bounds they have
        return None
    dates = np.issubdtype(values.dtype, np.datetime64)
    pairs = _calendar(values, attributes) if dates else None
    if pairs is not None:
        return pairs
    values = values if dates else values.astype(float)
    steps = np.diff(values)
    if not steps.size or (not dates and not np.allclose(steps, steps[0], rtol=1e-6)):
        return None
    edges = np.concatenate([values[:1] - steps[:1] / 2, values[:-1] + steps / 2, values[-1:] + steps[-1:] / 2])
    edges = np.clip(edges, -90.0, 90.0) if axis.attrs.get("standard_name") == "latitude" else edges
    return np.stack([edges[:-1], edges[1:]], axis=1)


def _calendar(times: NDArray[np.datetime64], attributes: Mapping[str, object]) -> Floats | None:
    """Bounds of steps of whole months, as the attributes of their field have them, else of those of the calendar."""
    step = (np.diff(times) / np.timedelta64(1, "D")).min() if times.size > 1 else None  # a gap is longer
    lengths: list[tuple[int, np.datetime64]] = []
    given = re.fullmatch(r"P(\d+)([MY])", str(attributes.get("time_coverage_resolution")))
    if given is not None and "time_coverage_start" in attributes:
        own = int(given[1]) * (12 if given[2] == "Y" else 1)
        whole = attributes.get("time_coverage_duration") == attributes["time_coverage_resolution"]
        first_month = np.datetime64(str(attributes["time_coverage_start"])[:7], "M")
        lengths += [(own, first_month)] if step is not None or whole else []
    lengths += [(length, np.datetime64("1970-01", "M")) for length in _KNOWN if step is not None]
    months = times.astype("datetime64[M]")
    for length, start in lengths:
        inside = (months - start).astype(int) % length
        # A field that was averaged keeps the attributes of what it was made from; seasons may begin in December.
        fits = step is None or 28 * length - 1 <= step <= 31 * length + 1
        if not fits or (length == 3 and (inside != 1).any()):
            continue
        first = months - inside
        return np.stack([first, first + length], axis=1).astype("datetime64[ns]")
    return None
