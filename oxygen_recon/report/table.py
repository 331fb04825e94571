"""A table of formatted text, the same on a page, in the terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import NamedTuple

import numpy as np
import pandas as pd


class Column(NamedTuple):
    """A column of a table.

    Parameters
    ----------
    name : str
        Heading.
    unit : str, optional
        Unit below the heading; an empty one keeps the line of units.
    prose : bool
        Whether the column holds sentences, set from the left.
    """

    name: str
    unit: str | None = None
    prose: bool = False

    @property
    def label(self) -> str:
        """Name, and unit in parentheses."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


class Cell(NamedTuple):
    """A cell of a table.

    Parameters
    ----------
    text : str
        Formatted value.
    best : bool
        Whether it is the best of its column.
    """

    text: str
    best: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of cells under columns; the first cell of a row is its heading.

    Parameters
    ----------
    columns : tuple of Column
        Columns from left to right.
    rows : tuple of tuple of Cell
        Each row has one cell a column.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @classmethod
    def of_text(cls, columns: Sequence[Column | str], rows: Sequence[Sequence[str]]) -> Table:
        """Make a table of plain text.

        Parameters
        ----------
        columns : sequence of Column or str
            Columns, or their names.
        rows : sequence of sequence of str
            One text a column.

        Returns
        -------
        Table
        """
        named = (column if isinstance(column, Column) else Column(column) for column in columns)
        return cls(tuple(named), tuple(tuple(Cell(text) for text in row) for row in rows))

    def markdown(self) -> str:
        """Write the table as Markdown, best cells in bold.

        Returns
        -------
        str
            Lines without a newline at the end.

        Examples
        --------
        >>> print(Table((Column("method"), Column("RMSE", "%")), ((Cell("a"), Cell("9", True)),)).markdown())
        | method | RMSE (%) |
        | --- | --- |
        | a | **9** |
        """
        rows = [[f"**{cell.text}**" if cell.best else cell.text for cell in row] for row in self.rows]
        lines = [[column.label for column in self.columns], ["---"] * len(self.columns), *rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def lines(self, left: int = 1) -> list[str]:
        """Write the table in columns of fixed width.

        Parameters
        ----------
        left : int
            Number of columns, from the first, that are aligned at the left; numbers are aligned at the right.

        Returns
        -------
        list of str
            Names of the columns, without units, broken into lines where the cells are narrower; one line a row.

        Examples
        --------
        >>> Table.of_text(["method", "n of values"], [["a", "12"], ["other", "3"]]).lines()
        ['          n of', 'method  values', 'a           12', 'other        3']
        """
        cells = [[row[i].text for row in self.rows] for i in range(len(self.columns))]
        widths = [
            max(map(len, [*column.name.split(), *texts])) for column, texts in zip(self.columns, cells, strict=True)
        ]
        heads = [wrap(column.name, width) for column, width in zip(self.columns, widths, strict=True)]
        high = max(map(len, heads), default=0)
        heads = [[""] * (high - len(head)) + head for head in heads]
        rows = [list(line) for line in zip(*heads, strict=True)]
        rows += [[cell.text for cell in row] for row in self.rows]
        aligned = [
            [f"{text:<{width}}" if i < left else f"{text:>{width}}" for i, (text, width) in enumerate(zip(row, widths))]
            for row in rows
        ]
        return ["  ".join(row).rstrip() for row in aligned]


def counts_table(counts: pd.DataFrame) -> Table | None:
    """Set counts of sources side by side, one row a count, with their sum.

    Parameters
    ----------
    counts : DataFrame
        One row a source, named by the index; columns that are not numeric are ignored.

    Returns
    -------
    Table or None
        Without counts that are zero for all sources; None where there are no counts at all.

    Examples
    --------
    >>> counts = pd.DataFrame({"levels": [1000, 20], "bad": [0, 0]}, index=pd.Index(["wod", "argo"], name="source"))
    >>> print(counts_table(counts).markdown())
    | source | wod | argo | all |
    | --- | --- | --- | --- |
    | levels | 1,000 | 20 | 1,020 |
    """
    if counts.empty:
        return None
    table = counts.select_dtypes("number").T
    table = table[(table != 0).any(axis=1)]
    if table.shape[1] > 1:
        table["all"] = table.sum(axis=1)
    rows = [[str(name).replace("_", " "), *map(_number, row)] for name, row in zip(table.index, table.to_numpy())]
    return Table.of_text([str(counts.index.name or "count"), *map(str, table.columns)], rows)


def _number(value: float) -> str:
    """Format a count; a dash where it is not finite."""
    if not np.isfinite(value):
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"
