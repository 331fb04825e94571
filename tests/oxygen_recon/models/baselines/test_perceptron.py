import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.models.baselines.perceptron import Layers, Perceptron, Standard
from oxygen_recon.models.baselines.regression import Rows


@given(st.integers(0, 10_000), st.floats(-1e4, 1e4), st.floats(0.01, 1e3))
def test_predictors_are_standard_scores_and_what_is_missing_has_a_mask(seed: int, shift: float, factor: float) -> None:
    random = np.random.default_rng(seed)
    table = shift + factor * random.normal(size=(200, 3))
    table[:, 2] = shift  # says nothing
    table[random.random(200) < 0.3, 0] = np.nan
    table[0, 0] = np.nan
    standard = Standard.of(table, table[:, 1])
    scores, missing = standard(table), np.isnan(table[:, 0])
    assert scores.shape == (200, 4), "a mask for the one that is missing somewhere"
    np.testing.assert_array_equal(scores[:, 3], ~missing)
    assert (scores[missing, 0] == 0).all()
    np.testing.assert_allclose(scores[~missing, 0].mean(), 0, atol=1e-6)
    np.testing.assert_allclose([scores[~missing, 0].std(), scores[:, 1].std()], 1, rtol=1e-6)
    np.testing.assert_allclose(scores[:, 2], 0, atol=1e-4)
    unseen = table[:1].copy()
    unseen[0, 1] = np.nan  # never missing where it was learned
    assert np.isfinite(standard(unseen)).all()


def test_missing_and_mean_are_distinguished_and_epochs_are_those_of_least_error() -> None:
    random = np.random.default_rng(0)
    table = random.normal(size=(900, 2))
    missing = random.random(900) < 0.3
    target = 200 + 5 * table[:, 1] + 30 * missing
    table[missing, 0] = np.nan
    rows, held = Rows(table[:600], target[:600]), Rows(table[600:], target[600:])
    learner, setting = Perceptron(40), Layers(width=16, rate=3e-3)
    model = learner.grow(*rows, setting, 0, held, False)
    found = learner.settle(setting, [model])
    assert found.epochs == np.argmin(model.curve) + 1
    mean, _ = learner.read(model, held.table, found)
    assert np.square(mean - held.target).mean() == np.min(model.curve) < 4
    final = learner.grow(*rows, found, 0, None, True)
    np.testing.assert_array_equal(learner.read(final, held.table, found)[0], mean)
