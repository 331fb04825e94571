"""Columns of a delimited text: header, delimiters and errors."""

from pathlib import Path

import pytest

from qc.errors import InputError
from qc.readers.registry import read
from tests.support.archive_files.joined_tables import spec_of


@pytest.mark.parametrize("content", [b"CDF\x01" + b"\0" * 99, b"a\0b", b"\x89HDF\r\n\x1a\n" + b"\0" * 99])
def test_what_is_no_text_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"is no text: (netcdf|binary)"):
        read(path, spec_of())
