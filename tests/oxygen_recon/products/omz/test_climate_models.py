"""Climate models on their own grids: known volumes come back by real cell areas, repeated cells count once."""

import numpy as np
import pytest
import xarray as xr

from graphs.sphere import EARTH_RADIUS_KM
from oxygen_recon.fields.cmip6.models import open_models
from oxygen_recon.products.omz.climate_models import native_series
from qc.errors import InputError
from tests.support.climate_model_files import regular
from tests.support.climate_model_files import write as write_model
from tests.support.woa_model import Atlas, write


def areas_of(latitude: np.ndarray, step: float) -> np.ndarray:
    """Areas of cells of a regular grid, m2."""
    band = np.sin(np.radians(latitude + step / 2)) - np.sin(np.radians(latitude - step / 2))
    return (1000 * EARTH_RADIUS_KM) ** 2 * np.radians(step) * band


def areacello(path, values: np.ndarray) -> None:
    xr.Dataset({"areacello": (("j", "i"), values, {"units": "m2"})}).to_netcdf(path)


def test_volumes_below_thresholds_are_those_of_the_cells(tmp_path):
    latitude, longitude, land = regular(4.0)

    def law(north, east, depth, year) -> np.ndarray:
        return np.where(depth == 100, 0.01, 0.2) + 0 * (north + east + year)

    oxygen = write_model(tmp_path / "o2_Oyr_TOY.nc", [2000, 2001], latitude, longitude, land, law=law, floor=False)
    (model,) = open_models([oxygen])
    with pytest.raises(InputError, match="no file of its cell areas or volumes"):
        native_series(model, [20.0])
    area = areas_of(latitude, 4.0)
    areacello(tmp_path / "areacello_Ofx_TOY_historical.nc", area)
    found = native_series(model, [5.0, 20.0])
    expected = 497.5 * area[~land].sum()  # from 52.5 to 550 m
    np.testing.assert_allclose(found["omz_volume"], [[0.0, expected]] * 2, rtol=1e-6)
    np.testing.assert_allclose(found["volume"], 1450.0 * area[~land].sum(), rtol=1e-6)
    volume = np.where(land, np.nan, area) * np.array([10.0, 20.0, 30.0])[:, None, None]
    xr.Dataset({"volcello": (("lev", "j", "i"), volume, {"units": "m3"})}).to_netcdf(tmp_path / "own.nc")
    own = native_series(model, [20.0], volume=tmp_path / "own.nc")
    np.testing.assert_allclose(own["omz_volume"][0], 20.0 * area[~land].sum(), rtol=1e-6)


def test_repeated_columns_count_once(tmp_path):
    latitude, longitude, land = (np.concatenate([one, one[:, :2]], axis=1) for one in regular(4.0))
    (model,) = open_models([write_model(tmp_path / "o2.nc", [2000], latitude, longitude, land, floor=False)])
    areacello(tmp_path / "halo.nc", areas_of(latitude, 4.0))
    once = areas_of(latitude, 4.0)[:, :-2][~land[:, :-2]].sum()
    assert native_series(model, [5.0], tmp_path / "halo.nc")["volume"].item() == pytest.approx(1450.0 * once, rel=1e-6)
    areacello(tmp_path / "wrong.nc", areas_of(latitude, 4.0)[:, :-1])
    with pytest.raises(InputError, match="its cells are"):
        native_series(model, [5.0], tmp_path / "wrong.nc")


def test_the_volumes_of_the_atlas_come_back_on_a_real_grid_with_its_real_areas(data_root, tmp_path):
    atlas, name = Atlas(data_root), "areacello_Ofx_GFDL-ESM4_historical_r1i1p1f1_gn.nc"
    with xr.open_dataset(data_root / "gridded/curvilinear" / name) as file:
        header = file.load().expand_dims(time=[0.5]).drop_vars(["lat_bnds", "lon_bnds"])
    header["time"].attrs = {"units": "days since 1850-01-01", "calendar": "noleap"}
    oxygen = write(tmp_path / "o2.nc", atlas, header, "areacello", atlas.depth)
    (model,) = open_models([oxygen])
    limits = np.array([20.0, 60.0, 120.0])  # mmol m-3
    found = native_series(model, limits / 1.025, area=data_root / "gridded/curvilinear" / name)
    # Volumes of the atlas on its own grid, 10^6 km3; land and half a degree of this grid differ from its two degrees.
    np.testing.assert_allclose(found["omz_volume"][0] / 1e15, [16.51, 82.31, 271.03], rtol=0.05)
    assert found["volume"].item() / 1e18 == pytest.approx(1.3218, rel=0.03)
