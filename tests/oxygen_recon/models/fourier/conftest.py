from collections.abc import Iterator

import numpy as np
import pytest
import torch

from oxygen_recon.dataset.daily.fields import Channel, DailyFields
from oxygen_recon.dataset.daily.land import fill_land

CHANNELS = (Channel("temperature", 0.0, "degC"), Channel("temperature", 100.0, "degC"))


def waves(days: int = 60, latitude: int = 9, longitude: int = 12, seed: int = 0) -> DailyFields:
    """Waves that travel eastward round the globe and fade slowly, with an island that grows with depth."""
    rng = np.random.default_rng(seed)
    lat, lon = np.linspace(-20, 20, latitude), np.arange(longitude) * (360.0 / longitude)
    phase = np.radians(lon)[None, :] * 2 + np.radians(lat)[:, None] * 3
    day = np.arange(days)[:, None, None]
    amplitude = 1 + 0.3 * np.sin(day / 7)
    fields = amplitude * np.sin(phase - 0.3 * day), amplitude * np.cos(phase - 0.3 * day)
    values = np.stack([20 + 3 * fields[0], 10 + fields[1]], axis=1) + rng.normal(
        0, 0.05, (days, 2, latitude, longitude)
    )
    ocean = np.ones((2, latitude, longitude), bool)
    ocean[:, 3, 4] = ocean[1, 3, 5] = False
    ocean[:, 0] = False  # a row without ocean
    dates = np.datetime64("2001-03-01") + np.arange(days) * np.timedelta64(1, "D")
    return DailyFields(fill_land(values, ocean), ocean, dates, lat, lon, CHANNELS)


@pytest.fixture(scope="session")
def fields() -> DailyFields:
    return waves()


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """The networks of the tests are small: a second thread waits for the first."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
