"""Flags through whole readers: a code means the same however a file spells it."""

from pathlib import Path

import pytest

from qc.readers.registry import TableSpec, read

CODES = {"2": 1, "3": 3, "4": 4, "7": 3}
FORMS = ["{}", "0{}", "{}.0", "  {}"]


@pytest.mark.parametrize("form", FORMS)
def test_whp_exchange(tmp_path: Path, form: str) -> None:
    rows = "".join(
        f"33RR20070204,{i},1,1,1,20070204,1200,-30.0,95.0,10.0,231.0,{form.format(code)}\n"
        for i, code in enumerate(CODES)
    )
    path = tmp_path / "section_hy1.csv"
    path.write_text(
        "BOTTLE,20240101TEST\n"
        "EXPOCODE,STNNBR,CASTNO,SAMPNO,BTLNBR,DATE,TIME,LATITUDE,LONGITUDE,CTDPRS,OXYGEN,OXYGEN_FLAG_W\n"
        f",,,,,,,,,DBAR,UMOL/KG,\n{rows}END_DATA\n"
    )
    table = read(path)
    assert table["oxygen_flag"].to_pylist() == list(CODES.values())
    assert table["oxygen_original_flag"].to_pylist() == [f"whp_bottle:{code}" for code in CODES]


@pytest.mark.parametrize("scheme", ["whp_bottle", "own"])
@pytest.mark.parametrize("form", FORMS)
def test_a_table_by_its_description(tmp_path: Path, form: str, scheme: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text("lat,lon,z,o2,qf,day,cast\n" + "".join(f"1,2,3,231,{form.format(c)},2001-01-01,a\n" for c in CODES))
    spec = TableSpec(
        archive="mine", columns={"latitude": "lat", "longitude": "lon", "depth": "z", "oxygen": "o2"},
        units={"oxygen": "umol/kg"}, flags={"oxygen": "qf"}, flag_scheme=scheme,
        schemes={"own": {1: "2", 3: "3", 4: "4"}}, time={"columns": ["day"], "format": "ISO8601"},
        cast="{cast}", cruise="{cast}",
    )  # fmt: skip
    assert read(path, spec)["oxygen_flag"].to_pylist() == list(CODES.values())
