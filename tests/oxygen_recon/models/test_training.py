import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from graphs.build import build as build_graph
from graphs.grid import Grid
from oxygen_recon.models.allocator import OPT_OUT
from oxygen_recon.models.graph.context import Shown
from oxygen_recon.models.graph.estimator import CHECKPOINT, GraphMethod, build
from oxygen_recon.models.graph.features import Describer
from oxygen_recon.models.graph.network import OxyGeneratorConfig
from oxygen_recon.models.graph.sampler import Episodes, Targets, assemble
from oxygen_recon.models.training import loss, slope_variance
from qc.errors import InputError

SMALL = OxyGeneratorConfig(
    width=16, units=4, hidden=8, embedding=3, observations=6, targets=128, steps=8, checkpoint_every=3
)


def test_it_learns_more_than_the_mean_of_each_level(small_world) -> None:
    domain, samples, graph, truth = small_world()
    method = GraphMethod(SMALL.model_copy(update={"steps": 150}), graph)
    held = samples.group % 4 == 0
    method.fit(domain, samples.take(~held), seed=0)
    asked = samples.take(held)
    estimate = method.predict(domain, samples.take(~held), asked.cell, asked.step)
    level = domain.level[asked.cell]
    mean = np.array([samples.oxygen[domain.level[samples.cell] == i].mean() for i in range(4)])
    true = truth[asked.step, asked.cell]
    assert estimate.names == ("oxygen",) and estimate.mean.shape == (len(asked), 1)
    assert np.sqrt(np.mean((estimate.mean[:, 0] - true) ** 2)) < 0.5 * np.sqrt(np.mean((mean[level] - true) ** 2))


def test_chunks_do_not_matter(small_world) -> None:
    domain, samples, graph, _ = small_world()
    cell, step = np.tile(np.arange(domain.cells), 2), np.repeat([1, 4], domain.cells)
    results = []
    for chunk in (37, 10_000):
        method = GraphMethod(SMALL.model_copy(update={"chunk": chunk}), graph)
        method.fit(domain, samples, seed=0)
        results.append(method.predict(domain, samples, cell, step))
    np.testing.assert_allclose(results[0].mean, results[1].mean, rtol=1e-4)
    np.testing.assert_allclose(results[0].scale, results[1].scale, rtol=1e-4)


def test_a_killed_training_goes_on_to_the_same_numbers(small_world, tmp_path: Path) -> None:
    domain, samples, graph, _ = small_world()
    whole = GraphMethod(SMALL, graph)
    whole.fit(domain, samples, seed=5)

    def die(step: int, steps: int, loss: float) -> None:
        if step == 5:  # after the checkpoint of step 3
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        GraphMethod(SMALL, graph, tmp_path, report=die).fit(domain, samples, seed=5)
    assert torch.load(tmp_path / CHECKPOINT, weights_only=True)["step"] == 3
    steps = []
    resumed = GraphMethod(SMALL, graph, tmp_path, report=lambda step, *_: steps.append(step))
    resumed.fit(domain, samples, seed=5)
    assert steps == [4, 5, 6, 7, 8]
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[name]), name
    finished = GraphMethod(SMALL, graph, tmp_path, report=lambda *_: pytest.fail("trained again"))
    finished.fit(domain, samples, seed=5)


def test_a_checkpoint_of_another_shape_or_damaged_is_one_clear_line(small_world, tmp_path: Path) -> None:
    domain, samples, graph, _ = small_world()
    short = SMALL.model_copy(update={"steps": 2})
    GraphMethod(short, graph, tmp_path).fit(domain, samples, seed=0)
    for other, seed, says in (
        (short.model_copy(update={"width": 20}), 0, "another shape"),
        (short.model_copy(update={"learning_rate": 1e-4}), 0, "other data, settings"),
        (short, 1, "another seed"),
    ):
        with pytest.raises(InputError, match=says) as caught:
            GraphMethod(other, graph, tmp_path).fit(domain, samples, seed=seed)
        assert "\n" not in str(caught.value)
    file = tmp_path / CHECKPOINT
    whole, random = file.read_bytes(), np.random.default_rng(0)
    for damaged in (whole[:500], *(random.bytes(400) for _ in range(40)), b"\x80\x02" + random.bytes(40)):
        file.write_bytes(damaged)
        with pytest.raises(InputError, match="is damaged; remove it to train afresh"):
            GraphMethod(short, graph, tmp_path).fit(domain, samples, seed=0)


