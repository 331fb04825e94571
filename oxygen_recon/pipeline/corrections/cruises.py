"""Adjustments of whole cruises: crossovers, and factors from them or from GLODAP.

Crossovers write tables of numbers and change nothing. Adjustments write a new table, to be flagged by quality control,
and `changes.csv`, which records what was done to each archive file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast, get_args

import pandas as pd
import pyarrow as pa

from oxygen_recon.pipeline.corrections.corrected_table import Correction, Records, rows_of, write_corrected
from oxygen_recon.pipeline.corrections.estimates import read_estimates
from oxygen_recon.pipeline.tables import read_table
from qc.corrections import crossovers, glodap_adjustments
from qc.errors import InputError
from qc.files import replacing

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
        If there is no table, it is unfinished, there is no such surface, or a cruise of `datum` is in no crossover.
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
        What was changed, a row an archive file and cruise.

    Raises
    ------
    qc.errors.InputError
        If not exactly one of `glodap` and `factors` is given, a line of `factors` is at fault (blank or repeated
        cruise, no number above 0), a file cannot be read, or there is something at `out`.
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
    factor, plain = ["factor"], glodap_adjustments.plain
    frame = read_estimates(
        path, ["cruise", *factor], "run the crossovers first", numbers=factor, positive=factor, once=plain
    )
    return dict(zip(frame["cruise"], frame["factor"]))


def _write(frame: pd.DataFrame, path: Path, index: bool) -> None:
    """Write a table of numbers, whole or not at all."""
    with replacing(path) as partial:
        frame.to_csv(partial, index=index)
