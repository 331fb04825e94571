from pathlib import Path

import pytest
import yaml

from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.forecasting.experiment import read_experiment
from qc.errors import InputError

GRID = {"latitude": [-75, 75], "longitude": [-180, 180], "resolution": 5, "levels": [0, 100, 300]}
NO_GRID = "grid: expected keys with values, {KEY: VALUE}, of latitude, longitude, region, resolution, levels, "
NO_GRID += "level_edges, wet_fraction"
MODEL_KINDS = "model: Input tag 'oxygen' found using 'kind' does not match any of the expected tags: "
MODEL_KINDS += "'oxygenerator', 'oxygraph'"
SHIPPED = sorted((Path(__file__).parents[3] / "experiments").glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_experiment_is_understood(path):
    experiment = read_experiment(path)
    assert experiment.name == path.stem
    assert path.read_text().startswith("# ") and "?" in path.read_text().split("\n")[0], "open with the question"


def changed(tmp_path, **changes):
    settings = yaml.safe_load(SHIPPED[-1].read_text()) | changes
    path = tmp_path / "x.yaml"
    path.write_text(yaml.safe_dump(settings))
    return path


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"foldz": {}}, "foldz: no such key"),
        ({"period": {"start": 2000, "end": 1990, "step": "year"}}, "the period 2000-1990 is empty"),
        ({"period": {"start": 2000, "end": 2001, "step": "fortnight"}}, "period.step"),
        ({"baselines": [{"kind": "climatologie"}]}, "baselines.0"),
        ({"baselines": [{"kind": "climatology"}] * 2}, "baselines: climatology twice; name it once"),
        ({"source": {"kind": "archives", "entries": [], "relief": "etopo"}}, "entries"),
        ({"name": "../elsewhere"}, "name"),
        ({"seed": -1}, "seed"),
        ({"omz": {"thresholds": [60, -20]}}, "omz.thresholds.1: Input should be greater than 0"),
        ({"omz": {"thresholds": []}}, "omz.thresholds"),
        ({"omz": {"thresholds": [float("nan")]}}, "omz.thresholds.0"),
        ({"covariates": {"kind": "product", "names": ["chlorophyll"]}}, "covariates.names: no chlorophyll here"),
        ({"covariates": {"kind": "observed", "names": ["oxygen"]}}, "covariates.names: no oxygen here"),
        (
            {"covariates": {"kind": "observed", "mode": "own"}},
            "covariates.mode: Input should be 'delivered' or 'at_casts'",
        ),
        ({"source": {"kind": "archives", "entries": ["x"], "relief": "y"}}, "covariates.kind: archives have no"),
        ({"grid": "source"}, 'grid: "source" needs a field source'),
        (
            {"covariates": {"kind": "observed", "entries": ["en4"]}},
            "covariates: entries and paths are of kind: product",
        ),
        ({"covariates": {"kind": "product", "entries": ["en4"], "names": ["oxygen"]}}, "covariates.names: no oxygen"),
        ({"covariates": {"kind": "mapped", "names": []}}, "covariates: names is empty: nothing to map"),
        (
            {"covariates": {"kind": "mapped", "mode": "at_casts"}},
            "covariates: mode: at_casts keeps what casts measured",
        ),
        ({"covariates": {"kind": "mapped", "names": ["chlorophyll"]}}, "covariates.names: no chlorophyll here"),
        (
            {"folds": {"by": "cruise", "hide": "oxygen"}, "covariates": {"kind": "product"}},
            "folds.hide: oxygen is for covariates made from casts",
        ),
        ({"covariates": {"kind": "observed", "climatology": True}}, "covariates: climatology is said of gridded files"),
        ({"covariates": {"kind": "product", "climatology": True}}, "covariates: climatology is said of gridded files"),
        ({"background": {"entry": "a", "path": "b"}}, "background: name either an entry or a path"),
        ({"background": {"entri": "a"}}, "background.entri: no such key; did you mean entry?"),
        (
            {
                "covariates": {"kind": "observed", "mode": "at_casts", "names": ["temperature", "phosphate"]},
                "nutrients": ["phosphate", "nitrate"],
            },
            "nutrients: phosphate of casts is a covariate",
        ),
        ({"nutrients": ["oxygen"]}, "nutrients.0: Input should be 'phosphate', 'nitrate' or 'silicate'"),
        (
            {"model": {"kind": "oxygraph", "training": {"nutrients": 0.1}}},
            "model.training.nutrients: a weight of nothing",
        ),
        ({"baselines": [{"kind": "background"}]}, "baselines: background needs the key background"),
        (
            {
                "model": {"kind": "oxygraph", "network": {"temperature_anomalies": [0]}},
                "covariates": {"kind": "mapped"},
            },
            "model.network.temperature_anomalies: needs temperature among covariates of kind product, and steps",
        ),
        (
            {
                "model": {"kind": "oxygraph", "network": {"temperature_anomalies": [0]}},
                "covariates": {"kind": "product", "names": ["salinity"]},
            },
            "model.network.temperature_anomalies: needs temperature among covariates of kind product, and steps",
        ),
        (
            {
                "model": {"kind": "oxygraph", "network": {"temperature_anomalies": [0]}},
                "period": {"start": 1920, "end": 2023, "step": "static"},
            },
            "model.network.temperature_anomalies: needs temperature among covariates of kind product, and steps",
        ),
        ({"model": {"kind": "oxygraph", "network": {"temperature_anomalies": [1, 1]}}}, "a step twice; name each once"),
        ({"model": {"kind": "oxygraph", "network": {"temperature_anomalies": 1}}}, "should be a valid list"),
        ({"model": {"kind": "oxygraph", "network": {"temperature_anomalies": [99]}}}, "less than or equal to 36"),
        ({"model": {"kind": "oxygraph", "training": {"time_noise": float("inf")}}}, "should be a finite number"),
        (
            {"model": {"kind": "oxygraph", "training": {"time_noise": 5}, "network": {"time": False}}},
            "training.time_noise: the network reads no time; leave it out, or network.time",
        ),
        (
            {
                "model": {"kind": "oxygraph", "training": {"time_noise": 5}},
                "period": {"start": 1990, "end": 1990, "step": "year"},
            },
            "model.training.time_noise: a run of one step has no time; leave it out",
        ),
    ],
)
def test_a_fault_is_one_line_that_names_file_and_key(tmp_path, changes, said):
    path = changed(tmp_path, **changes)
    with pytest.raises(InputError) as caught:
        Experiment.from_yaml(path)
    assert said in str(caught.value) and str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "changes, whole",
    [
        ({"foldz": {}}, "foldz: no such key; did you mean folds?"),
        ({"grid": GRID | {"resolution": 0}}, "grid.resolution: Input should be greater than 0"),
        ({"grid": GRID | {"levels": [0, 100, 50]}}, "grid: levels must increase from 0 m or below"),
        ({"grid": "sorce"}, "grid: Input should be 'source'"),
        ({"grid": 5}, NO_GRID),
        ({"grid": [1, 2]}, NO_GRID),
        ({"grid": GRID | {"latitude": [5]}}, "grid.latitude.1: Field required"),
        ({"grid": GRID | {"wet": 1}}, "grid.wet: no such key"),
        (
            {"model": {"kind": "oxygenerator", "training": {"stps": 1}}},
            "model.training.stps: no such key; did you mean steps?",
        ),
        ({"model": {"kind": "oxygenerator", "steps": 1}}, "model: no such key steps; did you mean training.steps?"),
        ({"model": {"kind": "oxygenerator", "chunk": 1}}, "model: no such key chunk; did you mean compute.chunk?"),
        ({"model": {"kind": "oxygen"}}, MODEL_KINDS),
        ({"source": {"kind": "twin", "twim": {}}}, "source.twim: no such key; did you mean twin?"),
        ({"source": {"kind": "twin", "twin": {"cast": 9}}}, "source.twin.cast: no such key; did you mean casts?"),
        ({"baselines": [{"kind": "extra_trees", "tres": 1}]}, "baselines.0.tres: no such key; did you mean trees?"),
        ({"region": {}}, "region: no such key"),
    ],
)
def test_a_fault_is_reported_once_as_it_stands_in_the_file(tmp_path, changes, whole):
    path = changed(tmp_path, **changes)
    with pytest.raises(InputError) as caught:
        Experiment.from_yaml(path)
    assert str(caught.value) == f"{path}: {whole}"


