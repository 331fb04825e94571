from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oxygen_recon.models.graph.config import ContextConfig
from oxygen_recon.models.graph.context import ContextObservations, _first_there, _Visits
from oxygen_recon.models.graph.features import NodeFeatures

CONTEXT = ContextConfig(observations=6)


def test_informing_observations_are_of_the_level_distinct_and_the_nearest(small_ocean) -> None:
    domain, samples, _, _ = small_ocean(steps=1)
    context = ContextObservations(NodeFeatures(domain, samples), samples, 25.0)
    cell = np.arange(domain.cells)
    found = context.informing(cell, np.zeros_like(cell), CONTEXT)
    for i in (0, 17, domain.cells - 1):
        row = found[i][found[i] >= 0]
        assert np.unique(row).size == row.size > 0
        assert (domain.level[samples.cell[row]] == domain.level[i]).all()
    here = int(samples.cell[0])
    assert here in samples.cell[found[here]]


def test_the_first_sources_that_are_there_are_those_of_a_stable_sort() -> None:
    rng = np.random.default_rng(0)
    for width in (1, 6, 24):
        table = np.where(rng.random((50, width)) < rng.random((50, 1)), rng.integers(0, 999, (50, width)), -1)
        for k in (1, 6, 30):
            order = np.argsort(table < 0, axis=1, kind="stable")[:, :k]
            sorted_rows = np.take_along_axis(table, order, axis=1)
            expected = np.pad(sorted_rows, ((0, 0), (0, k - sorted_rows.shape[1])), constant_values=-1)
            assert np.array_equal(_first_there(table, k), expected)


def test_rows_of_one_key_are_averaged_in_order_of_keys() -> None:
    rng = np.random.default_rng(0)
    key, values = rng.integers(0, 40, 200), rng.normal(size=(200, 3)).astype(np.float32)
    visits = _Visits.of(key)
    assert np.array_equal(visits.key, np.unique(key))
    assert np.array_equal(visits.number, np.unique(key, return_counts=True)[1])
    expected = [values[key == one].mean(axis=0) for one in np.unique(key)]
    np.testing.assert_allclose(visits.average(values), expected, atol=1e-6)
    nothing = _Visits.of(np.zeros(0, int))
    assert nothing.key.size == nothing.average(values[:0]).shape[0] == 0


def test_means_average_the_visits_of_a_cell_in_each_window(small_ocean) -> None:
    domain, samples, _, _ = small_ocean()
    features = NodeFeatures(domain, samples)
    context = ContextObservations(features, samples, window=3.0)  # two windows of three years
    n = len(samples)
    assert context.visits[:n].max() == 0
    assert context.visits[n:].sum() == n
    inputs = features.inputs(samples.cell, samples.step)
    checked = 0
    for column in (0, 13, 31):
        for era in (0, 1):
            for level in range(4):
                cell = np.flatnonzero((domain.column == column) & (domain.level == level))
                same = np.isin(samples.cell, cell) & (samples.step // 3 == era)
                if not same.any():
                    continue
                both = context.means.nearest(domain, cell, np.array([3 * era + 1]), 2, 1.0, 1e3)[0]
                place = np.append(features.position(cell), domain.years[samples.step][same].mean() - 1970)
                known = np.column_stack([context.position, context.years])
                (found,) = (one for one in both[both >= 0] if np.allclose(known[one], place, rtol=0, atol=1e-3))
                checked += 1
                assert found >= n
                assert context.visits[found] == same.sum()
                np.testing.assert_allclose(
                    context.oxygen[found],
                    features.anomaly(samples.values["oxygen"], samples.cell, samples.step)[same].mean(),
                    atol=1e-5,
                )
                np.testing.assert_allclose(context.inputs[found], inputs[same].mean(axis=0), atol=1e-4)
    assert checked >= 6


def test_a_mean_of_visits_leaves_out_those_without_a_covariate(small_ocean) -> None:
    domain, samples, _, _ = small_ocean()
    covariates = np.array(domain.covariates)
    covariates[::2, :, 0] = np.nan  # no temperature in every second step
    holes = replace(domain, covariates=covariates)
    features = NodeFeatures(holes, samples)
    context = ContextObservations(features, samples, window=100.0)
    inputs, at = features.inputs(samples.cell, samples.step), features.names.index("temperature")
    share = features.names.index("temperature_known")
    checked = 0
    for cell in np.unique(samples.cell):
        same = samples.cell == cell
        known = same & (samples.step % 2 == 1)
        source = context.means.nearest(holes, np.array([cell]), np.array([2]), 1, 1.0, 1e3)[0, 0]
        expected = inputs[known, at].mean() if known.any() else 0.0
        np.testing.assert_allclose(context.inputs[source, at], expected, atol=1e-5)
        np.testing.assert_allclose(context.inputs[source, share], known.sum() / same.sum(), atol=1e-6)
        checked += bool(known.any() and known.sum() < same.sum())
    assert checked >= 5


@given(st.integers(0, 2**32 - 1), st.floats(1.0, 40.0))
@settings(max_examples=25)
def test_a_mean_is_sought_at_the_mean_time_of_its_visits(small_ocean, seed, window) -> None:
    """Not at the first step of its window: the last one may be cut short, and visits may crowd at one end."""
    domain, samples, _, _ = small_ocean()
    domain = replace(domain, years=1950.5 + 10.0 * np.arange(domain.steps))
    some = samples.take(np.random.default_rng(seed).random(len(samples)) < 0.3)
    context = ContextObservations(NodeFeatures(domain, some), some, window)
    cast, level = np.nonzero(context.means.source >= 0)
    source = context.means.source[cast, level]
    assert sorted(source) == list(range(len(some), len(some) + source.size)), "each mean is in one cast"
    visits, years = context.visits[source], context.years[source] + 1970.0
    expected = np.bincount(cast, visits * years) / np.bincount(cast, visits)
    np.testing.assert_allclose(context.means.years, expected, atol=1e-2)
    total = np.average(domain.years[some.step])
    np.testing.assert_allclose(np.average(context.means.years, weights=np.bincount(cast, visits)), total, atol=1e-2)


def test_the_mean_of_a_window_is_nearest_where_its_visits_are(small_ocean) -> None:
    """Visits at the end of one window and at the end of the next: the target lies between, nearer to the first."""
    domain, samples, _, _ = small_ocean()
    domain = replace(domain, years=2000.5 + np.arange(domain.steps))  # two windows of three steps
    cell = samples.cell[0]
    one = samples.take(np.zeros(2, int))
    visits = replace(one, cell=np.full(2, cell), step=np.array([2, 5]), group=np.array([0, 1]))
    context = ContextObservations(NodeFeatures(domain, visits), visits, 3.0)
    np.testing.assert_allclose(context.means.years, [2002.5, 2005.5])
    found = context.means.nearest(domain, np.array([cell]), np.array([3]), 1, 500.0, 1.0)[0, 0]
    assert context.years[found] + 1970 == 2002.5
