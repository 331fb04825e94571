"""The names of a run's files, which users and their scripts rely on."""

from pathlib import Path

from oxygen_recon.pipeline.run_folder import RunFolder

NAMES = {
    "source": "source", "ingest": "ingest", "qc": "qc", "qc_parts": "qc/parts", "qc_tally": "qc/tally.csv",
    "grid": "grid", "cube": "grid/cube.nc", "coverage": "grid/coverage.json",
    "accepted": "grid/accepted.csv", "covariates": "covariates",
    "covariates_netcdf": "covariates/field.nc",
    "graph": "graph/graph.npz", "train": "train", "reconstruction": "reconstruct/oxygen.zarr",
    "reconstruction_netcdf": "reconstruct/oxygen.nc", "validate": "validate", "skill": "validate/skill.csv",
    "skill_common": "validate/skill_common.csv", "skill_by_class": "validate/skill_by_class.csv",
    "left_out": "validate/left_out.csv", "settings": "validate/settings.csv",
    "omz": "omz/omz.nc", "omz_truth": "omz/truth.nc", "report": "report",
    "page": "report/index.html", "identity": "experiment.json",
}  # fmt: skip


def test_files_have_the_names_of_version_0_2():
    folder = RunFolder(Path("run"))
    properties = {name for name, value in vars(RunFolder).items() if isinstance(value, property)}
    assert {name: getattr(folder, name).relative_to("run").as_posix() for name in properties} == NAMES
    assert folder.done("omz") == Path("run/omz/done.json") and folder.begun("omz") == Path("run/omz/begun.json")
    assert folder.fold_model(2) == Path("run/train/fold2") and folder.fold_lock(2) == Path("run/train/.fold2.lock")
    assert folder.points("held out", "climatology") == Path("run/validate/held_out-climatology.npz")
    assert folder.cruise_table("offsets") == Path("run/validate/cruise_offsets.csv")
    assert folder.omz_table("omz") == Path("run/omz/omz.csv")
    assert folder.baseline("climatology") == Path("run/validate/climatology")
