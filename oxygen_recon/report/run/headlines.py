"""What a run found, first of all on its page: mean oxygen, inventory and oxygen minimum zones, change and trend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.stats import t as student

from oxygen_recon.products.inventory import oxygen_inventory
from oxygen_recon.products.omz.description import published
from oxygen_recon.products.trends import trend
from oxygen_recon.report.run.means import ALL
from oxygen_recon.report.run.results import RunResults
from oxygen_recon.report.table import Cell, Column, Table

_LEAST = 10  # years that a trend needs
_INVENTORIES = {"0-1000 m": (0.0, 1000.0), "0 m to bottom": (0.0, np.inf)}
_PARTS = {
    "inventory": "inventory",
    "inventory_solubility": "inventory at saturation",
    "inventory_aou": "apparent oxygen utilization",
}
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
        Column("trend", "a decade"), Column("interval of 90 %", "a decade"), Column("true trend", "a decade"),
    )  # fmt: skip
    known = results.truth is not None
    names = names if known else names[:-1]
    table = Table(names, tuple(_cells(row)[: len(names)] for row in rows))
    fit = "that of least squares, degrees of freedom by the lag-1 autocorrelation of the residuals"
    steps = results.omz.sizes["time"]
    members = not results.trends.empty and np.isfinite(results.trends["low"]).any()
    how = f"that of the members' trends, or where there are none {fit}" if members else fit
    note = (
        f"Change: mean of {last} less mean of {first}. Trend: least squares over {span}, n = {steps} steps; "
        f"its interval of 90 % is {how}. Area and volume of oxygen minimum zones: the "
        "expected value from the field and its error."
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
        f"{_number(row.slope, '+')} {row.unit} a decade (90\u00a0% interval {_number(row.low, '+')} to "
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
        yield _row(f"mean oxygen, {results.layer}", "µmol kg⁻¹", own, true, _mean_trend(results), results)
    yield from _inventories(results)
    for variable, (what, unit, size) in _EXTENTS.items():
        if variable not in results.omz:
            continue
        name, _ = published(results.omz, variable)
        for threshold in results.omz["threshold"].to_numpy():
            own = results.omz[name].sel(threshold=threshold, drop=True) / size
            real = results.omz_truth
            known = None if real is None else real[variable].sel(threshold=threshold, drop=True) / size
            fitted = _fitted(results, variable, f"{threshold:g}", 1.0 / size)
            yield _row(f"{what} below {threshold:g} µmol kg⁻¹", unit, own, known, fitted, results)


def _inventories(results: RunResults) -> Iterator[_Row]:
    """Amounts of oxygen by layer, and what of them is due to solubility and to use since."""
    table = results.inventory.sel(region=ALL) if "region" in results.inventory else results.inventory
    chosen = {name: layer for name, layer in _INVENTORIES.items() if "layer" in table and name in table["layer"].values}
    true = None
    if results.truth is not None and chosen:
        oxygen = results.truth["oxygen"].assign_attrs(units="umol kg-1")
        true = oxygen_inventory(oxygen, list(chosen.values()), grid=results.grid)["mean"].sel(region=ALL, drop=True)
    for number, name in enumerate(chosen):
        rows = table.sel(layer=name, drop=True)
        # The inventory is the mean times an amount of water that hardly changes.
        water = float(rows["inventory"].mean() / rows["mean"].mean())
        known = None if true is None else true.isel(layer=number, drop=True) * water
        for quantity, what in _PARTS.items():
            if quantity in rows:
                fitted = _fitted(results, quantity, name, 1.0)
                title = f"{what}, {name.replace('-', '–')}"
                yield _row(title, "Pmol", rows[quantity], known if quantity == "inventory" else None, fitted, results)


def _row(
    name: str, unit: str, own: xr.DataArray, true: xr.DataArray | None, fitted: tuple[float, float, float] | None,
    results: RunResults,
) -> _Row:  # fmt: skip
    """Compute means and trend of a series; the trend is that of the run's table where it has it."""
    if fitted is None:
        found = trend(own)
        slope, error, freedom = (float(found[one]) for one in ("trend", "standard_error", "degrees_of_freedom"))
        fitted = slope, *_around(slope, error, freedom)
    years, n = own["time"].dt.year.to_numpy(), results.means.years
    first, last = (float(own[inside].mean()) for inside in (years < years[0] + n, years > years[-1] - n))
    return _Row(name, unit, first, last, *fitted, np.nan if true is None else float(trend(true)["trend"]))


def _around(slope: float, error: float, freedom: float) -> tuple[float, float]:
    """Return the ends of the interval of 90 % of a fitted trend."""
    reach = float(student.ppf(0.95, freedom)) * error
    return slope - reach, slope + reach


def _fitted(results: RunResults, quantity: str, of: str, unit: float) -> tuple[float, float, float] | None:
    """Read a trend over all years and its interval from the run's table, times a unit; None where it has none."""
    table = results.trends
    if table.empty:
        return None
    period = f"{results.years[0]}-{results.years[-1]}"
    same = (table["quantity"] == quantity) & (table["region"] == ALL) & (table["period"] == period)
    rows = table[same & (table["of"].astype(str).str.removesuffix(".0") == of)]
    if rows.empty:
        return None
    row = rows.iloc[0]
    low, high = float(row["low"]), float(row["high"])
    if not np.isfinite([low, high]).all():
        low, high = _around(*(float(row[name]) for name in ("trend", "standard_error", "degrees_of_freedom")))
    return unit * float(row["trend"]), unit * low, unit * high


def _mean_trend(results: RunResults) -> tuple[float, float, float] | None:
    """Return the trend of the upper layer's mean with the members' interval, which that of the inventory has."""
    found, layer = _fitted(results, "inventory", "0-1000 m", 1.0), "0-1000 m"
    if found is None or layer not in results.inventory["layer"].values:
        return None
    rows = results.inventory.sel(region=ALL, layer=layer)
    slope, low, high = (one * float(rows["mean"].mean() / rows["inventory"].mean()) for one in found)
    return slope, low, high


def _number(value: float, sign: str = "") -> str:
    """Write a number with three digits; a dash where it is unknown."""
    if not np.isfinite(value):
        return "–"
    size = abs(value)
    digits = 0 if size >= 1000 else 1 if size >= 10 else 2 if size >= 0.1 or size == 0 else 3
    return f"{value:{sign},.{digits}f}".replace("-", "−")
