"""The scores of a run: tables by split, of shared targets and by class, and what is left out."""

import numpy as np
import pandas as pd

from oxygen_recon.report.run.skill import Skill, at_end_lines, by_class, left_out_lines
from oxygen_recon.report.skill_table import MAIN_SCORES
from tests.support.pages import SKILL

CLASSES = pd.DataFrame(
    {
        "split": "held out", "division": ["all", "basin", "basin"], "class": ["all", "Atlantic", "Atlantic"],
        "method": ["extra_trees", "extra_trees", "climate_model"], "groups": [9, 5, 1], "n": [90.0, 50.0, 3.0],
        "bias": [0.1, -0.2, 3.0], "MAE": 1.0, "RMSE": [10.0, 11.0, 20.0], "coverage_68": [0.7, 0.6, np.nan],
        "coverage_90": [0.9, 0.8, np.nan], "bias_low": -1.0, "bias_high": 1.0, "RMSE_low": [9.0, 10.0, np.nan],
        "RMSE_high": [11.0, 12.5, np.nan],
    }
)  # fmt: skip
LEFT = pd.DataFrame(
    {
        "split": "held out", "method": "climate_model", "targets": 160, "left_out": [80, 8],
        "reason": ["outside its years 2000-2001", "no ocean of its there"],
    }
)  # fmt: skip


def test_shared_targets_are_shown_where_a_method_lacks_some_and_named_with_their_number():
    assert list(Skill(SKILL, SKILL).tables()) == ["held-out cruises", "cells"]
    fewer = SKILL.assign(n=[1234.0, 1234.0, 12.0, 99.0, 99.0])
    tables = Skill(fewer, SKILL.assign(n=12.0)).tables(MAIN_SCORES)
    assert list(tables) == [
        "held-out cruises", "cells", "held-out cruises, the 12 of 1,234 targets that all methods estimate",
    ]  # fmt: skip
    assert Skill(pd.DataFrame()).tables() == {}


def test_classes_have_a_table_a_division_with_intervals_and_both_coverages():
    tables = by_class(CLASSES)
    assert list(tables) == ["held out, all targets", "held out, by basin"]
    first, second = ([cell.text for cell in row] for row in tables["held out, by basin"].rows)
    assert first == ["Atlantic", "extra trees", "50", "5", "-0.20", "11.00", "10.00–12.50", "60%", "80%"]
    assert second == ["Atlantic", "climate model", "3", "1", "+3.00", "20.00", "–", "–", "–"]
    assert by_class(pd.DataFrame()) == {}
    worst = by_class(CLASSES.assign(division="worst year"))
    assert list(worst) == ["held out, worst year of each method"]


def test_what_is_left_out_is_one_sentence_with_its_reasons():
    assert left_out_lines(LEFT) == [
        "held out: climate_model has no estimate at 55.0 % of 160 targets: 80 outside its years 2000-2001, "
        "8 no ocean of its there"
    ]
    assert left_out_lines(LEFT.iloc[:0]) == []


def test_settings_at_an_end_of_their_range_are_named():
    settings = pd.DataFrame(
        {"method": "optimal_interpolation", "fit": ["fold0", "fold1", "fold1"], "setting": ["noise", "noise", "years"],
         "value": [500.0, 500.0, 2.0], "at_end": [True, True, False]}
    )  # fmt: skip
    (line,) = at_end_lines(settings)
    assert line.startswith("optimal_interpolation: chosen at an end") and line.endswith(": noise 500")
    assert at_end_lines(settings.assign(at_end=False)) == []
