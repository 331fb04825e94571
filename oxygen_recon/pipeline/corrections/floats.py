"""Corrections of oxygen sensors on floats, for whole observation tables: gain, effect of pressure, response time.

Each writes a new table, to be flagged by quality control, and `changes.csv`, which records what was done to each
archive file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from oxygen_recon.fields.surface_saturation import open_surface_saturation
from oxygen_recon.observations import finished
from oxygen_recon.pipeline.corrections.corrected_table import Records, row_of, write_corrected
from oxygen_recon.pipeline.corrections.estimates import read_estimates
from qc.corrections import float_gain_fit, float_gains, float_oxygen, response_time
from qc.corrections.float_gain_fit import REFERENCES, Choice
from qc.errors import InputError
from qc.files import replacing
from qc.table import profiles, schema
from qc.types import Mask

_SURFACINGS = ["float", "time", "pO2_air", "p_atm", "temperature"]
_CALIBRATION = ("slope_error", "offset", "drift", "drift2", "incline")
_NUMBERS = {"gain", *_CALIBRATION, "pO2_air", "pO2_water", "p_atm", "temperature"}


def correct_gains(
    table: str | Path,
    out: str | Path,
    *,
    climatology: str | Path | None = None,
    in_air: str | Path | None = None,
    saturation: float | None = None,
    casts: int | None = None,
    months: Sequence[int] = (),
    gains: str | Path | None = None,
) -> pd.DataFrame:
    """Estimate the gain of the oxygen sensor of every float, and correct its raw oxygen by it.

    Oxygen that the operator of a float has adjusted is neither used nor changed.

    Parameters
    ----------
    table : str or Path
        Folder that `ingest` made, or one parquet file.
    out : str or Path
        Folder of the new table; `gains.csv`, a row a float, and `casts.csv`, a row a cast, lie beside `changes.csv`.
    climatology, in_air, saturation, casts, months
        As for `estimate_gains`.
    gains : str or Path, optional
        CSV with columns `float` and `gain`, as `estimate_gains` writes it, instead of an estimate; optionally
        `slope_error`, `offset` (mbar), `drift` and `drift2` (percent per year and per year squared), `incline` (per
        degC) and `launched` (date), as `qc.corrections.float_oxygen.adjust` takes them.

    Returns
    -------
    pandas.DataFrame
        What was changed, a row an archive file and float.

    Raises
    ------
    qc.errors.InputError
        If there is no table, it is unfinished, a file cannot be read, a line of `gains` is at fault (blank or repeated
        float, no number, gain not above 0, no date), both gains and a reference are given, a level was corrected
        before, or there is something at `out`.
    """
    beside = {}
    if gains is None:
        found, each = _estimate(Path(table), climatology, in_air, saturation, Choice(casts, tuple(months)))
        beside = {"gains.csv": found.reset_index(), "casts.csv": each}
    elif casts is not None or months or any(one is not None for one in (climatology, in_air, saturation)):
        raise InputError("both gains and how to estimate them", "correct gains", "give one of them")
    else:
        found = _gains(Path(gains))
    settings = {str(name): _settings(row) for name, row in found.to_dict("index").items() if pd.notna(row["gain"])}

    def apply(part: pa.Table) -> tuple[pa.Table, Records]:
        return _adjusted(part, settings)

    return write_corrected(table, out, apply, beside)


def estimate_gains(
    table: str | Path,
    out: str | Path,
    *,
    climatology: str | Path | None = None,
    in_air: str | Path | None = None,
    saturation: float | None = None,
    casts: int | None = None,
    months: Sequence[int] = (),
) -> pd.DataFrame:
    """Estimate the gain of the oxygen sensor of every float, by its mixed layer or by air; changes nothing.

    Casts in water within 0.5 degC of freezing are left out, for ice keeps it from saturation.

    Parameters
    ----------
    table : str or Path
        Folder that `ingest` made, or one parquet file; only raw oxygen of floats is used.
    out : str or Path
        Folder of the results: `casts.csv`, a row a cast with why it was not `used`, and `gains.csv`, a row a float.
    climatology : str or Path, optional
        CF netCDF file of the saturation of oxygen, or of oxygen, temperature and salinity, of the year or of twelve
        months: `oxygen_recon.fields.surface_saturation.open_surface_saturation`.
    in_air : str or Path, optional
        CSV of surfacings, as `qc.corrections.float_gains.gain_of_surfacings` takes them.
    saturation : float, optional
        True saturation of the surface, percent, instead of either; 100 when all are left out.
    casts : int, optional
        Only the first so many casts of each float that can be used; operators take 5 in real time.
    months : sequence of int
        Only casts of these calendar months.

    Returns
    -------
    pandas.DataFrame
        By float, as `qc.corrections.float_gain_fit.of_floats` returns it, and the `reference`.

    Raises
    ------
    qc.errors.InputError
        If there is no table, a file cannot be read, both references are given, or a month or number of casts is none.
    """
    found, each = _estimate(Path(table), climatology, in_air, saturation, Choice(casts, tuple(months)))
    for frame, name in ((each, "casts.csv"), (found.reset_index(), "gains.csv")):
        with replacing(Path(out) / name) as partial:
            frame.to_csv(partial, index=False)
    return found


def correct_pressure(table: str | Path, out: str | Path) -> pd.DataFrame:
    """Correct optodes of floats for the effect of pressure on their foil.

    Parameters
    ----------
    table : str or Path
        Folder that `ingest` made, or one parquet file, whose oxygen was computed without a term in pressure. Argo's
        files have it already.
    out : str or Path
        Folder of the new table.

    Returns
    -------
    pandas.DataFrame
        What was changed, a row an archive file.

    Raises
    ------
    qc.errors.InputError
        If there is no table, a level was corrected so before, or there is something at `out`.
    """

    def apply(part: pa.Table) -> tuple[pa.Table, Records]:
        changed, change = float_oxygen.pressure_effect(part)
        return changed, [row_of(change)]

    return write_corrected(table, out, apply)


def correct_response_time(table: str | Path, out: str | Path, *, tau: float, speed: float = 0.1) -> pd.DataFrame:
    """Undo the lag of slow oxygen sensors on rising floats.

    Parameters
    ----------
    table : str or Path
        Folder that `ingest` made, or one parquet file.
    out : str or Path
        Folder of the new table.
    tau : float
        Response time of the sensor, s.
    speed : float
        Rising speed of the float, dbar/s.

    Returns
    -------
    pandas.DataFrame
        What was changed, a row an archive file.

    Raises
    ------
    qc.errors.InputError
        If `tau` or `speed` is not positive, a level was corrected before, or there is something at `out`.
    """

    def apply(part: pa.Table) -> tuple[pa.Table, Records]:
        changed, change = response_time.correct(part, tau, speed)
        return changed, [row_of(change)]

    return write_corrected(table, out, apply)


def _estimate(
    table: Path, climatology: str | Path | None, in_air: str | Path | None, saturation: float | None, choice: Choice
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Estimate the gains of floats; return them by float, and those of the casts or surfacings."""
    if sum(one is not None for one in (climatology, in_air, saturation)) > 1:
        raise InputError("two references", "gains", "give a climatology, readings in air or a saturation")
    percent = 100.0 if saturation is None else saturation
    if not (choice.casts is None or choice.casts > 0) or not {*choice.months} <= {*range(1, 13)}:
        raise InputError("no such cast or month", "gains", "casts count from 1, months from 1 to 12")
    if not percent > 0:
        raise InputError(f"saturation of {percent:g} %", "gains", "it is about 100")
    parts = finished.files(table)  # floats of readings in air are to be corrected in it
    if in_air is not None:
        kind, each = "air", float_gains.gain_of_surfacings(_surfacings(Path(in_air)))
    else:
        kind = "saturation" if climatology is None else "climatology"
        reference = percent if climatology is None else open_surface_saturation(Path(climatology))
        each = pd.concat([float_gains.gain_at_surface(schema.read(part), reference) for part in parts])
        each = each.reset_index(drop=True)
    each["left_out"] = float_gain_fit.reasons(each, choice)
    return float_gain_fit.of_floats(each, choice, REFERENCES[kind]).assign(reference=kind), each


