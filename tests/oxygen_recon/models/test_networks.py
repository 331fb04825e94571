"""What every registered network keeps to: it learns, resumes, refuses what is not its own."""

from pathlib import Path

import numpy as np
import pytest
import torch

from graphs.build import build as build_graph
from graphs.grid import Grid
from oxygen_recon.models.config import NetworkConfig
from oxygen_recon.models.registry import MODELS
from oxygen_recon.models.training.checkpoints import CHECKPOINT, fingerprint
from qc.errors import InputError

SMALL = {
    "oxygenerator": {
        "network": {"width": 16, "units": 4, "hidden": 8, "embedding": 3},
        "context": {"observations": 6}, "training": {"targets": 128, "steps": 8},
    },
    "oxygraph": {
        "network": {"width": 16, "blocks": 1, "embedding": 3},
        "context": {"casts": 6}, "training": {"columns": 32, "steps": 8},
    },
}  # fmt: skip


@pytest.fixture(params=MODELS)
def small(request) -> NetworkConfig:
    settings = {"kind": request.param, "compute": {"checkpoint_every": 3}, **SMALL[request.param]}
    return MODELS[request.param].model_validate(settings)


def changed(config: NetworkConfig, part: str, **settings: object) -> NetworkConfig:
    return config.model_copy(update={part: getattr(config, part).model_copy(update=settings)})


def test_it_learns_more_than_the_mean_of_each_level(small_ocean, small) -> None:
    domain, samples, graph, truth = small_ocean()
    method = changed(small, "training", steps=150).build(graph)
    held = samples.group % 4 == 0
    method.fit(domain, samples.take(~held), seed=0)
    targets = samples.take(held)
    estimate = method.predict(domain, samples.take(~held), targets.cell, targets.step)
    level = domain.level[targets.cell]
    mean = np.array([samples.values["oxygen"][domain.level[samples.cell] == i].mean() for i in range(4)])
    true = truth[targets.step, targets.cell]
    assert estimate.names == ("oxygen",) and estimate.mean.shape == (len(targets), 1)
    assert np.sqrt(np.mean((estimate.mean[:, 0] - true) ** 2)) < 0.5 * np.sqrt(np.mean((mean[level] - true) ** 2))


def test_chunks_do_not_matter(small_ocean, small) -> None:
    domain, samples, graph, _ = small_ocean()
    cell, step = np.tile(np.arange(domain.cells), 2), np.repeat([1, 4], domain.cells)
    results = []
    for chunk in (37, 10_000):
        method = changed(small, "compute", chunk=chunk).build(graph)
        method.fit(domain, samples, seed=0)
        results.append(method.predict(domain, samples, cell, step))
    np.testing.assert_allclose(results[0].mean, results[1].mean, rtol=1e-4)
    np.testing.assert_allclose(results[0].scale, results[1].scale, rtol=1e-4)


def test_a_killed_training_goes_on_to_the_same_numbers(small_ocean, small, tmp_path: Path) -> None:
    domain, samples, graph, _ = small_ocean()
    whole = small.build(graph)
    whole.fit(domain, samples, seed=5)

    def die(step: int, steps: int, loss: float) -> None:
        if step == 5:  # after the checkpoint of step 3
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        small.build(graph, tmp_path, report=die).fit(domain, samples, seed=5)
    assert torch.load(tmp_path / CHECKPOINT, weights_only=True)["step"] == 3
    steps = []
    resumed = small.build(graph, tmp_path, report=lambda step, *_: steps.append(step))
    resumed.fit(domain, samples, seed=5)
    assert steps == [4, 5, 6, 7, 8]
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[name]), name
    finished = small.build(graph, tmp_path, report=lambda *_: pytest.fail("trained again"))
    finished.fit(domain, samples, seed=5)


def test_a_checkpoint_of_another_shape_or_damaged_is_one_clear_line(small_ocean, small, tmp_path: Path) -> None:
    domain, samples, graph, _ = small_ocean()
    short = changed(small, "training", steps=2)
    short.build(graph, tmp_path).fit(domain, samples, seed=0)
    for other, seed, message in (
        (short.model_copy(update={"network": changed(small, "network", width=20).network}), 0, "another shape"),
        (changed(small, "training", steps=2, learning_rate=1e-4), 0, "other data, settings"),
        (short, 1, "another seed"),
    ):
        with pytest.raises(InputError, match=message) as caught:
            other.build(graph, tmp_path).fit(domain, samples, seed=seed)
        assert "\n" not in str(caught.value)
    file = tmp_path / CHECKPOINT
    whole, random = file.read_bytes(), np.random.default_rng(0)
    for damaged in (whole[:500], *(random.bytes(400) for _ in range(40)), b"\x80\x02" + random.bytes(40)):
        file.write_bytes(damaged)
        with pytest.raises(InputError, match="is damaged; remove it to train afresh"):
            short.build(graph, tmp_path).fit(domain, samples, seed=0)


def test_the_estimate_does_not_change_with_what_is_no_context(small_ocean, small) -> None:
    domain, samples, graph, _ = small_ocean()
    method = small.build(graph)
    method.fit(domain, samples, seed=0)
    context = samples.take(samples.group % 3 != 0)
    targets = samples.take(samples.group % 3 == 0)
    first = method.predict(domain, context, targets.cell, targets.step)
    informed = method.predict(domain, samples, targets.cell, targets.step)
    again = method.predict(domain, context, targets.cell, targets.step)
    assert np.array_equal(first.mean, again.mean)
    assert not np.allclose(first.mean, informed.mean)
    assert (informed.scale < first.scale).mean() > 0.9  # its own observation makes an estimate surer


def test_refuses_a_graph_of_other_cells_and_hardly_any_samples(small_ocean, small) -> None:
    domain, samples, graph, _ = small_ocean()
    grid = graph.grid
    fewer = Grid(
        grid.latitude_edges,
        grid.longitude_edges,
        grid.depth_edges,
        grid.depth,
        grid.wet & (grid.depth < 300)[:, None, None],
    )
    with pytest.raises(InputError, match="cells, the domain has"):
        small.build(build_graph(fewer, 4)).fit(domain, samples, 0)
    with pytest.raises(InputError, match="fewer than two water columns"):
        small.build(graph).fit(domain, samples.take(np.array([0])), 0)
    with pytest.raises(InputError, match="fit it first"):
        small.build(graph).predict(domain, samples, samples.cell, samples.step)


def test_what_it_is_computed_on_does_not_change_the_name_of_a_training(small_ocean, small) -> None:
    domain, samples, *_ = small_ocean()
    names = [
        fingerprint(config.model_dump_json(), domain, samples, 0)
        for config in (
            small,
            changed(small, "compute", chunk=9, device="gpu"),
            changed(small, "context", years_far=9.0),
        )
    ]
    assert names[0] == names[1] != names[2]
