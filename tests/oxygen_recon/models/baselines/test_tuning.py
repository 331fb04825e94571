from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.models.baselines.climatology import ClimatologyConfig
from oxygen_recon.models.baselines.extra_trees import ExtraTreesConfig
from oxygen_recon.models.baselines.optimal_interpolation import OptimalInterpolationConfig
from oxygen_recon.models.baselines.tuning import Ladder, climb, level_rms, tuning_folds
from oxygen_recon.models.interface import tuned
from tests.support.small_ocean import small_ocean


def test_tuning_folds_never_part_a_group_and_fall_back_to_columns() -> None:
    domain, samples, _ = small_ocean()
    fold = tuning_folds(domain, samples, 0)
    assert set(fold) == {0, 1, 2}
    assert all(np.unique(fold[samples.group == group]).size == 1 for group in np.unique(samples.group))
    fold, column = tuning_folds(domain, replace(samples, group=0 * samples.group), 0), domain.column[samples.cell]
    assert set(fold) == {0, 1, 2}
    assert all(np.unique(fold[column == number]).size == 1 for number in np.unique(column))


def test_few_years_are_held_out_as_years_where_the_comparison_is_by_year() -> None:
    """Six years: not enough to choose among water columns instead, whose values the kept years would give away."""
    domain, samples, _ = small_ocean(years=6)
    year = np.floor(domain.years[samples.step]).astype(int)
    fold = tuning_folds(domain, replace(samples, group=year), 0)
    np.testing.assert_array_equal(fold, (year - 2000) % 3)  # interleaved, as those of the comparison
    fold = tuning_folds(domain, replace(samples, group=year + 7), 0)
    assert set(fold) == {0, 1, 2} and all(np.unique(fold[year == one]).size == 1 for one in np.unique(year))


@dataclass(frozen=True)
class Setting:
    length: float = 8.0
    noise: float = 1.0


LADDERS = {
    "length": Ladder(tuple(2.0**power for power in range(10))),
    "noise": Ladder((0.0, 0.5, 1.0, 2.0, 4.0), limits=(0.0,)),
}


@given(st.floats(0, 9), st.sampled_from(LADDERS["noise"].values))
def test_the_least_loss_of_a_bowl_is_found_wherever_it_lies(power, noise) -> None:
    calls: list[Setting] = []

    def loss(setting: Setting) -> float:
        calls.append(setting)
        return 1.0 + (np.log2(setting.length) - power) ** 2 + (setting.noise - noise) ** 2

    best, found = climb(Setting(), LADDERS, loss)
    everything = [1.0 + (p - power) ** 2 for p in range(10)]
    assert loss(best) <= min(everything) / (1 - 1e-3) ** 2 and best.noise == noise
    assert len(set(calls)) == len(calls) - 1, "each setting is tried once"
    assert found.values == {"length": best.length, "noise": best.noise}
    assert set(found.at_end) == ({"length"} if best.length in (1.0, 512.0) else set()) | (
        {"noise"} if noise == 4 else set()
    )


def test_a_flat_loss_leads_nowhere_and_a_limit_is_no_end() -> None:
    assert climb(Setting(), LADDERS, lambda one: 1.0 + 1e-5 * one.length)[0] == Setting()
    best, found = climb(Setting(), LADDERS, lambda one: 1.0 + one.noise)
    assert best.noise == 0.0 and found.at_end == ()
    assert climb(Setting(), LADDERS, lambda one: 1.0 / one.length)[1].at_end == ("length",)


@pytest.mark.parametrize("config", [ClimatologyConfig(), OptimalInterpolationConfig(), ExtraTreesConfig(trees=5)])
def test_every_baseline_says_what_it_chose(config) -> None:
    domain, samples, _ = small_ocean()
    method = config.build()
    assert tuned(method) is None
    method.fit(domain, samples, 0)
    found = tuned(method)
    assert found is not None and len(found.values) >= 2 and set(found.at_end) <= set(found.values)


def test_anomalies_as_wide_as_the_ocean_are_interpolated_beyond_3200_km() -> None:
    """Years that differ by one offset everywhere, and nothing else: only a length without end is right."""
    domain, samples, _ = small_ocean(years=12)
    offset = np.random.default_rng(0).normal(0, 20, 12)
    oxygen = 200 + offset[samples.step] + np.random.default_rng(1).normal(0, 1, len(samples))
    shifted = replace(samples, values={"oxygen": oxygen})
    method = OptimalInterpolationConfig().build()
    method.fit(domain, shifted, 0)
    assert method.covariance.reach[0] >= 3200


def test_level_rms_is_the_levels_own_where_it_has_many() -> None:
    residual = np.concatenate([np.full(100_000, 2.0), np.full(100_000, 8.0)])
    rms = level_rms(residual, np.repeat([0, 1], 100_000), 3)
    np.testing.assert_allclose(rms[:2], [2, 8], rtol=1e-3)
    assert rms[2] == pytest.approx(np.sqrt(34))  # no sample: the overall one
