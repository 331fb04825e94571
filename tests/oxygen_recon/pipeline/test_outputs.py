"""Every netCDF file of a run keeps the conventions, and CDO reads all of its variables."""

import subprocess

import numpy as np
import pytest
import xarray as xr

import oxygen_recon as ox
from oxygen_recon.pipeline.run_folder import RunFolder
from tests.support.compliance import cdo_reads, keeps_the_conventions

FILES = {
    "reconstruct/oxygen.nc": ["oxygen", "oxygen_standard_error", "observation_count"],
    "grid/cube.nc": ["oxygen", "oxygen_count", "temperature"],
    "omz/omz.nc": ["omz_area", "omz_volume", "omz_area_members_low", "missing_percent"],
    "omz/truth.nc": ["omz_area", "omz_volume"],
    "omz/inventory.nc": ["inventory", "mean", "inventory_members_high"],
    "validate/fields/TWIN-ESM_r1i1p1f1.nc": ["oxygen"],
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_a_run_is_read_by_others(name, undisturbed, tmp_path):
    path = undisturbed / name
    keeps_the_conventions(path, acdd=False)
    copy = tmp_path / path.name  # what CDO makes of it lies beside it
    copy.write_bytes(path.read_bytes())
    cdo_reads(copy, FILES[name])


def test_no_file_of_a_run_is_left_out_of_these_tests(undisturbed):
    made = {path.relative_to(undisturbed).as_posix() for path in undisturbed.rglob("*.nc")}
    assert {name for name in made if not name.startswith(("source/", "ingest/", "qc/"))} == set(FILES)


def test_products_of_any_field_are_read_by_others(undisturbed, tmp_path):
    field = undisturbed / "reconstruct/oxygen.nc"
    ox.export_inventory(field, tmp_path / "inventory.nc")
    ox.export_columns(field, 60.0, tmp_path / "columns.nc")
    for name, variables in (("inventory", ["inventory", "mean"]), ("columns", ["thickness", "core_oxygen"])):
        keeps_the_conventions(tmp_path / f"{name}.nc", acdd=False)
        cdo_reads(tmp_path / f"{name}.nc", variables)


def test_cdo_weighs_the_field_by_the_areas_of_its_cells(undisturbed, tmp_path):
    copy = tmp_path / "oxygen.nc"
    copy.write_bytes((undisturbed / "reconstruct/oxygen.nc").read_bytes())
    cdo_reads(copy, ["oxygen"])
    with xr.open_dataset(copy) as data, xr.open_dataset(tmp_path / "oxygen_mean.nc") as mean:
        known = data["oxygen"].weighted(data["cell_area"]).mean(("latitude", "longitude"))
        # CDO's cells of 15 degrees have great circles as sides, not parallels
        np.testing.assert_allclose(mean["oxygen"].squeeze(), known, rtol=2e-3)
        plain = data["oxygen"].mean(("latitude", "longitude"))
        assert np.abs(mean["oxygen"].squeeze() / known - 1).max() < 0.2 * np.abs(plain / known - 1).max()
    area = subprocess.run(["cdo", "-s", "output", "-gridarea", str(copy)], capture_output=True, text=True, timeout=600)
    with xr.open_dataset(copy) as data:
        ours = float(data["cell_area"].sum())
        assert data.attrs["time_coverage_resolution"] == "P1Y" and data.attrs["time_coverage_duration"] == "P15Y"
    assert np.array(area.stdout.split(), float).sum() == pytest.approx(ours, rel=0.01)


def test_the_series_zarr_is_the_reconstruction_in_other_pieces(undisturbed):
    folder = RunFolder(undisturbed)
    with xr.open_zarr(folder.series) as series, xr.open_zarr(folder.reconstruction) as maps:
        for name in ("oxygen", "oxygen_standard_error", "wet"):
            np.testing.assert_array_equal(series[name], maps[name])
        assert series["oxygen"].chunks[0] == (15,) and series["oxygen"].chunks[1] == (5,)
