import pytest

from oxygen_recon.sources.twin.observing.cruises import draw_casts
from oxygen_recon.sources.twin.observing.instruments import Record, measure
from oxygen_recon.sources.twin.ocean.omz_growth import twin_ocean


@pytest.fixture(scope="module")
def record() -> Record:
    return measure(twin_ocean(0), draw_casts(5, 300, 1960, 1990), 5)
