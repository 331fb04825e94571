from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.fields.cf import Provenance
from oxygen_recon.fields.reconstruction import (
    check_reconstruction,
    empty_reconstruction,
    open_reconstruction,
    steps_done,
    to_netcdf,
    write_window,
)
from qc.errors import InputError
from tests.support.compliance import keeps_the_conventions

YEARS = TimeAxis.regular(1968, 1972, "year")
RUN = Provenance(
    "A field", "A field of oxygen for a test", "e" * 16, "c" * 16, "0123abc", 3, "climatology", "open", "A paper, 2024"
)
ACDD = ("license", "references", "creator_name", "history", "source", "date_created", "geospatial_lat_min")


@pytest.fixture(scope="module")
def grid() -> Grid:
    wet = np.ones((2, 3, 4), bool)
    wet[1, 1, 1:3] = False
    return Grid(np.arange(10.0, 14), np.arange(178.0, 183), np.array([0.0, 5, 50]), np.array([0.0, 20]), wet)


def values(grid: Grid, steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    mean = 100 + np.arange(steps)[:, None] * 10.0 + np.arange(grid.cells)
    return mean, np.full(mean.shape, 2.5), np.zeros(mean.shape, int)


def put(path: Path, grid: Grid, start: int, stop: int) -> None:
    mean, scale, count = (v[start:stop] for v in values(grid, 5))
    write_window(path, grid, start, mean, scale, count, beyond=mean > 125)


def written(path: Path, grid: Grid) -> Path:
    empty_reconstruction(path, grid, YEARS, RUN)
    for start, stop in ((0, 2), (2, 5)):
        put(path, grid, start, stop)
    return path


def test_windows_read_back_as_they_were_written(grid: Grid, tmp_path: Path):
    data = open_reconstruction(written(tmp_path / "field.zarr", grid))
    check_reconstruction(data)
    np.testing.assert_allclose(grid.gather(data["oxygen"].to_numpy()), values(grid, 5)[0])
    assert np.isnan(data["oxygen"].to_numpy()[:, ~grid.wet]).all()
    assert data["oxygen"].dims == ("time", "depth", "latitude", "longitude")
    assert data.attrs["seed"] == 3
    assert data.attrs["beyond_held_out_share"] == pytest.approx((values(grid, 5)[0] > 125).mean())
    np.testing.assert_array_equal(data["time_bnds"].to_numpy()[:, 0].astype("datetime64[D]"), YEARS.edges[:-1])
    np.testing.assert_array_equal(data["time_bnds"].to_numpy()[-1].astype("datetime64[D]"), YEARS.edges[-2:])
    np.testing.assert_allclose(data["longitude_bnds"], np.stack([np.arange(178, 182), np.arange(179, 183)], axis=1))


def test_an_interrupted_field_goes_on_where_it_stopped(grid: Grid, tmp_path: Path):
    path = tmp_path / "field.zarr"
    assert not empty_reconstruction(path, grid, YEARS, RUN).any()
    put(path, grid, 1, 3)
    with pytest.raises(InputError, match="3 of 5 steps"):
        open_reconstruction(path)
    done = empty_reconstruction(path, grid, YEARS, RUN)
    np.testing.assert_array_equal(done, [False, True, True, False, False])
    for step in np.flatnonzero(~done):
        put(path, grid, step, step + 1)
    whole = open_reconstruction(written(tmp_path / "whole.zarr", grid))
    xr.testing.assert_equal(open_reconstruction(path).load(), whole.load())
    other = Provenance("A field", "Another seed", "e" * 16, "c" * 16, "0123abc", 4, "climatology")
    assert not empty_reconstruction(path, grid, YEARS, other).any()
    assert not steps_done(path).any()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["field.zarr", "whole.zarr"]


def test_gaps_are_never_written(grid: Grid, tmp_path: Path):
    path = tmp_path / "field.zarr"
    empty_reconstruction(path, grid, YEARS, RUN)
    mean, scale, count = (v[:1] for v in values(grid, 1))
    hole = mean.copy()
    hole[0, 3] = np.nan
    with pytest.raises(InputError, match="missing"):
        write_window(path, grid, 0, hole, scale, count)
    with pytest.raises(InputError, match="not positive"):
        write_window(path, grid, 0, mean, 0 * scale, count)
    with pytest.raises(InputError, match="does not fit"):
        write_window(path, grid, 5, mean, scale, count)
    assert not steps_done(path).any()
    with pytest.raises(InputError, match="run reconstruct first"):
        open_reconstruction(tmp_path / "nowhere.zarr")


def test_netcdf_is_the_same_field_and_keeps_the_conventions(grid: Grid, tmp_path: Path):
    source = written(tmp_path / "field.zarr", grid)
    path = tmp_path / "field.nc"
    to_netcdf(source, path)
    with xr.open_dataset(path) as data:
        check_reconstruction(data)
        same = open_reconstruction(source).load()
        xr.testing.assert_equal(open_reconstruction(path).load(), same)
        assert all(data[name].equals(same[name].reset_coords(drop=True)) for name in data.variables)
        assert all(data.attrs[name] for name in ACDD)
        assert (data.attrs["license"], data.attrs["references"]) == ("open", "A paper, 2024")
        assert data.attrs["creator_name"] == f"oxygen-recon {version('oxygen-recon')}"
    keeps_the_conventions(path)


def test_a_damaged_reconstruction_is_noticed(grid: Grid, tmp_path: Path):
    data = open_reconstruction(written(tmp_path / "field.zarr", grid)).load()
    for name, change, message in (
        ("oxygen", lambda v: v.where(v != 103), "not finite exactly"),
        ("oxygen", lambda v: v.fillna(0), "not finite exactly"),
        ("oxygen_standard_error", lambda v: v * 0, "not positive"),
        ("oxygen", lambda v: v.transpose("depth", ...), "dimensions or units"),
    ):
        damaged = data.copy()
        damaged[name] = change(data[name]).assign_attrs(data[name].attrs)
        with pytest.raises(InputError, match=message):
            check_reconstruction(damaged)
    with pytest.raises(InputError, match="time_bnds"):
        check_reconstruction(data.drop_vars("time_bnds"))
    with pytest.raises(InputError, match="attribute commit"):
        check_reconstruction(data.drop_attrs(deep=False).assign_attrs(experiment_hash="e", catalogue_hash="c"))
