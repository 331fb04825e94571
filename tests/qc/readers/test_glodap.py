from pathlib import Path

import gsw
import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

from qc.errors import InputError, Refused
from qc.physics import seawater
from qc.readers.registry import detect_format, read

COLUMNS = {
    "cruise": [352, 352, 353, 353],
    "station": [1, 1, 2.5, 2.5],
    "cast": [1, 2, 1, 1],
    "year": [2007, 2007, 2008, 2008],
    "month": [2, 2, 12, 12],
    "day": [15, 15, 31, 31],
    "hour": [14, -9999, 0, 0],
    "minute": [42, -9999, 5, 5],
    "latitude": [-65.8, -65.8, 0.0, 0.0],
    "longitude": [84.55, 84.55, 180.0, 180.0],
    "pressure": [3.0, 27.0, 4000.0, 4000.0],
    "temperature": [-1.1, -0.9, 2.0, -9999],
    "salinity": [33.464, 33.874, 34.7, 34.7],
    "salinityf": [2, 2, 2, 0],
    "oxygen": [352.9, -9999, 150.0, 151.0],
    "oxygenf": [2, 9, 0, 2],
    "nitrate": [22.66, 24.0, 36.0, 36.0],
    "nitratef": [2, 2, 2, 2],
    "chla": [0.0, 0.0, 0.0, 0.0],
}


def _check(table: pd.DataFrame) -> None:
    np.testing.assert_array_equal(table.oxygen, [352.9, np.nan, 150.0, 151.0])
    assert table.oxygen_flag.tolist() == [1, 9, 3, 1]
    assert table.oxygen_original_flag.tolist() == ["glodap:2", "glodap:9", "glodap:0", "glodap:2"]
    assert table.salinity_flag.tolist() == [1, 1, 1, 3]
    assert table.longitude.tolist() == [84.55, 84.55, -180.0, -180.0]
    assert np.isnan(table.temperature[3])
    times = ["2007-02-15 14:42", "2007-02-15 12:00", "2008-12-31 00:05", "2008-12-31 00:05"]
    assert table.time.tolist() == [pd.Timestamp(time) for time in times]  # noon where the hour is missing
    assert table.depth[2] == pytest.approx(3940, abs=15)


@pytest.mark.parametrize("prefix", ["", "G2"])
def test_csv_with_and_without_prefix(prefix: str, tmp_path: Path) -> None:
    path = tmp_path / "merged.csv"
    pd.DataFrame(COLUMNS).rename(columns=lambda name: prefix + name).to_csv(path, index=False)
    assert detect_format(path) == "glodap"
    table = read(path).to_pandas()
    _check(table)
    assert table.cast.tolist() == ["352_1_1", "352_1_2", "353_2.5_1", "353_2.5_1"]


def test_mat_with_small_integers_and_nan(tmp_path: Path) -> None:
    columns = {f"G2{name}": np.array(values, float) for name, values in COLUMNS.items()}
    columns = {name: np.where(values == -9999, np.nan, values)[:, None] for name, values in columns.items()}
    for name in ("month", "day", "oxygenf", "salinityf", "nitratef"):
        columns[f"G2{name}"] = columns[f"G2{name}"].astype(np.uint8)
    savemat(tmp_path / "33RR20070204.mat", columns)
    table = read(tmp_path / "33RR20070204.mat").to_pandas()
    _check(table)
    assert table.cruise.tolist() == ["352", "352", "353", "353"]


def test_extract_without_cruise_cast_and_flags(tmp_path: Path) -> None:
    kept = ("station", "year", "month", "day", "latitude", "longitude", "pressure", "oxygen")
    savemat(tmp_path / "29HE19920714.mat", {f"G2{name}": np.array(COLUMNS[name], float) for name in kept})
    table = read(tmp_path / "29HE19920714.mat").to_pandas()
    assert table.cruise.unique().tolist() == ["29HE19920714"]
    assert table.cast.tolist() == ["29HE19920714_1_1"] * 2 + ["29HE19920714_2.5_1"] * 2
    assert table.oxygen_flag.tolist() == [2, 9, 2, 2]
    assert table.temperature.isna().all()


def test_expocode_names_the_cruise(tmp_path: Path) -> None:
    frame = pd.DataFrame(COLUMNS).assign(expocode=["33RR20070204"] * 2 + ["33RR20081230"] * 2)
    frame.to_csv(tmp_path / "merged.csv", index=False)
    table = read(tmp_path / "merged.csv").to_pandas()
    assert table.cruise.tolist() == frame.expocode.tolist()
    assert table.cast[0] == "33RR20070204_1_1"


def test_rows_that_do_not_fit_are_refused_and_blank_ones_are_none(tmp_path: Path) -> None:
    path = tmp_path / "merged.csv"
    pd.DataFrame(COLUMNS).to_csv(path, index=False)
    plain = read(path).to_pandas()
    head, *rows = path.read_text().splitlines()
    rows[1] = rows[1].replace(".", ",", 1)
    path.write_text("\r\n".join([head, *rows[:2], "," * head.count(","), *rows[2:]]) + "\r\n\x1a")
    refused: list[Refused] = []
    rest = plain.drop(index=1).reset_index(drop=True)
    pd.testing.assert_frame_equal(read(path, refused=refused).to_pandas(), rest, check_categorical=False)
    n = head.count(",") + 1
    assert [str(one) for one in refused] == [f"merged.csv, line 3: {n + 1} fields instead of {n}"]


def test_faults_are_named(tmp_path: Path) -> None:
    path = tmp_path / "merged.csv"
    pd.DataFrame(COLUMNS).to_csv(path, index=False)
    text = path.read_text()
    path.write_text(text[:-12])
    with pytest.raises(InputError, match=r"merged\.csv: the last line is incomplete"):
        read(path)
    path.write_text(text.replace("352.9", "good"))
    with pytest.raises(InputError, match=r"merged\.csv: column oxygen holds text"):
        read(path)
    savemat(tmp_path / "whole.mat", {f"G2{name}": np.array(v, float) for name, v in COLUMNS.items()})
    whole = (tmp_path / "whole.mat").read_bytes()
    for length in np.linspace(10, len(whole) - 1, 20).astype(int):
        (tmp_path / "cut.mat").write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"cut\.mat"):
            read(tmp_path / "cut.mat")


def test_aou_equals_that_of_the_archive(data_root: Path) -> None:
    """The archive's solubility lacks the IPTS-68 factor; with in-situ temperature the difference would reach 5."""
    from scipy.io import loadmat

    path = data_root / "observations" / "glodap" / "33RR20070204.mat"
    table = read(path).to_pandas()
    expected = loadmat(path, variable_names=["G2aou"], squeeze_me=True)["G2aou"]
    SA = seawater.SA(table.salinity, table.pressure, table.longitude, table.latitude)
    pt = gsw.pt0_from_t(SA, table.temperature, table.pressure)
    difference = (seawater.O2sol(table.salinity, pt) - table.oxygen - expected)[table.oxygen_flag == 1]
    assert np.nanmax(np.abs(difference)) < 0.05
    assert np.isfinite(difference).sum() > 6500
