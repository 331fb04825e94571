"""Heads of a run of daily forecasts, on a small twin ocean."""

import json

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

import oxygen_recon as ox
from oxygen_recon.cli import app
from oxygen_recon.pipeline.forecasting.experiment import ForecastExperiment
from qc.errors import InputError

SHORT = {"steps": 4, "starts": 4, "days": 2}
HEADS = [
    {"kind": "downscaling", "latitude": [-60, 20], "longitude": [-60, 60], "hidden": 4, "training": SHORT},
    {"kind": "waves", "during": "given", "hidden": 4, "training": SHORT},
    {"kind": "biochemistry", "hidden": 4, "training": SHORT},
]


def settings(**changes: object) -> dict:
    twin = {"rows": 16, "spin_up": 2, "days": 55, "first_year": 2001}
    training = {"steps": 4, "batch": 2, "roll_out": [{"until": 1.0, "days": 2}]}
    return {
        "kind": "forecast", "name": "headed", "question": "What do heads add?",
        "source": {"kind": "dynamical_twin", "twin": twin, "depths": [0, 100], "coarsen": 2},
        "forcing": {"during": "persisted"},
        "training": {"start": "2001-01-01", "end": "2001-02-10"}, "test": {"start": "2001-02-11", "end": "2001-02-24"},
        "models": [{"kind": "unet", "network": {"width": 8, "levels": 2}, "training": training}],
        "baselines": ["damped_persistence"], "leads": 3, "starts": 2, "heads": HEADS,
    } | changes  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    experiment = ForecastExperiment.model_validate(settings())
    return ox.forecast(experiment, work=tmp_path_factory.mktemp("runs"))


def test_every_head_is_scored_beside_its_baselines_at_the_same_starts(run) -> None:
    own = {"waves": {"ridge", "wind_sea"}, "biochemistry": {"ridge"}, "downscaling": {"bicubic", "bicubic_anomaly"}}
    for kind, some in own.items():
        skill = run.skill(kind)
        assert set(skill["method"]) == {"head", "persistence", "damped_persistence", "day_of_year"} | some
        assert set(skill["starts"]) == {2} and set(skill["lead"]) == {1, 2, 3} and np.isfinite(skill["rmse"]).all()
        assert (skill["relative_low"] <= skill["relative"] + 1e-9).all()
    assert set(run.skill("waves")["forcing"]) == {"given"}
    assert len(set(run.skill("biochemistry")["variable"])) == 9


def test_positive_variables_are_not_negative_and_land_alone_is_missing(run) -> None:
    for kind in ("waves", "biochemistry"):
        fields = run.head(kind).task.fields
        for method in run.head(kind).methods:
            for path in (run.pipeline.folder.stage(kind) / "forecast" / method).glob("*.nc"):
                with xr.open_dataset(path, decode_timedelta=False) as file:
                    for i, channel in enumerate(fields.channels):
                        values = file[channel.name].values.reshape(3, *fields.ocean.shape[1:])
                        assert (np.isfinite(values).all(axis=0) == fields.ocean[i]).all()
                        assert method not in ("head", "ridge", "wind_sea") or np.nanmin(values) >= 0


def test_finer_fields_have_the_coarse_ones_as_their_means(run) -> None:
    fine, state = run.head("downscaling").task.fields, run.pipeline.state
    box = [np.searchsorted(getattr(state, name), getattr(fine, name)[0]) for name in ("latitude", "longitude")]
    coarse = state.values[0, 0, box[0], box[1]]
    four = fine.values[0, 0, :2, :2]
    if fine.ocean[0, :2, :2].all():
        weight = np.cos(np.radians(fine.latitude[:2]))[:, None] * np.ones((2, 2))
        assert coarse == pytest.approx(np.average(four, weights=weight), abs=1e-4)
    assert fine.latitude.size % 2 == 0 and {one.depth for one in fine.channels} == {0.0, None}


