"""What a run found, first of all on its page: mean oxygen, inventory and oxygen minimum zones, change and trend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import t as student

from oxygen_recon.products.inventory import oxygen_inventory
from oxygen_recon.products.trends import trend
from oxygen_recon.report.run.means import ALL
from oxygen_recon.report.run.results import RunResults
from oxygen_recon.report.table import Cell, Column, Table

_LEAST = 10  # years that a trend needs
_INVENTORIES = {"0-1000 m": (0.0, 1000.0), "0 m to bottom": (0.0, np.inf)}
_EXTENTS = {"omz_area": ("area", "million km²", 1e12), "omz_volume": ("volume", "million km³", 1e15)}


@dataclass(frozen=True)
class Headlines:
    """What changed.

    Parameters
    ----------
    sentences : list of str
        The main results.
    table : Table or None
        One row a quantity; None where there are too few years.
    note : str
        What the columns are.
    """

    sentences: list[str]
    table: Table | None
    note: str


@dataclass(frozen=True)
class _Row:
    """A quantity: its series, the trend of it, and of the truth."""

    name: str
    unit: str
    first: float
    last: float
    slope: float
    low: float
    high: float
    true: float


def headlines(results: RunResults) -> Headlines:
    """Sum up what changed and by how much.

    Parameters
    ----------
    results : RunResults
        Results of the run.

    Returns
    -------
    Headlines
        Means of the first and the last years, their difference, the trend with an interval of 90 %, and the trend of
        the truth where it is known.
    """
    years = results.years
    if years.size < _LEAST:
        return Headlines([], None, "")
    rows = list(_rows(results))
    span, (first, last) = f"{years[0]}–{years[-1]}", results.ends
    names: tuple[Column, ...] = (
        Column("quantity"), Column(first, "mean"), Column(last, "mean"), Column("change"),
        Column("trend", "a decade"), Column("interval of 90 %", "a decade"), Column("trend of the truth", "a decade"),
    )  # fmt: skip
    known = results.truth is not None
    names = names if known else names[:-1]
    table = Table(names, tuple(_cells(row)[: len(names)] for row in rows))
    how = (
        "interval of 90 % of the members' trends"
        if "low" in results.trends and np.isfinite(results.trends["low"]).any()
        else "interval of 90 % of least squares, degrees of freedom by the lag-1 autocorrelation of the residuals"
    )
    note = (
        f"Change: mean of {last} less mean of {first}. Trend: least squares over {span}, n = {years.size} years, with "
        f"the {how}. Area and volume of oxygen minimum zones: expected value from the field and its error."
    )
    return Headlines([_sentence(row, results) for row in rows if row.name in _main(results)], table, note)


def _main(results: RunResults) -> set[str]:
    """Names of the rows that are also said in a sentence."""
    return {f"mean oxygen, {results.layer}", "inventory, 0 m to bottom", f"area below {results.threshold:g} µmol kg⁻¹"}


def _sentence(row: _Row, results: RunResults) -> str:
    """Say one row."""
    first, last = results.ends
    rose = "rose" if row.last > row.first else "fell"
    true = f"; truth {_number(row.true, '+')}" if np.isfinite(row.true) else ""
    share = f" ({_number(100 * (row.last - row.first) / row.first, '+')} %)" if row.first else ""
    return (
        f"{row.name[0].upper()}{row.name[1:]} {rose} from {_number(row.first)} {row.unit} ({first}) to "
        f"{_number(row.last)} ({last}), by {_number(abs(row.last - row.first))} {row.unit}{share}; trend "
        f"{_number(row.slope, '+')} {row.unit} a decade (90 % interval {_number(row.low, '+')} to "
        f"{_number(row.high, '+')}){true}."
    )


def _cells(row: _Row) -> tuple[Cell, ...]:
    """Format one row."""
    interval = f"{_number(row.low, '+')} to {_number(row.high, '+')}"
    numbers = (_number(row.first), _number(row.last), _number(row.last - row.first, "+"), _number(row.slope, "+"))
    return tuple(map(Cell, (f"{row.name} ({row.unit})", *numbers, interval, _number(row.true, "+"))))


def _rows(results: RunResults) -> Iterator[_Row]:
    """Find every quantity."""
    if results.layer:
        own = results.means.layer.sel(region=ALL, drop=True)
        true = None if results.true_means is None else results.true_means.layer.sel(region=ALL, drop=True)
        ends = _member_ends(results.trends, "inventory", "0-1000 m")
        if ends is not None:
            ratio = _water(results.inventory, "0-1000 m")
            ends = None if ratio is None else (ends[0] * ratio, ends[1] * ratio)
        yield _row(f"mean oxygen, {results.layer}", "µmol kg⁻¹", own, true, ends, results)
    if not results.inventory.empty:
        yield from _inventories(results)
    for variable, (what, unit, size) in _EXTENTS.items():
        name = f"{variable}_expected" if f"{variable}_expected" in results.omz else variable
        if name not in results.omz:
            continue
        for threshold in results.omz["threshold"].to_numpy():
            own = results.omz[name].sel(threshold=threshold, drop=True) / size
            real = results.omz_truth
            known = None if real is None else real[variable].sel(threshold=threshold, drop=True) / size
            ends = _member_ends(results.trends, variable, f"{threshold:g}", size)
            yield _row(f"{what} below {threshold:g} µmol kg⁻¹", unit, own, known, ends, results)


def _inventories(results: RunResults) -> Iterator[_Row]:
    """Amounts of oxygen by layer."""
    table = results.inventory
    chosen = {name: layer for name, layer in _INVENTORIES.items() if name in set(table["layer"])}
    true = None
    if results.truth is not None and chosen:
        oxygen = results.truth["oxygen"].assign_attrs(units="umol kg-1")
        true = oxygen_inventory(oxygen, list(chosen.values()), grid=results.grid)["inventory"].isel(region=0, drop=True)
    for number, name in enumerate(chosen):
        rows = table[table["layer"] == name]
        time = pd.to_datetime(rows["time"]).to_numpy()
        own = xr.DataArray(rows["inventory"].to_numpy(float), {"time": time}, ["time"])
        known = None if true is None else true.isel(layer=number, drop=True)
        ends = _member_ends(results.trends, "inventory", name)
        yield _row(f"inventory, {name.replace('-', '–')}", "Pmol", own, known, ends, results)


def _row(
    name: str, unit: str, own: xr.DataArray, true: xr.DataArray | None, ends: tuple[float, float] | None,
    results: RunResults,
) -> _Row:  # fmt: skip
    """Compute means and trend of a series; the ends of the interval are those of the fit where none are given."""
    found = trend(own)
    slope, error, freedom = (float(found[one]) for one in ("trend", "standard_error", "degrees_of_freedom"))
    if ends is None:
        reach = float(student.ppf(0.95, freedom)) * error
        ends = slope - reach, slope + reach
    years, n = own["time"].dt.year.to_numpy(), results.means.years
    first, last = (float(own[inside].mean()) for inside in (years < years[0] + n, years > years[-1] - n))
    return _Row(name, unit, first, last, slope, *ends, np.nan if true is None else float(trend(true)["trend"]))


def _member_ends(trends: pd.DataFrame, quantity: str, of: str, size: float = 1.0) -> tuple[float, float] | None:
    """Read the ends of the members' interval of a trend, in units of `size` a decade; None where there are none."""
    if not {"quantity", "of", "low", "high"} <= set(trends):
        return None
    same = (trends["quantity"] == quantity) & (trends["of"].astype(str).str.removesuffix(".0") == of)
    rows = trends[same & np.isfinite(trends["low"]) & np.isfinite(trends["high"])]
    return None if rows.empty else (float(rows["low"].iloc[0]) / size, float(rows["high"].iloc[0]) / size)


def _water(inventory: pd.DataFrame, layer: str) -> float | None:
    """Mean oxygen that an inventory of 1 Pmol is, umol kg-1; None where the layer is not summed up."""
    rows = inventory[inventory["layer"] == layer] if "mean" in inventory else inventory[:0]
    return None if rows.empty else float(rows["mean"].mean() / rows["inventory"].mean())


def _number(value: float, sign: str = "") -> str:
    """Write a number with three digits; a dash where it is unknown."""
    if not np.isfinite(value):
        return "–"
    size = abs(value)
    digits = 0 if size >= 1000 else 1 if size >= 10 else 2 if size >= 0.1 or size == 0 else 3
    return f"{value:{sign},.{digits}f}".replace("-", "−")
