"""Scores with their spread, and errors at held-out observations."""

import numpy as np
import pandas as pd
import pytest

from oxygen_recon.report import figures
from qc.errors import InputError
from tests.support.oceans import DEPTH, labels


def held_out(n=4000, factor=1.0):
    rng = np.random.default_rng(1)
    scale = rng.uniform(2.0, 10.0, n)
    return pd.DataFrame(
        {
            "depth": rng.choice(DEPTH, n), "year": rng.integers(1950, 2020, n), "truth": 150.0,
            "mean": 150.0 + factor * scale * rng.normal(size=n), "scale": scale,
        }
    )  # fmt: skip


def test_residuals_separate_calibrated_errors_from_too_small_ones():
    for factor, within in ((1.0, (0.66, 0.70)), (3.0, (0.2, 0.3))):
        title = figures.residuals(held_out(factor=factor)).axes[3].get_title(loc="left")
        assert within[0] <= float(title.split()[3]) / 100.0 <= within[1]


def test_residuals_ignore_missing_values_and_accept_a_single_one():
    table = held_out(50)
    table.loc[0, "mean"] = np.nan
    table.loc[1:5, "scale"] = np.nan
    figure = figures.residuals(table)
    assert "n 49" in figure.axes[0].get_title(loc="left")
    assert "estimate − observation (µmol kg⁻¹)" in labels(figure)
    figures.residuals(table.iloc[[7]]).canvas.draw()
    with pytest.raises(InputError, match="no held-out observation"):
        figures.residuals(table.iloc[[0]])


def test_the_deepest_level_has_its_point_even_with_few_observations():
    depth = np.repeat([0.0, 100.0, 500.0], [5000, 5000, 7])
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"depth": depth, "year": 2000.0, "truth": 200.0, "mean": 200 + rng.normal(0, 5, depth.size)})
    axes = figures.residuals(table.assign(scale=5.0)).axes[1]
    assert axes.lines[0].get_ydata().tolist() == [0, 100, 500]
    assert axes.get_ylim()[0] > 500 and axes.get_ylim()[1] < 0, "whole markers at both ends"


def skill():
    rows = [("a", "cruises", 10.0, 1.0), ("a", "cells", 12.0, 2.0), ("b", "cruises", 8.0, np.nan)]
    return pd.DataFrame(rows, columns=["method", "split", "RMSE", "RMSE_spread"]).assign(layer="all")


def test_skill_bars_show_every_score_and_its_spread():
    table = pd.concat([skill(), skill().assign(layer="0-50 m", RMSE=99.0)])
    figure = figures.skill_bars(table)
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == ["10.0", "12.0", "8.0"]
    assert axes.get_ylabel() == "RMSE (µmol kg⁻¹)"
    assert [text.get_text() for text in axes.get_xticklabels()] == ["cruises", "cells"]
    figure.canvas.draw()


def test_skill_bars_show_the_range_over_seeds():
    table = pd.concat([skill(), skill().assign(RMSE=lambda t: t["RMSE"] + 4.0)])
    axes = figures.skill_bars(table).axes[0]
    assert [text.get_text() for text in axes.texts] == ["12.0", "14.0", "10.0"]
    whiskers = axes.collections[0].get_segments()[0]
    assert sorted(whiskers[:, 1]) == [10.0, 14.0]
    with pytest.raises(InputError, match="MAE"):
        figures.skill_bars(table, "MAE")
