import pytest

from oxygen_recon.models.registry import BASELINES
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.osse.methods import as_simulated, methods_of
from oxygen_recon.runtime import resources
from oxygen_recon.sources.product import BackgroundConfig
from qc.errors import InputError


@pytest.fixture
def archives():
    return Experiment.from_yaml(resources.find("experiments/global_archives.yaml"))


def test_the_methods_are_those_of_the_experiment_without_its_background(archives):
    assert methods_of(archives, None) == ["oxygraph", "climatology", "optimal_interpolation", "extra_trees"]
    assert methods_of(archives, ["lightgbm", "oxygraph", "lightgbm"]) == ["lightgbm", "oxygraph"]
    with pytest.raises(InputError, match="background: no such method"):
        methods_of(archives, ["background"])


def test_a_given_background_is_left_out_and_a_fitted_one_stays(archives):
    made = as_simulated(archives, ["oxygraph", "lightgbm"], ["salinity"])
    assert made.background is None and [one.kind for one in made.baselines] == ["lightgbm"]
    assert made.baselines[0] == BASELINES["lightgbm"]()
    assert made.covariates.gridded == ("salinity",) and not made.covariates.from_other_groups
    assert made.folds == archives.folds and made.model == archives.model
    fitted = archives.model_copy(update={"background": BackgroundConfig(fitted=True)})
    assert as_simulated(fitted, ["climatology"], []).background == fitted.background


def test_settings_of_the_experiment_are_kept_and_nutrients_are_not_learned(archives):
    experiment = Experiment.from_yaml(resources.find("experiments/twin_demo.yaml"))
    training = experiment.model.training.model_copy(update={"nutrients": 0.1})
    changed = {"model": experiment.model.model_copy(update={"training": training}), "nutrients": ["phosphate"]}
    made = as_simulated(experiment.model_copy(update=changed), ["oxygraph", "extra_trees"], ["temperature"])
    assert made.nutrients == [] and made.model == experiment.model
    assert made.baselines == [one for one in experiment.baselines if one.kind == "extra_trees"]
    assert experiment.model.network.temperature_anomalies
    assert as_simulated(experiment, ["oxygraph"], ["salinity"]).model.network.temperature_anomalies == []
