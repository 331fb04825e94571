"""Estimates of a run on a part of its grid: those of its reconstruction, read or computed, and nothing changed."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

import oxygen_recon as ox
from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.cli import app
from oxygen_recon.pipeline.predict.selection import choose
from qc.errors import InputError
from tests.support.compliance import keeps_the_conventions

VALUES = ["oxygen", "oxygen_standard_error"]


def contents(home: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in home.rglob("*")}


def test_a_part_of_a_run_is_that_of_its_reconstruction_and_nothing_is_changed(undisturbed):
    run, before = ox.open_run(undisturbed), contents(undisturbed)
    whole, part = run.field(), run.predict(period=(1995, 1999), levels=[1500, 100])
    assert contents(undisturbed) == before
    expected = whole.sel(time=slice("1995", "1999"), depth=[100, 1500])
    for name in [*VALUES, "observation_count"]:
        np.testing.assert_array_equal(part[name], expected[name])
        assert part[name].attrs == expected[name].attrs
    xr.testing.assert_equal(part["time_bnds"], expected["time_bnds"])
    assert part.attrs["time_coverage_start"] == "1995-01-01" and part.attrs["geospatial_vertical_max"] == 1900
    assert part.attrs["observed_share"] == float(
        (expected["observation_count"].to_numpy()[:, part["wet"] == 1] > 0).mean()
    )
    assert 0 < part.attrs["far_share"] < 1


def test_models_give_what_the_reconstruction_holds(undisturbed, unfinished):
    before = contents(unfinished)
    computed = ox.open_run(unfinished).predict(period=(1995, 1996), region="20,120,-60,60")
    assert contents(unfinished) == before
    read = ox.open_run(undisturbed).predict(period=(1995, 1996), region=(20, 120, -60, 60))
    for name in VALUES:
        np.testing.assert_allclose(computed[name], read[name], rtol=1e-6)
    assert computed["wet"].equals(read["wet"]) and computed.attrs["far_share"] == read.attrs["far_share"]


def test_a_region_across_the_seam_of_the_grid_is_one_piece(undisturbed):
    run = ox.open_run(undisturbed)
    part = run.predict(region="150,-120,-30,30", period=(2000, 2000))
    assert np.all(np.diff(part["longitude"]) == 15) and 150 <= part["longitude"][0] and part["longitude"][-1] <= 240
    turned = part["oxygen"].assign_coords(longitude=(part["longitude"] + 180) % 360 - 180)
    whole = run.field()["oxygen"].sel(time="2000")
    np.testing.assert_array_equal(turned, whole.sel(latitude=turned["latitude"], longitude=turned["longitude"]))
    np.testing.assert_array_equal(part["longitude_bnds"][:, 0], part["longitude"] - 7.5)


def test_cells_of_the_box_but_not_of_the_region_are_land(undisturbed):
    triangle = "POLYGON ((-60 -60, 30 -60, -60 30, -60 -60))"
    part = ox.open_run(undisturbed).predict(region=triangle, period=(2000, 2000), levels=[0])
    latitude, longitude = np.meshgrid(part["latitude"], part["longitude"], indexing="ij")
    assert not part["wet"].to_numpy()[0][latitude + longitude > -30].any() and part["wet"].any()
    np.testing.assert_array_equal(part["oxygen"][0].notnull(), part["wet"] == 1)


@pytest.mark.parametrize("step, steps", [("year", [3, 4]), ("month", range(36, 60)), ("static", [0])])
def test_a_period_takes_whole_years(step, steps):
    grid = Grid(np.arange(3.0), np.arange(3.0), np.array([0.0, 10]), np.array([5.0]), np.ones((1, 2, 2), bool))
    part = choose(grid, TimeAxis.regular(2000, 2009, step), (2003, 2004), None, None)
    assert part.steps.tolist() == list(steps)


@pytest.mark.parametrize(
    "options, line",
    [
        ({"period": (1990, 2010)}, "period 1990-2010: the run has 1990-2004; choose years of it"),
        ({"period": (2000, 1995)}, "period 2000-1995: the run has 1990-2004"),
        ({"levels": [100, 150]}, "level 150: no level of the run; its levels are 0, 100, 300, 700, 1500 m"),
        ({"region": "20,25,80,85"}, "20,25,80,85: no ocean cell of the run in it; the run covers -75 to 75 N"),
        ({"region": "atlantis"}, "atlantis: no such region"),
        ({"region": "10,20,30"}, "10,20,30: not a region"),
        ({"out": "oxygen.txt"}, "oxygen.txt: ends in .txt; end it in .nc or .csv"),
    ],
)
def test_a_selection_that_the_run_does_not_hold_is_one_line(undisturbed, options, line):
    with pytest.raises(InputError) as caught:
        ox.open_run(undisturbed).predict(**options)
    assert str(caught.value).startswith(line) and "\n" not in str(caught.value)


def test_a_folder_that_holds_no_trained_run_says_what_is_missing(undisturbed, unfinished, tmp_path):
    for folder, line in [
        (tmp_path / "nowhere", "no such folder"),
        (tmp_path, "not the folder of a run; name one with an experiment.json"),
        (undisturbed.parent, "not the folder of a run; name one in it: small"),
    ]:
        with pytest.raises(InputError, match=line):
            ox.open_run(folder)
    home = tmp_path / "small"
    shutil.copytree(unfinished, home)
    (home / "train" / "fold1" / "checkpoint.pt").unlink()
    with pytest.raises(InputError, match="files are gone, cut or out of date of its stage train; bring the run up"):
        ox.open_run(home).predict()
    (home / "train" / "done.json").unlink()
    with pytest.raises(InputError, match="not trained yet: it lacks its stage train; bring the run up to date: oxyg"):
        ox.open_run(home).predict()
    (home / "experiment.json").write_text('{"name": "small"}')
    with pytest.raises(InputError, match="of another version"):
        ox.open_run(home)


def test_models_of_other_settings_are_refused_with_a_way_on_that_is_not_to_remove_them(unfinished, tmp_path):
    home = tmp_path / "small"
    shutil.copytree(unfinished, home)
    (home / "experiment.json").write_text((home / "experiment.json").read_text().replace('"seed": 3', '"seed": 4'))
    with pytest.raises(InputError, match=r"a checkpoint of other data, .*; bring the run up to date"):
        ox.open_run(home).predict(period=(2000, 2000))


def test_a_reconstruction_of_other_data_is_not_read(undisturbed, tmp_path):
    home = tmp_path / "small"
    shutil.copytree(undisturbed, home)
    done = home / "train" / "done.json"
    done.write_text(done.read_text().replace('"key": "', '"key": "0'))
    shutil.rmtree(home / "reconstruct" / "oxygen.zarr")
    part = ox.open_run(home).predict(period=(2000, 2000), levels=[0])  # by the models: it would fail otherwise
    np.testing.assert_allclose(
        part["oxygen"], ox.open_run(undisturbed).field()["oxygen"].sel(time="2000", depth=[0]), rtol=1e-6
    )


def test_the_verb_writes_netcdf_and_csv(undisturbed, tmp_path):
    out = tmp_path / "part.nc"
    chosen = "--period 1995 1999 --levels 100 300 --region -60,20,-60,60"
    words = ["predict", str(undisturbed), *chosen.split()]
    done = CliRunner().invoke(app, [*words, "--out", str(out)])
    assert done.exit_code == 0, done.output
    made, observed, far = done.stderr.strip().split("\n")
    assert made.startswith("predict: ") and made.endswith(f"(5 time x 2 depth x 8 latitude x 5 longitude) in {out}")
    assert "with an observation" in observed and far.startswith("warning: ")
    keeps_the_conventions(out)
    expected = ox.open_run(undisturbed).predict(period=(1995, 1999), levels=[100, 300], region="-60,20,-60,60")
    with xr.open_dataset(out) as data:
        assert {"wet", "time_bnds", "observation_count"} <= {*data.variables}
        for name in VALUES:
            np.testing.assert_array_equal(data[name], expected[name])
        assert data["oxygen"].attrs["cell_methods"] and "observed_share" in data.attrs
    assert CliRunner().invoke(app, [*words, "--out", str(tmp_path / "part.csv")]).exit_code == 0
    table = pd.read_csv(tmp_path / "part.csv")
    assert len(table) == int(expected["oxygen"].notnull().sum()) and table["oxygen"].notna().all()
    one = table.iloc[17]
    found = expected["oxygen"].sel(time=one.time, depth=one.depth, latitude=one.latitude, longitude=one.longitude)
    assert found.item() == pytest.approx(one.oxygen)


def test_the_verb_refuses_its_own_run_as_target_and_words_it_does_not_know(undisturbed, tmp_path, monkeypatch):
    inside = CliRunner().invoke(app, ["predict", str(undisturbed), "--out", str(undisturbed / "oxygen.nc")])
    assert inside.exit_code == 1 and not (undisturbed / "oxygen.nc").exists()
    monkeypatch.chdir(tmp_path)
    Path("oxygen.nc").write_text("mine")
    kept = CliRunner().invoke(app, ["predict", str(undisturbed)])
    assert kept.exit_code == 1 and "oxygen.nc: is there already; name a file with --out" in kept.stderr
    for words in (["100"], ["--levels", "shallow"]):
        assert CliRunner().invoke(app, ["predict", str(undisturbed), *words]).exit_code == 1
