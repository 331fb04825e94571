import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

import oxygen_recon as ox
from oxygen_recon.cli import app
from oxygen_recon.evaluation.osse.observations import ObservationErrors
from oxygen_recon.evaluation.osse.scoring import ALL, NEVER_SEEN, UNSEEN
from qc.errors import InputError
from tests.support.compliance import keeps_the_conventions

NONE = ObservationErrors(cruise=0, sample=0, spread=0)


def whole(trends, method):
    (row,) = trends[(trends["basin"] == ALL) & (trends["layer"] == "all depths") & (trends["method"] == method)].iloc
    return row


def test_the_twin_by_every_method_of_its_experiment(gridded):
    experiment, work = gridded
    found = ox.osse(experiment, realisations=2, work=work)
    assert set(found.trends["method"]) == {"oxygenerator", "climatology", "extra_trees"}
    assert {UNSEEN, NEVER_SEEN} >= set(found.scores["where"]) and (found.scores["RMSE"] > 0).all()
    assert whole(found.trends, "climatology")["recovered"] == pytest.approx(0, abs=1e-3)
    assert set(found.series.columns) == {"time", "basin", "layer", "truth", *found.trends["method"]}
    for name in ("trends", "scores", "series"):
        assert len(pd.read_csv(found.folder / f"{name}.csv")) == len(getattr(found, name))
    page = (found.folder / "osse.md").read_text()
    assert "truth: the twin ocean" in page and "RMSE where nothing seen in the step" in page
    assert not list(found.folder.glob("estimates/*/"))  # nothing is left of trainings
    with xr.open_dataset(found.folder / "fields.nc") as fields:
        names = {f"oxygen_{one}" for one in ("truth", "oxygenerator", "climatology", "extra_trees")}
        assert names < set(fields.data_vars) and np.isfinite(fields["oxygen_truth"].where(fields["wet"] == 1)).any()
        assert bool((np.isfinite(fields["oxygen_extra_trees"]) == (fields["wet"] == 1)).all())
    keeps_the_conventions(found.folder / "fields.nc", acdd=False)
    few = ox.osse(experiment, realisations=1, methods=["climatology"], most=2000, work=work, out=work / "few")
    assert not (few.folder / "fields.nc").exists() and len(few.trends)


def test_finished_reconstructions_are_kept_and_more_can_be_added(gridded, capsys):
    experiment, work = gridded
    options = {"methods": ["climatology"], "work": work}
    first = ox.osse(experiment, realisations=2, **options)
    (before,) = first.folder.glob("estimates/climatology-*-0.npy")
    kept, time = np.load(before), before.stat().st_mtime_ns
    again = ox.osse(experiment, realisations=3, methods=["climatology", "optimal_interpolation"], work=work)
    assert before.stat().st_mtime_ns == time and len(list(first.folder.glob("estimates/*.npy"))) == 6
    before.unlink()
    last = ox.osse(experiment, realisations=3, methods=["climatology", "optimal_interpolation"], work=work)
    assert np.array_equal(np.load(before), kept)
    pd.testing.assert_frame_equal(again.trends, last.trends)
    other = np.load(next(first.folder.glob("estimates/climatology-*-1.npy")))
    assert np.abs(other - kept).max() > 0.1


def test_another_truth_in_the_same_folder_is_refused_unless_it_is_given_up(gridded, field_file):
    experiment, work = gridded
    path, options = str(field_file()), {"methods": ["climatology"], "realisations": 1, "work": work}
    ox.osse(experiment, **options)
    with pytest.raises(InputError, match="osse: holds a simulation with another truth, files; name another folder"):
        ox.osse(experiment, truth=path, **options)
    with pytest.raises(InputError, match="with another errors"):
        ox.osse(experiment, errors={"cruise": 3}, **options)
    found = ox.osse(experiment, truth=path, replace=True, **options)
    assert json.loads((found.folder / "osse.json").read_text())["decides"]["truth"][0] == path


def test_a_method_that_reads_what_oxygen_follows_gets_the_whole_trend_and_a_climatology_none(gridded, field_file):
    experiment, work = gridded
    path = field_file(slope=-1.0, water=True)
    found = ox.osse(
        experiment,
        truth=str(path),
        methods=["climatology", "optimal_interpolation"],
        realisations=2,
        errors=NONE,
        work=work,
    )
    true = whole(found.trends, "climatology")
    assert true["true"] == pytest.approx(-10.0, abs=0.01) and true["true_change"] > 100
    assert true["share"] == pytest.approx(0, abs=1)
    assert 40 < whole(found.trends, "optimal_interpolation")["share"] < 110
    assert json.loads((found.folder / "osse.json").read_text())["names"] == ["temperature", "salinity"]


