import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def unfinished(undisturbed, tmp_path_factory) -> Path:
    """The run as it was before its reconstruction."""
    home = tmp_path_factory.mktemp("trained") / "small"
    shutil.copytree(undisturbed, home)
    for stage in ("reconstruct", "validate", "omz", "report"):
        shutil.rmtree(home / stage)
    return home
