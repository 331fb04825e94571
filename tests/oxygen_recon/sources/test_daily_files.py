from pathlib import Path

import numpy as np
import pytest

from oxygen_recon.sources.daily_files import DailyFilesConfig
from qc.errors import InputError
from tests.support.daily_files import write
from tests.support.roms_files import roms


def config(**more: object) -> DailyFilesConfig:
    settings = {
        "kind": "daily_files",
        "paths": ["ocean_his.nc"],
        "names": ["temperature", "eastward_velocity", "northward_velocity"],
        "depths": [5, 20],
    }
    return DailyFilesConfig.model_validate(settings | more)


def test_output_of_roms_is_read_onto_the_points_that_the_source_names(tmp_path: Path) -> None:
    write(roms(), tmp_path / "ocean_his.nc")
    box = {"latitude": [0.55, 0.75], "longitude": [10.3, 10.5], "spacing": 0.1}
    fields, sampling = config(**box).read(tmp_path, tmp_path / "values.npy")
    assert sampling == "instantaneous" and [str(one) for one in fields.channels][:2] == [
        "temperature at 5 m",
        "temperature at 20 m",
    ]
    np.testing.assert_allclose(fields.latitude, [0.55, 0.65, 0.75])
    np.testing.assert_allclose(fields.longitude, [10.3, 10.4, 10.5])
    np.testing.assert_allclose(fields.values[:, 1], 20.0 - 0.02 * 20, atol=1e-3)
    np.testing.assert_allclose(fields.values[:, 2:4], 0.5, atol=1e-3)
    np.testing.assert_allclose(fields.values[:, 4:], 0.0, atol=1e-3)
    with pytest.raises(InputError, match="eastward_velocity is a component along the axes of a curvilinear grid"):
        config(names=["eastward_velocity"], **box).read(tmp_path, tmp_path / "values.npy")


def test_a_curvilinear_grid_without_points_is_refused(tmp_path: Path) -> None:
    write(roms(), tmp_path / "ocean_his.nc")
    with pytest.raises(InputError, match=r"ocean_his\.nc: a grid of two-dimensional coordinates; set spacing"):
        config().read(tmp_path, tmp_path / "values.npy")
    with pytest.raises(InputError, match="set spacing"):
        config(latitude=[0.5, 0.7], longitude=[10.3, 10.5]).open(tmp_path, first=True)
