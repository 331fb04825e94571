"""A run whose temperature and salinity are mapped from all casts."""

import re

import numpy as np
import pytest
import xarray as xr

import oxygen_recon as ox
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.setup.check import check
from oxygen_recon.pipeline.stages.covariates import CovariatesTask
from oxygen_recon.pipeline.tasks.run_data import RunData
from tests.support.compliance import cdo_reads, keeps_the_conventions
from tests.support.small_run import SMALL, before_reconstruction, folder_of

MAPPED = re.sub(r"(?m)^covariates: .*$", "covariates: {kind: mapped, names: [temperature, salinity]}", SMALL)
NAMES = ("temperature", "salinity", "temperature_error", "salinity_error")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("experiment") / "mapped.yaml"
    path.write_text(MAPPED)
    return path


@pytest.fixture(scope="module")
def folder(path, tmp_path_factory):
    return RunFolder(folder_of(path, tmp_path_factory.mktemp("work")))


def test_a_run_with_maps_ends_with_its_page_and_its_maps(path, folder, capsys):
    page = folder.page.read_text()
    assert "delivered: covariates as the field has them when the casts' group is not there" in page.replace(
        "&#39;", "'"
    )
    assert "maps of all casts; of cells and steps, temperature is known better than from its climatology in" in page
    with xr.open_dataset(folder.covariates_netcdf) as maps:
        assert set(NAMES) <= set(maps.variables)
        assert maps["temperature_error"].attrs["standard_name"] == "sea_water_temperature standard_error"
        assert float(maps["temperature_error"].min()) > 0
    data = RunData(folder, "any", Experiment.from_yaml(path))
    for fold in (None, 0, 1):
        domain = data.domain_without(fold)
        assert domain.names == NAMES and np.isfinite(domain.covariates).all()
        own = data.samples.take(data.fold != fold) if fold is not None else data.samples
        assert np.isfinite(domain.at(own.cell, own.step, own.subset)).all()
        level, row = np.nonzero((columns := domain.cell_of[domain.column[own.cell]].T) >= 0)
        subset = None if own.subset is None else own.subset[row]
        assert np.isfinite(domain.at(columns[level, row], own.step[row], subset)).all(), "the whole water column"


def test_the_file_of_maps_is_read_by_others(folder, tmp_path):
    copy = tmp_path / "field.nc"
    copy.write_bytes(folder.covariates_netcdf.read_bytes())
    keeps_the_conventions(copy, acdd=False)
    cdo_reads(copy, NAMES)


def test_maps_of_a_fold_that_are_gone_are_made_again_the_same(path, folder):
    data = RunData(folder, "once more", Experiment.from_yaml(path))
    task, home = CovariatesTask(data), folder.covariates
    assert task.pending() == []
    before = {name: np.load(home / name) for name in ("fold1.npy", "fold1_without.npy", "fold1_row.npy")}
    (home / "fold1.npy").unlink()
    assert task.pending() == [1]
    task(1)
    for name, values in before.items():
        np.testing.assert_array_equal(np.load(home / name), values)


def test_with_oxygen_hidden_only_all_folds_have_the_same_covariates(tmp_path):
    path = tmp_path / "known.yaml"
    path.write_text(MAPPED.replace("n: 2}", "n: 2, hide: oxygen}"))
    folder, experiment = RunFolder(folder_of(path, tmp_path / "work", to="covariates")), Experiment.from_yaml(path)
    data = RunData(folder, "known", experiment)
    np.testing.assert_array_equal(data.domain_without(0).covariates, data.domain_without(None).covariates)
    assert (data.samples.subset < 0).all() if data.samples.subset is not None else True
    assert experiment.scored_with.startswith("oxygen hidden")
    said = check(experiment, work=tmp_path / "other")
    assert "2 folds by cruise, of which all but oxygen is known" in said and ", ".join(NAMES) in said


def test_estimates_of_the_trained_models_are_those_of_the_reconstruction(folder, tmp_path):
    read, computed = (
        ox.open_run(home).predict(period=(1996, 1997))
        for home in (folder.root, before_reconstruction(folder.root, tmp_path))
    )
    for name in ("oxygen", "oxygen_standard_error"):
        np.testing.assert_allclose(computed[name], read[name], rtol=1e-5)
