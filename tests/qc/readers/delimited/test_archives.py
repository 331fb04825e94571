"""Tables of the catalogue: real files of HOT, BATS, CARIACO, CalCOFI and KODC, and a FloatViz text after its format."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from oxygen_recon.observations import catalog
from qc.readers.registry import read

COLUMNS = [
    "file",
    "row",
    "cast",
    "cruise",
    "instrument",
    "time",
    "depth",
    "pressure",
    "temperature",
    "temperature_flag",
    "salinity",
    "salinity_flag",
    "oxygen",
    "oxygen_flag",
    "oxygen_original",
    "oxygen_original_unit",
    "oxygen_original_flag",
]


def table(name: str, data_root: Path, pattern: str = "*") -> pd.DataFrame:
    entry = catalog.load().entry(name)
    paths = [path for path in catalog.load().resolve(name, data_root) if path.match(pattern)]
    tables = [read(path, entry.table, entry.density).select(COLUMNS).to_pandas() for path in paths]
    return pd.concat(tables, ignore_index=True).astype({"oxygen_original_flag": "str"})


def has_its_own_density_or_the_constant_one(given: pd.DataFrame) -> int:
    """Check that every value in ml/l is converted, and how; return how many lack good temperature or salinity."""
    known = given.temperature.notna() & given.salinity.notna()
    known &= (given.temperature_flag != 4) & (given.salinity_flag != 4)
    assert (given.oxygen_original_unit.astype(str) == np.where(known, "ml/l", "ml/l; density 1025")).all()
    assert given.oxygen.notna().all()
    one_ml_per_l = (given.oxygen / given.oxygen_original)[given.oxygen_original != 0]
    assert one_ml_per_l.between(43.2, 44.75).all()
    np.testing.assert_allclose(one_ml_per_l[~known], 44.6596 / 1.025, rtol=1e-12)
    return int((~known).sum())


def test_hot_sensor_casts(data_root: Path) -> None:
    frame = table("hot_ctd", data_root)
    given = frame.dropna(subset="oxygen_original")
    assert len(frame) == 19_320  # 20 more than have oxygen: those are -9.0
    assert (len(given), given.cast.nunique()) == (19_300, 54)
    codes = given.oxygen_original_flag.value_counts().to_dict()
    assert codes == {"whp_ctd:1": 16_731, "whp_ctd:2": 2_506, "whp_ctd:6": 63}
    assert frame.oxygen_flag[frame.oxygen_original.isna()].eq(9).all()
    assert given.oxygen_flag[given.oxygen_original_flag == "whp_ctd:1"].eq(3).all()  # a sensor that is not calibrated


@pytest.mark.parametrize(("entry", "folder"), [("hot_ctd", "*CTD*"), ("hot_bottle", "*Niskin*")])
def test_hot_dates_without_their_zeros_are_the_iso_dates(entry: str, folder: str, data_root: Path) -> None:
    for path in catalog.load().resolve(entry, data_root):
        ours = table(entry, data_root, path.name)
        theirs = pd.read_csv(path, sep="\t", usecols=lambda name: "DateTime" in name).iloc[:, 0]
        theirs = pd.to_datetime(theirs.str.rstrip("Z")).iloc[ours.row].reset_index(drop=True)
        assert (ours.time == theirs).all()


def test_hot_bottles_and_the_sensor_at_their_stops_are_two_casts(data_root: Path) -> None:
    frame = table("hot_bottle", data_root)
    winkler, sensor = (frame[frame.instrument == name].dropna(subset="oxygen") for name in ("bottle", "ctd"))
    assert (len(frame), len(winkler), len(sensor)) == (2 * 3_582, 58, 3_582)
    codes = {"whp_bottle:2": 56, "whp_bottle:3": 1, "whp_bottle:4": 1}
    assert winkler.oxygen_original_flag.value_counts().to_dict() == codes
    codes = {"whp_ctd:1": 3_462, "whp_ctd:2": 118, "whp_ctd:3": 2}
    assert sensor.oxygen_original_flag.value_counts().to_dict() == codes
    assert sensor.oxygen_flag.eq(3).sum() == 3_462 + 2
    assert sensor.cast.nunique() == 177 and sensor.cast.astype(str).str.endswith("#stop").all()
    both = winkler.merge(sensor, on=["file", "row"])
    good = both[(both.oxygen_flag_x == 1) & (both.oxygen_flag_y == 1)]
    assert (good.oxygen_x - good.oxygen_y).abs().median() < 2.0


def test_bats(data_root: Path) -> None:
    sensor, bottle = (table(name, data_root).dropna(subset="oxygen") for name in ("bats_ctd", "bats_bottle"))
    assert (len(sensor), sensor.cast.nunique()) == (9_715, 21)
    assert (len(bottle), bottle.cast.nunique()) == (90, 6)
    assert bottle.oxygen.between(130, 270).all() and sensor.oxygen.between(130, 270).all()
    assert sensor.time[0] == pd.Timestamp("2003-04-22 19:06")


def test_cariaco(data_root: Path) -> None:
    frame = table("cariaco", data_root)
    given = frame.dropna(subset="oxygen")
    assert len(given) == 3_595
    named = ~given.cast.astype(str).str.endswith("-")  # six values of one cruise have no cast number
    assert (given[named].cast.nunique(), (~named).sum()) == (492, 6)
    assert frame.time.notna().all()
    assert given.oxygen_flag.eq(2).all()  # what its codes mean is not known
    codes = {"cariaco:0": 3_578, "cariaco:0v": 8, "cariaco:1": 4, "cariaco:1v": 4}  # one blank
    assert given.oxygen_original_flag.value_counts().to_dict() == codes
    assert given.oxygen.eq(0).sum() == 579


def test_calcofi_extract_is_part_of_calcofi(data_root: Path) -> None:
    keys = ["cast", "depth", "order"]
    whole, part = (table(name, data_root) for name in ("calcofi", "calcofi_extract"))
    assert len(whole) == 353_324 and whole.oxygen_original.notna().sum() == 298_336
    assert (whole.cast.nunique(), whole.dropna(subset="oxygen").cast.nunique()) == (14_105, 11_443)
    assert has_its_own_density_or_the_constant_one(whole.dropna(subset="oxygen_original")) == 2_499
    for frame in (whole, part):
        frame["cast"] = frame.cast.astype(str)
        frame["order"] = frame.groupby(["cast", "depth"]).cumcount()
    both = part.merge(whole, on=keys, suffixes=("", "_whole"), validate="one_to_one")
    given = both.dropna(subset="oxygen")
    assert given.cast.nunique() == 4_385
    assert (len(part), len(both), len(given)) == (119_206, 119_206, 116_482)
    indicator = given.oxygen_original_flag.astype(str).str[-1]
    assert given.oxygen_original_flag.str.startswith("calcofi_recind:").all()
    meant = np.where(indicator.isin(["6", "7"]), 3, 2)
    np.testing.assert_array_equal(given.oxygen_flag, meant)
    assert 0.3 < (indicator == "7").mean() < 0.36  # interpolated to a standard depth
    for name in ("oxygen_original", "oxygen", "time", "cruise"):
        np.testing.assert_array_equal(given[name].to_numpy(), given[f"{name}_whole"].to_numpy())


def test_kodc(data_root: Path) -> None:
    frame = table("kodc", data_root)
    given = frame.dropna(subset="oxygen_original")
    assert (frame.file.nunique(), len(frame), len(given)) == (47, 416_309, 282_745)
    assert (frame.cast.nunique(), frame.dropna(subset="oxygen").cast.nunique()) == (52_539, 36_028)
    assert (
        has_its_own_density_or_the_constant_one(given) == 3_986 + 211
    )  # without temperature or salinity; with a bad one
    codes = given.oxygen_original_flag.value_counts().to_dict()
    assert codes == {"iode:1": 270_410, "iode:2": 12_323, "iode:4": 12}
    year = given.file.astype(str).str[4:8].value_counts()
    assert {name: int(year.get(name, 0)) for name in ("1974", "1975", "1976", "1978", "1979", "1981", "2024")} == {
        "1974": 0,
        "1975": 0,
        "1976": 125,
        "1978": 471,
        "1979": 24,
        "1981": 0,
        "2024": 0,
    }
    assert (frame.file == "nso_1968.csv.gz").sum() > 10_000  # tab-separated like the others
    repeated = frame.duplicated(["cast", "depth"])
    assert frame[repeated].file.astype(str).str[4:8].unique().tolist() == ["2002", "2003", "2004", "2005", "2007"]
    assert repeated.sum() == 80


# After the header and first lines of the public files of the SOCCOM programme: comment lines, tabs, a column QF after
# each value, -1E+10 where there is none; shortened, and the flags varied.
FLOATVIZ = """//0
//File updated on 06/18/2018 15:03
//!! ADJUSTED DATA FILE !!
//WMO ID: 5904675
//
//FLOAT VARIABLES:
//Variable|Sensor|Serial number|Comment
//Oxygen[µmol/kg]|Aanderaa 4330|1870|
//
//Missing data value = -1e10
//Data quality flags: 0=Good, 4=Questionable, 8=Bad, 1=Missing or not inspected
//Note: all timestamps are in GMT.
Cruise|Station|Type|mon/day/yr|hh:mm|Lon [°E]|Lat [°N]|QF|Pressure[dbar]|QF|Temperature[°C]|QF|Salinity[pss]|QF|\
Depth[m]|QF|Oxygen[µmol/kg]|QF|OxygenSat[%]|QF|Nitrate[µmol/kg]|QF
5904675|1|C|01/13/2016|07:34|99.470|-39.451|0|1798.82|0|2.5593|0|34.6566|0|1777.472|0|174.6|0|53.4|0|32.81|0
5904675|1|C|01/13/2016|07:34|99.470|-39.451|0|1699.35|0|2.6215|0|34.6251|0|1679.576|0|174.6|4|53.5|0|-1e10|1
5904675|1|C|01/13/2016|07:34|99.470|-39.451|0|1598.98|0|2.7097|0|34.5933|8|1580.748|0|172.0|8|52.8|0|-1E+10|1
5904675|2|C|01/23/2016|09:12|199.470|-39.451|4|1598.98|0|2.7097|0|34.5933|0|1580.748|0|-1E+10|1|-1E+10|1|33.48|0
"""


def test_floatviz(tmp_path: Path) -> None:
    entry = catalog.load().entry("floatviz")
    path = tmp_path / "observations" / "floatviz" / "9749SOOCNQC.TXT"
    path.parent.mkdir(parents=True)
    path.write_text(FLOATVIZ.replace("|", "\t"), encoding="latin-1")
    assert catalog.load().resolve("floatviz", tmp_path) == [path]
    frame = read(path, entry.table, entry.density).to_pandas()
    np.testing.assert_array_equal(frame.oxygen, [174.6, 174.6, 172.0, np.nan])
    assert frame.oxygen_flag.tolist() == [1, 3, 4, 9]
    assert frame.nitrate_flag.tolist() == [1, 9, 9, 1] and frame.salinity_flag.tolist() == [1, 1, 4, 1]
    assert frame.oxygen_original_flag.tolist() == ["floatviz:0", "floatviz:4", "floatviz:8", "floatviz:1"]
    assert frame.cast.tolist() == ["5904675_1"] * 3 + ["5904675_2"]
    assert frame.longitude.tolist() == pytest.approx([99.47] * 3 + [-160.53])
    assert frame.position_flag.tolist() == [1, 1, 1, 3] and frame.time_flag.tolist() == [2] * 4
    assert frame.instrument.eq("float").all() and frame.time[3] == pd.Timestamp("2016-01-23 09:12")
    assert frame.oxygen_original_unit.str.endswith("; adjusted by its operator").all()
    unnamed = read(path).to_pandas()  # by its content, like any ODV spreadsheet
    for name in (
        "oxygen",
        "oxygen_flag",
        "instrument",
        "time",
        "pressure",
        "temperature",
        "nitrate",
        "longitude",
        "position_flag",
    ):
        pd.testing.assert_series_equal(unnamed[name], frame[name])
    assert unnamed.oxygen_original_unit.str.endswith("; adjusted by its operator").all()
