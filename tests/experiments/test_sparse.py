"""What the comparisons of starts seen in part withhold and count."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from experiments.sparse_sst import last_seen, pieces
from experiments.sparse_sst import main as sst
from experiments.sparse_starts import Case, by_variable
from experiments.sparse_starts import main as starts
from qc.errors import InputError


def test_only_seen_pixels_are_withheld_about_as_many_as_asked_for() -> None:
    rng = np.random.default_rng(0)
    values, sea = rng.normal(size=(4, 90, 120)), np.ones((90, 120), bool)
    sea[:20] = False
    values[:, ~sea] = np.nan
    for scene, left in enumerate((0, 30, 60, 80)):
        values[scene, 30:70, left : left + 40] = np.nan
    hidden = pieces(values, sea, rng)
    assert not (hidden & ~np.isfinite(values)).any()
    share = hidden.sum(axis=(1, 2)) / np.isfinite(values).sum(axis=(1, 2))
    assert (share >= 0.15).all() and (share < 0.4).all()


def test_the_last_value_seen_is_before_or_else_after_or_the_mean() -> None:
    nan = np.nan
    found = last_seen(np.array([[[1.0, nan, nan]], [[nan, 5.0, nan]], [[7.0, nan, nan]]]))
    assert found[:, 0].tolist() == [[7.0, 5.0, 1.0], [1.0, 5.0, 5.0], [1.0, 5.0, 7.0]]


def test_the_day_itself_is_seen_alike_whatever_was_seen_before() -> None:
    pipeline: Any = SimpleNamespace(state=SimpleNamespace(ocean=np.ones((2, 16, 24), bool)))
    alone, after = (Case(days, "patches", 0.25).known(pipeline, 5) for days in (1, 8))
    assert after.shape == (8, 16, 24) and np.array_equal(alone[-1], after[-1])


def test_errors_are_over_those_of_the_climatology() -> None:
    square = np.random.default_rng(1).uniform(1, 2, (3, 2, 5, 4))
    found = by_variable(square, ["t", "t", "u", "h"])
    assert found.shape == (3, 2, 5, 3) and np.allclose(found[0].mean(axis=1), 1)
    assert np.allclose(by_variable(np.stack([square[0], 4 * square[0]]), list("tuvh"))[1].mean(axis=1), 4)


def test_unknown_arguments_are_refused() -> None:
    for main in (starts, sst):
        with pytest.raises(InputError, match="give"):
            main([])
