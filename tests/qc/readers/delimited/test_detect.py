import gzip
from pathlib import Path
from typing import Any

import pytest

from qc.errors import InputError
from qc.readers.delimited.description import TableSpec
from qc.readers.delimited.detect import columns, head, matching_descriptions
from qc.readers.registry import companions, read

SPEC: dict[str, Any] = {
    "archive": "mine",
    "columns": {"latitude": "Lat [°N]", "longitude": "Lon", "depth": "Depth", "oxygen": "O2", "nitrate": "NO3"},
    "units": {"oxygen": "umol/kg", "nitrate": "umol/kg"},
    "optional": ["nitrate"],
    "time": {"columns": ["Date"], "format": "%Y-%m-%d"},
    "cast": "{Station}",
    "cruise": "{Station}",
}
HEADER = "Station,Date,Lat [°N],Lon,Depth,O2,Note\n"
LINE = "1,2000-01-01,10,20,5,200,x\n"


def spec(**changes: Any) -> TableSpec:
    return TableSpec.model_validate({**SPEC, **changes})


def found(path: Path, **specs: TableSpec) -> list[str]:
    source = head(path)
    assert source is not None
    return matching_descriptions(source, specs)


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        (HEADER + LINE, {}),
        ("\ufeff" + HEADER + LINE, {}),
        ("\ufeff" + '"Station"' + HEADER[7:] + LINE, {}),
        (HEADER.replace(",", "\t") + LINE.replace(",", "\t"), {"delimiter": "\t"}),
        ("# by hand\n\n" + HEADER + LINE, {"comment": "#"}),
        ("a title\n" + HEADER + LINE, {"skip_rows": 1}),
        (HEADER.replace("\n", "\r\n") + LINE, {}),
        (HEADER + LINE * 4000, {}),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_table_is_detected_by_the_columns_of_its_description(
    text: str, layout: dict[str, Any], encoding: str, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    path.write_bytes(text.encode("utf-8" if text[0] == "\ufeff" else encoding))
    mine = spec(layout=layout)
    assert found(path, mine=mine) == ["mine"] and read(path, mine).num_rows >= 1
    assert found(path, other=spec(layout={**layout, "delimiter": ";"})) == []
    (tmp_path / "packed").write_bytes(gzip.compress(path.read_bytes()))
    assert found(tmp_path / "packed", mine=mine) == ["mine"]


def test_of_several_descriptions_the_one_that_uses_most_columns_fits(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + LINE)
    flagged = spec(flags={"oxygen": "Note"})
    assert found(path, plain=spec(), flagged=flagged) == ["flagged"]
    assert found(path, one=spec(), other=spec(cruise="all")) == ["one", "other"]
    assert found(path, more=spec(cast="{Cast}")) == [] and found(path, word=spec(optional=[])) == []
    path.write_text(HEADER.replace("Note", "NO3") + LINE)
    assert found(path, word=spec(), without=spec(columns={**SPEC["columns"], "nitrate": "N"})) == ["word"]
    assert found(path, by_position=spec(layout={"names": ["Station", "Date", "Lat [°N]", "Lon", "Depth", "O2"]})) == []


def test_a_joined_table_is_detected_without_its_second_table_but_after_a_complete_one(tmp_path: Path) -> None:
    path, casts = tmp_path / "b.csv", tmp_path / "casts.csv.gz"
    path.write_text("Station,Depth,O2\n1,5,200\n")
    joined = spec(join={"file": "casts.csv", "by": "Station"})
    assert found(path, joined=joined, whole=spec()) == ["joined"]  # its reader names the missing columns
    with pytest.raises(InputError, match=r"b\.csv: needs casts\.csv beside it, .*\(Date, Lat .*, Lon\); put both"):
        read(path, joined)
    casts.write_bytes(gzip.compress("Station,Date,Lat [°N],Lon\n1,2000-01-01,10,20\n".encode()))
    assert found(path, joined=joined) == ["joined"] and read(path, joined).num_rows == 1
    assert companions(path, joined) == [casts]
    path.write_text(HEADER + LINE)
    assert found(path, joined=spec(flags={"oxygen": "Mark"}, join=joined.join), whole=spec()) == ["whole"]
    assert found(casts, joined=joined) == []


def test_what_is_no_text_has_no_columns(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for content in (b"", b"\x00" * 600, b"CDF\x01" + bytes(600), b"PK\x03\x04", gzip.compress(b"a" * 99999)[:20]):
        path.write_bytes(content)
        assert head(path) is None
    path.write_text("some, notes\nthis is prose\n")
    source = head(path)
    assert source is not None and columns(source) == []
    path.write_text("a;b;c,d\n")
    source = head(path)
    assert source is not None and columns(source) == ["a", "b", "c,d"]
