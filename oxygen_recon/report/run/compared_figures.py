"""Maps of climate models and products beside the reconstruction, of the same limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import xarray as xr

from graphs.types import Ints, Mask
from oxygen_recon.report.figures.canvas import oxygen_colours
from oxygen_recon.report.figures.map_panels import MapPanel, Scale, around_zero, map_panels
from oxygen_recon.report.figures.maps import NOTE
from oxygen_recon.report.run.field_figures import LEAST_YEARS, trend_panel
from oxygen_recon.report.run.means import FieldMeans
from oxygen_recon.report.run.plot import Plot
from oxygen_recon.report.run.results import MIDDLE, RunResults

_OWN = "reconstruction"
_MOST = 3  # climate models and products in one figure of maps
_LATE = 10  # years whose mean is drawn


def compared(results: RunResults) -> Iterator[Plot]:
    """Draw climate models and products beside the reconstruction: means, differences and trends.

    Parameters
    ----------
    results : RunResults
        Results of the run.

    Yields
    ------
    Plot
        None where nothing is compared, or no year is common to all.
    """
    fields: dict[str, FieldMeans] = {_OWN: results.means}
    if results.true_means is not None:
        fields["truth"] = results.true_means
    fields |= dict(list(results.compared_means.items())[:_MOST])
    years = np.flatnonzero(np.all([_known(one) for one in fields.values()], axis=0))[-_LATE:]
    if not results.compared or not years.size:
        return
    level = int(np.abs(results.means.levels["depth"].to_numpy() - MIDDLE).argmin())
    depth = float(results.means.levels["depth"][level])
    first, last = results.years[years[[0, -1]]]
    means = {
        title: one.levels.isel(depth=level, time=years).mean("time").drop_vars("depth") for title, one in fields.items()
    }
    wet = results.wet(depth)
    rows = [
        [MapPanel(f"{title}, {depth:.0f} m, {first}–{last}", values, wet),
         None if title == _OWN else MapPanel(f"{title} − {_OWN}", values - means[_OWN], wet),
         _trend(title, fields[title], results)]
        for title, values in means.items()
    ]  # fmt: skip
    note, heading = (
        f"dots: trend not significant; {NOTE}",
        f"Reconstruction, climate models and products, {first}–{last}",
    )
    drawn = map_panels(rows, _scales(rows, fields, results), heading, note)
    yield Plot("results", "compared", drawn, _caption(results, list(fields), f"{depth:.0f} m", (first, last), years))


def _caption(results: RunResults, names: Sequence[str], depth: str, ends: tuple[int, int], years: Ints) -> str:
    """Say what the maps show."""
    more = len(results.compared) - _MOST
    return (
        f"Reconstruction beside {', '.join(name for name in names if name != _OWN)}. Left: oxygen at {depth} (µmol "
        f"kg⁻¹), mean of {ends[0]}–{ends[1]}, which all have (n = {years.size} years). Middle: difference from the "
        f"reconstruction. Right: trend of the mean of {results.layer} (µmol kg⁻¹ decade⁻¹) over each one's own years; "
        "dots where p ≥ 0.05. The same limits down each column; of trends, those of the longer records."
        + (f" {more} more are in the skill tables." if more > 0 else "")
    )


def _known(means: FieldMeans) -> Mask:
    """Tell which years have values."""
    found: Mask = means.upper.notnull().any(("latitude", "longitude")).to_numpy()
    return found


def _trend(title: str, means: FieldMeans, results: RunResults) -> MapPanel | None:
    """Map the trend of the upper layer over the years that a field has; None where they are few."""
    years = np.flatnonzero(_known(means))
    if not results.layer or years.size < LEAST_YEARS:
        return None
    first, last = results.years[years[[0, -1]]]
    name = f"{title}, trend {results.layer}, {first}–{last}"
    return trend_panel(means.upper.isel(time=years), results.wet(), name)


def _scales(
    rows: Sequence[Sequence[MapPanel | None]], fields: Mapping[str, FieldMeans], results: RunResults
) -> list[Scale]:
    """Return the colours of each column; short records, whose trends are large, do not set those of trends."""
    long = [int(_known(one).sum()) > results.years.size / 2 for one in fields.values()]
    texts = "oxygen (µmol kg⁻¹)", "difference (µmol kg⁻¹)", "trend (µmol kg⁻¹ decade⁻¹)"
    scales = []
    for column, text in enumerate(texts):
        shown: dict[tuple[int, int], xr.DataArray] = {}
        for row, panels in enumerate(rows):
            if (panel := panels[column]) is not None:
                shown[row, column] = panel.values
        if shown:
            values = np.stack([one for (row, _), one in shown.items() if column < 2 or long[row]])
            colours = oxygen_colours(values) if column == 0 else around_zero(values)
            scales.append(Scale(list(shown), *colours, text, "both" if column else "max"))
    return scales
