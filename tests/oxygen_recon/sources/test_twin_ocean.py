from pathlib import Path

import pytest

from oxygen_recon.fields.grids import GridConfig
from oxygen_recon.sources.interface import SourceSettings
from oxygen_recon.sources.twin import TwinConfig
from oxygen_recon.sources.twin_ocean import TwinSource, TwinSourceConfig
from qc.errors import InputError

GRID = GridConfig(latitude=(-75.0, 75.0), longitude=(-180.0, 180.0), resolution=15.0, levels=(0.0, 100.0))


def source(start: int = 1990, end: int = 1991, seed: int = 3) -> TwinSource:
    config = TwinSourceConfig(kind="twin", twin=TwinConfig(seed=4))
    return config.open(SourceSettings("small", seed, start, end, GRID), Path("unused"), None)


def test_the_twin_has_seed_period_and_grid_of_the_experiment():
    made = source().twin_config()
    assert (made.seed, made.start, made.end, made.resolution, made.levels) == (7, 1990, 1991, 15.0, (0.0, 100.0))
    assert source().identity() == source().identity() != source(seed=4).identity()
    assert source().has_truth


def test_a_period_that_the_twin_lacks_is_a_fault_in_one_line():
    with pytest.raises(InputError, match=r"^small: twin ocean: .*; change the period or the grid$"):
        source(start=1800, end=1801).twin_config()
