"""Writer of World Ocean Database netCDF: a ragged file, and a file of one cast."""

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

CASTS = {  # size, unique cast, cruise, days since 1770, original unit, whether it has oxygen
    "size": [3, 2, 4],
    "days": [60117.43194, -1e10, -1e10],
    "date": [19340807, 19550600, 0],
    "unit": ["ml/l (milli-iter per liter)", "umol/kg", ""],
    "has": [True, True, False],
}


def _characters(texts: list[str], width: int = 40) -> np.ndarray:
    return np.array([text.ljust(width) for text in texts], f"S{width}").view("S1").reshape(len(texts), width)


def write_ragged(path: Path, oxygen: list[float], row_size: list[int] | None = None, **casts: Any) -> Path:
    """Write a small ragged file; `casts` replaces columns of CASTS."""
    columns = {**CASTS, **casts}
    n, levels = len(columns["size"]), sum(columns["size"])
    sizes = [size if has else 0 for size, has in zip(columns["size"], columns["has"])]
    with netCDF4.Dataset(path, "w") as file:
        for name, length in (("casts", n), ("z_obs", levels), ("Oxygen_obs", len(oxygen)), ("strnlensmall", 40)):
            file.createDimension(name, length)

        def put(name: str, dims: tuple[str, ...], kind: str, values: Any, fill: Any = None) -> None:
            variable = file.createVariable(name, kind, dims, fill_value=fill)
            variable.set_auto_maskandscale(False)
            variable[:] = values

        put("wod_unique_cast", ("casts",), "i4", 100 + np.arange(n))
        put("WOD_cruise_identifier", ("casts", "strnlensmall"), "S1", _characters(["US011203", "", ""][:n]))
        put("dataset", ("casts", "strnlensmall"), "S1", _characters(["bottle/rossette/net", "CTD", ""][:n]))
        put("Access_no", ("casts",), "i4", [-99999, 77, -99999][:n], -99999)
        put("lat", ("casts",), "f4", [10.0, 20.0, 95.0][:n])
        put("lon", ("casts",), "f4", [-180.0, 190.0, 0.0][:n])
        put("time", ("casts",), "f8", columns["days"], -1e10)
        put("date", ("casts",), "i4", columns["date"])
        put("GMT_time", ("casts",), "f4", [10.4, 6.0, 0.0][:n])
        put("z_row_size", ("casts",), "i4", columns["size"], 0)
        put("z", ("z_obs",), "f4", np.concatenate([10.0 * np.arange(size) for size in columns["size"]]))
        put("Oxygen_row_size", ("casts",), "i4", row_size or sizes, 0)
        put("Oxygen", ("Oxygen_obs",), "f4", oxygen, -1e10)
        put("Oxygen_WODflag", ("Oxygen_obs",), "i1", np.arange(len(oxygen)) % 3)
        put("Oxygen_WODprofileflag", ("casts",), "i1", [0, 3, 0][:n])
        put("Oxygen_Original_units", ("casts", "strnlensmall"), "S1", _characters(columns["unit"]))
        file["Oxygen"].units = "umol/kg"
        for name, value in (("Temperature", 10.0), ("Salinity", 35.0)):
            put(f"{name}_row_size", ("casts",), "i4", columns["size"], 0)
            put(name, ("z_obs",), "f4", np.full(levels, value), -1e10)
    return path


def write_single(path: Path, oxygen: list[float]) -> Path:
    """Write a file of one cast: scalars, no fill values declared."""
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("z", len(oxygen))
        file.createDimension("strnlen", 200)
        texts = {"dataset": "CTD", "WOD_cruise_identifier": "JP142420", "Oxygen_Original_units": "ml/l (milli-liter)"}
        for name, text in texts.items():
            file.createVariable(name, "S1", ("strnlen",))[:] = _characters([text], 200)[0]
        scalars = {"wod_unique_cast": 4181522, "lat": 36.5, "lon": 136.5, "time": 82330.25, "Access_no": 965}
        for name, value in scalars.items():
            file.createVariable(name, "i4" if isinstance(value, int) else "f8", ())[...] = value
        levels = {"z": 10.0 * np.arange(len(oxygen)), "Oxygen": oxygen, "Temperature": 10.0, "Salinity": 35.0}
        for name, values in levels.items():
            file.createVariable(name, "f4", ("z",))[:] = values
        file["Oxygen"].units = "umol/kg"
        file.createVariable("Oxygen_WODflag", "i2", ("z",))[:] = np.arange(len(oxygen))
        file.createVariable("Oxygen_WODprofileflag", "i2", ())[...] = 0
    return path
