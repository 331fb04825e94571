"""CCHDO files of the real collection in all formats, compared with the same cruises in GLODAP."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from qc.battery import battery
from qc.duplicates import search
from qc.errors import InputError
from qc.readers.registry import detect_format, read
from qc.table import schema

RULES = battery.load_battery().duplicates

SAMPLES = "libcchdo_samples/"
CTD, STOP, BOTTLE = "ctd", "stop", "bottle"
# file: kind, and of each kind of cast: casts with oxygen, values as delivered, how many carry each flag
KNOWN = {
    "hydro__p02.csv.gz": (
        "exchange",
        {BOTTLE: (158, 5228, {"2": 5162, "3": 12, "4": 54}), STOP: (159, 5343, {"2": 5341, "4": 2})},
    ),
    "oce__a03_hy1.csv.gz": ("exchange", {BOTTLE: (124, 2812, {"2": 2704, "3": 19, "4": 88, "5": 1})}),
    "pycchdo__example_hy1.csv.gz": (
        "exchange",
        {BOTTLE: (107, 3229, {"2": 3186, "3": 8, "4": 35}), STOP: (100, 3051, {"2": 2959, "3": 80, "6": 12})},
    ),
    "hydro_tests__33RR20080204_mini_hy1.csv": (
        "exchange",
        {BOTTLE: (6, 88, {"2": 86, "4": 2}), STOP: (6, 88, {"2": 60, "3": 28})},
    ),
    SAMPLES + "bottle_exchange__64PE20050907_hy1.csv": ("exchange", {BOTTLE: (3, 6, {"2": 6})}),
    "bats_BIOS20160414_ct1.zip": ("exchange", {CTD: (22, 13662, {})}),
    "bats_BIOS20160721_ct1.zip": ("exchange", {CTD: (2, 1948, {})}),
    SAMPLES + "i08s_33RR20070204_ct1.zip": ("exchange", {CTD: (2, 848, {"2": 848})}),
    SAMPLES + "i08s_33RR20070204_nc_ctd.zip": ("woce_netcdf", {CTD: (2, 848, {"2": 848})}),
    SAMPLES + "i08s_33RR20070204_00101_ctd.nc": ("woce_netcdf", {CTD: (1, 221, {"2": 221})}),
    "33HQ20150809.tar.gz": (
        "woce_netcdf",
        {
            CTD: (106, 152365, {"1": 454, "2": 146097, "4": 5814}),
            STOP: (107, 3160, {"2": 3158, "3": 2}),
            BOTTLE: (106, 1720, {"2": 1703, "3": 6, "4": 11}),
        },
    ),
    SAMPLES + "nc_hyd__i08s_33RR20070204_nc_hyd.zip": (
        "woce_netcdf",
        {BOTTLE: (88, 2875, {"2": 2858, "3": 9, "4": 8}), STOP: (88, 2873, {"2": 2873})},
    ),
    "pycchdo__example_hy1.nc": (
        "woce_netcdf",
        {BOTTLE: (1, 36, {"2": 36}), STOP: (1, 36, {"2": 31, "3": 1, "4": 4})},
    ),
    SAMPLES + "nc_hyd__p03a_00199_00001_hy1.nc": ("woce_netcdf", {BOTTLE: (1, 36, {"2": 36})}),
    SAMPLES + "bottle_woce__p01w_1999ahy.txt": (
        "woce_text",
        {BOTTLE: (54, 1259, {"2": 1058, "3": 88, "4": 113}), STOP: (54, 1245, {"1": 1221, "4": 24})},
    ),
}


@pytest.fixture(scope="module")
def tables(data_root: Path) -> dict[str, pa.Table]:
    """Each file once."""
    folder = data_root / "observations" / "cchdo"
    return {name: read(folder / name) for name in KNOWN}


@pytest.fixture(scope="module")
def frames(tables: dict[str, pa.Table]) -> dict[str, pd.DataFrame]:
    nutrients = ("nitrate", "phosphate", "silicate")
    wanted = [name for name in schema.OBSERVATIONS.names if not name.startswith(nutrients)]
    return {name: table.select(wanted).to_pandas() for name, table in tables.items()}


@pytest.mark.parametrize("name", KNOWN)
def test_counts_and_flags(name: str, frames: dict[str, pd.DataFrame], data_root: Path) -> None:
    kind, expected = KNOWN[name]
    assert detect_format(data_root / "observations" / "cchdo" / name) == kind
    frame = frames[name].dropna(subset="oxygen_original")
    casts = frame["cast"].astype(str)
    form = casts.str.partition("#")[2].replace("", BOTTLE)
    found = {}
    for this, group in frame.groupby(form):
        codes = group["oxygen_original_flag"].dropna().astype(str).value_counts().to_dict()
        scheme = "whp_bottle:" if this == BOTTLE else "whp_ctd:"
        assert all(code.startswith(scheme) for code in codes)
        assert set(group["instrument"]) == {"bottle" if this == BOTTLE else "ctd"}
        codes = {code[-1]: n for code, n in codes.items()}
        found[this] = (group["cast"].nunique(), len(group), codes)
    assert found == expected
    assert frame["time"].notna().all() and frame["latitude"].notna().all() and frame["pressure"].notna().all()


def test_positions_near_the_pole_and_across_the_dateline(frames: dict[str, pd.DataFrame]) -> None:
    arctic = frames["33HQ20150809.tar.gz"]
    assert arctic["latitude"].max() == pytest.approx(89.9909, abs=1e-4)
    assert arctic["oxygen_original_unit"].unique().tolist() == ["?mol/kg"]  # its micro sign was lost
    assert arctic["depth"].max() == pytest.approx(4304 / 1.02, rel=0.02)
    for name in ("33HQ20150809.tar.gz", "hydro__p02.csv.gz"):
        assert frames[name]["longitude"].min() < -179 and frames[name]["longitude"].max() > 177
    assert frames["pycchdo__example_hy1.nc"]["time"].unique().tolist() == [pd.Timestamp("1994-02-14 00:07")]


def _keyed(frame: pd.DataFrame) -> pd.DataFrame:
    """Station, cast and pressure to 0.1 dbar; repeated keys dropped."""
    parts = frame["cast"].astype(str).str.partition("#")[0].str.rsplit("_", n=2, expand=True)
    frame = frame.assign(station=parts[1], number=parts[2], level=frame["pressure"].round(1))
    return frame[~frame.duplicated(["station", "number", "level"], keep=False)]


def _pairs(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    bottles = ours[ours["instrument"] == "bottle"]
    return _keyed(bottles).merge(_keyed(theirs), on=["station", "number", "level"], suffixes=("", "_theirs"))


@pytest.mark.parametrize(
    ("name", "mat", "cruise", "known", "good"),
    [
        (SAMPLES + "nc_hyd__i08s_33RR20070204_nc_hyd.zip", "33RR20070204", "352", (2894, 2869, 2854), (2854, 2854)),
        (SAMPLES + "bottle_woce__p01w_1999ahy.txt", "49K619990523", "461", (1222, 1064, 1004), (1003, 1003)),
    ],
)
def test_the_same_cruise_in_glodap(
    name: str,
    mat: str,
    cruise: str,
    known: tuple[int, int, int],
    good: tuple[int, int],
    frames: dict[str, pd.DataFrame],
    data_root: Path,
) -> None:
    glodap = read(data_root / "observations" / "glodap" / f"{mat}.mat").to_pandas()
    pairs = _pairs(frames[name], glodap[glodap["cruise"] == cruise])
    both = pairs.dropna(subset=["oxygen", "oxygen_theirs"])
    equal = (both["oxygen"] - both["oxygen_theirs"]).abs() <= 0.06
    assert (len(pairs), len(both), equal.sum()) == known
    flagged_good = both["oxygen_original_flag"].astype(str) == "whp_bottle:2"
    assert (flagged_good.sum(), (equal & flagged_good).sum()) == good
    assert both.loc[~equal, "oxygen_original_flag"].isin(["whp_bottle:3", "whp_bottle:4"]).all()
    assert (both["latitude"] - both["latitude_theirs"]).abs().max() < 1e-3
    assert (both["longitude"] - both["longitude_theirs"]).abs().max() < 6e-3
    assert (both["temperature"] - both["temperature_theirs"]).abs().median() < 1e-4  # IPTS-68 made ITS-90


@pytest.mark.parametrize(
    ("name", "median", "spread"),
    [("hydro__p02.csv.gz", 0.0, 3.7), (SAMPLES + "nc_hyd__i08s_33RR20070204_nc_hyd.zip", 0.0, 4.1)],
)
def test_sensor_and_winkler_of_one_stop(
    name: str, median: float, spread: float, frames: dict[str, pd.DataFrame]
) -> None:
    frame = frames[name]
    good = frame[frame["oxygen_original_flag"].isin(["whp_bottle:2", "whp_ctd:2"])]
    bottle, sensor = good[good["instrument"] == "bottle"], good[good["instrument"] == "ctd"]
    pairs = bottle.merge(sensor, on=["file", "row"], suffixes=("", "_sensor"), validate="one_to_one")
    assert len(pairs) == {"hydro__p02.csv.gz": 5160}.get(name, 2858)
    difference = pairs["oxygen_sensor"] - pairs["oxygen"]
    assert difference.median() == pytest.approx(median, abs=0.05)
    assert difference.abs().quantile(0.95) == pytest.approx(spread, abs=0.06)


def test_a_wrong_label_and_an_uncalibrated_sensor(frames: dict[str, pd.DataFrame]) -> None:
    frame = frames[SAMPLES + "bottle_woce__p01w_1999ahy.txt"]
    sensor = frame[frame["instrument"] == "ctd"]
    assert sensor["oxygen_original_unit"].unique().tolist() == ["umol/kg (labelled ML/L)"]
    assert sensor["oxygen"].equals(sensor["oxygen_original"]) and sensor["oxygen"].median() > 50
    assert (sensor["oxygen_flag"] >= 3).all()
    pairs = frame[frame["oxygen_flag"] == 1].merge(sensor, on=["file", "row"], suffixes=("", "_sensor"))
    low = (pairs["oxygen_sensor"] / pairs["oxygen"]).median()
    assert low == pytest.approx(0.64, abs=0.01)  # why a sensor that is not calibrated is suspect


@pytest.fixture
def woce_ctd(data_root: Path, tmp_path: Path) -> Path:
    """The WOCE CTD zip of I08S in a folder of its own, without the summary, which the collection does not have."""
    path = tmp_path / "i08s_33RR20070204ct.zip"
    path.symlink_to(data_root / "observations" / "cchdo" / SAMPLES / path.name)
    return path


def test_a_ctd_profile_in_three_formats(frames: dict[str, pd.DataFrame], woce_ctd: Path) -> None:
    with pytest.raises(InputError, match=r"ct\.zip#00101\.ctd: no station summary of 33RR20070204 beside it"):
        read(woce_ctd)
    events = (
        "EXPOCODE       SECT STNNBR CASTNO TYPE DATE   TIME CODE LATITUDE   LONGITUDE   NAV\n"
        "33RR20070204    I8S      1      1  ROS 021507 1424   BO 65 48.65 S 084 33.01 E GPS\n"
        "33RR20070204    I8S      2      1  ROS 021507 1705   BO 65 46.09 S 084 32.09 E GPS\n"
    )
    (woce_ctd.parent / "i08s_33RR20070204su.txt").write_text(events)
    text = read(woce_ctd).to_pandas()
    csv, nc = (frames[f"{SAMPLES}i08s_33RR20070204_{form}.zip"] for form in ("ct1", "nc_ctd"))
    assert text["cast"].value_counts(sort=False).tolist() == [221, 627]
    for other in (csv, nc):
        for name in ("oxygen", "oxygen_flag", "row"):
            np.testing.assert_array_equal(other[name], text[name])
        for name in ("temperature", "salinity", "pressure"):
            np.testing.assert_allclose(other[name], text[name], rtol=1e-15)  # the netCDF is a bit off now and then
        for name in ("cast", "time", "cruise", "platform", "instrument", "oxygen_original_flag"):
            assert other[name].astype(str).tolist() == text[name].astype(str).tolist()
        np.testing.assert_allclose(other["latitude"], text["latitude"], atol=1e-4)
        np.testing.assert_allclose(other["longitude"], text["longitude"], atol=1e-4)


def test_stops_are_copies_of_the_profile_where_a_table_has_both(tables: dict[str, pa.Table]) -> None:
    names = ("nc_hyd__i08s_33RR20070204_nc_hyd.zip", "i08s_33RR20070204_ct1.zip")
    both = pa.concat_tables([tables[SAMPLES + name] for name in names]).unify_dictionaries()
    found = search.find(both, RULES).set_index("name")["duplicate_of"].to_dict()
    first = "cchdo/33RR20070204_1_1"
    assert found[f"{first}#stop"] == f"{first}#ctd"
    assert first not in found  # Winkler's values are no copies of a sensor's
