"""Climate model files: names, units, grids and calendars as they come, and values at points."""

from pathlib import Path

import gsw
import numpy as np
import pytest

from oxygen_recon.evaluation.climate_models import sample
from oxygen_recon.fields.cmip6 import open_oxygen
from qc.errors import InputError
from tests.support.climate_model_files import expected, oxygen_law, regular, write


def test_names_units_order_and_runs_are_read_from_the_file(tmp_path: Path) -> None:
    latitude, longitude, land = regular(4.0)
    names = ("nlat", "nlon", "nav_lat", "nav_lon")
    deep_first = (1000.0, 100.0, 5.0)

    def shifted(*place) -> np.ndarray:  # a deepest-first file whose last level is the surface
        return oxygen_law(*place) * 1e3

    historical = write(
        tmp_path / "a.nc", [2013, 2014], latitude, longitude, land, level="olevel", depth=deep_first, names=names,
        calendar="360_day", units="mmol m-3", law=shifted,
    )  # fmt: skip
    scenario = write(
        tmp_path / "b.nc", [2014, 2015], latitude, longitude, land, level="olevel", depth=deep_first, names=names,
        calendar="360_day", units="mmol m-3", law=lambda *place: shifted(*place) + 50,
    )  # fmt: skip
    model = open_oxygen([scenario, historical])
    np.testing.assert_array_equal(model.depth, [5, 100, 1000])
    np.testing.assert_allclose(model.years, [2013.5, 2014.5, 2015.5], atol=5e-3)  # 2 July of 360 days is a little later
    value = sample(model, np.full(3, -40.0), np.full(3, 300.0), np.full(3, 100.0), np.array([2013.5, 2014.5, 2015.5]))
    truth = expected(-40, 300, 100, np.array([2013.5, 2014.5, 2015.5])) + np.array([0, 0, 50e3 / 1025])
    np.testing.assert_allclose(value, truth, atol=1.5)  # where files overlap the earlier one counts


def test_density_of_temperature_and_salinity(tmp_path: Path) -> None:
    grid = regular(8.0)
    oxygen = write(tmp_path / "o2.nc", [2000], *grid)
    warm = write(
        tmp_path / "thetao.nc", [2000], *grid, variable="thetao", units="degC", law=lambda *p: 0 * oxygen_law(*p) + 10
    )
    salt = write(
        tmp_path / "so.nc", [2000], *grid, variable="so", units="0.001", law=lambda *p: 0 * oxygen_law(*p) + 35
    )
    model = open_oxygen([oxygen], [warm], [salt])
    assert model.density == "potential density of thetao and so"
    constant = open_oxygen([oxygen]).field(0)
    absolute = gsw.SR_from_SP(35.0)
    density = gsw.rho(absolute, gsw.CT_from_pt(absolute, 10.0), 0.0)
    np.testing.assert_allclose(model.field(0) * density, constant * 1025.0, rtol=1e-6)
    assert np.isnan(constant[0][grid[2]]).all()


def test_files_that_are_none_are_refused_in_one_line(data_root: Path, tmp_path: Path) -> None:
    grid = regular(8.0)
    with pytest.raises(InputError, match="no variable o2"):
        open_oxygen([data_root / "gridded/curvilinear/tos_Omon_FGOALS-f3-L_ssp126_r1i1p1f1_gn_201501.nc"])
    with pytest.raises(InputError, match="unit of oxygen"):
        open_oxygen([write(tmp_path / "u.nc", [2000], *grid, units="ml/l")])
    with pytest.raises(InputError, match="no depths"):
        open_oxygen([write(tmp_path / "s.nc", [2000], *grid, level_units="1")])
    with pytest.raises(InputError, match="no depth coordinate"):
        open_oxygen([write(tmp_path / "k.nc", [2000], *grid, level="sheet")])
    with pytest.raises(InputError, match="no latitude"):
        open_oxygen([write(tmp_path / "l.nc", [2000], *grid, names=("j", "i", "p", "q"))])
    other = write(tmp_path / "g.nc", [2001], *regular(4.0))
    with pytest.raises(InputError, match="another grid"):
        open_oxygen([write(tmp_path / "h.nc", [2000], *grid), other])
    broken, oxygen_file = tmp_path / "broken.nc", other.read_bytes()
    broken.write_bytes(oxygen_file[: len(oxygen_file) // 2])
    with pytest.raises(InputError, match="not a readable"):
        open_oxygen([broken])
    with pytest.raises(InputError, match="not a readable"):
        open_oxygen([tmp_path / "absent.nc"])
    with pytest.raises(InputError, match="no file"):
        open_oxygen([])