def test_the_estimate_does_not_change_with_what_is_not_shown(small_world) -> None:
    domain, samples, graph, _ = small_world()
    method = GraphMethod(SMALL, graph)
    method.fit(domain, samples, seed=0)
    seen = samples.take(samples.group % 3 != 0)
    asked = samples.take(samples.group % 3 == 0)
    first = method.predict(domain, seen, asked.cell, asked.step)
    nearby = method.predict(domain, samples, asked.cell, asked.step)
    again = method.predict(domain, seen, asked.cell, asked.step)
    assert np.array_equal(first.mean, again.mean)
    assert not np.allclose(first.mean, nearby.mean)
    assert (nearby.scale < first.scale).mean() > 0.9  # its own observation makes an estimate surer


def test_every_parameter_gets_a_gradient(small_world) -> None:
    domain, samples, graph, _ = small_world(names=("temperature", "salinity", "phosphate"))
    describer = Describer(domain, samples)
    network = build(SMALL, len(describer.names), seed=0)
    for parameter in network.head.parameters():  # zero to begin with, which stops gradients once
        torch.nn.init.normal_(parameter, std=0.1)
    loss(network, Episodes(describer, graph, samples, SMALL, seed=0)[0], SMALL).backward()
    # Attention does not depend on a constant added to every score.
    idle = {"beside.score.bias", "informs.score.bias"}
    without = {name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0}
    assert without <= idle


def test_slope_variance_is_that_of_finite_differences_and_zero_for_one_node(small_world) -> None:
    domain, samples, graph, _ = small_world(names=("temperature", "salinity", "phosphate"))
    describer = Describer(domain, samples)
    network = build(SMALL, len(describer.names), seed=0).double()
    shown = Shown(describer, samples, 25.0)
    batch = assemble(describer, shown, graph, Targets(np.arange(40), np.ones(40, int)), SMALL)
    double = {name: getattr(batch, name).double() for name in ("inputs", "zoning", "place", "history", "oxygen")}
    edges = {
        name: type(batch.beside)(t.sender, t.features.double())
        for name, t in (("beside", batch.beside), ("informs", batch.informs))
    }
    batch = replace(batch, **double, **edges)
    at = batch.names.index("phosphate")
    step = 1e-6
    slopes = []
    for i in range(40):
        shifted = batch.inputs.clone()
        shifted[0, i, at] += step
        with torch.no_grad():
            slopes.append((network(replace(batch, inputs=shifted))[0].sum() - network(batch)[0].sum()) / step)
    torch.testing.assert_close(slope_variance(network, batch).detach(), torch.stack(slopes).var(), rtol=1e-3, atol=1e-8)
    assert slope_variance(network, batch.first(1)) == 0.0


def test_refuses_a_graph_of_other_cells_and_hardly_any_samples(small_world) -> None:
    domain, samples, graph, _ = small_world()
    grid = graph.grid
    fewer = Grid(
        grid.latitude_edges,
        grid.longitude_edges,
        grid.depth_edges,
        grid.depth,
        grid.wet & (grid.depth < 300)[:, None, None],
    )
    with pytest.raises(InputError, match="cells, the domain has"):
        GraphMethod(SMALL, build_graph(fewer, 4)).fit(domain, samples, 0)
    with pytest.raises(InputError, match="fewer than two water columns"):
        GraphMethod(SMALL, graph).fit(domain, samples.take(np.array([0])), 0)
    with pytest.raises(InputError, match="fit it first"):
        GraphMethod(SMALL, graph).predict(domain, samples, samples.cell, samples.step)


def test_the_allocator_is_left_alone_when_told_so() -> None:
    script = "from oxygen_recon.models.allocator import keep_freed_memory; print(keep_freed_memory())"
    for word, expected in (("off", "False"), ("", str(sys.platform.startswith("linux")))):
        done = subprocess.run(
            [sys.executable, "-c", script], env=os.environ | {OPT_OUT: word}, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == expected
