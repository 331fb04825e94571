"""World Ocean Atlas oxygen on the grids and in the layouts of real climate models comes back at real casts."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from oxygen_recon.fields.cmip6.models import ClimateModel, open_models
from tests.support.climate_model_files import sample
from tests.support.woa_model import Atlas, casts, write, years_of

GRIDS = {  # file, calendar of its header, depths in centimetres
    "POP": ("tos_Omon_CESM2-FV2_historical_r1i1p1f1_gn_200001.nc", "noleap", True),
    "tripolar with halo": ("tos_Omon_CNRM-CM6-1_ssp245_r1i1p1f2_gn_201501.nc", "standard", False),
    "tripolar": ("tos_Omon_FGOALS-f3-L_ssp126_r1i1p1f1_gn_201501.nc", "noleap", False),
}
LAYOUTS = {  # file, name, first year, levels
    "co3_Omon_CNRM-ESM2-1_1pctCO2_r2i1p1f2_gn_195001-199912.nc": ("CNRM-ESM2-1 r2i1p1f2", 1950, 2),
    "co3_Omon_IPSL-CM6A-LR_piControl_r1i1p1f1_gn_225001-234912.nc": ("IPSL-CM6A-LR r1i1p1f1", 2250, 2),
    "co3_Oyr_CESM1-BGC_esmControl_r1i1p1_0701-0800.nc": ("CESM1-BGC r1i1p1", 701, 60),
    "co3_Oyr_HadGEM2-ES_esmControl_r1i1p1_2078-2100.nc": ("HadGEM2-ES r1i1p1", 2078, 40),
    "co3_Oyr_IPSL-CM5A-LR_esmControl_r1i1p1_2050-2099.nc": ("IPSL-CM5A-LR r1i1p1", 2050, 31),
    "co3_Oyr_MPI-ESM-LR_esmControl_r1i1p1_2800-2849.nc": ("MPI-ESM-LR r1i1p1", 2800, 40),
}


@pytest.fixture(scope="module")
def atlas(data_root: Path) -> Atlas:
    return Atlas(data_root)


def errors(model: ClimateModel, atlas: Atlas, data_root: Path) -> tuple[np.ndarray, float]:
    """Model minus atlas at 3,000 real casts, umol kg-1, and the share of casts at sea that have a value."""
    latitude, longitude = casts(data_root, 3000)
    depth = np.random.default_rng(0).uniform(5.0, 1800.0, latitude.size)
    known = atlas.at(depth, latitude, longitude, inland=0.99) / 1.025
    found = sample(model, latitude, longitude, depth, np.full(latitude.size, model.years[0]))
    sea = np.isfinite(known)
    assert sea.sum() > 2000
    return (found - known)[sea & np.isfinite(found)], float(np.isfinite(found[sea]).mean())


@pytest.mark.parametrize("kind", GRIDS)
def test_the_atlas_on_a_curvilinear_grid_comes_back_at_real_casts(
    data_root: Path, tmp_path: Path, atlas: Atlas, kind: str
) -> None:
    name, calendar, centimetres = GRIDS[kind]
    with xr.open_dataset(data_root / "gridded/curvilinear" / name, decode_cf=False) as file:
        header = years_of(file.load(), 2)
    path = write(
        tmp_path / name.replace("tos", "o2"), atlas, header, "tos", atlas.depth, 0.001, centimetres=centimetres
    )
    (model,) = open_models([path])
    parts = name.split("_")
    assert model.name == f"{parts[2]} {parts[4]}" and model.run.experiment == parts[3]
    assert model.oxygen[0][0].values["time"].to_numpy()[0].calendar in (calendar, "gregorian", "proleptic_gregorian")
    np.testing.assert_allclose(model.depth, atlas.depth)
    error, share = errors(model, atlas, data_root)
    assert share > 0.99 and abs(error.mean()) < 0.05 and np.sqrt(np.mean(error**2)) < 1.0
    later = sample(model, *casts(data_root, 200), np.full(200, 400.0), np.full(200, model.years[1]))
    now = sample(model, *casts(data_root, 200), np.full(200, 400.0), np.full(200, model.years[0]))
    np.testing.assert_allclose((later - now)[np.isfinite(now)], 1000 / 1025, atol=1e-3)


def test_the_atlas_on_a_grid_of_two_poles_comes_back_at_real_casts(
    data_root: Path, tmp_path: Path, atlas: Atlas
) -> None:
    """The grid of GFDL-ESM4, of which the collection holds the cell areas: half a degree, bipolar north of 65 N."""
    with xr.open_dataset(data_root / "gridded/curvilinear/areacello_Ofx_GFDL-ESM4_historical_r1i1p1f1_gn.nc") as file:
        header = file.load().expand_dims(time=[0.5, 365.5])
    header = header.drop_vars(["lat_bnds", "lon_bnds"])
    header["time"].attrs = {"units": "days since 1850-01-01", "calendar": "noleap"}
    path = write(
        tmp_path / "o2_Oyr_GFDL-ESM4_historical_r1i1p1f1_gn_185001-185112.nc", atlas, header, "areacello", atlas.depth
    )
    (model,) = open_models([path])
    assert model.name == "GFDL-ESM4 r1i1p1f1" and model.years.astype(int).tolist() == [1850, 1851]
    error, share = errors(model, atlas, data_root)
    assert share > 0.99 and abs(error.mean()) < 0.05 and np.sqrt(np.mean(error**2)) < 1.0


def test_the_atlas_on_an_unstructured_mesh_comes_back_at_real_casts(
    data_root: Path, tmp_path: Path, atlas: Atlas
) -> None:
    """FESOM: nodes without order, their places in another file, land and sea floor exactly 0, seconds as time."""
    fesom = data_root / "gridded/climate_models/fesom"
    shutil.copy(fesom / "fesom.mesh.diag.nc", tmp_path)
    with (
        xr.open_dataset(fesom / "temp.fesom.1948.nc", decode_cf=False) as file,
        xr.open_dataset(fesom / "fesom.mesh.diag.nc", decode_cf=False) as mesh,
    ):
        path = write(tmp_path / "o2.fesom.1948.nc", atlas, file.load(), "temp", grid=mesh.load(), land_is_zero=True)
    (model,) = open_models([path])
    assert model.latitude.shape == (3140,) and model.name == "o2.fesom" and int(model.years[0]) == 1948
    assert np.isnan(model.field(0)).mean() > 0.2
    error, share = errors(model, atlas, data_root)
    # Nodes some 300 km apart do not hold what the atlas has on 200 km, least beside land.
    assert share > 0.95 and abs(error.mean()) < 1.0 and np.quantile(np.abs(error), 0.95) < 7.0


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_of_real_headers_are_read(data_root: Path, tmp_path: Path, atlas: Atlas, name: str) -> None:
    with xr.open_dataset(data_root / "gridded/climate_models/layouts" / name, decode_cf=False) as file:
        header = file.load()
    path = write(tmp_path / name.replace("co3", "o2"), atlas, header, "co3")
    (model,) = open_models([path])
    title, year, levels = LAYOUTS[name]
    assert model.name == title and int(model.years[0]) == year and model.depth.size == levels
    stored = model.field(0)
    known = atlas.at(model.depth[:, None, None], model.latitude, model.longitude) / 1.025
    np.testing.assert_allclose(stored, known, rtol=1e-6)  # land too
