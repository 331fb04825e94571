import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run, however loaded the machine; `make fuzz` explores with new ones. Deadlines and health
# checks are set here only; a fixture may be shared by the examples of a test, each of which writes its files anew.
_CHECKS = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None, suppress_health_check=_CHECKS)
settings.register_profile("fuzz", max_examples=1000, deadline=None, print_blob=True, suppress_health_check=_CHECKS)
settings.load_profile(os.environ.get("OXYGEN_RECON_HYPOTHESIS", "repeatable"))


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The collection of real observations and fields; tests that need it are skipped where it is absent."""
    root = Path(os.environ.get("OXYGEN_RECON_DATA", Path(__file__).parents[1].parent / "shared" / "data"))
    if not (root / "observations").is_dir():
        pytest.skip("no real data here: set OXYGEN_RECON_DATA")
    return root
