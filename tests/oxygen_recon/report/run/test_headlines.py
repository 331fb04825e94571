"""What changed is what was planted, in its own unit, with an interval."""

import numpy as np
import pytest

from oxygen_recon.report.run.headlines import headlines
from tests.support.run_results import TREND, run_results


@pytest.fixture(scope="module")
def results():
    return run_results()


def cells(table):
    return {row[0].text: [cell.text for cell in row[1:]] for row in table.rows}


def number(text):
    return float(text.replace("−", "-").replace(",", ""))


def test_the_planted_trend_comes_back_within_its_interval(results):
    found = headlines(results)
    mean = cells(found.table)["mean oxygen, 0–1000 m (µmol kg⁻¹)"]
    first, last, change, slope, interval, true = mean
    low, high = map(number, interval.split(" to "))
    assert low < number(slope) < high and low < TREND < high
    assert number(slope) == pytest.approx(TREND, abs=0.1) and number(true) == pytest.approx(number(slope), abs=0.02)
    assert number(change) == pytest.approx(number(last) - number(first), abs=0.02)
    assert (
        found.sentences[0].startswith("Mean oxygen, 0–1000 m fell from ") and "90\u00a0% interval" in found.sentences[0]
    )
    assert [column.name for column in found.table.columns][1:3] == list(results.ends)
    assert "n = 24 steps" in found.note and "1998–2021" in found.note


def test_quantities_have_their_own_units_and_low_oxygen_grew(results):
    table = cells(headlines(results).table)
    assert {
        "inventory, 0–1000 m (Pmol)",
        "area below 60 µmol kg⁻¹ (million km²)",
        "volume below 30 µmol kg⁻¹ (million km³)",
    } <= set(table)
    assert (
        number(table["volume below 60 µmol kg⁻¹ (million km³)"][3])
        > 0
        > number(table["inventory, 0 m to bottom (Pmol)"][3])
    )


def test_the_members_interval_is_shown_where_there_are_members(results):
    trends = results.trends.copy()
    same = (trends["quantity"] == "inventory") & (trends["of"] == "0-1000 m") & (trends["region"] == "all")
    plain = float(trends.loc[same, "trend"].iloc[0])
    trends.loc[same, ["low", "high"]] = 2 * plain, 0.5 * plain
    found = headlines(run_results(trends=trends))
    slope, interval = cells(found.table)["mean oxygen, 0–1000 m (µmol kg⁻¹)"][3:5]
    low, high = map(number, interval.split(" to "))
    assert low == pytest.approx(2 * number(slope), abs=0.02) and high == pytest.approx(0.5 * number(slope), abs=0.02)
    assert "members' trends" in found.note and "members" not in headlines(results).note


def test_without_truth_there_is_no_column_of_it_and_few_years_have_no_trend():
    found = headlines(run_results(truth=None, omz_truth=None))
    assert "true trend" not in [column.name for column in found.table.columns]
    assert all(len(row) == len(found.table.columns) for row in found.table.rows)
    assert "truth" not in " ".join(found.sentences)
    assert headlines(run_results(4)).table is None and headlines(run_results(4)).sentences == []
    assert np.isfinite(number(cells(found.table)["mean oxygen, 0–1000 m (µmol kg⁻¹)"][0]))
