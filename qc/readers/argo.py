"""Argo profiles with oxygen: `<wmo>_Sprof.nc`, single synthetic profiles (SR, SD) and b-files (BR, BD)."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from qc.physics import seawater
from qc.readers.columns.coordinates import days_since, floats, position, pressure_and_depth
from qc.readers.columns.text import spread, words
from qc.readers.columns.variables import State, Values
from qc.readers.files.source import Source, need
from qc.table import flags, schema

_REQUIRED = ("PLATFORM_NUMBER", "CYCLE_NUMBER", "JULD", "LATITUDE", "LONGITUDE", "PRES", "DOXY", "STATION_PARAMETERS")
_FILL = 99999.0
_VARIABLES = {"temperature": "TEMP", "salinity": "PSAL", "oxygen": "DOXY", "nitrate": "NITRATE"}
_CREDIBLE_ERROR = 0.01  # umol/kg: smaller DOXY_ADJUSTED_ERROR are placeholders


def read(source: Source, policy: seawater.Policy = "sample") -> pa.Table:
    """Read the profiles of a synthetic file or b-file.

    Of each parameter with delayed or adjusted mode (D, A) the adjusted value and its flag are taken, of a real-time
    one (R) the raw value; raw oxygen is suspect at best, as the data running of biogeochemical Argo decided (raw values
    are low by 7 % on average). A b-file has neither pressure flags nor temperature and salinity.

    Parameters
    ----------
    source : Source
        The file.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume, which Argo does not have; taken so that all readers are called alike.

    Returns
    -------
    pyarrow.Table
        Observations: levels where anything was measured. `row` counts levels through the profiles; `cast` is
        "wmo_cycle", with D for a descending profile and "#BR0", "#BD1" ... for a profile of a b-file; `cruise` is
        the float; `oxygen_uncertainty` is DOXY_ADJUSTED_ERROR.

    Raises
    ------
    InputError
        If the file is no such file or is truncated.
    """
    with source.netcdf() as dataset:
        dataset.set_auto_mask(False)
        need(dataset, _REQUIRED, source)
        modes = _modes(dataset)
        raw_pressure = floats(dataset["PRES"][:], _FILL)
        pressure, pressure_qc = _pressure(dataset, modes.get("PRES"), raw_pressure)
        kept = np.isfinite(raw_pressure) & _measured(dataset)
        profile, _ = np.nonzero(kept)
        columns = _profiles(dataset, profile, source)
        columns["row"] = np.flatnonzero(kept)
        north, east = columns["latitude"], columns["longitude"]
        p, depth = pressure_and_depth(pressure[kept], np.full(profile.shape, np.nan), north)  # type: ignore[arg-type]
        variables = {
            ours: _chosen(dataset, theirs, modes.get(theirs), kept)
            for ours, theirs in _VARIABLES.items()
            if theirs in dataset.variables
        }
        uncertainty = _uncertainty(dataset, modes["DOXY"])[kept] if "DOXY_ADJUSTED_ERROR" in dataset.variables else None
    columns |= {"pressure": p, "depth": depth}
    variables["oxygen"] = _flagged_by_pressure(variables["oxygen"], pressure_qc[kept])
    nothing = np.full(profile.shape, np.nan)
    SP, t = (variables[name].usable if name in variables else nothing for name in ("salinity", "temperature"))
    state = State(SP, t, p, east, north)  # type: ignore[arg-type]
    for name, values in variables.items():
        if name in ("oxygen", "nitrate"):
            values = values.converted(policy, state, _VARIABLES[name], source.name)
        columns |= values.columns(name)
    if uncertainty is not None:
        columns["oxygen_uncertainty"] = np.where(np.isfinite(variables["oxygen"].value), uncertainty, np.nan)
    return schema.from_columns(columns, source.name)


def _modes(dataset: Any) -> dict[str, NDArray[np.bool_]]:
    """Say for each parameter which profiles (shape (profile,)) have an adjusted value to use."""
    parameters = words(dataset["STATION_PARAMETERS"][:])
    if "PARAMETER_DATA_MODE" in dataset.variables:
        letters = dataset["PARAMETER_DATA_MODE"][:]
    else:
        letters = np.repeat(dataset["DATA_MODE"][:][:, None], parameters.shape[1], axis=1)
    adjusted = np.isin(letters, (b"A", b"D"))
    names = {*_VARIABLES.values(), "PRES"}
    return {name: ((parameters == name) & adjusted).any(axis=1) for name in names}


def _pressure(
    dataset: Any, adjusted: NDArray[np.bool_] | None, raw: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Pressure (dbar) and its IODE flag; the raw pressure stands in where the adjusted one was rejected.

    Flag 8, a level of the merged axis of a synthetic profile, says nothing against the pressure.
    """
    if "PRES_QC" not in dataset.variables:
        return raw, np.full(raw.shape, flags.NOT_EVALUATED, np.int8)
    pressure, qc = raw, dataset["PRES_QC"][:]
    if adjusted is not None and "PRES_ADJUSTED" in dataset.variables:
        use, better = adjusted[:, None], floats(dataset["PRES_ADJUSTED"][:], _FILL)
        pressure = np.where(use & np.isfinite(better), better, raw)
        qc = np.where(use, dataset["PRES_ADJUSTED_QC"][:], qc)
    return pressure, np.select([qc == b"4", qc == b"3"], [flags.FAIL, flags.SUSPECT], flags.PASS).astype(np.int8)


