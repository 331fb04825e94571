import numpy as np
import pytest

from oxygen_recon.models.daily_baselines.wind_sea import WindSea
from qc.errors import InputError


def test_both_numbers_are_found_on_the_ocean_alone_and_heights_are_not_negative() -> None:
    drawn = np.random.default_rng(0)
    wind = drawn.normal(0, 8, (20, 2, 5, 6))
    height = -0.5 + 0.02 * np.square(wind).sum(axis=1, keepdims=True)
    ocean = np.ones((5, 6), bool)
    ocean[2, 3] = False
    height[:, :, 2, 3] = 1e3
    method = WindSea()
    with pytest.raises(InputError, match="call fit first"):
        method.forecast(wind)
    method.fit(height, wind, ocean, np.linspace(-60, 60, 5))
    assert method.numbers == pytest.approx([-0.5, 0.02])
    found = method.forecast(np.zeros((1, 2, 5, 6)))
    assert found.dtype == np.float32 and not found.any()
