import numpy as np
import pytest

from oxygen_recon.dataset.domain import Samples
from oxygen_recon.models.baselines.tuning import level_rms, tuning_folds
from tests.support.small_ocean import small_ocean


def test_tuning_folds_never_part_a_group_and_fall_back_to_columns() -> None:
    domain, samples, _ = small_ocean()
    fold = tuning_folds(domain, samples, 0)
    assert set(fold) == {0, 1, 2}
    assert all(np.unique(fold[samples.group == group]).size == 1 for group in np.unique(samples.group))
    one = Samples(samples.cell, samples.step, 0 * samples.group, samples.values, samples.count, samples.spread)
    fold, column = tuning_folds(domain, one, 0), domain.column[one.cell]
    assert set(fold) == {0, 1, 2}
    assert all(np.unique(fold[column == number]).size == 1 for number in np.unique(column))


def test_level_rms_is_the_levels_own_where_it_has_many() -> None:
    residual = np.concatenate([np.full(100_000, 2.0), np.full(100_000, 8.0)])
    rms = level_rms(residual, np.repeat([0, 1], 100_000), 3)
    np.testing.assert_allclose(rms[:2], [2, 8], rtol=1e-3)
    assert rms[2] == pytest.approx(np.sqrt(34))  # no sample: the overall one
