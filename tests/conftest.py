import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The collection of real observations and fields; tests that need it are skipped where it is absent."""
    root = Path(os.environ.get("OXYGEN_RECON_DATA", Path(__file__).parents[1].parent / "shared" / "data"))
    if not (root / "observations").is_dir():
        pytest.skip("no real data here: set OXYGEN_RECON_DATA")
    return root
