"""The names of a run's files, which users and their scripts rely on."""

from pathlib import Path

from oxygen_recon.pipeline.run_folder import RunFolder

NAMES = {
    "source": "source", "ingest": "ingest", "qc": "qc", "qc_parts": "qc/parts", 
    "grid": "grid", "cube": "grid/cube.nc", "coverage": "grid/coverage.json",
    "accepted": "grid/accepted.csv", "covariates": "covariates",
    "covariates_netcdf": "covariates/field.nc",
    "graph": "graph/graph.npz", "train": "train", "reconstruction": "reconstruct/oxygen.zarr",
    "reconstruction_netcdf": "reconstruct/oxygen.nc", "validate": "validate", "skill": "validate/skill.csv",
    "series": "reconstruct/series.zarr", "omz": "omz/omz.nc", "report": "report",
    "page": "report/index.html", "identity": "experiment.json",
}  # fmt: skip


def test_files_have_the_names_of_version_0_2():
    folder = RunFolder(Path("run"))
    properties = {name for name, value in vars(RunFolder).items() if isinstance(value, property)}
    assert {name: getattr(folder, name).relative_to("run").as_posix() for name in properties} == NAMES
    assert folder.done("omz") == Path("run/omz/done.json") and folder.begun("omz") == Path("run/omz/begun.json")
    assert folder.fold_model(2) == Path("run/train/fold2") and folder.fold_lock(2) == Path("run/train/.fold2.lock")
    assert folder.points("held out", "climatology") == Path("run/validate/held_out-climatology.npz")
    assert folder.score_table("cruise_offsets") == Path("run/validate/cruise_offsets.csv")
    assert folder.score_table("skill_common") == Path("run/validate/skill_common.csv")
    assert folder.compared("GFDL-ESM4 r1i1p1f1") == Path("run/validate/fields/GFDL-ESM4_r1i1p1f1.nc")
    assert folder.product("omz.csv") == Path("run/omz/omz.csv")
    assert folder.baseline("climatology") == Path("run/validate/climatology")
