from pathlib import Path

import pytest

from oxygen_recon.fields.grids import GridConfig
from oxygen_recon.sources.interface import SourceSettings, data_folder
from qc.errors import InputError

GRID = GridConfig(latitude=(-75.0, 75.0), longitude=(-180.0, 180.0), resolution=15.0, levels=(0.0, 100.0))


def test_the_region_is_that_of_the_experiment_unless_left_to_the_source():
    assert SourceSettings("small", 3, 1990, 1991, GRID).region() is GRID
    with pytest.raises(InputError, match=r'^small: grid "source" needs a field source; give a region'):
        SourceSettings("small", 3, 1990, 1991, None).region()


def test_a_data_folder_that_is_needed_is_asked_for():
    assert data_folder(Path("data"), "small") == Path("data")
    with pytest.raises(InputError, match=r"^small: this experiment reads archives; name their folder with --data"):
        data_folder(None, "small")