def test_the_page_has_a_part_for_each_head(run) -> None:
    folder = run.pipeline.folder.stage("report")
    text = (folder / "index.html").read_text()
    for heading in ("Finer fields of a box", "Waves", "Biochemistry"):
        assert f"<h2>{heading}</h2>" in text and f">{heading}</a>" in text
    assert text.count("of the network&#39;s") == 6  # parameters and time of three heads
    for name in ("downscaling-spectra.png", "waves-map-significant_wave_height.png", "biochemistry-skill.png"):
        assert name in text and (folder / name).stat().st_size > 10_000


def test_a_dry_check_names_the_heads(tmp_path) -> None:
    text = ox.check_forecast(ForecastExperiment.model_validate(settings()), work=tmp_path)
    assert "\nwaves         of the twin" in text and "\nbiochemistry  of the twin" in text


def test_the_command_forecasts_by_a_head_as_the_run_does(run, tmp_path) -> None:
    start = str(run.pipeline.state.dates[run.pipeline.starts[0]])
    out = tmp_path / "waves.nc"
    verb = ["forecast", str(run.pipeline.folder.root), "--head", "waves", "--start", start, "--out", str(out)]
    result = CliRunner().invoke(app, verb)
    assert result.exit_code == 0, result.output
    with xr.open_dataset(out) as ours, xr.open_dataset(run.head("waves").path("head", np.datetime64(start))) as its:
        np.testing.assert_array_equal(ours["significant_wave_height"], its["significant_wave_height"])
        assert ours.attrs["wind"] == "given" and "waves head, beside unet" in ours.attrs["method"]
    with pytest.raises(InputError, match="no head ice"):
        run.forecast(head="ice")


def test_one_head_is_trained_by_one_command_and_another_does_not_train_the_network_again(tmp_path) -> None:
    first = ForecastExperiment.model_validate(settings(heads=HEADS[1:2]))
    done = ox.forecast(first, work=tmp_path, to="waves")
    folder = done.pipeline.folder
    assert folder.done("waves").exists() and not folder.done("forecast").exists()
    before = folder.done("train").read_text(), (folder.stage("waves") / "skill.csv").read_text()
    both = ForecastExperiment.model_validate(settings(heads=[HEADS[1], HEADS[2] | {"logarithm": True}]))
    done = ox.forecast(both, work=tmp_path, to="biochemistry", replace=True)
    assert (folder.done("train").read_text(), (folder.stage("waves") / "skill.csv").read_text()) == before
    cost = json.loads((folder.stage("biochemistry") / "cost.json").read_text())
    assert 0 < cost["head"]["parameters"] and 0 < cost["network"]["seconds"]
    (folder.stage("waves") / "skill.csv").unlink()
    ox.forecast(both, work=tmp_path, to="waves")
    assert (folder.stage("waves") / "skill.csv").read_text() == before[1]


@pytest.mark.parametrize(
    ("heads", "what"),
    [
        ([{"kind": "downscaling"}], "give both to the downscaling of a twin"),
        ([{"kind": "biochemistry", "during": "given"}], "is of the wind of the waves"),
        ([HEADS[1], HEADS[1]], "one kind twice"),
    ],
)
def test_heads_that_cannot_be_are_refused_in_one_line(heads, what, tmp_path) -> None:
    import yaml

    (tmp_path / "e.yaml").write_text(yaml.safe_dump(settings(heads=heads)))
    with pytest.raises(InputError, match=what):
        ox.read_experiment(tmp_path / "e.yaml")


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"coarsen": 1}, "no finer fields"),
        ({"twin": {"rows": 16, "spin_up": 2, "days": 55, "first_year": 2001, "ecosystem": False}}, "has no biochemis"),
    ],
)
def test_a_twin_without_the_fields_of_a_head_is_refused(changes, what, tmp_path) -> None:
    source = settings()["source"] | changes
    head = HEADS[0] if "coarsen" in changes else HEADS[2]
    experiment = ForecastExperiment.model_validate(settings(source=source, heads=[head]))
    with pytest.raises(InputError, match=what):
        ox.forecast(experiment, work=tmp_path, to=head["kind"])
