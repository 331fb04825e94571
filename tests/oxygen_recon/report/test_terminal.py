"""The summary in the terminal: scores over all depths, and how oxygen minimum zones changed."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from oxygen_recon.report.run.skill import Skill
from oxygen_recon.report.terminal import omz_change, summary_lines
from tests.support.pages import SKILL


def zones(years: int, late: float) -> xr.Dataset:
    """An area of 1e12 m2 that is `late` in the second half."""
    time = pd.date_range("1980-07-01", periods=years, freq="YS-JUL").to_numpy()
    area = np.where(np.arange(years) < years // 2, 1e12, late)[None]
    return xr.Dataset({"omz_area": (("threshold", "time"), area)}, {"threshold": [30.0], "time": time})


@pytest.mark.parametrize(
    ("years", "late", "text"),
    [(30, 2e12, "1.00 -> 2.00 million km2 (x 2.00)"), (20, 2e12, ""), (21, 4e12, "1.00 -> 4.00 million km2 (x 4.00)")],
)
def test_the_change_is_that_between_the_first_and_the_last_ten_years(years, late, text):
    assert omz_change(zones(years, late), 30.0) == text


def test_the_expected_area_takes_precedence_and_a_zero_has_no_ratio():
    series = zones(30, 2e12).assign(omz_area_expected=zones(30, 2e12)["omz_area"] * 0.0)
    assert omz_change(series, 30.0) == "0.00 -> 0.00 million km2"


def test_the_summary_has_units_scores_and_zones():
    units, *table, line = summary_lines(Skill(SKILL), zones(30, 2e12), zones(30, 3e12))
    assert "umol/kg" in units
    (graph,) = [row for row in table if row.startswith("cells") and " graph " in row]
    assert "8.00 ± 0.50" in graph and "90%" in graph
    assert line.endswith("1.00 -> 2.00 million km2 (x 2.00); truth 1.00 -> 3.00 million km2 (x 3.00)")
    assert len(summary_lines(Skill(SKILL), zones(10, 2e12), None)) == 1 + len(table)
