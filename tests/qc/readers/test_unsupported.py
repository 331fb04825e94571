"""Files that are not read are named in one line with what to do, and are no fault beside others."""

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest

from qc.errors import InputError
from qc.readers.registry import NoReader, detect_format, read
from qc.readers.unsupported import WITHOUT_OXYGEN
from tests.support.archive_files.bundles import EXCHANGE, zip_of

WORKBOOK = zip_of({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"})
OPEN_DOCUMENT = zip_of({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"})
CHART = json.dumps({"rows": [{"c": [{"v": 1.0}]}], "cols": [{"label": "OXYGEN"}]}).encode()


def stored_first(data: bytes) -> bytes:
    """Store the first member as it is, as OpenDocument requires."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (WORKBOOK, "zip", r"a workbook .*, which is not read; save the sheet as CSV"),
        (stored_first(OPEN_DOCUMENT), "zip", r"a workbook .*; save the sheet as CSV"),
        (gzip.compress(WORKBOOK), "zip", r"a workbook .*; save the sheet as CSV"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            "ole",
            r"\(.xls\), which is not read; save the sheet as CSV",
        ),
        (b"\x28\xb5\x2f\xfd" + bytes(20), "zstd", "compressed by zstd, which is not read; unpack it"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(20), "7z", "a 7z archive, which is not read; unpack it"),
        (b"Rar!\x1a\x07\x01\x00" + bytes(20), "rar", "a rar archive, which is not read; unpack it"),
        (b"\x1f\x9d\x90" + bytes(20), "compress", r"compress \(.Z\), which is not read; unpack it"),
        (CHART, "json", "JSON, which is not read; write its rows as CSV"),
    ],
)
def test_what_is_not_read_says_what_to_do(content: bytes, kind: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert detect_format(path) == kind
    with pytest.raises(NoReader, match=message):
        read(path)
    bundle, refused = tmp_path / "bundle.zip", []
    with zipfile.ZipFile(bundle, "w") as new:
        new.writestr("a_hy1.csv", EXCHANGE)
        new.writestr("other", content)
    assert read(bundle, refused=refused).num_rows == 1
    assert bool(refused) == (kind not in WITHOUT_OXYGEN)


def test_tables_of_the_collection_within_json_are_named(data_root: Path) -> None:
    for path in (data_root / "observations" / "cchdo").glob("duplicate_pairs__*.json.gz"):
        with pytest.raises(InputError, match="JSON, which is not read; write its rows as CSV"):
            read(path)
