import os
from dataclasses import replace

import pytest

from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.stage_cache import Stage
from oxygen_recon.pipeline.stages import definition
from oxygen_recon.pipeline.stages.pipeline import Pipeline
from oxygen_recon.runtime import parallel
from oxygen_recon.runtime.parallel import Pool, RunningPool, _client


@pytest.fixture
def pipeline(experiment, tmp_path) -> Pipeline:
    return Pipeline(Experiment.from_yaml(experiment), RunFolder(tmp_path))


def test_steps_checks_and_origin_are_those_of_the_experiment(pipeline):
    settings, origin = pipeline.experiment, pipeline.provenance()
    assert len(pipeline.time_axis) == 15 and pipeline.battery.checks
    assert (origin.experiment_hash, origin.seed, origin.method) == (settings.hash, 3, "oxygenerator")
    assert origin.title == "Dissolved oxygen: small" and "synthetic" in origin.licence and origin.commit


def test_every_job_is_done_once_and_a_fault_of_one_is_raised(pipeline):
    done: list[int] = []
    pipeline.share("train", done.append, [2, 0, 1])
    assert done == [2, 0, 1]
    with pytest.raises(ZeroDivisionError):
        pipeline.share("train", lambda job: 1 // job, [1, 0])


@pytest.mark.parametrize(
    ("device", "trains", "kind"), [("cpu", True, "long"), ("gpu", False, "long"), ("gpu", True, "here")]
)
def test_one_process_trains_on_a_gpu(pipeline, monkeypatch, device, trains, kind):
    model = pipeline.experiment.model
    compute = model.compute.model_copy(update={"device": device})
    settings = pipeline.experiment.model_copy(update={"model": model.model_copy(update={"compute": compute})})
    kinds: list[str] = []
    monkeypatch.setattr(RunningPool, "each", lambda *words: kinds.append(words[-1]) or iter(()))
    Pipeline(settings, pipeline.folder, pool=Pool(3)).share("train", print, [], trains=trains)
    assert kinds == [kind]
    monkeypatch.undo()
    with Pool(3).start() as running:
        assert list(running.each(lambda job: os.getpid(), [1, 2], print, None, "here")) == [
            (1, os.getpid()),
            (2, os.getpid()),
        ]


def test_all_stages_of_a_run_share_their_processes(pipeline, monkeypatch):
    started: list[int] = []

    def client(scheduler, processes):
        started.append(processes)
        return _client(scheduler, processes)

    def stages(running):
        return [Stage(n, 1, after, lambda: running.share("", abs, [1, 2])) for n, after in (("a", ()), ("b", ("a",)))]

    monkeypatch.setattr(parallel, "_client", client)
    monkeypatch.setattr(definition, "define", stages)
    definition.bring(replace(pipeline, pool=Pool(2)), "b")
    assert started == [2] and (pipeline.folder.root / "b" / "done.json").exists()
