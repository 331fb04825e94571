import os
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from oxygen_recon.fields import grids, regrid
from oxygen_recon.sources import archives
from oxygen_recon.sources import field as field_source
from qc.errors import InputError
from qc.physics import bathymetry


def relief(land):
    """A one-degree relief, longitudes 0.5 ... 359.5, that is land where the mask says so."""
    latitude, longitude = np.arange(-89.5, 90), np.arange(0.5, 360)
    height = np.where(land(latitude[:, None], longitude[None, :]), 10.0, -4000.0)
    return xr.DataArray(height, {"y": latitude, "x": longitude}, ("y", "x"))


def test_only_what_has_land_all_around_is_on_land():
    island = relief(lambda lat, lon: (np.abs(lat) < 5) & (np.abs(lon - 180) < 5))
    latitude = np.array([0.0, 0.0, 0.0, 4.4, 60.0, np.nan, 0.0])
    longitude = np.array([180.0, -180.0, 184.4, 180.0, 180.0, 180.0, np.nan])
    found = bathymetry.on_land(island, latitude, longitude)
    assert found.tolist() == [True, True, False, False, False, False, False]


def test_land_is_found_across_the_seam_of_the_relief():
    greenwich = relief(lambda lat, lon: (lon < 10) | (lon > 350) & (np.abs(lat) < 90))
    assert bathymetry.on_land(greenwich, np.zeros(3), np.array([0.0, -0.4, 359.9])).all()


def field(tmp_path):
    rng = np.random.default_rng(0)
    wet = rng.random((4, 10, 20)) < 0.8
    observed = np.where(wet & (rng.random(wet.shape) < 0.5), 1.0, np.nan)
    data = xr.Dataset(
        {name: (("depth", "lat", "lon"), values) for name, values in (
            ("wet", wet.astype(np.int8)), ("truth", rng.random(wet.shape) * 300), ("seen", observed))},
        {"depth": [10.0, 50, 200, 1000], "lat": np.linspace(-81, 81, 10), "lon": np.arange(9.0, 369, 18)},
    )  # fmt: skip
    path = tmp_path / "field.nc"
    data.to_netcdf(path)
    return path


def test_shown_cells_are_whole_observed_columns_at_their_true_value(tmp_path):
    data = regrid.open_field(field(tmp_path), ["truth", "seen"])
    table = field_source.casts(data, "truth", "seen", 0.4, 0, "made", 2009).to_pandas()
    kept = field_source.shown_columns(data["seen"], 0.4, 0)
    rule = np.random.default_rng(0).random((10, 20)) < 0.4
    assert np.array_equal(kept, rule & np.isfinite(data["seen"].to_numpy()).any(axis=0))
    assert len(table) == int((np.isfinite(data["seen"].to_numpy()) & kept & (data["wet"].to_numpy() == 1)).sum())
    row = table.iloc[5]
    true = data["truth"].sel(depth=row.depth, lat=row.latitude, lon=row.longitude % 360, method="nearest")
    assert row.oxygen_original == pytest.approx(float(true)) and row.oxygen == pytest.approx(float(true) / 1.025)
    assert ((table.longitude >= -180) & (table.longitude < 180)).all()


def test_the_grid_of_a_field_is_its_own(tmp_path):
    data = regrid.open_field(field(tmp_path), ["truth"])
    grid = grids.grid_of(data)
    assert np.allclose(grid.latitude, data["lat"]) and np.allclose(grid.longitude, data["lon"])
    assert grid.depth_edges[0] == 0 and np.array_equal(grid.wet, data["wet"].to_numpy() == 1)


def test_a_field_without_its_variable_is_a_mistake_in_one_line(tmp_path):
    with pytest.raises(InputError, match="no variable absent") as caught:
        regrid.open_field(field(tmp_path), ["absent"])
    assert "\n" not in str(caught.value)
    broken = tmp_path / "broken.nc"
    broken.write_bytes(b"CDF\x01" + bytes(20))
    with pytest.raises(InputError, match=r"broken\.nc"):
        regrid.open_field(broken, ["truth"])


def test_a_relief_of_the_same_name_is_opened_anew(tmp_path):
    ground, equator = bathymetry.Relief(tmp_path / "relief.nc"), (np.zeros(1), np.array([100.0]))
    for dry in (True, False):
        made = relief(lambda lat, lon, dry=dry: (np.abs(lat) < 95) & (lon < 400) & dry)
        made.rename("relief").to_netcdf(tmp_path / "new.nc")
        os.utime(tmp_path / "new.nc", ns=(int(dry), int(dry)))
        (tmp_path / "new.nc").replace(ground.path)
        assert ground.is_land(*equator).item() is dry


def test_another_year_or_another_field_is_another_source(tmp_path, monkeypatch):
    path = field(tmp_path)
    monkeypatch.setattr(field_source.FieldSource, "_path", lambda self: path)

    def identity(year):
        return field_source.FieldSource(SimpleNamespace(start=year), SimpleNamespace(entry="made"), path)

    first = identity(2009).identity()
    assert first == identity(2009).identity() != identity(2010).identity()
    os.utime(path, ns=(1, 1))
    assert first != identity(2009).identity()


def test_a_changed_climate_model_is_scored_again(tmp_path):
    from oxygen_recon.pipeline.stages import Road

    model = tmp_path / "o2_model.nc"
    model.write_text("one")
    shown = SimpleNamespace(climate_model="o2_*.nc", source=None)
    road = Road(shown, tmp_path)
    road.__dict__["source"] = archives.ArchiveSource(shown, None, tmp_path)
    before = road._climate_model_files()
    assert len(before) == 1 and before == road._climate_model_files()
    model.write_text("another")
    assert road._climate_model_files() != before
