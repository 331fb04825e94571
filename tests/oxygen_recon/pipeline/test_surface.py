"""Satellite products of the sea surface beside covariates from casts, in a whole run in small."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from oxygen_recon.dataset import delivered, store
from oxygen_recon.fields import reconstruction as fields
from oxygen_recon.models.baselines.predictors import predictors
from oxygen_recon.models.graph.features import NodeFeatures
from oxygen_recon.pipeline.api import run
from oxygen_recon.pipeline.citations import cite
from oxygen_recon.pipeline.experiment import Experiment
from qc.errors import InputError
from tests.support.small_run import SMALL

NAMES = ("temperature", "salinity", "sea_surface_height")
BEGINS = 1998


def altimetry(folder, first: str = f"{BEGINS}-01", months: int = 84):
    """Monthly heights on a grid of 5 degrees, whose value tells place and month."""
    latitude, longitude = np.arange(-87.5, 90, 5), np.arange(2.5, 360, 5)
    time = np.arange(np.datetime64(first, "M"), np.datetime64(first, "M") + months).astype("datetime64[ns]")
    value = np.arange(months)[:, None, None] / 12 + np.abs(latitude)[:, None] + 0 * longitude
    axes = {"time": time + np.timedelta64(14, "D"), "latitude": latitude, "longitude": longitude}
    xr.Dataset({"adt": (tuple(axes), value, {"units": "m"})}, axes).to_netcdf(folder / "adt.nc")
    return folder / "adt.nc"


def experiment(path, **covariates) -> Experiment:
    settings = yaml.safe_load(SMALL) | {"name": "surface", "baselines": [{"kind": "extra_trees", "trees": 10}]}
    del settings["climate_models"]
    surface = {"paths": [str(path)], "names": ["sea_surface_height"]}
    settings["covariates"] = {"kind": "observed", "names": ["temperature", "salinity"], "surface": surface} | covariates
    return Experiment.model_validate(settings)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of the finished run."""
    made = tmp_path_factory.mktemp("surface")
    return run(experiment(altimetry(made)), work=made, to="validate").folder


def test_every_level_has_the_value_of_its_surface_and_none_before_the_satellite(finished) -> None:
    domain = store.load_domain(finished.grid, NAMES[2:])
    height = domain.covariates[..., 0]
    before = domain.years < BEGINS
    assert before.sum() == 8 and np.isnan(height[before]).all() and np.isfinite(height[~before]).all()
    year = np.floor(domain.years[~before])[:, None] - BEGINS
    expected = year + 5.5 / 12 + np.abs(domain.latitude)  # the mean of its months
    away = np.abs(domain.latitude) > 7.5  # elsewhere the mean over a cell is that at its centre
    np.testing.assert_allclose(height[~before][:, away], expected[:, away], rtol=1e-5)
    with xr.open_dataset(finished.cube) as cube:
        assert set(NAMES) <= set(cube) and cube["sea_surface_height"].attrs["units"] == "m"


def test_it_is_the_same_whichever_casts_are_hidden_and_every_method_knows_where_it_is_missing(finished) -> None:
    places = store.load_domain(finished.grid, NAMES[2:])
    domain = delivered.load(places, NAMES[:2], finished.covariates, finished.of_fold(0))
    assert domain.names == NAMES and domain.without is not None and domain.without.shape[-1] == 2
    subset, step = np.argwhere(np.asarray(domain.row) >= 0)[-1]
    cell = np.arange(domain.cells)
    with_all, without = (
        domain.at(cell, np.full(cell.size, step), None if one is None else np.full(cell.size, one))
        for one in (None, subset)
    )
    np.testing.assert_array_equal(with_all[:, 2], without[:, 2])
    assert (with_all[:, :2] != without[:, :2]).any()
    assert domain.gaps[2]
    before, after = (predictors(domain, cell, np.full(cell.size, at)) for at in (0, domain.steps - 1))
    indicator = np.flatnonzero((before == 0).all(axis=0) & (after == 1).all(axis=0))
    assert indicator.size == 1, "a column of trees that is 1 where the height is known"
    features = NodeFeatures(domain, store.load_samples(finished.grid)[0])
    column = features.names.index("sea_surface_height_known")
    known = [features.inputs(cell, np.full(cell.size, at))[:, column] for at in (0, domain.steps - 1)]
    assert (known[0] == 0).all() and (known[1] == 1).all(), "and a feature of the network"


def test_the_run_is_scored_and_reconstructed(finished) -> None:
    skill = pd.read_csv(finished.skill).query("layer == 'all' and split == 'held out'").set_index("method")
    assert {"oxygenerator", "extra_trees"} <= set(skill.index) and (skill["RMSE"] < 60).all()
    with fields.open_reconstruction(finished.reconstruction) as field:
        fields.check_reconstruction(field)


def test_it_goes_with_any_kind_and_with_its_own_faults(tmp_path) -> None:
    path = altimetry(tmp_path)
    assert experiment(path, kind="mapped").covariates.channels[-1] == "sea_surface_height"
    assert experiment(path, kind="product").covariates.gridded == NAMES
    assert experiment(path, mode="at_casts").covariates.channels == NAMES
    assert "adt.nc" in cite(experiment(path))
    for surface, said in (
        ({"names": ["sea_surface_height"]}, "no product of the sea surface; name entries of the catalogue, or paths"),
        ({"paths": ["a.nc"], "names": ["chlorophyll"]}, "sea_surface_height"),
        ({"paths": ["a.nc"], "names": []}, "at least 1 item"),
    ):
        with pytest.raises(ValueError, match=said):
            experiment(path, surface=surface)
    with pytest.raises(ValueError, match="sea_surface_height both in names and in surface"):
        experiment(path, kind="product", paths=["b.nc"], names=["sea_surface_height"])
    with pytest.raises(InputError, match=r"no sea_surface_temperature in .*adt\.nc"):
        run(experiment(path, surface={"paths": [str(path)]}), work=tmp_path, to="grid")
