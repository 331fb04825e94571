"""`experiments/trends.py`: trends of casts and of estimates, whatever ships went where."""

from types import SimpleNamespace

import numpy as np
import pytest

from experiments import trends
from oxygen_recon.evaluation.predictions import Predictions
from oxygen_recon.pipeline.run_folder import RunFolder
from qc.errors import InputError


def casts(slope: float, noise: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values whose groups differ by much more than the trend, later years mostly in groups of little oxygen."""
    random = np.random.default_rng(0)
    group = np.repeat(np.arange(10), 200)
    years = np.clip(random.normal(1975 + 3 * group, 8), 1970, 2009.9)
    return 250.0 - 10 * group + slope * (years - 1990) / 10 + random.normal(0, noise, years.size), years, group


def test_where_ships_went_makes_no_trend() -> None:
    found = trends.trend(*casts(-4.0, 0.0))
    assert found.value == pytest.approx(-4.0)
    assert found.interval == pytest.approx((-4.0, -4.0))
    value, years, _ = casts(-4.0, 0.0)
    assert trends.trend(value, years, np.zeros(years.size, int)).value < -20


def test_the_interval_holds_the_trend_and_has_a_width_of_its_noise() -> None:
    low, high = trends.trend(*casts(2.0, 5.0)).interval
    assert low < 2.0 < high and 0.2 < high - low < 3.0


def test_an_estimate_is_compared_with_casts_layer_by_layer() -> None:
    value, years, group = casts(-4.0, 1.0)
    steps = SimpleNamespace(years=years)
    grid = SimpleNamespace(depth=np.array([50.0, 200.0]), level_of=np.arange(10) % 2)
    nothing = np.zeros(value.size, int)
    flat = Predictions(group, np.arange(value.size), nothing, value, value * 0 + 200.0, value * 0 + 1.0)
    same = Predictions(group, np.arange(value.size), nothing, value, value, value * 0 + 1.0)
    rows = trends.rows_of("sea", {"flat": flat, "same": same}, grid, steps)
    assert [row[1] for row in rows] == ["all"] * 3 + ["0-100 m"] * 3 + ["100-300 m"] * 3, "no level below 300 m"
    for measured, none, all_ in zip(rows[::3], rows[1::3], rows[2::3]):
        assert none[4] == "+0.00 [+0.00, +0.00]" and none[6] == "no" and none[7] == "+0.0"
        assert all_[4] == measured[4] and all_[5] == "+0.00 [+0.00, +0.00]" and all_[6] == "yes"
    assert float(rows[0][4].split()[0]) == pytest.approx(-4.0, abs=0.2)


def test_kept_estimates_of_rivals_are_read_fold_by_fold(tmp_path) -> None:
    with pytest.raises(InputError, match="no estimates here; run"):
        trends.estimates(RunFolder(tmp_path))
    (tmp_path / "rivals").mkdir()
    for fold in (0, 1):
        place = {"cell": np.arange(3), "step": np.arange(3) + fold, "truth": np.full(3, 200.0)}
        np.savez(tmp_path / "rivals" / f"extra_trees_plain_{fold}.npz", kriged=np.full(3, 210.0 + fold), **place)
    found = trends.estimates(RunFolder(tmp_path))["extra_trees_plain"]
    assert found.mean.tolist() == [210.0] * 3 + [211.0] * 3 and found.step.tolist() == [0, 1, 2, 1, 2, 3]
