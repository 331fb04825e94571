import netCDF4
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from oxygen_recon.sources.dynamical_twin.files.daily_file import Layout, Variable, write
from oxygen_recon.sources.dynamical_twin.files.layouts import ERA5, HYCOM, NOBM, OXYGEN
from qc.errors import InputError

GRID = (np.array([0.0, 10.0]), np.array([-30.0, 0.0, 30.0]), np.array([45.0, 135.0, 225.0, 315.0]))
DATES = np.arange("2000-02-28", "2000-03-02", dtype="datetime64[D]")


def read(path):
    with netCDF4.Dataset(path) as file:
        return {name: np.ma.filled(file[name][:].astype(float), np.nan) for name in file.variables}


@settings(max_examples=20)
@given(arrays(float, (3, 2, 3, 4), elements=st.one_of(st.just(np.nan), st.floats(-9, 39))))
def test_values_come_back_within_half_a_step_and_land_stays_land(tmp_path_factory, values):
    path = tmp_path_factory.getbasetemp() / "packed.nc"
    layout = Layout("t", {"a": Variable("1", "", "a", -30000, 0.001, 20, level=True)})
    write(path, layout, DATES, GRID, {"a": values})
    back = read(path)["a"]
    assert np.array_equal(np.isnan(back), np.isnan(values))
    assert np.nanmax(np.abs(back - values), initial=0) <= 0.00051


def test_a_descending_layout_turns_the_rows():
    assert ERA5.descending and not HYCOM.descending


def test_rows_follow_their_latitude(tmp_path):
    rows = np.broadcast_to(GRID[1][:, None], (3, 3, 4))
    fields = {name: rows * 0.1 + variable.offset for name, variable in ERA5.variables.items()}
    write(tmp_path / "e.nc", ERA5, DATES, GRID, fields)
    back = read(tmp_path / "e.nc")
    assert back["latitude"].tolist() == [30, 0, -30]
    assert np.allclose(back["u10"][0, :, 0], [3, 0, -3], atol=0.002)


def test_a_day_has_its_bounds(tmp_path):
    write(tmp_path / "n.nc", NOBM, DATES, GRID, dict.fromkeys(NOBM.variables, np.ones((3, 3, 4))))
    with netCDF4.Dataset(tmp_path / "n.nc") as file:
        bounds = netCDF4.num2date(file["time_bnds"][:], file["time"].units)
        assert [str(day)[:10] for day in bounds[:, 0]] == ["2000-02-28", "2000-02-29", "2000-03-01"]
        assert ((bounds[:, 1] - bounds[:, 0]) == bounds[1, 0] - bounds[0, 0]).all()
        assert "depth" not in file.variables and "lat" in file.variables


def test_a_value_beyond_the_packing_is_refused_and_no_file_is_left(tmp_path):
    fields = {name: np.full((3, 2, 3, 4), 1000.0) for name in OXYGEN.variables}
    with pytest.raises(InputError, match="a value of o2 does not fit its packing"):
        write(tmp_path / "o.nc", OXYGEN, DATES, GRID, fields)
    assert not list(tmp_path.iterdir())
