"""Series and Hovmoeller diagrams of a run, with truth, climate models and products in the same panels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import xarray as xr

from graphs.types import Floats, Ints
from oxygen_recon.products.omz.series import omz_series
from oxygen_recon.report import figures
from oxygen_recon.report.run.means import ALL, EQUATORIAL, EQUATORIAL_BOX, FieldMeans
from oxygen_recon.report.run.plot import Plot
from oxygen_recon.report.run.results import MIDDLE, RunResults
from oxygen_recon.report.run.spread import drawn_together, with_spread

_MOST = 6  # climate models and products in one panel
_THERMOCLINE = (50.0, 200.0)  # m
_MEMBERS, _UPPER = "inventory_members_{}", "0-1000 m"
_LEAST_COVERED = 50.0  # per cent of the volume that a field must cover to have an extent of its low oxygen


def main(results: RunResults) -> Iterator[Plot]:
    """Draw mean oxygen by basin and the extent of oxygen minimum zones.

    Parameters
    ----------
    results : RunResults
        Results of the run, of at least two years.

    Yields
    ------
    Plot
    """
    if results.layer:
        yield _basins(results)
    thresholds = [float(one) for one in results.omz["threshold"]]
    measured = {name: _extent(one, results, thresholds) for name, one in results.compared.items()}
    others = _some(with_spread(measured, results.compared, "omz_area"))
    within = (
        f"interval of 90 % of {results.omz.attrs['members']} members"
        if "omz_area_members_low" in results.omz
        else "the whole field one standard error higher or lower, an upper bound"
    )
    caption = (
        f"Area (10⁶ km²) of the columns whose oxygen minimum is below each threshold (µmol kg⁻¹), {_span(results)}, "
        f"n = {results.omz.sizes['time']} steps; line: expected value from the field and its error; shaded: {within}."
        f"{_others_text(results)}"
    )
    yield Plot("results", "omz", figures.omz_series(results.omz, results.omz_truth, others), caption)


def _basins(results: RunResults) -> Plot:
    """Draw the mean of the upper layer by basin."""
    low, high, text = _ranges(results)
    own = _without_box(results.means.layer)
    series = xr.Dataset({"oxygen": own, "oxygen_low": low, "oxygen_high": high})
    true = None if results.true_means is None else results.true_means.layer.to_dataset(name="oxygen")
    means = {name: one.layer.to_dataset(name="oxygen") for name, one in results.compared_means.items()}
    others = _some(with_spread(means, results.compared, "oxygen"))
    heading = f"Mean oxygen of {results.layer}, by basin"
    caption = (
        f"Mean oxygen of {results.layer} by volume (µmol kg⁻¹), yearly, {_span(results)}, n = {results.years.size} "
        f"years; {text}.{_others_text(results)} Basins: straight borders, Southern Ocean south of 38° S, Arctic north "
        "of 66.5° N."
    )
    return Plot("results", "mean", figures.region_series(series, true, others, heading, f"shaded: {text}"), caption)


def _ranges(results: RunResults) -> tuple[xr.DataArray, xr.DataArray, str]:
    """Low and high end of the mean of the upper layer by region, and what they are: by members where there are."""
    own, error = _without_box(results.means.layer), _without_box(results.errors.layer)
    low, high = own - error, own + error
    upper = "one standard error, all cells of the basin erring together (an upper bound)"
    table = results.inventory
    if _MEMBERS.format("low") not in table or _UPPER not in table["layer"].values:
        return low, high, upper
    rows = table.sel(layer=_UPPER)
    held = [name for name in own["region"].values if name in rows["region"].values]
    if rows.sizes["time"] != results.years.size or ALL not in held:
        return low, high, upper
    for end, name in ((low, "low"), (high, "high")):
        for region in held:
            # The inventory is the mean times an amount of water that hardly changes.
            one = rows.sel(region=region)
            ratio = float(one["mean"].mean() / one["inventory"].mean())
            end.loc[{"region": region}] = one[_MEMBERS.format(name)].to_numpy() * ratio
    rest = "" if len(held) == own.sizes["region"] else f"; where there is none, {upper}"
    return low, high, f"interval of 90 % of {results.omz.attrs['members']} members{rest}"


def _without_box(values: xr.DataArray) -> xr.DataArray:
    """Leave out the equatorial box."""
    return values.sel(region=[name for name in values["region"].values if name != EQUATORIAL])


def _extent(field: xr.Dataset, results: RunResults, thresholds: list[float]) -> xr.Dataset:
    """Measure the low oxygen of a climate model or product, where it covers most of the volume."""
    found = omz_series(field["oxygen"].assign_attrs(units="umol kg-1"), thresholds, grid=results.grid)
    return found[["omz_area"]].where(found["missing_percent"] < _LEAST_COVERED)


def details(results: RunResults) -> Iterator[Plot]:
    """Draw anomalies over time and depth and over time and latitude, and those of the equatorial Pacific.

    Parameters
    ----------
    results : RunResults
        Results of the run, of at least two years.

    Yields
    ------
    Plot
    """
    level = int(np.abs(results.means.levels["depth"].to_numpy() - MIDDLE).argmin())
    depth = float(results.means.levels["depth"][level])
    pairs = [
        tuple(one.regions.sel(region=ALL, drop=True) for one in (results.means, results.errors)),
        tuple(one.levels[:, level].mean("longitude") for one in (results.means, results.errors)),
    ]
    titles = "mean of all cells by area", f"zonal mean at {depth:.0f} m"
    rows = {title: (own - own.mean("time"), error) for title, (own, error) in zip(titles, pairs)}
    span = _span(results)
    caption = (
        f"Left: anomaly of oxygen (µmol kg⁻¹) from the mean of {span}, yearly, n = {results.years.size} years: mean of "
        f"all cells at each depth, and zonal mean at {depth:.0f} m. Right: standard error of these means, all cells "
        "erring together (an upper bound)."
    )
    heading = f"Anomaly of oxygen from the mean of {span}"
    note = "light grey: no cells; depths are drawn by their square root"
    yield Plot("results", "hovmoeller", figures.hovmoeller(rows, heading, note), caption)
    yield from _equatorial(results)


def _equatorial(results: RunResults) -> Iterator[Plot]:
    """Draw the detrended thermocline oxygen of the eastern equatorial Pacific, and its correlation with the truth."""
    if EQUATORIAL not in results.means.regions["region"].values or results.years.size < 10:
        return
    own, error = thermocline(results.means, results), thermocline(results.errors, results)
    if own is None or error is None:
        return
    anomaly = detrended(own)
    series = xr.Dataset({"oxygen": anomaly, "oxygen_low": anomaly - error, "oxygen_high": anomaly + error})
    true, text = None, ""
    if results.true_means is not None and (known := thermocline(results.true_means, results)) is not None:
        true = detrended(known)
        shared = float(np.corrcoef(anomaly, true)[0, 1])
        best = _best_observed(results)
        observed = float(np.corrcoef(anomaly[best], true[best])[0, 1])
        text = (
            f" Correlation with the truth: {shared:.2f} in all years, {observed:.2f} in the {best.size} with most "
            f"observations there; standard deviation {float(anomaly.std()):.1f}, of the truth "
            f"{float(true.std()):.1f} µmol kg⁻¹."
        )
    caption = (
        "El Niño and the like: anomaly of oxygen (µmol kg⁻¹) of 50–200 m at 5° S–5° N, 150–90° W, yearly means less "
        f"their linear trend, {_span(results)}, n = {results.years.size} years; shaded: one standard error, all cells "
        f"erring together.{text}"
    )
    drawn = figures.region_series(
        _as_region(series), None if true is None else _as_region(true.to_dataset(name="oxygen")), None,
        "Thermocline oxygen of the eastern equatorial Pacific, detrended", "shaded: one standard error",
        "anomaly (µmol kg⁻¹)",
    )  # fmt: skip
    yield Plot("results", "equatorial", drawn, caption)


def _best_observed(results: RunResults) -> Ints:
    """Find the fifth of the years with most observations in the thermocline of the eastern equatorial Pacific."""
    south, north, west, east = EQUATORIAL_BOX
    grid, (top, bottom) = results.grid, _THERMOCLINE
    place = {
        "depth": np.flatnonzero((grid.depth >= top) & (grid.depth <= bottom)),
        "latitude": np.flatnonzero((grid.latitude > south) & (grid.latitude < north)),
        "longitude": np.flatnonzero((grid.longitude % 360.0 > west) & (grid.longitude % 360.0 < east)),
    }
    count = results.reconstruction["observation_count"].isel(place).load().clip(min=0).sum(tuple(place))
    yearly = count.groupby("time.year").sum().to_numpy()
    return np.sort(np.argsort(yearly, kind="stable")[-max(3, yearly.size // 5) :])


def thermocline(means: FieldMeans, results: RunResults) -> xr.DataArray | None:
    """Return the mean of 50-200 m in the eastern equatorial Pacific.

    Parameters
    ----------
    means : FieldMeans
        Of a field.
    results : RunResults
        Gives the thickness of the levels.

    Returns
    -------
    DataArray, dims (time,)
        umol kg-1; None where no level lies there.
    """
    depth = results.grid.depth
    inside = np.flatnonzero((depth >= _THERMOCLINE[0]) & (depth <= _THERMOCLINE[1]))
    if not inside.size:
        return None
    weight = xr.DataArray(results.grid.thickness[inside], dims="depth")
    return means.regions.sel(region=EQUATORIAL).isel(depth=inside).weighted(weight).mean("depth")


def detrended(series: xr.DataArray) -> xr.DataArray:
    """Return a yearly series less its linear trend.

    Parameters
    ----------
    series : DataArray, dims (time,)
        Without missing values.

    Returns
    -------
    DataArray, dims (time,)
        In its unit, of mean 0.

    Examples
    --------
    >>> time = np.array(["1990-07-01", "1991-07-01", "1992-07-01"], "datetime64[ns]")
    >>> abs(detrended(xr.DataArray([1.0, 2.0, 3.0], {"time": time}, ["time"]))).round(6).values.tolist()
    [0.0, 0.0, 0.0]
    """
    years = series["time"].dt.year.to_numpy().astype(float)
    x = years - years.mean()
    values: Floats = series.to_numpy()
    return series - np.polyval(np.polyfit(x, values, 1), x)


def _as_region(series: xr.Dataset) -> xr.Dataset:
    """Give a series its one region."""
    return series.drop_vars("region", errors="ignore").expand_dims(region=["5° S–5° N, 150–90° W, 50–200 m"])


def _some(others: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    """Climate models and products that a panel can hold."""
    return dict(list(others.items())[:_MOST])


def _others_text(results: RunResults) -> str:
    """Say what climate models and products are in the panels."""
    if not results.compared:
        return ""
    more = len(drawn_together(results.compared)) - _MOST
    left = f"; {more} more are left out here" if more > 0 else ""
    return (
        f" Climate models and products over the cells that they have, shaded between their smallest and largest{left}."
    )


def _span(results: RunResults) -> str:
    """First and last year."""
    return f"{results.years[0]}–{results.years[-1]}"
