import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.evaluation.holdout import calibrated, hold_out, never_sampled
from oxygen_recon.evaluation.points import Points, load, save
from oxygen_recon.evaluation.skill import skill
from oxygen_recon.models.interface import Estimate, estimate
from oxygen_recon.models.uncertainty import calibration


def domain(cells=40, steps=6):
    depth = np.linspace(0, 1000, cells)
    return Domain(
        np.zeros(cells), np.arange(cells) * 1.0, depth, np.arange(cells), np.zeros(cells, int), np.ones(cells),
        1950.0 + np.arange(steps), np.zeros((steps, cells, 0)), (),
    )  # fmt: skip


def samples(n=60, seed=0):
    rng = np.random.default_rng(seed)
    where = rng.choice(240, n, replace=False)
    values, spread = {"oxygen": rng.normal(200, 30, n)}, {"oxygen": np.full(n, np.nan)}
    return Samples(where % 40, where // 40, where % 7, values, np.ones(n, int), spread)


class Mean:
    """Believes the mean of what it was fitted on; remembers what it saw."""

    def fit(self, domain, samples, seed):
        self.fitted = samples

    def predict(self, domain, seen, cell, step):
        self.seen = seen
        value = np.full((cell.size, 1), self.fitted.values["oxygen"].mean() - 1000.0 * (cell[:, None] == 0))
        return Estimate(("oxygen",), value, np.full_like(value, 30.0))


def test_the_held_out_fold_is_neither_fitted_nor_seen():
    data, method = samples(), Mean()
    points = hold_out(method, domain(), data, data.group % 3, 1, 0)
    held = data.group % 3 == 1
    assert len(method.fitted) == len(method.seen) == (~held).sum()
    assert not np.isin(method.fitted.group, data.group[held]).any()
    assert np.array_equal(points.truth, data.values["oxygen"][held]) and (points.fold == 1).all()


def test_estimates_do_not_depend_on_the_chunk_and_are_never_negative():
    method = Mean()
    method.fit(domain(), samples(), 0)
    cell, step = np.arange(30), np.zeros(30, int)
    whole, parts = (estimate(method, domain(), samples(), cell, step, chunk)[0] for chunk in (1000, 7))
    assert np.array_equal(whole, parts) and whole[0] == 0 and (whole[1:] > 100).all()


@given(st.integers(0, 1000), st.integers(1, 300))
def test_never_sampled_cells_are_never_sampled(seed, most):
    data, truth = samples(seed=seed), np.ones((6, 40))
    truth[2, 3] = np.nan
    cell, step = never_sampled(domain(), data, truth, most, seed)
    seen = set(zip(data.cell.tolist(), data.step.tolist()))
    found = list(zip(cell.tolist(), step.tolist()))
    assert len(set(found)) == len(found) <= most
    assert not seen & set(found) and (3, 2) not in found
    if most >= 240:
        assert len(found) == 240 - len(seen | {(3, 2)})


def points(n=4000, blow=1.0, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.normal(200, 30, n)
    return Points(
        rng.integers(0, 40, n), rng.integers(0, 6, n), rng.integers(0, 4, n),
        truth, truth + rng.normal(0, 10 * blow, n), np.full(n, 10.0),
    )  # fmt: skip


def test_calibration_finds_how_much_too_small_errors_are():
    depth = np.full(4000, 100.0)
    held = points(blow=2.5)
    factor = calibration(held.truth, held.mean, held.scale, depth)
    assert factor[1] == pytest.approx(2.5, rel=0.1)
    assert factor[0] == factor[2] == 1.0
    p = calibrated(points(blow=2.5), depth)
    assert np.mean(np.abs(p.truth - p.mean) < p.scale) == pytest.approx(0.68, abs=0.03)


def test_no_point_sets_its_own_error_bar():
    p, depth = points(), np.full(4000, 100.0)
    before = calibrated(p, depth).scale
    wild = Points(p.cell, p.step, p.fold, p.truth, np.where(p.fold == 2, p.mean + 500, p.mean), p.scale)
    after = calibrated(wild, depth).scale
    assert np.array_equal(before[p.fold == 2], after[p.fold == 2])
    assert (after[p.fold != 2] > before[p.fold != 2]).all()


def test_skill_scores_all_methods_at_the_same_points():
    a, b = points(), points(blow=3.0)
    gap = b.mean.copy()
    gap[:100] = np.nan
    b = Points(b.cell, b.step, b.fold, b.truth, gap, b.scale)
    table = skill({("held-out cruises", "a"): a, ("held-out cruises", "b"): b}, np.linspace(0, 1000, 40))
    pooled = table[table.layer == "all"].set_index("method")
    assert (pooled.n == 3900).all()
    assert pooled.RMSE["a"] == pytest.approx(10, rel=0.05) and pooled.RMSE["b"] == pytest.approx(30, rel=0.05)
    assert (pooled.RMSE_spread > 0).all()
    layers = table[(table.layer != "all") & (table.method == "a")]
    assert layers.n.sum() == 3900 and len(layers) == 4


def test_points_survive_a_round_trip(tmp_path):
    p = points(10)
    save(p, tmp_path / "p.npz")
    q = load(tmp_path / "p.npz")
    assert all(np.array_equal(getattr(p, name), getattr(q, name)) for name in vars(p))
