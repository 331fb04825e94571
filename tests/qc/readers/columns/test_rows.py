"""Rows of text tables: what is one, and what does not fit."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.errors import InputError
from qc.readers.columns.rows import find_rows
from qc.readers.files.source import Source


@pytest.mark.parametrize(
    ("lines", "rows", "width"),
    [
        (["1,2", ",", "", " , ", '"",', "3,4"], ["1,2", "3,4"], [2, 2]),
        (['1,"a, b"', '2,"a"" b"', '3,4"'], ['1,"a, b"', '2,"a"" b"', '3,4"'], [2, 2, 2]),
        (['1,"two', 'lines"', "3,4"], ['1,"two\nlines"', "3,4"], [2, 2]),
        (['1,"open', "3,4", "5,6"], ['1,"open', "3,4", "5,6"], [-2, 2, 2]),  # swallows nothing
        (['1,"open', "3,4", '5,"6"'], ['1,"open', "3,4", '5,"6"'], [-2, 2, 2]),
        (['1,"open', "3,4", '5",6'], ['1,"open', "3,4", '5",6'], [-1, 2, 2]),  # three fields on three lines
        (['1, "a" b', "1,2,3"], ['1, "a" b', "1,2,3"], [2, 3]),
        (['"' + "x" * 200_000 + '",1'], ['"' + "x" * 200_000 + '",1'], [0]),
    ],
)
def test_rows_and_their_fields(lines: list[str], rows: list[str], width: list[int]) -> None:
    found = find_rows(["a,b", *lines], 1, ",", 2)
    assert found.text == rows and found.width.tolist() == width
    starts = [1 + lines.index(row.split("\n")[0]) for row in rows]
    assert found.line.tolist() == [start + 1 for start in starts] and found.number.tolist() == list(range(len(rows)))


def test_refused_rows_are_named_and_numbers_stay() -> None:
    source = Source("a.csv")
    rows = find_rows(["a,b", "1,2", "1,2,3", '1,"2', "3,4", "5"], 1, ",", 2).of_width(2, source)
    assert rows.text == ["1,2", "3,4"] and rows.number.tolist() == [0, 3]
    assert [str(one) for one in source.refused] == [
        "a.csv, line 4: a quote is not closed",
        "a.csv, line 6: 1 fields instead of 2",
        "a.csv, line 3: 3 fields instead of 2",
    ]
    with pytest.raises(InputError, match=r"^b\.csv, line 2: 3 fields instead of 2; no row can be read$"):
        find_rows(["a,b", "1,2,3", "4"], 1, ",", 2).of_width(2, Source("b.csv"))


fields = st.lists(st.text('ab, "', max_size=5), min_size=1, max_size=4)


@given(st.lists(fields, max_size=8), st.integers(1, 4))
def test_well_formed_rows_have_the_fields_that_were_written(table: list[list[str]], n: int) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    found = find_rows(text.getvalue().split("\n"), 0, ",", n)
    kept = [row for row in table if "".join(row).strip(' ,"')]
    assert found.width.tolist() == [len(row) for row in kept]
    source = Source("a.csv")
    try:
        read = found.of_width(n, source)
    except InputError:
        assert all(len(row) != n for row in kept)
        return
    assert len(read.text) == sum(len(row) == n for row in kept)
    assert len(read.text) + sum(one.number for one in source.refused) == len(kept)
