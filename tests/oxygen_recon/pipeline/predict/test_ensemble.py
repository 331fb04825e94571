"""Members beside the estimates of a run: their spread, what makes them repeatable, and where they go."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

import oxygen_recon as ox
from oxygen_recon.cli import app
from oxygen_recon.pipeline.predict import ensemble
from qc.errors import InputError
from tests.support.compliance import keeps_the_conventions

YEARS = (2000, 2001)


def test_the_spread_of_the_members_is_the_stated_error_and_none_is_below_zero(undisturbed):
    data = ox.open_run(undisturbed).predict(period=YEARS, members=200)
    mean, error, members = (data[name].load() for name in ("oxygen", "oxygen_standard_error", "oxygen_member"))
    assert members.dims == ("member", "time", "depth", "latitude", "longitude") and float(members.min()) >= 0
    far_from_zero = (mean > 4 * error).to_numpy()
    ratio = (members.std("member") / error).to_numpy()[far_from_zero]
    departure = ((members.mean("member") - mean) / error).to_numpy()[far_from_zero]
    assert 0.95 < ratio.mean() < 1.05 and np.abs(departure).max() < 5 / np.sqrt(200)
    np.testing.assert_array_equal(members.notnull().all("member"), mean.notnull())


def test_members_are_repeatable_one_by_one_and_differ(undisturbed):
    run = ox.open_run(undisturbed)
    few, more, other = (run.predict(period=YEARS, members=n, seed=seed) for n, seed in ((2, 0), (3, 0), (2, 1)))
    np.testing.assert_array_equal(few["oxygen_member"], more["oxygen_member"][:2])
    assert (few["oxygen_member"] != other["oxygen_member"]).where(few["oxygen"].notnull()).mean() > 0.9
    assert few["oxygen_member"][0].std() > 0 and not few["oxygen_member"][0].equals(few["oxygen_member"][1])
    series = ox.omz_series(few["oxygen_member"], [60])
    assert "omz_area_standard_error" in series


def test_points_and_sections_have_members_too(undisturbed, tmp_path):
    run = ox.open_run(undisturbed)
    places = pd.DataFrame({"lat": [0.0, 0.0, 85.0], "lon": -140.0, "depth": [0, 200, 0], "date": "1999-01-01"})
    points = run.predict(points=places, members=50)
    assert dict(points["oxygen_member"].sizes) == {"member": 50, "point": 3}
    assert points["oxygen_member"][:, :2].notnull().all() and points["oxygen_member"][:, 2].isnull().all()
    out = tmp_path / "section.nc"
    section = run.predict(section=places, members=4, out=out)
    assert dict(section["oxygen_member"].sizes) == {"member": 4, "station": 3, "depth": 5}
    keeps_the_conventions(out, acdd=False)


def test_the_verb_writes_members_as_netcdf_and_refuses_a_table_of_them(undisturbed, tmp_path):
    out = tmp_path / "members.nc"
    words = ["predict", str(undisturbed), "--period", "2000", "2001", "--members", "3", "--seed", "7", "--out"]
    done = CliRunner().invoke(app, [*words, str(out)])
    assert done.exit_code == 0, done.output
    keeps_the_conventions(out, acdd=False)
    with xr.open_dataset(out) as data:
        expected = ox.open_run(undisturbed).predict(period=YEARS, members=3, seed=7)
        np.testing.assert_array_equal(data["oxygen_member"], expected["oxygen_member"])
    refused = CliRunner().invoke(app, [*words, str(tmp_path / "members.csv")])
    assert refused.exit_code == 1 and "members go into netCDF only; end it in .nc" in refused.stderr


@pytest.mark.parametrize("number", [0, -3, 1001])
def test_a_number_of_members_that_cannot_be_is_one_line(undisturbed, number):
    with pytest.raises(InputError, match=f"members: {number} members; choose 1 to 1000"):
        ox.open_run(undisturbed).predict(members=number)


def test_more_members_than_memory_or_disk_can_hold_is_one_line_before_any_is_made(undisturbed, tmp_path, monkeypatch):
    run, out = ox.open_run(undisturbed), tmp_path / "members.nc"
    monkeypatch.setattr(ensemble, "_free_memory", lambda: 1e6)
    fewer = "ask for fewer, or for a part: years, a region, levels"
    with pytest.raises(InputError, match=f"^members: 1000 members take .* GB of memory, 0.0 GB are free; {fewer}$"):
        run.predict(period=YEARS, members=1000)
    monkeypatch.undo()
    monkeypatch.setattr(ensemble.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(InputError, match=f"members.nc: 3 members take .* GB of disk, 0.0 GB are free; {fewer}$"):
        run.predict(period=YEARS, members=3, out=out)
    assert not out.exists()


def test_members_need_estimates_at_held_out_points(undisturbed, tmp_path):
    from oxygen_recon.pipeline.stages.pipeline import Pipeline
    from tests.support.small_run import before_reconstruction

    run = ox.open_run(before_reconstruction(undisturbed, tmp_path))
    run.folder.fold_points(1).unlink()
    data = Pipeline(run.experiment, run.folder).run_data("train")
    with pytest.raises(InputError, match=r"fold1.npz: no estimates at held-out points; train the run"):
        _ = data.error_covariance
