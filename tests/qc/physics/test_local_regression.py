import numpy as np

from qc.physics import local_regression


def test_a_plane_is_found_though_a_quarter_of_the_neighbours_are_wrong():
    rng = np.random.default_rng(1)
    feature = rng.normal(size=(30, 20, 2))
    value = 100 + 7 * feature[..., 0] - 2 * feature[..., 1]
    value[:, :5] += 500
    estimate, spread = local_regression.predict(feature, value, np.ones((30, 20)), np.ones((30, 20), bool), 9)
    assert np.abs(estimate - 100).max() < 5 and spread.max() < 10, "least squares would be 125 away"


def test_unknown_neighbours_do_not_count_and_too_few_give_nothing():
    feature = np.zeros((2, 12, 1))
    value = np.where(np.arange(12) < 10, 50.0, np.nan) * np.ones((2, 1))
    known = np.isfinite(value) & (np.arange(12) < np.array([[10], [8]]))
    estimate, spread = local_regression.predict(
        np.where(known[..., None], feature, np.nan), value, np.ones((2, 12)), known, 9
    )
    np.testing.assert_allclose(estimate, [50, np.nan], atol=1e-6)
    assert np.isnan(spread).tolist() == [False, True]
