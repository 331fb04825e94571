import os
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from oxygen_recon.fields import grids, regrid
from oxygen_recon.sources.field import FieldSource, FieldSourceConfig, casts, sampled_columns
from oxygen_recon.sources.interface import SourceSettings
from qc.errors import InputError


def field(tmp_path):
    rng = np.random.default_rng(0)
    wet = rng.random((4, 10, 20)) < 0.8
    observed = np.where(wet & (rng.random(wet.shape) < 0.5), 1.0, np.nan)
    data = xr.Dataset(
        {name: (("depth", "lat", "lon"), values) for name, values in (
            ("wet", wet.astype(np.int8)), ("truth", rng.random(wet.shape) * 300), ("observed", observed))},
        {"depth": [10.0, 50, 200, 1000], "lat": np.linspace(-81, 81, 10), "lon": np.arange(9.0, 369, 18)},
    )  # fmt: skip
    path = tmp_path / "field.nc"
    data.to_netcdf(path)
    return path


def test_sampled_cells_are_whole_observed_columns_at_their_true_value(tmp_path):
    data = regrid.open_field(field(tmp_path), ["truth", "observed"])
    table = casts(data, "truth", "observed", 0.4, 0, "made", 2009).to_pandas()
    kept = sampled_columns(data["observed"], 0.4, 0)
    rule = np.random.default_rng(0).random((10, 20)) < 0.4
    assert np.array_equal(kept, rule & np.isfinite(data["observed"].to_numpy()).any(axis=0))
    assert len(table) == int((np.isfinite(data["observed"].to_numpy()) & kept & (data["wet"].to_numpy() == 1)).sum())
    row = table.iloc[5]
    true = data["truth"].sel(depth=row.depth, lat=row.latitude, lon=row.longitude % 360, method="nearest")
    assert row.oxygen_original == pytest.approx(float(true)) and row.oxygen == pytest.approx(float(true) / 1.025)
    assert ((table.longitude >= -180) & (table.longitude < 180)).all()


def test_the_grid_of_a_field_is_its_own(tmp_path):
    data = regrid.open_field(field(tmp_path), ["truth"])
    grid = grids.grid_of(data)
    assert np.allclose(grid.latitude, data["lat"]) and np.allclose(grid.longitude, data["lon"])
    assert grid.depth_edges[0] == 0 and np.array_equal(grid.wet, data["wet"].to_numpy() == 1)


def test_a_field_without_its_variable_is_a_fault_in_one_line(tmp_path):
    with pytest.raises(InputError, match="no variable absent") as caught:
        regrid.open_field(field(tmp_path), ["absent"])
    assert "\n" not in str(caught.value)
    broken = tmp_path / "broken.nc"
    broken.write_bytes(b"CDF\x01" + bytes(20))
    with pytest.raises(InputError, match=r"broken\.nc"):
        regrid.open_field(broken, ["truth"])


def test_another_year_or_another_field_is_another_source(tmp_path, monkeypatch):
    path = field(tmp_path)
    monkeypatch.setattr(FieldSource, "_path", lambda self: path)

    def identity(year):
        return FieldSource(SimpleNamespace(start=year), SimpleNamespace(entry="made"), path)

    first = identity(2009).identity()
    assert first == identity(2009).identity() != identity(2010).identity()
    os.utime(path, ns=(1, 1))
    assert first != identity(2009).identity()


def test_the_volumes_of_the_atlas_are_those_of_its_bounds(data_root):
    """With edges midway between its levels the ocean was 0.3 to 0.5 % too large."""
    config = FieldSourceConfig(
        kind="field", entry="woa09_glodap_2deg", truth="oxygen_mmol_m3", observed="glodapv2_oxygen", keep_columns=0.09
    )
    source = config.open(SourceSettings("static", 0, 2009, 2009, None), data_root, data_root)
    grid = source.grid()
    with xr.open_dataset(data_root / "gridded" / "woa09_2deg" / "woa09_glodap_2deg.nc") as field:
        own = field["cell_volume"].to_numpy()
    np.testing.assert_allclose(grid.gather(grid.volume).sum(), own[grid.wet].sum(), rtol=5e-5)
    np.testing.assert_allclose(grid.gather(grid.volume), own[grid.wet], rtol=2e-3)
