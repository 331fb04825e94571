"""Damage to the variables and attributes of netCDF and MATLAB files that remain valid as such."""

import io
import re
from typing import Any

import netCDF4
import numpy as np
import scipy.io

ODD = (np.nan, np.inf, -np.inf, 1e308, -1e308, 1e19, 9.96921e36, -9999.0, 0.0, -1.0, 361.0, 2.0**31, 255.0)
Random = np.random.Generator


def netcdf(data: bytes, rng: Random) -> bytes:
    """Write a netCDF file again with something changed in a few of its variables or attributes."""
    change = {name: str(rng.choice(CHANGES)) for name in _chosen(data, rng)}
    with netCDF4.Dataset("seed", memory=data) as old:
        new = netCDF4.Dataset("mutant", "w", format=old.data_model, memory=len(data))
        copy(old, new, change, rng)
        return bytes(new.close())


CHANGES = (
    "values",
    "values",
    "dropped",
    "renamed",
    "text",
    "attribute",
    "huge attribute",
    "scalar",
    "longer",
    "masked",
)


def _chosen(data: bytes, rng: Random) -> list[str]:
    with netCDF4.Dataset("seed", memory=data) as dataset:
        names = list(dataset.variables)
    known = re.compile(r"lat|lon|time|juld|pres|oxy|row_size|temp|sal|date|^z$|cast|station|var|flag|qc", re.I)
    likely = [name for name in names if known.search(name)] or names
    pool = likely if rng.random() < 0.8 else names
    return [str(name) for name in rng.choice(pool, size=int(rng.choice([1, 1, 2, 4])))]


def copy(old: Any, new: Any, change: dict[str, str], rng: Random) -> None:
    """Copy a netCDF file, with the kind of change that `change` names for some variables."""
    attributes = {name: old.getncattr(name) for name in old.ncattrs()}
    if rng.random() < 0.1 and attributes:
        attributes[str(rng.choice(list(attributes)))] = rng.choice(["", "x" * 100_000, "\n\n", "é"])
    new.setncatts(attributes)
    empty = str(rng.choice(list(old.dimensions))) if old.dimensions and rng.random() < 0.05 else None
    for name, dimension in old.dimensions.items():
        new.createDimension(name, 0 if name == empty else None if dimension.isunlimited() else dimension.size)
    new.createDimension("odd", 7)
    for name, variable in old.variables.items():
        kind = change.get(name, "")
        if kind == "dropped" or variable.dtype.kind == "V":
            continue
        variable.set_auto_chartostring(False)
        variable.set_auto_maskandscale(False)
        attributes = {key: variable.getncattr(key) for key in variable.ncattrs()}
        fill = attributes.pop("_FillValue", None)
        if "attribute" in kind and attributes:
            key = str(rng.choice(list(attributes)))
            attributes[key] = "x" * 100_000 if "huge" in kind else rng.choice(["", "furlongs since 0", "-1", "\n", "é"])
        dimensions, type_ = variable.dimensions, variable.dtype
        if kind in ("scalar", "longer"):
            dimensions = () if kind == "scalar" else ("odd",)
        if kind == "text":
            type_, fill = "S1", None
        title = f"{name}_" if kind == "renamed" else name
        made = new.createVariable(title, type_, dimensions, fill_value=fill)
        made.set_auto_maskandscale(False)
        made.set_auto_chartostring(False)
        made.setncatts({key: value for key, value in attributes.items() if not isinstance(value, list)})
        if not kind or kind in ("renamed", "values", "masked") or "attribute" in kind:
            values = variable[:]
            if empty not in dimensions:
                made[:] = _odd(values, rng, fill) if kind in ("values", "masked") else values


def _odd(values: Any, rng: Random, fill: Any) -> Any:
    array = np.array(values)
    share = float(rng.choice([0.02, 0.3, 1.0]))
    there = rng.random(array.shape) < share
    with np.errstate(all="ignore"):
        if array.dtype.kind in "SUO":
            word = rng.choice(["", "?", "9", "Z", "\xff"])
            return np.where(
                there, np.array(word.encode("latin-1"), array.dtype) if array.dtype.kind == "S" else word, array
            )
        if array.dtype.kind in "iu":
            info = np.iinfo(array.dtype)
            return np.where(there, rng.choice([info.min, info.max, 0, 1]), array).astype(array.dtype)
        return np.where(there, fill if fill is not None and rng.random() < 0.3 else rng.choice(ODD), array).astype(
            array.dtype
        )


def matlab(data: bytes, rng: Random) -> bytes:
    """Write a MATLAB file again with a few variables changed."""
    names = {name: array for name, array in scipy.io.loadmat(io.BytesIO(data)).items() if not name.startswith("__")}
    for name in rng.choice(list(names), size=int(rng.choice([1, 2, 30]))):
        array, kind = names.get(str(name)), int(rng.integers(6))
        if array is None:
            continue
        if kind == 0:
            del names[str(name)]
        else:
            names[str(name)] = [array[:-1], np.array(["text"]), {"a": array}, _odd(array, rng, None), array + 1j][
                kind - 1
            ]
    file = io.BytesIO()
    scipy.io.savemat(file, names, do_compression=bool(rng.integers(2)))
    return file.getvalue()
