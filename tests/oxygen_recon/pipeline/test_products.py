"""The verbs `omz`, `inventory` and `columns`, and the products of a field in memory."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.cli import app
from oxygen_recon.fields.cf import cf_coordinates
from oxygen_recon.products.omz import omz_series


@pytest.fixture
def field(tmp_path) -> Path:
    """Two years of oxygen that falls from 200 to 20 umol/kg at 300 m."""
    wet = np.ones((3, 2, 4), bool)
    wet[2, 0, 0] = False
    edges = np.linspace(-10, 10, 3), np.linspace(160, 200, 5), np.array([0.0, 100, 500, 1000])
    data = cf_coordinates(Grid(*edges, np.array([50.0, 300, 750]), wet), TimeAxis.regular(2000, 2001, "year"))
    values = np.where(wet, np.array([200.0, 20, 90])[:, None, None], np.nan)
    attributes = {"units": "umol kg-1"}
    data["oxygen"] = (("time", "depth", "latitude", "longitude"), np.stack([values, values + 1]), attributes)
    data["oxygen_standard_error"] = data["oxygen"].copy(data=0 * data["oxygen"] + 2)
    data.to_netcdf(tmp_path / "field.nc")
    return tmp_path / "field.nc"


def verb(*words: object):
    return CliRunner().invoke(app, list(map(str, words)))


def test_an_inventory_is_written_as_a_table(field, tmp_path):
    done = verb("inventory", field, "--out", tmp_path / "sum.csv", "--layer", "0,1000", "--layer", "0,inf")
    assert done.exit_code == 0, done.stderr
    table = pd.read_csv(tmp_path / "sum.csv")
    assert set(table["layer"]) == {"0-1000 m", "0 m to bottom"} and len(table) == 4
    assert (table["inventory (Pmol)"] > 0).all() and (table["inventory_standard_error (Pmol)"] > 0).all()
    assert (table.groupby("time")["inventory (Pmol)"].std() < 1e-9).all(), "both layers hold all of it"


def test_zones_are_written_by_region_with_the_number_to_publish_first(field, tmp_path):
    box = "POLYGON ((160 -10, 180 -10, 180 10, 160 10, 160 -10))"
    words = ["--threshold", 60, "--threshold", 20.5, "--region", box, "--region", "Pacific"]
    done = verb("omz", field, *words, "--out", tmp_path / "omz.csv")
    assert done.exit_code == 0, done.stderr
    table = pd.read_csv(tmp_path / "omz.csv")
    assert list(table)[3] == "omz_area_expected (m2)" and len(table) == 2 * 3 * 2
    area = table[table["threshold (umol kg-1)"] == 60].groupby("region")["omz_area (m2)"].sum()
    assert area["Pacific"] == pytest.approx(area["all"]) and 2 * area[box] == pytest.approx(area["all"])
    done = verb("omz", field, "--threshold", 60, "--whole-cells", "--out", tmp_path / "omz.nc")
    assert done.exit_code == 0, done.stderr
    with xr.open_dataset(tmp_path / "omz.nc") as found:
        assert "region" not in found.dims and found["omz_volume"].attrs["count"] == "whole cells"


def test_an_inventory_is_written_by_region(field, tmp_path):
    done = verb("inventory", field, "--region", "Pacific", "--layer", "0,inf", "--out", tmp_path / "sum.csv")
    assert done.exit_code == 0, done.stderr
    table = pd.read_csv(tmp_path / "sum.csv").groupby("region")["inventory (Pmol)"].sum()
    assert table["Pacific"] == pytest.approx(table["all"])


def test_columns_are_mapped(field, tmp_path):
    done = verb("columns", field, "--threshold", 60, "--out", tmp_path / "maps.nc")
    assert done.exit_code == 0, done.stderr
    with xr.open_dataset(tmp_path / "maps.nc") as maps:
        assert (maps["core_depth"] == 300).all() and maps["thickness"].dims[1:] == (
            "threshold",
            "latitude",
            "longitude",
        )
        assert maps["core_oxygen"][0].values == pytest.approx(20)


def test_a_region_counts_only_its_columns(field):
    with xr.open_dataset(field) as data:
        oxygen = data["oxygen"].load()
    whole = omz_series(oxygen, [60.0])["omz_area"]
    west = xr.zeros_like(oxygen[0, 0], bool)
    west[:, :2] = True
    half = omz_series(oxygen, [60.0], region=west)["omz_area"]
    np.testing.assert_allclose(half, whole / 2)


@pytest.mark.parametrize(
    "words, message",
    [
        (["inventory", "none.nc", "--out", "x.csv"], "none.nc: no such file"),
        (["inventory", "FIELD", "--out", "x.csv", "--variable", "o2"], "no variable o2"),
        (["inventory", "FIELD", "--out", "x.csv", "--layer", "deep"], "deep: not a layer"),
        (["inventory", "FIELD", "--out", "x.csv", "--layer", "9,1"], "give pairs of top and bottom"),
        (["columns", "FIELD", "--threshold", "-1", "--out", "x.nc"], "give numbers above zero"),
        (["omz", "FIELD", "--threshold", "60"], "give --threshold NUMBER and --out FILE"),
        (["omz", "FIELD", "--threshold", "60", "--unit", "mmol m-3", "--out", "x.nc"], "thresholds in mmol m-3; conv"),
        (["omz", "FIELD", "--threshold", "60", "--region", "red_sea", "--out", "x.nc"], "region red_sea: no ocean of"),
        (["omz", "FIELD", "--threshold", "60", "--region", "sea", "--out", "x.nc"], "sea: no such region"),
        (["omz", "FIELD", "--threshold", "60", "--seed", "1", "--out", "x.nc"], "--seed: does not go with a field"),
        (["omz", "x.yaml", "--threshold", "60"], "--threshold: does not go with an experiment; write omz: {...} into"),
    ],
)
def test_a_users_mistake_is_one_line(field, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    done = verb(*(field if word == "FIELD" else word for word in words))
    assert done.exit_code == 1 and done.stderr.strip().count("\n") == 0 and message in done.stderr
    assert not list(tmp_path.glob("x.*"))


def test_a_damaged_file_is_one_line(tmp_path):
    (tmp_path / "broken.nc").write_bytes(b"CDF\x01" + bytes(20))
    done = verb("columns", tmp_path / "broken.nc", "--threshold", 60, "--out", tmp_path / "maps.nc")
    assert done.exit_code == 1 and "broken.nc" in done.stderr and done.stderr.strip().count("\n") == 0
