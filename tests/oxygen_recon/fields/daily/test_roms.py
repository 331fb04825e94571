from pathlib import Path

import numpy as np
import pytest

from oxygen_recon.fields.daily.horizontal import onto_grid
from oxygen_recon.fields.daily.opening import open_daily
from qc.errors import InputError
from tests.support.daily_files import write
from tests.support.roms_files import COLUMNS, ROWS, roms, temperature


@pytest.mark.parametrize("transform", [1, 2])
def test_levels_that_follow_the_sea_floor_are_brought_to_depths(tmp_path: Path, transform: int) -> None:
    path = write(roms(transform), tmp_path / "ocean_his.nc")
    data = open_daily(path, depths=[0.0, 20.0, 90.0, 500.0])
    assert data.attrs["sampling"] == "instantaneous" and data["temperature"].dims[:2] == ("time", "depth")
    assert [str(day)[:10] for day in data["time"].values] == ["2010-06-01", "2010-06-02"]
    found = data["temperature"].values
    np.testing.assert_allclose(found[:, 1:3, :, 1:], np.broadcast_to(temperature(np.array([20.0, 90.0]))[:, None, None],
                               (2, 2, ROWS, COLUMNS - 1)), atol=1e-3)  # fmt: skip
    shallower = np.linspace(100.0, 1000.0, COLUMNS) < 500.0
    assert np.isnan(found[:, 3][:, :, shallower]).all() and np.isfinite(found[:, 3][:, :, ~shallower]).all()
    assert np.abs(found[:, 0] - temperature(0.0)).max() < 0.2  # the first level holds up to the surface


def test_staggered_components_are_centred_and_turned_to_east(tmp_path: Path) -> None:
    data = open_daily(write(roms(), tmp_path / "ocean_his.nc"), depths=[10.0])
    assert data["eastward_velocity"].shape == (2, 1, ROWS, COLUMNS)
    plain = onto_grid(data, [0.55, 0.75], [10.3, 10.5])
    np.testing.assert_allclose(plain["eastward_velocity"], 0.5, atol=1e-3)
    np.testing.assert_allclose(plain["northward_velocity"], 0.0, atol=1e-3)
    np.testing.assert_allclose(plain["sea_surface_height"], 0.5, atol=1e-6)


def test_what_depths_need_is_asked_for(tmp_path: Path) -> None:
    path = write(roms(), tmp_path / "a.nc")
    with pytest.raises(InputError, match="levels that follow the sea floor; pass depths="):
        open_daily(path)
    assert list(open_daily(path, ["sea_surface_height"])) == ["sea_surface_height"]
    with pytest.raises(InputError, match="no hc; keep the variables that depths of levels follow from"):
        open_daily(write(roms().drop_vars("hc"), tmp_path / "b.nc"), depths=[10.0])
    with pytest.raises(InputError, match="no Vtransform; keep it, or the standard name of s_rho"):
        open_daily(write(roms().drop_vars("Vtransform"), tmp_path / "c.nc"), depths=[10.0])
