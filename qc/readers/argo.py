"""Argo profiles with oxygen: `<wmo>_Sprof.nc`, single synthetic profiles (SR, SD) and b-files (BR, BD)."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from qc.physics import seawater
from qc.readers.columns.coordinates import days_since, floats, position, pressure_and_depth
from qc.readers.columns.text import repeat_for_levels, strings
from qc.readers.columns.variables import AMOUNTS, Seawater, Values
from qc.readers.files.source import Source, require_variables
from qc.table import flags, schema
from qc.types import Floats, Integers, Mask

_REQUIRED = ("PLATFORM_NUMBER", "CYCLE_NUMBER", "JULD", "LATITUDE", "LONGITUDE", "PRES", "DOXY", "STATION_PARAMETERS")
_FILL = 99999.0
_VARIABLES = {"temperature": "TEMP", "salinity": "PSAL", "oxygen": "DOXY", "nitrate": "NITRATE"}
_CREDIBLE_ERROR = 0.01  # umol/kg: a smaller DOXY_ADJUSTED_ERROR is a placeholder


def read(source: Source, policy: seawater.Policy = "sample") -> pa.Table:
    """Read the profiles of a synthetic file or b-file.

    A parameter in delayed or adjusted mode (D, A) gives its adjusted value and flag, one in real-time mode (R) its raw
    value. Raw oxygen is flagged suspect or worse, after the rules of biogeochemical Argo (raw values are low by 7 % on
    average). Of adjusted oxygen the flags 1, 2, 5 and 8 pass: 8, interpolated to the pressures of a synthetic profile,
    with the bit "interpolated". It is suspect where temperature is (flag 3); where salinity is, which changes it by
    little, it has the bit "suspect_salinity". A b-file has neither pressure flags nor temperature and salinity.
    Positions and dates keep their flags: under ice a position is interpolated (8: suspect).

    Parameters
    ----------
    source : Source
        The file.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume; Argo has none, and all readers have the same parameters.

    Returns
    -------
    pyarrow.Table
        Observations: levels with at least one measured value. `row` counts levels through all profiles; `cast` is
        "wmo_cycle", with D for a descending profile and "#BR0", "#BD1" ... for a profile of a b-file; `cruise` is
        the float; `oxygen_uncertainty` is DOXY_ADJUSTED_ERROR; the original unit of adjusted oxygen ends in
        `qc.table.schema.ADJUSTED_NOTE`.

    Raises
    ------
    InputError
        If the file lacks a required variable or is truncated.
    """
    with source.netcdf() as dataset:
        dataset.set_auto_mask(False)
        require_variables(dataset, _REQUIRED, source)
        modes = _modes(dataset)
        raw_pressure = _floats(dataset, "PRES")
        pressure, pressure_flag = _pressure(dataset, modes.get("PRES"), raw_pressure)
        raw = {name: _floats(dataset, name) for name in _VARIABLES.values() if name in dataset.variables}
        kept = np.isfinite(raw_pressure) & np.any([np.isfinite(values) for values in raw.values()], axis=0)
        profile, _ = np.nonzero(kept)
        columns = _profiles(dataset, profile, source)
        columns["row"] = np.flatnonzero(kept)
        north, east = columns["latitude"], columns["longitude"]
        p, depth = pressure_and_depth(pressure[kept], np.full(profile.shape, np.nan), north)
        variables = {
            ours: _chosen(dataset, theirs, raw[theirs], modes.get(theirs), kept)
            for ours, theirs in _VARIABLES.items()
            if theirs in raw
        }
        uncertainty = _uncertainty(dataset, modes["DOXY"])[kept] if "DOXY_ADJUSTED_ERROR" in dataset.variables else None
    columns |= {"pressure": p, "depth": depth}
    variables["oxygen"] = _flagged_by_pressure(variables["oxygen"], pressure_flag[kept])
    variables["oxygen"], columns["oxygen_checks"] = _by_water(variables)
    water = Seawater.of(variables, p, east, north)
    for name, values in variables.items():
        if name in AMOUNTS:
            values = values.converted(policy, water, _VARIABLES[name], source.name)
        if name == "oxygen":
            values = values.noted(schema.ADJUSTED_NOTE, modes["DOXY"][profile])
        columns |= values.columns(name)
    if uncertainty is not None:
        columns["oxygen_uncertainty"] = np.where(np.isfinite(variables["oxygen"].value), uncertainty, np.nan)
    return schema.from_columns(columns, source.name)


def _floats(dataset: Any, name: str, missing: float = _FILL) -> Floats:
    """Return a variable as numbers, NaN where it has the fill value of the format or the one that it declares."""
    variable = dataset[name]
    values = floats(variable[:], missing)
    declared = np.asarray(getattr(variable, "_FillValue", missing), np.float64)
    return np.where(values == declared, np.nan, values)


def _modes(dataset: Any) -> dict[str, Mask]:
    """Return for each parameter the mask, shape (profile,), of profiles in delayed or adjusted mode."""
    parameters = strings(dataset["STATION_PARAMETERS"][:])
    if "PARAMETER_DATA_MODE" in dataset.variables:
        letters = dataset["PARAMETER_DATA_MODE"][:]
    else:
        letters = np.repeat(dataset["DATA_MODE"][:][:, None], parameters.shape[1], axis=1)
    adjusted = np.isin(letters, (b"A", b"D"))
    names = {*_VARIABLES.values(), "PRES"}
    return {name: ((parameters == name) & adjusted).any(axis=1) for name in names}


def _pressure(dataset: Any, adjusted: Mask | None, raw: Floats) -> tuple[Floats, NDArray[np.int8]]:
    """Return pressure (dbar) and its IODE flag; the raw pressure where the adjusted one is missing.

    Flag 8 (estimated) marks levels of the merged axis of a synthetic profile: their pressure passes.
    """
    if "PRES_QC" not in dataset.variables:
        return raw, np.full(raw.shape, flags.NOT_EVALUATED, np.int8)
    pressure, qc = raw, dataset["PRES_QC"][:]
    if adjusted is not None and "PRES_ADJUSTED" in dataset.variables:
        use, better = adjusted[:, None], _floats(dataset, "PRES_ADJUSTED")
        pressure = np.where(use & np.isfinite(better), better, raw)
        qc = np.where(use, dataset["PRES_ADJUSTED_QC"][:], qc)
    return pressure, np.select([qc == b"4", qc == b"3"], [flags.FAIL, flags.SUSPECT], flags.PASS).astype(np.int8)


def _chosen(dataset: Any, name: str, value: Floats, adjusted: Mask | None, kept: Mask) -> Values:
    """Return adjusted or raw values of a parameter at the levels that are kept."""
    unit = str(getattr(dataset[name], "units", ""))
    qc = dataset[f"{name}_QC"][:]
    if adjusted is None or f"{name}_ADJUSTED" not in dataset.variables:
        adjusted = np.zeros(len(value), bool)
    else:
        use = adjusted[:, None]
        value = np.where(use, _floats(dataset, f"{name}_ADJUSTED"), value)
        qc = np.where(use, dataset[f"{name}_ADJUSTED_QC"][:], qc)
    values = Values.of(value[kept], unit, qc[kept], "argo")
    if name != "DOXY":
        return values
    raw = np.broadcast_to(~adjusted[:, None], kept.shape)[kept]
    interpolated = _has(values, "8")  # to the pressures of a synthetic profile
    values = replace(values, flag=np.where(interpolated, flags.PASS, values.flag).astype(np.int8))
    return values.flagged(flags.SUSPECT, raw)


def _has(values: Values, code: str) -> Mask:
    """Tell which values have a flag as delivered, shape (level,)."""
    return np.asarray(values.archive_flag == f"argo:{code}", bool)


def _by_water(variables: dict[str, Values]) -> tuple[Values, NDArray[np.uint64]]:
    """Return oxygen, suspect where temperature is, with the bits of what passes all the same, shape (level,)."""
    oxygen = variables["oxygen"]
    if "temperature" in variables:
        oxygen = oxygen.flagged(flags.SUSPECT, _has(variables["temperature"], "3"))
    passes = np.isfinite(oxygen.value) & (oxygen.flag == flags.PASS)
    bits = np.zeros(passes.shape, np.uint64)
    bits[passes & _has(oxygen, "8")] |= schema.INTERPOLATED
    if "salinity" in variables:
        bits[passes & _has(variables["salinity"], "3")] |= schema.SUSPECT_SALINITY
    return oxygen, bits


def _flagged_by_pressure(values: Values, pressure_flag: NDArray[np.int8]) -> Values:
    """Flag a value at a bad pressure as bad and at a suspect pressure as suspect (Argo real-time test 57)."""
    return values.flagged(pressure_flag, (pressure_flag == flags.FAIL) | (pressure_flag == flags.SUSPECT))


def _uncertainty(dataset: Any, adjusted: Mask) -> Floats:
    """Return the error of adjusted oxygen, umol/kg, NaN where it is a placeholder."""
    error = _floats(dataset, "DOXY_ADJUSTED_ERROR")
    with np.errstate(invalid="ignore"):
        return np.where(adjusted[:, None] & (error >= _CREDIBLE_ERROR), error, np.nan)


def _profiles(dataset: Any, profile: Integers, source: Source) -> dict[str, Any]:
    """Return the columns that are constant over a profile, shape (level,)."""
    platform = strings(dataset["PLATFORM_NUMBER"][:])
    cycle = np.char.zfill(np.asarray(dataset["CYCLE_NUMBER"][:]).astype(int).astype(str), 3)
    cast = np.char.add(np.char.add(platform, "_"), cycle)
    if "DIRECTION" in dataset.variables:
        cast = np.char.add(cast, np.where(dataset["DIRECTION"][:] == b"D", "D", ""))
    if "PRES_QC" not in dataset.variables:  # two profiles a cycle, and BR and BD files of the same cycle may both exist
        ending = np.char.add(f"#{source.stem[:2]}", np.arange(cast.size).astype(str))
        cast = np.char.add(cast, ending)
    time = days_since(_floats(dataset, "JULD", 999999.0), "1950-01-01")
    north, east = position(_floats(dataset, "LATITUDE"), _floats(dataset, "LONGITUDE"))
    own_flags = {
        f"{name}_flag": flags.agree(flags.to_iode(dataset[qc][:], "argo"), array)[profile]
        for name, qc, array in (("time", "JULD_QC", time), ("position", "POSITION_QC", north))
        if qc in dataset.variables
    }
    return {
        "source": "argo",
        "file": source.name,
        "cast": repeat_for_levels(cast, profile),
        "cruise": (wmo := repeat_for_levels(platform, profile)),
        "platform": wmo,
        "instrument": "float",
        "time": time[profile],
        "latitude": north[profile],
        "longitude": east[profile],
    } | own_flags
