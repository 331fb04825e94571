"""`experiments/members_check.py`: its tables, of a small run whose truth is known."""

import numpy as np
import pytest

from experiments.members_check import covered, main
from qc.errors import InputError
from tests.support.small_run import SMALL, folder_of


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of a small run."""
    path = tmp_path_factory.mktemp("experiment") / "small.yaml"
    path.write_text(SMALL)
    return folder_of(path, tmp_path_factory.mktemp("work"))


def test_the_tables_hold_blocks_of_hidden_points_and_of_the_field_and_totals(finished, capsys):
    main([str(finished), "--members", "4"])
    text = capsys.readouterr().out
    hidden, delivered, totals = text.split("\n\n| ")[1:]
    assert "basin, decade" in hidden and "500 km, year" in delivered and "inventory, 0-1000 m" in totals
    assert "omz_area, 30.0" in totals and "Hidden, cruise of small" in text


def test_an_interval_over_years_holds_the_share():
    error, year = np.random.default_rng(0).normal(size=4000), np.repeat(np.arange(40), 100)
    text = covered(error, np.ones(4000), year)
    share, low, high = float(text.split(" / ")[0]), *map(float, text.split("(")[1].split(",")[0].split("-"))
    assert low <= share <= high and 64 < share < 72


def test_a_folder_that_is_no_run_is_one_line(tmp_path):
    with pytest.raises(InputError, match="not the folder of a run"):
        main([str(tmp_path)])
