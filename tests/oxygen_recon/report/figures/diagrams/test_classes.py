"""Scores by two divisions, and through the century."""

import numpy as np
import pandas as pd
import pytest

from oxygen_recon.report.figures.diagrams.classes import class_maps, class_table, through_time
from tests.support.oceans import meshes


def test_each_cell_has_its_score_and_number():
    error = np.array([3.0, -1.0, 2.0, 4.0])
    table = class_table(
        error, np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]), ["Arctic", "Pacific"], ["1990s", "2000s"]
    )
    np.testing.assert_array_equal(table.n, [[2, 0], [0, 2]])
    np.testing.assert_allclose(table.bias, [[1.0, np.nan], [np.nan, 3.0]])
    np.testing.assert_allclose(table.rmse, [[np.sqrt(5.0), np.nan], [np.nan, np.sqrt(10.0)]])
    twice = class_table(2 * error, *[np.zeros(4, int)] * 2, table.rows, table.columns)
    figure = class_maps({"graph": table, "trees": twice}, "Skill")
    axes = figure.axes[:4]
    assert [one.get_title(loc="left") for one in axes] == ["RMSE, graph", "RMSE, trees", "bias, graph", "bias, trees"]
    assert {text.get_text() for text in axes[0].texts} == {"2.2\n2", "3.2\n2"}
    assert meshes(axes[0])[0].norm.vmax == meshes(axes[1])[0].norm.vmax
    assert meshes(axes[2])[0].norm.vmin == -meshes(axes[3])[0].norm.vmax
    figure.canvas.draw()


def test_a_method_has_a_point_with_interval_each_decade():
    rows = pd.DataFrame(
        {"split": "held out", "class": ["1990s", "2000s", "1990s"], "method": ["graph", "graph", "trees"],
         "n": [1200.0, 90.0, 1100.0], "RMSE": [8.0, 9.0, 10.0], "RMSE_low": [7.0, np.nan, 9.5],
         "RMSE_high": [9.5, np.nan, 11.0]}
    )  # fmt: skip
    figure = through_time(rows, "Skill through the century")
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1990s\n1.2k", "2000s\n90"]
    graph = axes.containers[0]
    np.testing.assert_allclose(graph.lines[0].get_ydata(), [8.0, 9.0])
    ends = graph.lines[2][0].get_segments()[0]
    assert ends[0][1] == pytest.approx(7.0) and ends[1][1] == pytest.approx(9.5)
    assert axes.get_ylim()[0] == 0.0 and axes.get_ylabel() == "RMSE (µmol kg⁻¹)"
    figure.canvas.draw()
