import pytest

from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig
from oxygen_recon.sources.dynamical_twin.production import make

SMALL = DynamicalTwinConfig(rows=32, spin_up=3, days=35, first_year=2001)


@pytest.fixture(scope="session")
def small_twin(tmp_path_factory):
    """Folder of a twin of 32 x 64 cells: January 2001 and four days of February."""
    return make(SMALL, tmp_path_factory.mktemp("dynamical") / "twin")