def _adjusted(part: pa.Table, settings: dict[str, dict[str, Any]]) -> tuple[pa.Table, Records]:
    """Adjust the raw oxygen of each float of an archive file that has a gain; name the others in the changes."""
    done: Records = []
    here = profiles.from_table(part, ["oxygen"])
    present = np.isfinite(here.values["oxygen"]) & here.measured_with(["float"])
    raw = float_oxygen.raw_levels(part, here)
    name_of = part["cruise"].to_pandas().astype(object).to_numpy()
    for name in sorted({*name_of[present].astype(str)}):
        own: Mask = present & (name_of == name)
        if name in settings and (own & raw).any():
            part, change = float_oxygen.adjust(part, where=own & raw, **settings[name])
            done.append({"float": name} | row_of(change))
        elif (own & raw).any():
            done.append({"float": name, "step": "none: no gain", "levels": 0, "left": int((own & raw).sum())})
        if (own & ~raw).any():
            why = "none: adjusted by its operator"
            done.append({"float": name, "step": why, "levels": 0, "left": int((own & ~raw).sum())})
    return part, done


def _settings(row: dict[Any, Any]) -> dict[str, Any]:
    """Take the keywords of `float_oxygen.adjust` from a row of gains."""
    names = {"gain": "slope"} | {name: name for name in _CALIBRATION}
    settings: dict[str, Any] = {names[name]: float(row[name]) for name in names if pd.notna(row.get(name))}
    if pd.notna(row.get("launched")):
        settings["launched"] = np.datetime64(row["launched"])
    return settings


def _gains(path: Path) -> pd.DataFrame:
    """Read the table of gains, by float."""
    needed, fix = ["float", "gain"], "estimate the gains first"
    frame = read_estimates(path, needed, fix, numbers=_NUMBERS, positive=["gain"], dates=["launched"], once=str)
    return frame.set_index("float")


def _surfacings(path: Path) -> pd.DataFrame:
    """Read the table of surfacings."""
    fix = "see qc.corrections.float_gains.gain_of_surfacings"
    return read_estimates(path, _SURFACINGS, fix, numbers=_NUMBERS, dates=["time"])
