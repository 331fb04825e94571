import numpy as np
import pytest
import torch

from oxygen_recon.dataset.domain import Samples
from oxygen_recon.models.graph.context import Shown
from oxygen_recon.models.graph.features import Describer
from oxygen_recon.models.graph.network import OxyGeneratorConfig
from oxygen_recon.models.graph.sampler import Episodes, Targets, assemble

CONFIG = OxyGeneratorConfig(observations=6, targets=40, steps=20)


def test_episodes_never_show_what_they_ask_and_are_the_same_whenever_made(small_world) -> None:
    domain, samples, graph, _ = small_world()
    episodes = Episodes(Describer(domain, samples), graph, samples, CONFIG, seed=3)
    for step in range(20):
        batch = episodes[step]  # construction itself refuses leakage
        assert 1 <= int(batch.scored.sum()) <= 40
        assert int(batch.seen.sum()) > 0
        assert batch.inputs.isfinite().all()
    again, other = episodes[4], Episodes(episodes.describer, graph, samples, CONFIG, seed=4)[4]
    assert torch.equal(episodes[4].inputs, again.inputs)
    assert episodes[4].inputs.shape != other.inputs.shape or not torch.equal(again.inputs, other.inputs)


def test_few_groups_are_replaced_by_water_columns(small_world) -> None:
    domain, samples, graph, _ = small_world()
    one = Samples(
        samples.cell, samples.step, np.zeros_like(samples.group), samples.values, samples.count, samples.spread
    )
    batch = Episodes(Describer(domain, one), graph, one, CONFIG, seed=0)[0]
    asked = domain.column[samples.cell]
    assert np.isin(batch.group[batch.scored].numpy(), np.arange(np.unique(asked).size)).all()
    assert len(set(batch.group[batch.scored].tolist()) & set(batch.group[batch.seen].tolist())) == 0


def test_informing_observations_are_of_the_level_distinct_and_the_nearest(small_world) -> None:
    domain, samples, _, _ = small_world(steps=1)
    shown = Shown(Describer(domain, samples), samples, 25.0)
    cell = np.arange(domain.cells)
    found = shown.informing(cell, np.zeros_like(cell), CONFIG)
    for i in (0, 17, domain.cells - 1):
        row = found[i][found[i] >= 0]
        assert np.unique(row).size == row.size > 0
        assert (domain.level[samples.cell[row]] == domain.level[i]).all()
    here = int(samples.cell[0])
    assert here in samples.cell[found[here]]


def test_the_history_holds_the_neighbouring_steps_and_never_the_centre(small_world) -> None:
    domain, samples, _, _ = small_world()
    describer = Describer(domain, samples)
    shown = Shown(describer, samples, 25.0)
    cell, step = samples.cell[:50], samples.step[:50]
    history = shown.history(cell, step, reach=2)
    assert (history[:, 2] == 0).all()
    for i in range(50):
        for offset in (-2, -1, 1, 2):
            same = (samples.cell == cell[i]) & (samples.step == step[i] + offset)
            value, there = history[i, 2 + offset]
            assert there == same.any()
            if same.any():
                expected = describer.anomaly(samples.oxygen[same], samples.cell[same], samples.step[same]).mean()
                np.testing.assert_allclose(value, expected, rtol=1e-5)


def test_a_missing_covariate_is_a_mask_not_a_number(small_world) -> None:
    domain, samples, _, _ = small_world()
    domain.covariates[2, 5, 0] = np.nan
    try:
        describer = Describer(domain, samples)
        there, here = (describer.inputs(np.array([5]), np.array([step]))[0] for step in (1, 2))
    finally:
        domain.covariates[2, 5, 0] = 20.0
    at = describer.names.index
    assert np.isfinite(here).all()
    assert (there[at("temperature_known")], here[at("temperature_known")]) == (1.0, 0.0)
    assert (there[at("saturation_known")], here[at("saturation_known")]) == (1.0, 0.0)
    assert here[at("salinity_known")] == 1.0


def test_anomaly_and_physical_are_inverse(small_world) -> None:
    domain, samples, _, _ = small_world()
    describer = Describer(domain, samples)
    mean, scale = describer.physical(
        describer.anomaly(samples.oxygen, samples.cell, samples.step).astype(float),
        np.ones(len(samples)),
        samples.cell,
        samples.step,
    )
    np.testing.assert_allclose(mean, samples.oxygen, rtol=1e-5)
    assert (scale == describer.oxygen_spread).all()


@pytest.mark.parametrize("shown_samples", [0, 1])
def test_targets_with_hardly_anything_shown_make_a_batch(small_world, shown_samples: int) -> None:
    domain, samples, graph, _ = small_world()
    describer = Describer(domain, samples)
    shown = Shown(describer, samples.take(np.arange(shown_samples)), 25.0)
    batch = assemble(describer, shown, graph, Targets(np.arange(9), np.zeros(9, int)), CONFIG)
    assert batch.receivers == 9
    assert int(batch.seen.sum()) == 2 * shown_samples  # the sample, and the mean over its window
    assert not batch.scored.any()


def test_means_average_the_visits_of_a_cell_in_each_window(small_world) -> None:
    domain, samples, _, _ = small_world()
    describer = Describer(domain, samples)
    shown = Shown(describer, samples, window=3.0)  # two windows of three years
    n = len(samples)
    assert shown.place[:n, 4].max() == 0
    assert shown.place[n:, 4].sum() == n
    inputs = describer.inputs(samples.cell, samples.step)
    checked = 0
    for column in (0, 13, 31):
        for era in (0, 1):
            for level in range(4):
                cell = np.flatnonzero((domain.column == column) & (domain.level == level))
                same = np.isin(samples.cell, cell) & (samples.step // 3 == era)
                if not same.any():
                    continue
                found = shown.means.nearest(domain, cell, np.array([3 * era + 1]), 1, 500.0, 1e-3)[0, 0]
                checked += 1
                assert found >= n
                assert shown.place[found, 4] == same.sum()
                np.testing.assert_allclose(
                    shown.oxygen[found],
                    describer.anomaly(samples.oxygen, samples.cell, samples.step)[same].mean(),
                    atol=1e-5,
                )
                np.testing.assert_allclose(shown.inputs[found], inputs[same].mean(axis=0), atol=1e-4)
    assert checked >= 6
