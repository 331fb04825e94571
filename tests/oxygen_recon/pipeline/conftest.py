import pytest

from tests.support.small_run import SMALL, folder_of


@pytest.fixture(scope="session")
def experiment(tmp_path_factory):
    """The file of a small experiment."""
    path = tmp_path_factory.mktemp("experiment") / "small.yaml"
    path.write_text(SMALL)
    return path


@pytest.fixture(scope="session")
def undisturbed(experiment, tmp_path_factory):
    """The folder of its finished run, which no test changes."""
    return folder_of(experiment, tmp_path_factory.mktemp("work"))
