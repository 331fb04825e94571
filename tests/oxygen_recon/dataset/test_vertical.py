import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from oxygen_recon.dataset.samples import grid_samples
from oxygen_recon.dataset.vertical import extract, to_levels
from oxygen_recon.fields.grids import make_grid
from tests.support.gridded_casts import REGION, YEARS, casts, profile


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_casts_are_interpolated_as_scipy_does(seed):
    rng = np.random.default_rng(seed)
    rows, levels = [], np.sort(rng.choice(np.arange(0, 500, 5.0), 12, replace=False))
    expected, ends = np.full((6, levels.size), np.nan), np.empty((6, 2))
    for i in range(6):
        depth = np.sort(rng.choice(np.arange(0, 500, 2.5), rng.integers(2, 12), replace=False))
        oxygen = rng.integers(0, 5, depth.size) * 50.0 + rng.random() * rng.random(depth.size)
        rows += profile(f"{i}", "a", "2000-06-01", 10.0 + i, 179.0, list(depth), list(oxygen))
        expected[i] = PchipInterpolator(depth, oxygen, extrapolate=False)(levels)
        ends[i] = depth[[0, -1]]
    profiles = extract(casts([rows[j] for j in rng.permutation(len(rows))]), "oxygen")
    cast, level, value = to_levels(profiles, levels, _edges(levels), gap=1e9)
    found = np.full(expected.shape, np.nan)
    found[(profiles.latitude[cast] - 10).astype(int), level] = value
    inside = np.isfinite(expected)
    np.testing.assert_allclose(found[inside], expected[inside], atol=1e-9)
    reach = 0.25 * np.diff(_edges(levels))
    assert np.isnan(found[(levels < ends[:, :1] - reach) | (levels > ends[:, 1:] + reach)]).all()


def _edges(levels: np.ndarray) -> np.ndarray:
    middle = 0.5 * (levels[1:] + levels[:-1])
    return np.concatenate([[0.0], middle, [2 * levels[-1] - middle[-1]]])


def test_bins_average_between_edges():
    grid = make_grid(REGION, wet=np.ones((4, 2, 3), bool))
    table = casts(profile("x", "a", "2000-06-01", 11, 179, [1, 4, 5, 29, 30, 300], [1, 3, 10, 20, 7, 9]))
    samples, _, _ = grid_samples(table, grid, YEARS, vertical="bin")
    assert dict(zip(grid.level_of[samples.cell], samples.values["oxygen"])) == {0: 2, 1: 15, 2: 7}
