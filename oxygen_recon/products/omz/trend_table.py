"""The table of trends of a run: zones and inventories by region and period, with errors and the members' interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd
import xarray as xr

from oxygen_recon.products.omz.description import published
from oxygen_recon.products.omz.ensemble import moved_interval
from oxygen_recon.products.trends import regression, trend

COLUMNS = (
    "quantity", "region", "of", "period", "unit", "trend", "standard_error", "degrees_of_freedom", "p_value", "n",
    "low", "high", "median", "of_best_estimate",
)  # fmt: skip
_AMOUNTS = ("inventory", "mean", "inventory_solubility", "inventory_aou", "mean_solubility", "mean_aou")
_NMOL_PER_PMOL = 1e24
_LEAST_VARYING = 1e-6  # share of the heat: a thousandth of a degree


def trend_table(
    series: xr.Dataset, inventory: xr.Dataset, members: xr.Dataset | None, periods: Sequence[tuple[int, int]]
) -> pd.DataFrame:
    """Fit straight lines through the series, and through those of each member.

    Parameters
    ----------
    series : Dataset, with dim region
        As from `oxygen_recon.products.omz.omz_series` or `oxygen_recon.products.omz.ensemble.with_interval`.
    inventory : Dataset
        As from `oxygen_recon.products.inventory.oxygen_inventory`, of the same regions.
    members : Dataset or None
        As from `oxygen_recon.products.omz.ensemble.measure_members`.
    periods : sequence of (first year, last year)
        Of the trends.

    Returns
    -------
    DataFrame
        One row a quantity, region, threshold (umol kg-1) or layer, and period: unit, trend of the number to publish,
        its standard error with degrees of freedom and p-value (`oxygen_recon.products.trends.trend`), the number of
        steps, the members'
        `oxygen_recon.products.omz.ensemble.moved_interval` and median, and the trend of the best estimate, which the
        number to publish differs from where that is the expected value. Where heat is known and varies,
        `oxygen_per_heat`, the slope of the yearly inventory against the yearly heat (nmol J-1): -8.2 +- 0.66 has been
        published for 0 to 1000 m (Ito et al. 2017, doi:10.1002/2017GL073613). Empty with fewer than 3 steps.
    """
    rows: list[dict[str, object]] = []
    for period in periods if series.sizes["time"] >= 3 else ():
        for quantity in ("omz_area", "omz_volume"):
            number, _ = published(series, quantity)
            rows += _rows(quantity, series[number], series[quantity], _of(members, quantity), "threshold", period)
        for quantity in (name for name in _AMOUNTS if name in inventory):
            ours = _of(members, quantity) if quantity == "inventory" else None
            rows += _rows(quantity, inventory[quantity], inventory[quantity], ours, "layer", period)
        if "heat" in inventory:
            rows += _per_heat(inventory, period)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _of(members: xr.Dataset | None, quantity: str) -> xr.DataArray | None:
    """Take a quantity of the members."""
    return None if members is None else members[quantity]


def _rows(
    quantity: str, number: xr.DataArray, best: xr.DataArray, members: xr.DataArray | None, by: str,
    period: tuple[int, int],
) -> Iterator[dict[str, object]]:  # fmt: skip
    """Fit one quantity, a row a region and threshold or layer."""
    fitted, plain = trend(number, period), trend(best, period)["trend"]
    ends = None
    if members is not None:
        each = trend(members, period)["trend"].transpose("member", "region", by)
        centres = [one.transpose("region", by).to_numpy() for one in (fitted["trend"], plain)]
        ends = moved_interval(each.to_numpy(), centres)
    for i, region in enumerate(number["region"].to_numpy().tolist()):
        for j, of in enumerate(number[by].to_numpy().tolist()):
            one = fitted.isel({"region": i, by: j})
            row = {"quantity": quantity, "region": region, "of": of, "period": fitted.attrs["period"]}
            row |= {"unit": fitted["trend"].attrs["units"], "of_best_estimate": plain.isel({"region": i, by: j}).item()}
            row |= {
                name: one[name].item() for name in ("trend", "standard_error", "degrees_of_freedom", "p_value", "n")
            }
            if ends is not None:
                row |= dict(zip(("low", "median", "high"), ends[:, i, j].tolist()))
            yield row


def _per_heat(inventory: xr.Dataset, period: tuple[int, int]) -> Iterator[dict[str, object]]:
    """Fit the yearly inventory against the yearly heat."""
    yearly = inventory[["inventory", "heat"]].groupby("time.year").mean()
    yearly = yearly.rename(year="time").assign_coords(time=[f"{year}-07-01" for year in yearly["year"].to_numpy()])
    yearly = yearly.assign_coords(time=yearly["time"].astype("datetime64[ns]"))
    # Of temperature that is the same in every year rounding is all that varies: there is no slope then.
    varies = yearly["heat"].std("time") > _LEAST_VARYING * abs(yearly["heat"].mean("time"))
    fitted = regression(yearly["inventory"], yearly["heat"].where(varies), period)
    for region in fitted["region"].to_numpy().tolist():
        for layer in fitted["layer"].to_numpy().tolist():
            one = fitted.sel(region=region, layer=layer)
            slope, error = (_NMOL_PER_PMOL * one[name].item() for name in ("trend", "standard_error"))
            yield {
                "quantity": "oxygen_per_heat", "region": region, "of": layer, "period": fitted.attrs["period"],
                "unit": "nmol J-1", "trend": slope, "standard_error": error, "p_value": one["p_value"].item(),
                "degrees_of_freedom": one["degrees_of_freedom"].item(), "n": one["n"].item(), "of_best_estimate": slope,
            }  # fmt: skip
