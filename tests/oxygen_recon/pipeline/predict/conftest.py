from pathlib import Path

import pytest

from tests.support.small_run import before_reconstruction


@pytest.fixture(scope="session")
def unfinished(undisturbed, tmp_path_factory) -> Path:
    """The run as it was before its reconstruction."""
    return before_reconstruction(undisturbed, tmp_path_factory.mktemp("trained"))
