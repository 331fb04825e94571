"""Columns of a delimited text: header, delimiters and errors."""

from pathlib import Path

import numpy as np
import pytest

from qc.errors import InputError
from qc.readers.delimited.description_parts import Layout
from qc.readers.delimited.text import header_line, read_header, split, unique_names
from qc.readers.delimited.text import read as read_columns
from qc.readers.files.source import Source
from qc.readers.registry import read
from tests.support.archive_files.joined_tables import spec_of


@pytest.mark.parametrize("content", [b"CDF\x01" + b"\0" * 99, b"a\0b", b"\x89HDF\r\n\x1a\n" + b"\0" * 99])
def test_what_is_no_text_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"is no text: (netcdf|binary)"):
        read(path, spec_of())


def test_fields_of_a_line() -> None:
    assert split('a,"b, c",d\r\n', ",") == ["a", "b, c", "d"]
    assert split("one field", "\t") == ["one field"]


def test_a_repeated_name_belongs_to_the_column_on_its_left() -> None:
    assert unique_names(["O2", "QF", " T", "QF"]) == ["O2", "O2 QF", "T", "T QF"]


def test_the_header_is_the_first_line_without_comments_and_keeps_its_number() -> None:
    source = Source("t.txt", data=b"// made by hand\n\nlat;lon\n1;2\n")
    layout = Layout(delimiter=";", comment="//")
    text, line, fields, names = read_header(source, layout)
    assert (line, fields, names) == (2, ["lat", "lon"], ["lat", "lon"]) and text.count("\n") == 4
    assert header_line("// made by hand\n\nlat;lon\n", "//") == "lat;lon" and header_line("\n", "//") == ""
    named = layout.model_copy(update={"names": ["north", "east"]})
    assert read_header(source, named)[3] == ["north", "east"]


def test_numbers_texts_and_missing_values() -> None:
    source = Source("t.csv", data=b"a,b,c\n1,x,-9\n,y,2\n")
    frame, _ = read_columns(source, Layout(missing=["-9"]), {"a", "b", "c", "d"}, {"b"}, {"a"})
    assert frame["b"].tolist() == ["x", "y"]
    np.testing.assert_array_equal(frame[["a", "c"]].to_numpy(), [[1, np.nan], [np.nan, 2]])
    with pytest.raises(InputError, match=r"^t\.csv: no column d; its columns are a, b, c"):
        read_columns(source, Layout(), {"d"}, set(), {"d"})
    with pytest.raises(InputError, match=r"^t\.csv, line 2: 'x' in column b is no number"):
        read_columns(source, Layout(), {"b"}, set(), {"b"})
