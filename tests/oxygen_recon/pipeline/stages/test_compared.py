"""Climate models and products of an experiment: each by its own name, with its own number of targets."""

import shutil

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from oxygen_recon.pipeline.api import run
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.run_folder import RunFolder
from qc.errors import InputError
from tests.support.climate_model_files import regular, write
from tests.support.small_run import SMALL


def experiment_with(**changes) -> Experiment:
    return Experiment.model_validate(yaml.safe_load(SMALL) | changes)


@pytest.fixture
def compared(undisturbed, tmp_path):
    """The validated run beside two members of a model, another that ends in 1999, and a product."""
    for model, member, last in (("TOY", "r1i1p1f1", 2010), ("TOY", "r2i1p1f1", 2010), ("OTHER", "r1i1p1f1", 1999)):
        attributes = {"source_id": model, "variant_label": member}
        years = list(range(1985, last + 1))
        write(tmp_path / f"o2_Oyr_{model}_{member}.nc", years, *regular(5.0), attributes=attributes)
    shutil.copytree(undisturbed, tmp_path / "work" / "small")
    truth = {"name": "the truth", "path": str(undisturbed / "source/truth/truth.nc")}
    models = ["cmip6/o2_*.nc", {"files": f"{tmp_path}/o2_*.nc"}]
    settings = experiment_with(climate_models=models, products=[truth])
    return run(settings, work=tmp_path / "work", to="validate", replace=True).folder


def test_members_models_and_products_each_appear_by_name_with_their_own_n(compared, undisturbed):
    skill = pd.read_csv(compared.skill)
    held = skill[(skill["split"] == "held out") & (skill["layer"] == "all")].set_index("method")
    others = ["OTHER r1i1p1f1", "TOY r1i1p1f1", "TOY r2i1p1f1", "TWIN-ESM r1i1p1f1", "the truth"]
    assert set(others) <= set(held.index)
    assert held.loc["TOY r1i1p1f1", "n"] == held.loc["TOY r2i1p1f1", "n"] > 1.3 * held.loc["OTHER r1i1p1f1", "n"]
    assert held.loc["the truth", "n"] == held.loc["climatology", "n"] and held["RMSE"].idxmin() == "the truth"
    left = pd.read_csv(compared.score_table("left_out")).set_index(["split", "method"])
    assert "outside its years 1985-1999" in left.loc[("held out", "OTHER r1i1p1f1"), "reason"].tolist()
    before = pd.read_csv(RunFolder(undisturbed).skill)
    mine = skill[~skill["method"].isin(set(others) - {"TWIN-ESM r1i1p1f1"})].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, before)  # the scores of a method depend on no other


def test_their_fields_lie_on_the_grid_of_the_run(compared):
    paths = sorted((compared.validate / "fields").glob("*.nc"))
    assert [path.stem for path in paths] == [
        "OTHER_r1i1p1f1", "TOY_r1i1p1f1", "TOY_r2i1p1f1", "TWIN-ESM_r1i1p1f1", "the_truth"
    ]  # fmt: skip
    with xr.open_dataset(compared.compared("OTHER r1i1p1f1")) as data, xr.open_dataset(compared.cube) as cube:
        assert data.attrs["member"] == "r1i1p1f1" and data.attrs["kind"] == "climate model"
        assert dict(data["oxygen"].sizes) == dict(cube["oxygen"].sizes)
        known = np.isfinite(data["oxygen"]).any(("depth", "latitude", "longitude"))
        assert known.to_numpy().tolist() == [True] * 10 + [False] * 5


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"climate_models": ["none/o2_*.nc"]}, "no file matches none/o2_*.nc"),
        ({"climate_models": ["/no/such/o2_*.nc"]}, "no file matches /no/such/o2_*.nc"),
        ({"climate_models": ["cmip6/areacello*.nc"]}, "no variable o2"),
        ({"climate_models": [{"files": "cmip6/o2_*.nc", "members": ["r9i1p1f1"]}]}, "no member r9i1p1f1"),
        ({"climate_models": ["cmip6/o2_*.nc", "cmip6/o2_Oyr*.nc"]}, "two methods are called TWIN-ESM r1i1p1f1"),
        ({"products": [{"name": "P", "path": "none.nc"}]}, "no such file or folder"),
    ],
)
def test_bad_files_of_others_are_refused_in_one_line(changes, said, undisturbed, tmp_path):
    shutil.copytree(undisturbed, tmp_path / "small")
    with pytest.raises(InputError) as caught:
        run(experiment_with(**changes), work=tmp_path, to="validate", replace=True)
    assert said in str(caught.value) and "\n" not in str(caught.value)
    assert not list((tmp_path / "small/validate").glob("fields/.*"))


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"products": [{"name": "climatology", "path": "a.nc"}]}, "is the name of two methods"),
        ({"products": [{"name": "P"}]}, "name either an entry or a path"),
        ({"climate_models": [{"files": "o2_*.nc", "temperature": "thetao_*.nc"}]}, "name both, or none"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(changes, said):
    with pytest.raises(ValueError, match=said):
        experiment_with(**changes)
