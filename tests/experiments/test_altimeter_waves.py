from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments import altimeter_waves
from experiments.altimeter_waves import PACE, interval, main, polynomial, read, ridge, splits, with_inputs
from qc.errors import InputError


def tracks(first: str = "2022-02-01", hours: float = 5.0, seed: int = 0) -> pd.DataFrame:
    """Rows of an orbit of 101 minutes between 81 S and 81 N, one every 20 s, a third of them over land."""
    seconds = np.arange(0, hours * 3600, 20).astype(np.int64)
    rng = np.random.default_rng(seed)
    wind = 8 + 4 * np.sin(seconds / 700) + rng.normal(size=seconds.size)
    table = pd.DataFrame({
        "time": np.datetime64(first, "ns") + seconds.astype("timedelta64[s]"),
        "latitude": 81 * np.sin(2 * np.pi * seconds / 6060 + 0.3), "wind": wind, "height": 1 + 0.02 * wind**2,
    })  # fmt: skip
    return table[np.sin(seconds / 900) > -0.5].reset_index(drop=True)


def write(table: pd.DataFrame, path: Path) -> None:
    names = {"VAVH": "height", "WIND_SPEED": "wind", "latitude": "latitude"}
    axes = {"time": table["time"].to_numpy()}
    xr.Dataset({name: ("time", table[column].to_numpy()) for name, column in names.items()}, axes).to_netcdf(path)


def test_a_pass_is_half_an_orbit_and_averages_end_with_it() -> None:
    table = with_inputs(tracks())
    assert table["pass"].nunique() == 7 and table["pass"].is_monotonic_increasing
    north = table.groupby("pass")["latitude"].agg(lambda one: one.iloc[-1] > one.iloc[0])
    assert (north.to_numpy()[1:] != north.to_numpy()[:-1]).all()
    for row in (0, 100, len(table) - 1):
        near = table["pass"] == table["pass"][row]
        near &= (table["second"] - table["second"][row]).abs() <= round(200 / PACE)
        assert table["mean_200"][row] == pytest.approx(table["wind"][near].mean())
        assert table["spread_200"][row] == pytest.approx(table["wind"][near].std(ddof=0), abs=1e-6)
        assert table["water_200"][row] == pytest.approx(near.sum() / (2 * round(200 / PACE) + 1))


@settings(max_examples=10)
@given(st.integers(0, 10_000), st.floats(30.0, 60.0))
def test_no_pass_has_rows_on_both_sides_of_a_split(seed: int, hours: float) -> None:
    later = tracks("2023-07-04", 3.0, seed)
    table = with_inputs(pd.concat([tracks(hours=hours, seed=seed), later], ignore_index=True))
    names = []
    for name, parts in splits(table):
        names.append(name)
        for learned, tested in parts:
            assert learned.any() and tested.any() and not (learned & tested).any()
            assert not set(table["pass"][learned]) & set(table["pass"][tested])
    assert len(names) == 4 and names[-1] == "2023-07-04 from the days before"
    assert table["time"][next(splits(table))[1][0][1]].max() < np.datetime64("2023-01-01")


def test_rows_are_kept_or_counted_and_a_known_law_is_found(tmp_path: Path) -> None:
    table = tracks(hours=12.0)
    table.loc[::7, "wind"] = np.nan
    write(table[:300], tmp_path / "b.nc")
    write(table[300:], tmp_path / "a.nc")
    found, left_out = read(tmp_path)
    assert len(found) + left_out == len(table) and left_out == table["wind"].isna().sum()
    assert found["time"].is_monotonic_increasing
    found = with_inputs(found)
    first, second = found[:700], found[700:]
    np.testing.assert_allclose(polynomial((0, 2))(first, second), second["height"])
    fitted = ridge(first, ["wind", "square"]).predict(second[["wind", "square"]])
    np.testing.assert_allclose(fitted, second["height"], atol=0.05)
    rmse, low, high = interval(np.array([3.0, 4.0, 3.0, 4.0]), np.array([0, 0, 1, 1]))
    assert rmse == low == high == pytest.approx(12.5**0.5)


def test_what_cannot_be_read_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no netCDF file; name the folder of the tracks"):
        read(tmp_path)
    with pytest.raises(InputError, match="unknown arguments"):
        main([])
    table = tracks()
    write(table, tmp_path / "a.nc")
    write(table, tmp_path / "b.nc")
    with pytest.raises(InputError, match="a time is there twice"):
        read(tmp_path)
    write(table.assign(height=100 * table["height"]), tmp_path / "b.nc")
    with pytest.raises(InputError, match=r"b.nc: height of [0-9.]+; correct its unit: 0 to 30"):
        read(tmp_path)
    xr.Dataset({"VAVH": ("time", [1.0])}).to_netcdf(tmp_path / "b.nc")
    with pytest.raises(InputError, match="no WIND_SPEED, latitude"):
        read(tmp_path)


def test_the_tables_name_every_split_and_method(tmp_path: Path, capsys, monkeypatch) -> None:
    write(tracks(hours=50.0), tmp_path / "a.nc")
    few = {"wind along the track": altimeter_waves.TRACK}
    monkeypatch.setattr(altimeter_waves, "INPUTS", few)
    main([str(tmp_path)])
    printed = capsys.readouterr().out
    assert "| ridge: wind along the track |" in printed and "second half from the first" in printed
