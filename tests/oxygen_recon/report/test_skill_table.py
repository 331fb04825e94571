"""The skill table: best values, spread over seeds, layers, and which method leads."""

import numpy as np
import pandas as pd
import pytest

from oxygen_recon.report.skill_table import MAIN_SCORES, joined, overall, rankings
from qc.errors import InputError
from tests.support.pages import SKILL


def column(table, name):
    """The cells of a column as (text, best)."""
    place = [column.name for column in table.columns].index(name)
    return tuple(tuple(row[place]) for row in table.rows)


def test_best_values_are_marked_and_missing_ones_are_no_number():
    table = overall(SKILL)["held-out cruises"]
    assert column(table, "n") == (("1,234", False),) * 3
    assert column(table, "bias") == (("-0.50", False), ("+0.40", True), ("+9.00", False))
    assert column(table, "RMSE") == (("10.00 ± 0.50", True), ("12.00 ± 0.60", False), ("20.00", False))
    assert column(table, "R²") == (("0.900", True), ("0.800", False), ("0.300", False))
    assert column(table, "within 68 % range") == (("60%", False), ("70%", True), ("–", False))
    assert [text for text, _ in column(table, "method")] == ["graph", "extra trees", "climate model"]


def test_a_single_method_is_not_called_best():
    (table,) = overall(SKILL[SKILL["method"] == "climate_model"]).values()
    assert not any(cell.best for row in table.rows for cell in row)


def test_runs_with_several_seeds_show_mean_and_spread():
    twice = pd.concat([SKILL, SKILL.assign(RMSE=SKILL["RMSE"] + 2.0)])
    table = overall(twice)["cells"]
    assert [text for text, _ in column(table, "method")] == ["graph", "extra trees"]
    assert column(table, "RMSE")[0] == ("9.00 ± 1.41", True)
    assert {column.name: column.unit for column in table.columns}["RMSE"] == "µmol kg⁻¹"


def test_a_method_that_lacks_targets_is_neither_called_best_nor_ranked():
    """What it lacks may be the difficult part."""
    easy = SKILL.assign(n=[1234.0, 1234.0, 12.0, 99.0, 99.0], RMSE=[10.0, 12.0, 1.0, 8.0, 8.1])
    table = overall(easy)["held-out cruises"]
    assert [best for _, best in column(table, "RMSE")] == [True, False, False]
    assert rankings(easy)[0].startswith("held-out cruises: graph has the lowest RMSE, 10.00")


def test_rankings_name_the_best_method_and_say_when_the_order_is_uncertain():
    first, second = rankings(SKILL)
    assert first == "held-out cruises: graph has the lowest RMSE, 10.00 µmol kg⁻¹, 16.7 % below extra trees (12.00)."
    assert "smaller than the spread" in second and "uncertain" in second
    assert rankings(SKILL.assign(RMSE=np.nan)) == []
    with pytest.raises(InputError, match="method"):
        rankings(SKILL.drop(columns="method"))


def test_splits_are_joined_under_the_same_columns():
    table = joined(overall(SKILL, MAIN_SCORES))
    assert [column.name for column in table.columns] == [
        "split", "method", "n", "bias", "RMSE", "R²", "within 68 % range",
    ]  # fmt: skip
    assert [row[0].text for row in table.rows] == ["held-out cruises"] * 3 + ["cells"] * 2
    assert joined({}).rows == ()