def test_a_misspelt_key_is_not_also_missing(tmp_path):
    grid = {"resolutoin" if key == "resolution" else key: value for key, value in GRID.items()}
    with pytest.raises(InputError) as caught:
        Experiment.from_yaml(changed(tmp_path, grid=grid))
    assert str(caught.value).endswith(": grid.resolutoin: no such key; did you mean resolution?")


def test_archives_may_have_products_and_any_source_a_background(tmp_path):
    archives = {"kind": "archives", "entries": ["kodc"], "relief": "etopo"}
    product = {"kind": "product", "entries": ["en4", "woa23_ts"], "names": ["temperature", "mixed_layer_depth"]}
    path = changed(tmp_path, source=archives, covariates=product, background="woa23_oxygen", grid=GRID)
    experiment = Experiment.from_yaml(path)
    assert experiment.covariates.entries == ["en4", "woa23_ts"] and experiment.background.entry == "woa23_oxygen"
    assert experiment.source_settings().product == (), "the source is not asked for what products have"
    plain = Experiment.from_yaml(changed(tmp_path, source=archives, covariates=product, grid=GRID))
    assert plain.background is None and plain.hash != experiment.hash


@pytest.mark.parametrize("text", ["a: [", "- 1\n- 2", "", "\x00\x01"])
def test_what_is_no_mapping_is_refused(tmp_path, text):
    path = tmp_path / "x.yaml"
    path.write_text(text)
    with pytest.raises(InputError):
        Experiment.from_yaml(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="no such experiment file"):
        Experiment.from_yaml(tmp_path / "nowhere.yaml")


def test_yaml_cannot_make_objects(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(f"!!python/object/apply:os.mkdir ['{tmp_path / 'made'}']")
    with pytest.raises(InputError):
        Experiment.from_yaml(path)
    assert not (tmp_path / "made").exists()


def test_what_a_network_is_computed_on_does_not_change_the_hash(tmp_path):
    model = {"kind": "oxygenerator", "training": {"steps": 9}}
    first = Experiment.from_yaml(changed(tmp_path, model=model))
    compute = Experiment.from_yaml(changed(tmp_path, model=model | {"compute": {"device": "gpu", "chunk": 7}}))
    other = Experiment.from_yaml(changed(tmp_path, model=model | {"training": {"steps": 8}}))
    assert compute.model.compute.chunk == 7
    assert first.hash == compute.hash != other.hash


def test_a_seed_replaces_that_of_the_file_and_names_the_run():
    base, other = Experiment.from_yaml(SHIPPED[0]), Experiment.from_yaml(SHIPPED[0], seed=7)
    assert other.seed == 7 and other.name == f"{base.name}_seed7"
    assert base.hash != other.hash and base.hash == Experiment.from_yaml(SHIPPED[0]).hash
