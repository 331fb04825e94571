"""World Ocean Database, ragged multi-cast netCDF (WODselect `ocldb*.nc`, yearly `wod_osd_*.nc`, IQuOD extracts)."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from qc import flags, schema, seawater
from qc.errors import InputError
from qc.readers.coordinates import calendar, days_since, floats, position, pressure_and_depth
from qc.readers.source import Source, need
from qc.readers.values import State, Values

_REQUIRED = ("wod_unique_cast", "lat", "lon", "time", "z", "z_row_size", "Oxygen", "Oxygen_row_size")
_VARIABLES = {
    "temperature": "Temperature",
    "salinity": "Salinity",
    "oxygen": "Oxygen",
    "nitrate": "Nitrate",
    "phosphate": "Phosphate",
    "silicate": "Silicate",
}
_DATASETS = {"bottle": "bottle", "ctd": "ctd", "profiling float": "float", "glider": "glider"}
_FILES = {"_osd": "bottle", "_ctd": "ctd", "_pfl": "float", "_gld": "glider"}


def read(source: Source, policy: seawater.Policy = "sample") -> pa.Table:
    """Read a ragged multi-cast file: every level of every cast.

    Oxygen that its originator reported in ml/l was converted by the archive with a constant density; it is taken
    back (divided by 43.570) and converted again under `policy`.

    Parameters
    ----------
    source : Source
        The file.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume. Under "sample" oxygen is NaN where temperature or salinity is missing.

    Returns
    -------
    pyarrow.Table
        Observations; `row` is the number of the level in `z`; `cast` is `wod_unique_cast`.

    Raises
    ------
    InputError
        If the file is no such file, is truncated, or the levels of a variable are not those of `z`.
    """
    with source.netcdf() as dataset:
        need(dataset, _REQUIRED, source)
        size = _row_size(dataset, "z")
        cast = np.repeat(np.arange(size.size), size)
        z = floats(dataset["z"][:])
        if z.size != cast.size:
            raise InputError(f"z_row_size adds up to {cast.size}, z has {z.size} levels", source.name)
        columns = _casts(dataset, cast, source)
        north, east = columns["latitude"], columns["longitude"]
        pressure, depth = pressure_and_depth(np.full(z.shape, np.nan), z, north)  # type: ignore[arg-type]
        columns |= {"pressure": pressure, "depth": depth}
        variables = {
            ours: _variable(dataset, theirs, size, cast, source)
            for ours, theirs in _VARIABLES.items()
            if theirs in dataset.variables
        }
        nothing = np.full(z.shape, np.nan)
        SP, t = (variables[name].value if name in variables else nothing for name in ("salinity", "temperature"))
        state = State(SP, t, pressure, east, north)  # type: ignore[arg-type]
        for name in schema.VARIABLES[2:]:
            if name in variables:
                variables[name] = _in_umol_kg(variables[name], dataset, name, cast, policy, state, source)
    for name, values in variables.items():
        columns |= values.columns(name)
    return schema.from_columns(columns, source.name)


def _row_size(dataset: Any, variable: str) -> NDArray[np.int64]:
    size = np.ma.filled(dataset[f"{variable}_row_size"][:], 0)
    return np.where(size > 0, size, 0).astype(np.int64)


def _text(dataset: Any, name: str) -> NDArray[np.str_]:
    """Return a per-cast text, stripped; empty where the file does not have it."""
    if name not in dataset.variables:
        return np.full(dataset["lat"].shape, "")
    raw = np.ma.filled(dataset[name][:], b" ")
    if raw.dtype.kind == "S":
        if raw.ndim == 2:
            raw = np.ascontiguousarray(raw).view(f"S{raw.shape[1]}")[:, 0]
        raw = np.char.decode(raw, "latin-1")
    return np.char.strip(raw.astype(str), " \x00")


def _casts(dataset: Any, cast: NDArray[np.int64], source: Source) -> dict[str, object]:
    """Make the columns that are constant over a cast, one entry a level."""
    unique = np.ma.filled(dataset["wod_unique_cast"][:], -1).astype(str)
    cruise = _text(dataset, "WOD_cruise_identifier")
    if "Access_no" in dataset.variables:  # no cruise was named: what came in one delivery stays together
        delivery = np.ma.filled(dataset["Access_no"][:], -1).astype(str)
        cruise = np.where((cruise == "") & (delivery.astype(float) >= 0), np.char.add("accession ", delivery), cruise)
    cruise = np.where(cruise == "", np.char.add("cast ", unique), cruise)
    north, east = position(floats(dataset["lat"][:]), floats(dataset["lon"][:]))
    return {
        "source": "wod",
        "file": source.name,
        "row": np.arange(cast.size),
        "cast": _spread(unique, cast),
        "cruise": _spread(cruise, cast),
        "platform": _spread(_text(dataset, "Platform"), cast),
        "instrument": _spread(_instrument(dataset, source), cast),
        "time": _time(dataset)[cast],
        "latitude": north[cast],
        "longitude": east[cast],
    }


def _spread(text: NDArray[np.str_], cast: NDArray[np.int64]) -> Any:
    codes, names = pd.factorize(text)
    given = np.where(names[codes] == "", -1, codes) if names.size else codes
    return pd.Categorical.from_codes(given[cast], pd.Index(names, dtype=str))


def _instrument(dataset: Any, source: Source) -> NDArray[np.str_]:
    dataset_text = np.char.lower(_text(dataset, "dataset"))
    name = source.stem.lower()
    default = next((instrument for part, instrument in _FILES.items() if part in name), "")
    instrument = np.where(dataset_text == "", default, dataset_text).astype("U40")
    for text, ours in _DATASETS.items():
        instrument[np.char.find(dataset_text, text) >= 0] = ours
    return instrument


def _time(dataset: Any) -> NDArray[np.datetime64]:
    """Time of each cast; a missing one is recovered from `date` and `GMT_time`, day 0 as the middle of the month."""
    days = floats(dataset["time"][:], missing=-1e10)
    days[days < 1] = np.nan  # a missing date decodes to the epoch
    time = days_since(days, "1770-01-01")
    if "date" not in dataset.variables:
        return time
    date = floats(dataset["date"][:])
    year, month, day = date // 10000, date // 100 % 100, date % 100
    hour = floats(dataset["GMT_time"][:]) if "GMT_time" in dataset.variables else np.full(date.shape, np.nan)
    return np.where(np.isnat(time), calendar(year, month, np.where(day == 0, 15, day), hour), time)


def _variable(dataset: Any, name: str, size: NDArray[np.int64], cast: NDArray[np.int64], source: Source) -> Values:
    """Put a variable on the levels of z: its row size in a cast is that of z, or nought."""
    own = _row_size(dataset, name)
    if np.any((own > 0) & (own != size)):
        first = int(np.flatnonzero((own > 0) & (own != size))[0])
        raise InputError(f"{name} has {own[first]} levels, z has {size[first]}", f"{source.name}, cast number {first}")
    there = (own > 0)[cast]
    raw = dataset[name][:]
    if raw.size != there.sum():
        raise InputError(f"{name}_row_size adds up to {there.sum()}, {name} has {raw.size} values", source.name)
    value = np.full(cast.size, np.nan)
    value[there] = floats(raw, missing=-1e10)
    values = Values.of(value, str(getattr(dataset[name], "units", "1")))
    level = next((f"{name}_{kind}" for kind in ("WODflag", "IQUODflag") if f"{name}_{kind}" in dataset.variables), None)
    if level is not None:
        codes = np.full(cast.size, np.nan)
        codes[there] = floats(dataset[level][:])
        values = Values.of(value, values.unit, codes, "wod")
    profile = f"{name}_WODprofileflag"
    if profile in dataset.variables:
        whole = flags.to_iode(floats(dataset[profile][:]), "wod_profile")[cast]
        values = Values(value, value, values.unit, flags.merge(values.flag, whole), values.archive_flag)
    return values


def _in_umol_kg(
    values: Values,
    dataset: Any,
    name: str,
    cast: NDArray[np.int64],
    policy: seawater.Policy,
    state: State,
    source: Source,
) -> Values:
    column = _VARIABLES[name]
    plain = values.converted(policy, state, column, source.name)
    originally = np.char.lower(_text(dataset, f"{column}_Original_units"))
    from_volume = np.char.startswith(originally, "ml/l")[cast]
    if name != "oxygen" or seawater.normalise_unit(values.unit) != "umol/kg" or not from_volume.any():
        return plain
    recovered = Values(values.value, values.delivered, "umol/kg from ml/l", values.flag, values.archive_flag)
    return recovered.converted(policy, state, column, source.name).or_else(plain, ~from_volume)
