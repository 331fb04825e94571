"""Fields filled by patterns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.models.daily_baselines.filling import (
    eof_filling,
    fill_by_patterns,
)
from qc.errors import InputError


@given(st.integers(0, 2**32 - 1))
def test_patterns_give_back_a_field_that_is_made_of_them_and_keep_what_is_seen(seed: int) -> None:
    rng = np.random.default_rng(seed)
    patterns = np.linalg.qr(rng.normal(size=(60, 4)))[0].T
    field, seen = rng.normal(size=4) @ patterns, rng.permutation(60) < 30
    found = fill_by_patterns(patterns, np.where(seen, field, 99.0), seen, ridge=1e-9)
    assert np.allclose(found, field, atol=1e-5)
    other = fill_by_patterns(patterns, field + 1.0, seen)
    assert np.array_equal(other[seen], field[seen] + 1.0)


@given(st.integers(0, 2**32 - 1))
def test_eof_filling_keeps_what_is_seen_and_finds_a_field_of_few_patterns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    whole = np.outer(rng.normal(size=80), rng.uniform(0.5, 1.5, 10))
    whole -= whole.mean()
    gappy = np.where(rng.random(whole.shape) < 0.2, np.nan, whole)
    found = eof_filling(gappy, 1)
    seen = np.isfinite(gappy)
    assert np.allclose(found[seen], whole[seen])
    assert np.abs(found - whole)[~seen].mean() < 0.25 * np.abs(whole)[~seen].mean()


def test_days_without_anything_are_refused() -> None:
    with pytest.raises(InputError, match="2 functions of 3 days, 1 of them empty"):
        eof_filling(np.array([[1.0, np.nan, 2.0], [1.0, np.nan, 3.0]]), 2)
