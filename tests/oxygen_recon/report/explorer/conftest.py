import pytest

from oxygen_recon.report.explorer.data.run_data import open_run_data
from tests.support.explored_run import finished_run


@pytest.fixture(scope="session")
def small_files(tmp_path_factory):
    """Files of a small finished run, which no test changes."""
    return finished_run(tmp_path_factory.mktemp("explored"))


@pytest.fixture
def data(small_files):
    """The data of that run."""
    return open_run_data(small_files)
