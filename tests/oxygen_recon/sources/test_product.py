"""Products and backgrounds as an experiment names them."""

from pathlib import Path

import numpy as np
import pytest

from graphs.time_axis import TimeAxis
from oxygen_recon.fields.grids import make_grid
from oxygen_recon.sources.interface import SourceSettings
from oxygen_recon.sources.product import BackgroundConfig, ProductConfig
from qc.errors import InputError
from tests.oxygen_recon.sources.test_gridded import REGION, atlas

NAMED = SourceSettings("x", 0, 1990, 1991, None)
STEPS = TimeAxis.regular(1990, 1991, "year")
WOA = "woa09_glodap_2deg"


@pytest.fixture(scope="module")
def grid():
    return make_grid(REGION, wet=np.ones((3, 2, 3), bool))


def folder(tmp_path: Path) -> Path:
    atlas(tmp_path / "woa23_decav_t00_01.nc", "t", [0.0, 300.0], 11.0)
    atlas(tmp_path / "woa23_decav_s00_01.nc", "s", [0.0, 300.0], 35.0, "1")
    atlas(tmp_path / "woa23_all_o00_01.nc", "o", [0.0, 300.0], 205.0, "micromoles_per_kilogram")
    return tmp_path


def test_each_covariate_is_read_from_the_file_that_has_it(tmp_path, grid) -> None:
    values, lines = ProductConfig(paths=[folder(tmp_path)]).read(("salinity", "temperature"), grid, STEPS, None, NAMED)
    np.testing.assert_allclose(values[..., 0], 35.0)
    np.testing.assert_allclose(values[..., 1], 11.0)
    assert [line.split(": ", 1)[0] for line in lines] == [f"{tmp_path}, salinity", f"{tmp_path}, temperature"]
    with pytest.raises(InputError, match=r"x: no nitrate in .*; name a product that has it, or leave it out"):
        ProductConfig(paths=[tmp_path]).read(("nitrate",), grid, STEPS, None, NAMED)


def test_the_first_product_that_has_a_quantity_gives_all_of_it(tmp_path, grid, data_root) -> None:
    """Two products are never mixed in one covariate: their difference would look like a change of the ocean."""
    atlas(tmp_path / "warm.nc", "t", [0.0, 300.0], 30.0, time=0.0)
    config = ProductConfig(entries=[WOA], paths=[tmp_path / "warm.nc"], climatology=True)
    values, lines = config.read(("temperature",), grid, STEPS, data_root, NAMED)
    assert lines[0].startswith(f"{WOA}, temperature") and values.max() < 29.9
    assert len(config.identity(data_root, NAMED)) == 2
    for path in ("nowhere", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(InputError, match=r"no such file or folder|no gridded file in it"):
            ProductConfig(paths=[path]).products(None, NAMED)
    with pytest.raises(InputError, match="this experiment reads archives"):
        config.products(None, NAMED)


def test_a_background_is_named_by_a_word_a_path_or_a_mapping(tmp_path, grid, data_root) -> None:
    assert BackgroundConfig.model_validate("woa23_oxygen").entry == "woa23_oxygen"
    assert BackgroundConfig.model_validate("fields/o2.nc").path == Path("fields/o2.nc")
    assert BackgroundConfig.model_validate("o2.nc").path == Path("o2.nc")
    named = BackgroundConfig.model_validate({"entry": WOA, "variable": "oxygen_sigma0"})
    assert named.title == f"{WOA}, variable oxygen_sigma0"
    values, coverage = named.read(grid, STEPS, data_root, NAMED)
    assert np.isfinite(values).all() and coverage.values == 1 and 90 < values.min() < values.max() < 260
    for wrong in ({}, {"entry": "a", "path": "b"}, 5):
        with pytest.raises(ValueError):
            BackgroundConfig.model_validate(wrong)
    mean, _ = BackgroundConfig.model_validate(str(folder(tmp_path))).read(grid, STEPS, None, NAMED)
    np.testing.assert_allclose(mean, 205.0)


def test_a_background_that_lacks_steps_is_refused(tmp_path, grid) -> None:
    (tmp_path / "months").mkdir()
    for month in range(12):  # of 1990
        atlas(tmp_path / "months" / f"{month}.nc", "o", [0.0, 300.0], 205.0, "umol/kg", time=12 * 35 + month + 0.5)
    with pytest.raises(InputError, match=r"a background needs every step, oxygen: 100.0 % of the cells and 50.0 %"):
        BackgroundConfig(path=tmp_path / "months").read(grid, STEPS, None, NAMED)
    atlas(tmp_path / "dated.nc", "o", [0.0, 300.0], 205.0, "umol/kg", time=12 * 35 + 5.0)  # one month is no year
    with pytest.raises(InputError, match=r"it covers too little, oxygen: .* write climatology: true"):
        BackgroundConfig(path=tmp_path / "dated.nc").read(grid, STEPS, None, NAMED)
    values, _ = BackgroundConfig(path=tmp_path / "dated.nc", climatology=True).read(grid, STEPS, None, NAMED)
    np.testing.assert_allclose(values, 205.0)


def test_a_background_that_is_fitted_has_no_files() -> None:
    fitted = BackgroundConfig.model_validate("fitted")
    assert fitted.fitted and fitted.files(None, NAMED) == [] and fitted.title == "fitted to the observations"
    with pytest.raises(ValueError, match="either an entry or a path, or let it be fitted"):
        BackgroundConfig.model_validate({"fitted": True, "entry": WOA})
    with pytest.raises(ValueError, match="belong to files"):
        BackgroundConfig.model_validate({"fitted": True, "variable": "o2"})
