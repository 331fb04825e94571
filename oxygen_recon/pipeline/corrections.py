"""Corrections of whole observation tables: crossovers, cruise adjustments, float gains and sensor response time.

Estimates write tables of numbers and change nothing. Corrections write a new table, to be flagged by quality control,
and `changes.csv`, which records what was done to each part.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, cast, get_args

import numpy as np
import pandas as pd
import pyarrow as pa

from oxygen_recon.pipeline.corrected_table import Correction, Records, read_numbers, row_of, rows_of, write_corrected
from oxygen_recon.pipeline.tables import read_table
from qc.corrections import crossovers, float_gains, float_oxygen, glodap_adjustments, response_time
from qc.errors import InputError
from qc.files import replacing
from qc.table import profiles
from qc.types import Mask

Surface = Literal["density", "pressure"]


def find_crossovers(
    table: str | Path,
    out: str | Path,
    *,
    datum: Sequence[str] = (),
    surface: str = "density",
) -> pd.DataFrame:
    """Compare the deep oxygen of cruises where they cross, and estimate one factor a cruise.

    Parameters
    ----------
    table : str or Path
        Folder that `ingest` made, flagged by `quality_control`; or one parquet file.
    out : str or Path
        Folder of the results: `crossovers.csv`, a row a pair of cruises, and `factors.csv`, a row a cruise.
    datum : sequence of str
        Cruises ("source/cruise") whose factor is 1.
    surface : {"density", "pressure"}
        Surfaces on which oxygen is compared.

    Returns
    -------
    pandas.DataFrame
        The factors, by cruise; `adjust_cruises` applies them. See `qc.corrections.crossovers.adjust`.

    Raises
    ------
    qc.errors.InputError
        If there is no table or no such surface, or a cruise of `datum` is in no crossover.
    """
    if surface not in get_args(Surface):
        raise InputError("no such surface", surface, f"choose {' or '.join(get_args(Surface))}")
    pairs = crossovers.find(read_table(table), crossovers.Rules(surface=cast(Surface, surface)))
    factors = crossovers.adjust(pairs, tuple(datum))
    _write(pairs, Path(out) / "crossovers.csv", index=False)
    _write(factors, Path(out) / "factors.csv", index=True)
    return factors


def adjust_cruises(
    table: str | Path,
    out: str | Path,
    *,
    glodap: str | Path | None = None,
    aliases: str | Path | None = None,
    factors: str | Path | None = None,
) -> pd.DataFrame:
    """Multiply the oxygen of cruises by GLODAP's adjustments, or by factors from crossovers.

    Parameters
    ----------
    table : str or Path
        Folder that `ingest` made, or one parquet file. A level that was adjusted before is left as it is.
    out : str or Path
        Folder of the new table.
    glodap : str or Path, optional
        GLODAP's AdjustmentTable.csv.
    aliases : str or Path, optional
        GLODAP's table of cruises, with their other names.
    factors : str or Path, optional
        `factors.csv` of `find_crossovers`, instead of `glodap`.

    Returns
    -------
    pandas.DataFrame
        What was changed, a row a part and cruise.

    Raises
    ------
    qc.errors.InputError
        If not exactly one of `glodap` and `factors` is given, a file cannot be read, or there is something at `out`.
    """
    if (glodap is None) == (factors is None):
        raise InputError("needs one table of factors", "adjust cruises", "give GLODAP's adjustments or factors.csv")
    if factors is not None:
        return write_corrected(table, out, _by_source(_factors(Path(factors))))
    given = glodap_adjustments.read(Path(str(glodap)))
    names = {} if aliases is None else glodap_adjustments.read_aliases(Path(aliases))

    def apply(part: pa.Table) -> tuple[pa.Table, Records]:
        changed, cruises = glodap_adjustments.apply(part, given, names)
        return changed, rows_of(cruises)

    return write_corrected(table, out, apply)


def estimate_float_gains(table: str | Path, out: str | Path, *, reference: float = 100.0) -> pd.DataFrame:
    """Estimate the gain of the oxygen sensor of every float from the saturation of its upper 25 dbar.

    Parameters
    ----------
    table : str or Path
        Folder that `ingest` made, or one parquet file; casts of other instruments are left out.
    out : str or Path
        Folder of the results: `casts.csv`, a row a cast, and `gains.csv`, a row a float.
    reference : float
        True saturation at the surface, percent.

    Returns
    -------
    pandas.DataFrame
        By float: `gain`, the median over its casts, and `casts`, their number; `correct_floats` applies it.

    Raises
    ------
    qc.errors.InputError
        If there is no table.
    """
    casts = float_gains.gain_at_surface(read_table(table), reference)
    grouped = casts.dropna(subset=["gain"]).groupby("cruise")["gain"]
    gains = pd.DataFrame({"gain": grouped.median(), "casts": grouped.size()}).rename_axis("float")
    _write(casts, Path(out) / "casts.csv", index=False)
    _write(gains, Path(out) / "gains.csv", index=True)
    return gains


def correct_floats(
    table: str | Path, out: str | Path, *, gains: str | Path | None = None, pressure_effect: bool = False
) -> pd.DataFrame:
    """Correct the oxygen of floats by the gain of each, and for the effect of pressure on their optodes.

    Parameters
    ----------
    table : str or Path
        Folder that `ingest` made, or one parquet file. Adjusted Argo oxygen is corrected already.
    out : str or Path
        Folder of the new table.
    gains : str or Path, optional
        CSV with columns `float` and `gain`, as `estimate_float_gains` writes it; optionally `offset` (mbar), `drift`
        and `drift2` (percent per year and per year squared), `incline` (per degC), `launched` (date) and
        `slope_error`, as `qc.corrections.float_oxygen.adjust` takes them.
    pressure_effect : bool
        Whether the oxygen was computed without a term in pressure, which is applied first.

    Returns
    -------
    pandas.DataFrame
        What was changed, a row a part and step.

    Raises
    ------
    qc.errors.InputError
        If neither correction is chosen, a file cannot be read, a level was corrected before, or there is something at
        `out`.
    """
    if gains is None and not pressure_effect:
        raise InputError("nothing to correct", "correct floats", "give the gains, or choose the effect of pressure")
    given = [] if gains is None else _gains(Path(gains))

    def apply(part: pa.Table) -> tuple[pa.Table, Records]:
        done: Records = []
        if pressure_effect:
            part, change = float_oxygen.pressure_effect(part)
            done.append(row_of(change))
        for name, settings in given:
            where = _levels_of(part, name)
            if where.any():
                part, change = float_oxygen.adjust(part, where=where, **settings)
                done.append({"float": name} | row_of(change))
        return part, done

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
        What was changed, a row a part.

    Raises
    ------
    qc.errors.InputError
        If `tau` or `speed` is not positive, a level was corrected before, or there is something at `out`.
    """

    def apply(part: pa.Table) -> tuple[pa.Table, Records]:
        changed, change = response_time.correct(part, tau, speed)
        return changed, [row_of(change)]

    return write_corrected(table, out, apply)


