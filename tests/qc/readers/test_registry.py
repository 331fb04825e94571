"""Formats of all files of the real collection, and the counts that their descriptions state."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from oxygen_recon.observations import catalog
from qc.errors import InputError
from qc.readers import unsupported
from qc.readers.files.source import open_all
from qc.readers.registry import detect_format, read
from qc.table import schema

# file: kind, casts with oxygen, oxygen values as delivered
COUNTS = {
    "wod/wodpy__ocldb1570984477.6279_OSD.nc": ("wod", 20, 84),
    "glodap/29HE19920714.mat": ("glodap", 107, 2266),
    "glodap/29AH20090725.mat": ("glodap", 27, 493),
    "glodap/316N19941201.mat": ("glodap", 272, 8993),
    "glodap/33MW19930704.mat": ("glodap", 127, 2689),
    "glodap/33RO20130803.mat": ("glodap", 258, 6072),
    "glodap/33RR20070204.mat": ("glodap", 199, 6883),
    "glodap/49K619990523.mat": ("glodap", 86, 1490),
    "glodap/49NZ20070724.mat": ("glodap", 119, 4199),
    "glodap/74DI19980423.mat": ("glodap", 55, 1105),
    "glodap/GLODAP_merged_layout_33RR20070204.csv.gz": ("glodap", 199, 6883),
    "glodap/GLODAP_merged_layout_33MW19930704.csv.gz": ("glodap", 127, 2689),
}
# raw oxygen within -5 ... 600 umol/kg, the valid range of the files: profiles that have it, values
REAL_TIME = {
    "3902131_Sprof.nc": (162, 55847),
    "4902481_Sprof.nc": (34, 3433),
    "7902199_Sprof.nc": (39, 19905),
    "SR2902204_131.nc": (1, 72),
}
ADJUSTED = {
    "2902746_Sprof.nc": (91, 9219),
    "2902883_Sprof.nc.gz": (108, 19096),
    "SD5903586_001.nc": (1, 60),
    "BD5906206_016.nc": (1, 66),
}


def _with_oxygen(path: Path) -> pd.DataFrame:
    frame = read(path).select(
        ["cast", "instrument", "oxygen", "oxygen_original", "oxygen_original_flag", "oxygen_flag", "time", "latitude"]
    )
    return frame.to_pandas().dropna(subset="oxygen_original")


@pytest.mark.parametrize("name", COUNTS)
def test_counts(name: str, data_root: Path) -> None:
    kind, casts, values = COUNTS[name]
    path = data_root / "observations" / name
    assert detect_format(path) == kind
    frame = _with_oxygen(path)
    assert (frame.cast.nunique(), len(frame)) == (casts, values)
    assert frame.time.notna().all() and frame.latitude.notna().all()


@pytest.mark.parametrize("name", {**REAL_TIME, **ADJUSTED})
def test_float_counts(name: str, data_root: Path) -> None:
    frame = _with_oxygen(data_root / "observations" / "argo" / name)
    valid = frame[frame.oxygen.between(-5, 600)]
    assert (valid.cast.nunique(), len(valid)) == {**REAL_TIME, **ADJUSTED}[name]
    if name in REAL_TIME:
        assert (valid.oxygen_flag >= 3).all()  # raw oxygen is suspect at best


def test_float_that_is_partly_adjusted(data_root: Path) -> None:
    table = read(data_root / "observations" / "argo" / "4901784_Sprof.nc").to_pandas()
    assert len(table) == 120_486  # levels with raw oxygen
    assert table.oxygen_flag.eq(1).sum() == 53_254  # adjusted, good; one value has a suspect temperature
    assert table.cast.nunique() == 232 and table.cruise.unique().tolist() == ["4901784"]


@pytest.mark.parametrize(
    ("name", "adjusted", "raw"),
    [("3902131_BR_BD_D_profiles.tar.gz", 28_571, 55_921), ("bgcArgoDMQC_BR_BD_profiles.tar.gz", 2_615, 2_122)],
)
def test_single_cycle_files_in_a_tar(name: str, adjusted: int, raw: int, data_root: Path) -> None:
    table = read(data_root / "observations" / "argo" / name).to_pandas()
    valid = table[table.oxygen.between(-5, 600)]
    assert valid.cast.str.extract(r"#(B[RD])\d")[0].value_counts().to_dict() == {"BD": adjusted, "BR": raw}
    assert table.temperature.isna().all()  # a b-file has none
    assert table.file.str.match(name + "#.+").all()


def test_glodap_in_both_formats_has_the_same_values(data_root: Path) -> None:
    folder = data_root / "observations" / "glodap"
    mat = read(folder / "33RR20070204.mat").to_pandas()
    csv = read(folder / "GLODAP_merged_layout_33RR20070204.csv.gz").to_pandas()
    order = ["time", "pressure", "oxygen", "latitude", "salinity", "temperature"]
    mat, csv = (frame.sort_values(order).reset_index(drop=True) for frame in (mat, csv))
    for name in ("oxygen", "temperature", "salinity", "nitrate", "phosphate", "silicate", "depth", "longitude"):
        np.testing.assert_allclose(mat[name], csv[name], rtol=1e-11)
    assert (mat.oxygen_flag == csv.oxygen_flag).all()
    assert sorted(csv.cruise.unique()) == ["33RR20070204", "33RR20070322"]
    assert sorted(mat.cruise.unique()) == ["352", "353"]


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("argo/3902131_meta.nc", "unknown", "content of no known archive"),
        ("argo/index/argo_synthetic-profile_index.txt.gz", "argo_index", "an index of Argo profiles"),
        ("calcofi/bottle.csv.gz", "unknown", "a delimited table needs a description"),
        ("calcofi/bottle-metadata.csv", "unknown", "content of no known archive"),
        ("dfo_native/ocean_data_parser_dfo_native.tar.gz", "ios_shell", r"IOS shell text .*, which is not read"),
        ("glodap/AdjustmentTable.csv.gz", "unknown", "content of no known archive"),
        ("glodap/glodapv2_2023_cruise_metadata.csv.gz", "unknown", "content of no known archive"),
        ("qc_vectors/medsrtqc/BINARY_VMS.DAT.gz", "unknown", "content of no known archive"),
    ],
)
def test_a_file_that_is_not_read_is_named(name: str, kind: str, message: str, data_root: Path) -> None:
    path = data_root / "observations" / name
    assert detect_format(path) == kind
    with pytest.raises(InputError, match=message):
        read(path)


def test_each_native_format_of_canadian_institutes_is_recognised(data_root: Path) -> None:
    kinds = {".odf": "odf", ".pcnv": "seabird"} | dict.fromkeys((".bot", ".che", ".ctd", ".med", ".tob"), "ios_shell")
    bundle = data_root / "observations" / "dfo_native" / "ocean_data_parser_dfo_native.tar.gz"
    found: dict[str, set[str]] = {}
    for source in open_all(bundle):
        ending = Path(source.name).suffix.lower()
        ending = ".p" if ending[1:2] == "p" and ending[2:].isdigit() else ending
        found.setdefault(ending, set()).add(unsupported.format_of(source.head(16384).decode("latin-1")))
    assert {ending: found[ending] for ending in kinds} == {ending: {kind} for ending, kind in kinds.items()}
    assert found[".p"] == {"nafc_pfile"} and found[".ubc"] == found[".loop"] == {"ios_shell"}
    assert found[".nc"] == found[".csv"] == {""}


def _described(data_root: Path) -> dict[Path, catalog.Entry]:
    data = catalog.load()
    tables = [entry for entry in data.entries.values() if entry.table is not None]
    return {path: entry for entry in tables for pattern in entry.files for path in data_root.glob(pattern)}


def _is_read_or_refused_in_one_line(path: Path, entry: catalog.Entry | None) -> None:
    try:
        if entry is None:
            table = read(path)
        else:
            table = read(path, entry.table, entry.density)
    except InputError as error:
        assert path.name in str(error) and "\n" not in str(error) and len(str(error)) < 400
        assert entry is None, f"the catalogue describes {path.name}"
    else:
        schema.check(table, path.name)
        assert len(table) and table["file"].unique()[0].as_py().startswith(path.name)


def test_a_file_of_each_kind_is_read_or_refused_in_one_line(data_root: Path) -> None:
    described = _described(data_root)
    smallest: dict[tuple[Path, str, bool], Path] = {}
    for path in sorted((data_root / "observations").rglob("*"), key=lambda path: path.stat().st_size):
        if path.is_file():
            smallest.setdefault((path.parent, "".join(path.suffixes[-2:]), path in described), path)
    assert len(smallest) > 30
    for path in smallest.values():
        if path.stat().st_size < 600_000:
            _is_read_or_refused_in_one_line(path, described.get(path))


@pytest.mark.slow
def test_every_file_is_read_or_refused_in_one_line(data_root: Path) -> None:
    described = _described(data_root)
    paths = [path for path in (data_root / "observations").rglob("*") if path.is_file()]
    assert len(paths) > 180
    for path in paths:
        _is_read_or_refused_in_one_line(path, described.get(path))
