"""Estimates, and how they are made of a method in parts."""

from types import SimpleNamespace

import numpy as np
import pytest

from oxygen_recon.models.interface import Estimate, estimate


class Steps:
    """Estimates 10 * step - cell, and notes the targets it received."""

    def __init__(self) -> None:
        self.parts: list[list[int]] = []

    def predict(self, domain, context, cell, step) -> Estimate:
        self.parts.append(cell.tolist())
        mean = (10.0 * step - cell)[:, None]
        return Estimate(("oxygen",), mean, np.full_like(mean, 3.0))


def test_targets_are_estimated_in_parts_and_kept_in_order() -> None:
    """Two levels of five columns: the levels of a column are estimated in one part, whatever the order of the cells."""
    method, cell, step = Steps(), np.arange(10), np.ones(10, int)
    domain = SimpleNamespace(level=cell // 5, column=cell % 5)
    mean, scale = estimate(method, domain, None, cell, step, chunk=4)
    assert method.parts == [[0, 5, 1, 6], [2, 7, 3, 8], [4, 9]]
    np.testing.assert_array_equal(mean, np.maximum(10.0 * step - cell, 0))
    np.testing.assert_array_equal(scale, np.full(10, 3.0))


def test_oxygen_is_never_below_zero() -> None:
    mean, _ = estimate(Steps(), None, None, np.array([25, 5]), np.array([1, 1]))
    assert mean.tolist() == [0.0, 5.0]


@pytest.mark.parametrize(
    ("mean", "scale", "message"),
    [
        ([[1.0, 2.0]], [[1.0, 1.0]], "has shapes"),
        ([[1.0]], [[1.0], [1.0]], "has shapes"),
        ([[np.nan]], [[1.0]], "must be finite"),
        ([[1.0]], [[0.0]], "positive scale"),
        ([[1.0]], [[np.nan]], "positive scale"),
    ],
)
def test_what_cannot_be_an_estimate_is_refused(mean, scale, message) -> None:
    with pytest.raises(ValueError, match=message):
        Estimate(("oxygen",), np.array(mean), np.array(scale))