def _by_source(factors: dict[str, float]) -> Correction:
    """Make a correction of factors by "source/cruise"."""
    of_source: dict[str, dict[str, float]] = {}
    for name, factor in factors.items():
        archive, _, cruise = name.partition("/")
        of_source.setdefault(archive, {})[glodap_adjustments.plain(cruise)] = factor

    def apply(part: pa.Table) -> tuple[pa.Table, Records]:
        done: Records = []
        archives = {*part["source"].unique().to_pylist()}
        for archive in sorted(archives & {*of_source}):
            own = pd.Series(of_source[archive], dtype=float)
            part, cruises = glodap_adjustments.apply(part, own, adjusted=archives - {archive})
            done += rows_of(cruises)
        return part, done

    return apply


def _factors(path: Path) -> dict[str, float]:
    """Read the factors of `find_crossovers`, by cruise."""
    frame = read_numbers(path, ["cruise", "factor"], "run the crossovers first")
    return dict(zip(frame["cruise"], frame["factor"].astype(float)))


def _gains(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Read the calibration of each float, as keywords of `float_oxygen.adjust`."""
    frame = read_numbers(path, ["float", "gain"], "estimate the gains first").rename(columns={"gain": "slope"})
    optional = ("slope", "offset", "drift", "drift2", "incline", "slope_error")
    found = []
    for row in frame.to_dict("records"):
        settings: dict[str, Any] = {name: float(row[name]) for name in optional if pd.notna(row.get(name))}
        if pd.notna(row.get("launched")):
            settings["launched"] = np.datetime64(str(row["launched"]))
        found.append((str(row["float"]), settings))
    return found


def _levels_of(table: pa.Table, cruise: str) -> Mask:
    """Return the levels of one float, shape (level,)."""
    here = profiles.from_table(table, [])
    own: Mask = table["cruise"].to_pandas().astype(object).to_numpy() == cruise
    return own & here.measured_with(["float"])


def _write(frame: pd.DataFrame, path: Path, index: bool) -> None:
    """Write a table of numbers, whole or not at all."""
    with replacing(path) as partial:
        frame.to_csv(partial, index=index)