def test_a_static_truth_has_no_trend_to_share_and_a_planted_one_has(gridded, field_file):
    experiment, work = gridded
    path, options = str(field_file(units="mmol m-3")), {"methods": ["climatology"], "realisations": 2, "work": work}
    static = whole(ox.osse(experiment, truth=path, out=work / "static", **options).trends, "climatology")
    assert abs(static["true"]) < 1e-6 and np.isnan(static["share"]) and np.isfinite(static["recovered"])
    found = ox.osse(experiment, truth=path, change_per_decade=-2.0, out=work / "planted", **options)
    row, truth = whole(found.trends, "climatology"), np.load(work / "planted" / "truth" / "oxygen.npy")
    assert row["true"] < -3 and row["share"] == pytest.approx(0, abs=1)
    assert "planted change of -2 % a decade" in (work / "planted" / "osse.md").read_text()
    assert np.nanmean(truth) == pytest.approx(np.nanmean(np.load(work / "static" / "truth" / "oxygen.npy")), rel=1e-3)


def test_a_climate_model_on_its_own_grid_brings_its_own_water(gridded):
    experiment, work = gridded
    found = ox.osse(experiment, truth="cmip6/*_r1i1p1f1_*.nc", methods=["climatology"], realisations=1, work=work)
    about = json.loads((found.folder / "osse.json").read_text())
    assert about["title"] == "TWIN-ESM r1i1p1f1 gn" and about["names"] == ["temperature", "salinity"]
    assert "it has no nitrate, phosphate" in about["covariates"]
    water = np.load(found.folder / "truth" / "covariates.npy")
    assert -3 < np.nanmin(water[..., 0]) < np.nanmax(water[..., 0]) < 40
    assert 25 < np.nanmin(water[..., 1]) < np.nanmax(water[..., 1]) < 42


def test_covariates_that_do_not_belong_to_the_truth_are_named(gridded, field_file):
    experiment, work = gridded
    found = ox.osse(experiment, truth=str(field_file()), methods=["climatology"], realisations=1, work=work)
    assert "they do NOT belong to this truth" in (found.folder / "osse.md").read_text()


def test_a_truth_that_ends_early_is_compared_as_far_as_it_goes(gridded, field_file):
    experiment, work = gridded
    path = field_file(slope=-1.0, years=range(1990, 2001))
    found = ox.osse(experiment, truth=str(path), methods=["climatology"], realisations=1, work=work)
    assert found.series["time"].dt.year.max() == 2000 and found.trends["period"].unique().tolist() == ["1990-2000"]


def test_periods_of_trends_can_be_changed_afterwards(gridded):
    experiment, work = gridded
    options = {"methods": ["climatology"], "realisations": 1, "work": work}
    ox.osse(experiment, **options)
    found = ox.osse(experiment, periods=[(1990, 1999), (1995, 2004)], **options)
    assert found.trends["period"].unique().tolist() == ["1990-1999", "1995-2004"]
    with pytest.raises(InputError, match="1800 to 1805"):
        ox.osse(experiment, periods=[(1800, 1805)], **options)


@pytest.mark.parametrize(
    "words, said",
    [
        (["--truth", "cmip6/o3_*.nc"], "cmip6/o3_*.nc: no netCDF file matches, and no such entry of the catalogue"),
        (["--truth", "/nowhere/o2_*.nc"], "/nowhere/o2_*.nc: no netCDF file matches"),
        (["--truth", "FIELD", "--variable", "o3"], "no variable o3; it has o2"),
        (["--truth", "EARLY"], "it covers too little"),
        (["--truth", "TWO"], "files of several runs: ESM r1 gn, ESM r2 gn; a truth is one run; narrow the pattern"),
        (["--truth", "SALT"], "no variable of oxygen; it has so"),
        (["--truth", "TEXT"], "not a readable netCDF file"),
        (["--methods", "kriging"], "kriging: no such method; there are oxygenerator, climatology, extra_trees"),
        (["--methods", "background"], "background: no such method"),
        (["--period", "1990"], "1990: no period; write --period FIRST,LAST"),
        (["--cruise-error", "-1"], "errors of observations: cruise"),
    ],
)
def test_a_users_mistake_is_one_line(gridded, field_file, experiment, tmp_path, words, said):
    _, work = gridded
    run = {"source_id": "ESM", "grid_label": "gn"}
    made = {"FIELD": field_file(), "EARLY": field_file("early.nc", years=[1850, 1851, 1852])}
    two = [field_file(f"two/{one}.nc", attributes=run | {"variant_label": one}) for one in ("r1", "r2")]
    made |= {"TWO": two[0].parent / "*.nc", "SALT": field_file("salt.nc", variable="so", units="1")}
    (tmp_path / "text.nc").write_text("no netCDF")
    made |= {"TEXT": tmp_path / "text.nc"}
    words = [str(made.get(word, word)) for word in words]
    done = CliRunner().invoke(app, ["osse", str(experiment), "--work", str(work), "--workers", "1", *words])
    lines = [line for line in done.stderr.strip().split("\n") if "up to date" not in line]
    assert done.exit_code == 1 and len(lines) == 1 and said in lines[0], done.stderr


def test_a_pattern_that_matches_nothing_names_where_it_was_looked_for(gridded):
    experiment, work = gridded
    with pytest.raises(InputError) as error:
        ox.osse(experiment, truth="nothing_*.nc", data=work, work=work)
    assert str(work) in str(error.value) and str(work / "small" / "source") in str(error.value)
