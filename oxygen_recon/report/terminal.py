"""The summary of a run in the terminal: its skill table and the change of its oxygen minimum zones."""

from __future__ import annotations

import xarray as xr

from oxygen_recon.report.run.skill import Skill
from oxygen_recon.report.skill_table import MAIN_SCORES, joined

_UNITS = "bias, MAE and RMSE in umol/kg, ± over folds; MAPE in %, of values of at least 5 umol/kg"
_LEAST_YEARS = 20  # a series must span them for its first ten years to be compared with its last ten


def summary_lines(skill: Skill, omz: xr.Dataset, omz_truth: xr.Dataset | None) -> list[str]:
    """Sum up a run.

    Parameters
    ----------
    skill : Skill
        Scores.
    omz : Dataset
        As from `oxygen_recon.products.omz.omz_series`.
    omz_truth : Dataset or None
        `omz` of the truth, where it is known.

    Returns
    -------
    list of str
        Units, the skill table over all depths, what is left out of it, then one line a threshold.
    """
    lines = [_UNITS, *joined(skill.tables(MAIN_SCORES)).lines(left=2), *skill.remarks]
    for threshold in map(float, omz["threshold"].values):
        if change := omz_change(omz, threshold):
            true = omz_change(omz_truth, threshold) if omz_truth is not None else ""
            against = f"; truth {true}" if true else ""
            lines.append(f"expected area below {threshold:g} umol/kg, first and last ten years: {change}{against}")
    return lines


def omz_change(series: xr.Dataset, threshold: float) -> str:
    """Compare the area below a threshold in the first ten years with that in the last ten.

    Parameters
    ----------
    series : Dataset
        As from `oxygen_recon.products.omz.omz_series`.
    threshold : float
        One of the thresholds of the series, umol kg-1.

    Returns
    -------
    str
        Million km2 and their ratio: "11.90 -> 48.20 million km2 (x 4.05)"; empty for fewer than 20 years.

    Raises
    ------
    KeyError
        If the series lacks the threshold.
    """
    name = "omz_area_expected" if "omz_area_expected" in series else "omz_area"
    area, years = series[name].sel(threshold=threshold), series["time"].dt.year
    if int(years[-1]) - int(years[0]) < _LEAST_YEARS:
        return ""
    first, last = (float(area[when].mean()) / 1e12 for when in (years < years[0] + 10, years > years[-1] - 10))
    ratio = f" (x {last / first:.2f})" if first > 0 else ""
    return f"{first:.2f} -> {last:.2f} million km2{ratio}"
