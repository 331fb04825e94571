"""A table reads the same in Markdown and in the terminal; counts add up."""

import numpy as np
import pandas as pd

from oxygen_recon.report.table import Cell, Column, Table, counts_table

TABLE = Table(
    (Column("method"), Column("RMSE", "µmol kg⁻¹"), Column("n", "")),
    ((Cell("graph"), Cell("9.43", True), Cell("1,234")), (Cell("trees"), Cell("–"), Cell("9"))),
)


def test_markdown_has_units_and_bold_best_values():
    head, rule, graph, trees = TABLE.markdown().split("\n")
    assert head == "| method | RMSE (µmol kg⁻¹) | n |" and rule == "| --- | --- | --- |"
    assert graph == "| graph | **9.43** | 1,234 |" and trees == "| trees | – | 9 |"


def test_lines_are_aligned_and_names_are_at_the_left():
    lines = TABLE.lines()
    assert lines == ["method  RMSE      n", "graph   9.43  1,234", "trees      –      9"]
    assert Table.of_text(["a name of several words", "n"], [["x", "1"]]).lines()[-1] == "x        1"


def test_a_table_without_rows_has_its_head():
    assert Table.of_text(["a", "b"], []).lines() == ["a  b"]
    assert Table.of_text(["a", "b"], []).markdown().startswith("| a | b |")


def test_counts_that_are_zero_everywhere_are_left_out_and_the_others_have_their_sum():
    counts = pd.DataFrame({"not_evaluated": [0, 0], "good_once": [1500.0, np.nan], "name": ["a", "b"]}, ["wod", "argo"])
    table = counts_table(counts)
    assert [column.name for column in table.columns] == ["count", "wod", "argo", "all"]
    assert [[cell.text for cell in row] for row in table.rows] == [["good once", "1,500", "–", "1,500"]]
    assert counts_table(pd.DataFrame()) is None


def test_counts_of_one_source_need_no_sum():
    table = counts_table(pd.DataFrame({"levels": [7]}, ["wod"]))
    assert [column.name for column in table.columns] == ["count", "wod"]
