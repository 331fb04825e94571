import numpy as np
import pytest

from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig
from oxygen_recon.sources.dynamical_twin.predictability import disturbed
from oxygen_recon.sources.dynamical_twin.twin import Twin

CONFIG = DynamicalTwinConfig(rows=16, spin_up=12, ecosystem=False, waves=False)


def test_a_run_starts_from_the_truth_with_an_error_of_the_size_asked_for():
    truth = Twin(CONFIG)
    for _ in range(CONFIG.spin_up + 1):
        truth.day()
    wet, days = truth.basin.wet, [truth.day() for _ in range(3)]
    for error in (1e-4, 1e-2):
        ((day, _, means),) = disturbed(CONFIG, [1], 3, error)
        gap = means[0].flow.sea_surface_height - days[0].flow.sea_surface_height
        assert day == 1 and len(means) == 3
        assert gap[wet].std() == pytest.approx(error, rel=0.5)
        assert np.array_equal(means[0].weather[0].eastward_wind, days[0].weather[0].eastward_wind)