def _measured(dataset: Any) -> NDArray[np.bool_]:
    present = [name for name in _VARIABLES.values() if name in dataset.variables]
    return np.any([np.isfinite(floats(dataset[name][:], _FILL)) for name in present], axis=0)


def _chosen(dataset: Any, name: str, adjusted: NDArray[np.bool_] | None, kept: NDArray[np.bool_]) -> Values:
    unit = str(getattr(dataset[name], "units", ""))
    value, qc = floats(dataset[name][:], _FILL), dataset[f"{name}_QC"][:]
    if adjusted is None or f"{name}_ADJUSTED" not in dataset.variables:
        adjusted = np.zeros(len(value), bool)
    else:
        use = adjusted[:, None]
        value = np.where(use, floats(dataset[f"{name}_ADJUSTED"][:], _FILL), value)
        qc = np.where(use, dataset[f"{name}_ADJUSTED_QC"][:], qc)
    values = Values.of(value[kept], unit, qc[kept], "argo")
    if name != "DOXY":
        return values
    raw = np.broadcast_to(~adjusted[:, None], kept.shape)[kept]
    at_best = np.where(raw, flags.merge(values.flag, np.int8(flags.SUSPECT)), values.flag).astype(np.int8)
    return Values(values.value, values.delivered, unit, at_best, values.archive_flag)


def _flagged_by_pressure(values: Values, pressure_flag: NDArray[np.int8]) -> Values:
    """Call a value at a bad pressure bad and at a doubtful one suspect (Argo real-time test 57)."""
    bad = (pressure_flag == flags.FAIL) | (pressure_flag == flags.SUSPECT)
    flag = np.where(bad, flags.merge(values.flag, pressure_flag), values.flag).astype(np.int8)
    return Values(values.value, values.delivered, values.unit, flag, values.archive_flag)


def _uncertainty(dataset: Any, adjusted: NDArray[np.bool_]) -> NDArray[np.float64]:
    error = floats(dataset["DOXY_ADJUSTED_ERROR"][:], _FILL)
    with np.errstate(invalid="ignore"):
        return np.where(adjusted[:, None] & (error >= _CREDIBLE_ERROR), error, np.nan)


def _profiles(dataset: Any, profile: NDArray[np.int64], source: Source) -> dict[str, object]:
    """Make the columns that are constant over a profile, one entry a level."""
    platform = words(dataset["PLATFORM_NUMBER"][:])
    cycle = np.char.zfill(np.asarray(dataset["CYCLE_NUMBER"][:]).astype(int).astype(str), 3)
    cast = np.char.add(np.char.add(platform, "_"), cycle)
    if "DIRECTION" in dataset.variables:
        cast = np.char.add(cast, np.where(dataset["DIRECTION"][:] == b"D", "D", ""))
    if "PRES_QC" not in dataset.variables:  # two profiles a cycle, and a BR may lie beside a BD of the same cycle
        ending = np.char.add(f"#{source.stem[:2]}", np.arange(cast.size).astype(str))
        cast = np.char.add(cast, ending)
    time = days_since(floats(dataset["JULD"][:], 999999.0), "1950-01-01")
    north, east = position(floats(dataset["LATITUDE"][:], _FILL), floats(dataset["LONGITUDE"][:], _FILL))
    for name, array in (("JULD_QC", time), ("POSITION_QC", north), ("POSITION_QC", east)):
        if name in dataset.variables:  # a date or position known to be wrong is none
            array[flags.to_iode(dataset[name][:], "argo") == flags.FAIL] = "NaT" if name == "JULD_QC" else np.nan
    return {
        "source": "argo",
        "file": source.name,
        "cast": spread(cast, profile),
        "cruise": spread(platform, profile),
        "platform": spread(platform, profile),
        "instrument": "float",
        "time": time[profile],
        "latitude": north[profile],
        "longitude": east[profile],
    }
