"""Every file of the real collection that is ours to read, with the counts its own description gives."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from oxygen_recon import catalog
from qc import readers

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
    "cchdo/oce__a03_hy1.csv.gz": ("exchange", 124, 2812),
    "cchdo/bats_BIOS20160414_ct1.zip": ("exchange", 22, 13662),
    "cchdo/bats_BIOS20160721_ct1.zip": ("exchange", 2, 1948),
    "cchdo/hydro_tests__33RR20080204_mini_hy1.csv": ("exchange", 6, 88),
    "cchdo/libcchdo_samples/bottle_exchange__64PE20050907_hy1.csv": ("exchange", 3, 6),
    "cchdo/libcchdo_samples/i08s_33RR20070204_ct1.zip": ("exchange", 2, 848),
}
# Winkler values: stations or casts that have them, values, and how many carry each flag
WINKLER = {
    "cchdo/hydro__p02.csv.gz": (158, 5228, {"2": 5162, "3": 12, "4": 54}),
    "cchdo/oce__a03_hy1.csv.gz": (124, 2812, {"2": 2704, "3": 19, "4": 88, "5": 1}),
    "cchdo/pycchdo__example_hy1.csv.gz": (107, 3229, {"2": 3186, "3": 8, "4": 35}),
    "cchdo/libcchdo_samples/bottle_exchange__a10_33RO20110926_hy1.csv": (2, 15, {"2": 15}),
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
    frame = readers.read(path).select(
        ["cast", "instrument", "oxygen", "oxygen_original", "oxygen_original_flag", "oxygen_flag", "time", "latitude"]
    )
    return frame.to_pandas().dropna(subset="oxygen_original")


@pytest.mark.parametrize("name", COUNTS)
def test_counts(name: str, data_root: Path) -> None:
    kind, casts, values = COUNTS[name]
    path = data_root / "observations" / name
    assert readers.sniff(path) == kind
    frame = _with_oxygen(path)
    assert (frame.cast.nunique(), len(frame)) == (casts, values)
    assert frame.time.notna().all() and frame.latitude.notna().all()


@pytest.mark.parametrize("name", WINKLER)
def test_winkler_counts_and_flags(name: str, data_root: Path) -> None:
    casts, values, codes = WINKLER[name]
    frame = _with_oxygen(data_root / "observations" / name)
    winkler = frame[frame.instrument == "bottle"]
    assert (winkler.cast.nunique(), len(winkler)) == (casts, values)
    counted = winkler.oxygen_original_flag.astype(str).value_counts().to_dict()
    assert counted == {f"whp_bottle:{code}": n for code, n in codes.items()}
    sensor = frame[frame.instrument == "ctd"]
    assert sensor.oxygen_original_flag.astype(str).str.startswith("whp_ctd").all()


@pytest.mark.parametrize("name", {**REAL_TIME, **ADJUSTED})
def test_float_counts(name: str, data_root: Path) -> None:
    frame = _with_oxygen(data_root / "observations" / "argo" / name)
    valid = frame[frame.oxygen.between(-5, 600)]
    assert (valid.cast.nunique(), len(valid)) == {**REAL_TIME, **ADJUSTED}[name]
    if name in REAL_TIME:
        assert (valid.oxygen_flag >= 3).all()  # raw oxygen is suspect at best


def test_float_that_is_partly_adjusted(data_root: Path) -> None:
    table = readers.read(data_root / "observations" / "argo" / "4901784_Sprof.nc").to_pandas()
    assert len(table) == 120_486  # levels with raw oxygen
    assert table.oxygen_flag.eq(1).sum() == 53_255  # adjusted, good
    assert table.cast.nunique() == 232 and table.cruise.unique().tolist() == ["4901784"]


@pytest.mark.parametrize(
    ("name", "adjusted", "raw"),
    [("3902131_BR_BD_D_profiles.tar.gz", 28_571, 55_921), ("bgcArgoDMQC_BR_BD_profiles.tar.gz", 2_615, 2_122)],
)
def test_single_cycle_files_in_a_tar(name: str, adjusted: int, raw: int, data_root: Path) -> None:
    table = readers.read(data_root / "observations" / "argo" / name).to_pandas()
    valid = table[table.oxygen.between(-5, 600)]
    assert valid.cast.str.extract(r"#(B[RD])\d")[0].value_counts().to_dict() == {"BD": adjusted, "BR": raw}
    assert table.temperature.isna().all()  # a b-file has none
    assert table.file.str.match(name + "#.+").all()


def test_glodap_in_both_forms_holds_the_same(data_root: Path) -> None:
    folder = data_root / "observations" / "glodap"
    mat = readers.read(folder / "33RR20070204.mat").to_pandas()
    csv = readers.read(folder / "GLODAP_merged_layout_33RR20070204.csv.gz").to_pandas()
    order = ["time", "pressure", "oxygen", "latitude", "salinity", "temperature"]
    mat, csv = (frame.sort_values(order).reset_index(drop=True) for frame in (mat, csv))
    for name in ("oxygen", "temperature", "salinity", "nitrate", "phosphate", "silicate", "depth", "longitude"):
        np.testing.assert_allclose(mat[name], csv[name], rtol=1e-11)
    assert (mat.oxygen_flag == csv.oxygen_flag).all()
    assert sorted(csv.cruise.unique()) == ["33RR20070204", "33RR20070322"]
    assert sorted(mat.cruise.unique()) == ["352", "353"]


def test_calcofi_and_kodc(data_root: Path) -> None:
    known = {"calcofi": (353_324, 14_105, 11_443, 298_336), "kodc": (416_309, 52_539, 36_028, 282_745)}
    data = catalog.load()
    for name, expected in known.items():
        entry = data.entry(name)
        columns = ["cast", "cruise", "oxygen_original", "oxygen", "temperature", "salinity", "oxygen_flag"]
        tables = [readers.read(path, entry.table, entry.density) for path in data.resolve(name, data_root)]
        frame = pd.concat([table.select(columns).to_pandas() for table in tables])
        given = frame.dropna(subset="oxygen_original")
        assert (len(frame), frame.cast.nunique(), given.cast.nunique(), len(given)) == expected
        complete = given.temperature.notna() & given.salinity.notna()
        assert given.oxygen.notna().equals(complete)  # no density, no value
        one_ml_per_l = given.oxygen / given.oxygen_original.where(given.oxygen_original != 0)
        assert one_ml_per_l.dropna().between(43.2, 44.75).all()
        assert frame.cruise.nunique() > 100


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("cchdo/33HQ20150809.tar.gz", "woce_netcdf"),
        ("cchdo/pycchdo__example_hy1.nc", "woce_netcdf"),
        ("cchdo/libcchdo_samples/bottle_woce__p01w_1999ahy.txt", "woce_text"),
        ("argo/3902131_meta.nc", "unknown"),
        ("calcofi/bottle.csv.gz", "unknown"),
    ],
)
def test_what_is_not_read_says_so(name: str, kind: str, data_root: Path) -> None:
    path = data_root / "observations" / name
    assert readers.sniff(path) == kind
    with pytest.raises(readers.InputError, match=r"which is not read|content of no known archive"):
        readers.read(path)
