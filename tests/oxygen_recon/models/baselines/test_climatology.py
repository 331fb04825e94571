import numpy as np
import pytest

from oxygen_recon.models.baselines.climatology import ClimatologyConfig
from tests.support.small_ocean import small_ocean


def test_climatology_follows_the_season() -> None:
    domain, samples, _ = small_ocean(steps_a_year=4)
    method = ClimatologyConfig().build()
    method.fit(domain, samples, 0)
    surface = np.flatnonzero(domain.level == 0)
    winter, summer = (
        method.predict(domain, samples, surface, np.full(surface.size, step)).mean.mean() for step in (0, 2)
    )
    # The season of the first step is centred at 1/8 year: 8 cos(45 deg) above the mean, half a year later as far below.
    assert winter - summer == pytest.approx(16 * np.cos(np.pi / 4), abs=4)
