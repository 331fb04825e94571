"""The run folder: every path of one run, by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from qc.errors import InputError
from qc.files import remove


@dataclass(frozen=True)
class RunFolder:
    """The paths of a run; each stage has a folder of its name.

    Parameters
    ----------
    root : Path
        Folder of the run.

    Examples
    --------
    >>> folder = RunFolder(Path("runs/twin_demo"))
    >>> folder.skill.as_posix()
    'runs/twin_demo/validate/skill.csv'
    >>> folder.fold_points(0).as_posix()
    'runs/twin_demo/train/fold0.npz'
    """

    root: Path

    def stage(self, name: str) -> Path:
        """Return the folder of a stage.

        Parameters
        ----------
        name : str
            Name of the stage.
        """
        return self.root / name

    def begun(self, stage: str) -> Path:
        """Return the stamp of a stage that has begun: its key.

        Parameters
        ----------
        stage : str
            Name of the stage.
        """
        return self.root / stage / "begun.json"

    def stages_begun(self) -> set[str]:
        """Names of all stages that were begun here, those of other settings too."""
        return {path.parent.name for path in self.root.glob("*/begun.json")}

    def done(self, stage: str) -> Path:
        """Return the stamp of a finished stage, by its name: its key, its duration and the files it left."""
        return self.root / stage / "done.json"

    def refuse_foreign(self, stage: str) -> None:
        """Refuse files in the folder of a stage that no run began.

        Parameters
        ----------
        stage : str
            Name of the stage.

        Raises
        ------
        InputError
            If there are any; hidden ones do not count.
        """
        home = self.stage(stage)
        if not self.begun(stage).exists():
            if any(path.is_file() and not path.name.startswith(".") for path in home.rglob("*")):
                raise InputError(
                    "holds files that no run made", str(home), "move them elsewhere, or take another --name"
                )

    def discard(self, stage: str) -> None:
        """Remove the folder of a stage, its stamp last: a folder half removed is still known as a run's.

        Parameters
        ----------
        stage : str
            Name of the stage.

        Raises
        ------
        InputError
            As `refuse_foreign`; nothing is removed then.
        """
        self.refuse_foreign(stage)
        home = self.stage(stage)
        if home.exists():
            for path in home.iterdir():
                if path != self.begun(stage):
                    remove(path)
            remove(home)

    @property
    def identity(self) -> Path:
        """All settings of the experiment whose results the folder holds."""
        return self.root / "experiment.json"

    @property
    def source(self) -> Path:
        """Files that a synthetic source makes."""
        return self.root / "source"

    @property
    def ingest(self) -> Path:
        """Observation table as ingested."""
        return self.root / "ingest"

    @property
    def qc(self) -> Path:
        """Flagged observation table, its counts and its page."""
        return self.root / "qc"

    @property
    def qc_parts(self) -> Path:
        """Parquet files of the flagged table."""
        return self.qc / "parts"

    @property
    def grid(self) -> Path:
        """Grid, samples, covariates and truth."""
        return self.root / "grid"

    @property
    def cube(self) -> Path:
        """Gridded observations as CF netCDF."""
        return self.grid / "cube.nc"

    @property
    def coverage(self) -> Path:
        """Number of samples and groups, and share of cells observed."""
        return self.grid / "coverage.json"

    @property
    def accepted(self) -> Path:
        """Levels that the accepted flags let in and leave out, by archive and flag."""
        return self.grid / "accepted.csv"

    @property
    def graph(self) -> Path:
        """Graph of the wet cells."""
        return self.root / "graph" / "graph.npz"

    @property
    def covariates(self) -> Path:
        """Covariates from casts: of the delivered field, and of each fold without its casts."""
        return self.root / "covariates"

    @property
    def covariates_netcdf(self) -> Path:
        """Covariates of the delivered field, from casts, as CF netCDF."""
        return self.covariates / "field.nc"

    def of_fold(self, fold: int | None) -> str:
        """Return the name of a fold in files: "field" for the delivered field, of which nothing is hidden.

        Parameters
        ----------
        fold : int or None
            Number of the fold, from 0.
        """
        return "field" if fold is None else f"fold{fold}"

    @property
    def train(self) -> Path:
        """Trained models and their held-out points."""
        return self.root / "train"

    def fold_model(self, fold: int) -> Path:
        """Return the folder of the model that was trained without a fold.

        Parameters
        ----------
        fold : int
            Number of the fold, from 0.
        """
        return self.train / f"fold{fold}"

    def fold_points(self, fold: int) -> Path:
        """Return the held-out points of a fold, by its number."""
        return self.train / f"fold{fold}.npz"

    def fold_lock(self, fold: int) -> Path:
        """Return the lock of a fold's training, by its number."""
        return self.train / f".fold{fold}.lock"

    @property
    def reconstruction(self) -> Path:
        """Reconstruction as zarr, written window by window."""
        return self.root / "reconstruct" / "oxygen.zarr"

    @property
    def reconstruction_netcdf(self) -> Path:
        """Reconstruction as one netCDF file."""
        return self.root / "reconstruct" / "oxygen.nc"

    @property
    def series(self) -> Path:
        """Reconstruction as zarr in pieces of all steps and few columns, for series at a place."""
        return self.root / "reconstruct" / "series.zarr"

    @property
    def validate(self) -> Path:
        """Points of every method, and their skill."""
        return self.root / "validate"

    def compared(self, name: str) -> Path:
        """Return the field of a climate model or product on the grid and steps of the run, as CF netCDF.

        Parameters
        ----------
        name : str
            Name of the method, as in the skill table.
        """
        return self.validate / "fields" / f"{in_file(name)}.nc"

    def baseline(self, kind: str) -> Path:
        """Return the folder of a baseline's points, fold by fold.

        Parameters
        ----------
        kind : str
            The baseline, by its `kind` in the experiment.
        """
        return self.validate / kind

    def points(self, split: str, method: str) -> Path:
        """Return the points of a method on a split ("held out", "never sampled").

        Parameters
        ----------
        split, method : str
            Names of the split and of the method, as in the skill table.
        """
        return self.validate / f"{in_file(split)}-{in_file(method)}.npz"

    @property
    def skill(self) -> Path:
        """Skill table."""
        return self.validate / "skill.csv"

    def score_table(self, name: str) -> Path:
        """Return a table of the stage validate.

        Parameters
        ----------
        name : str
            "skill_common", at the targets that all methods estimate; "skill_by_class", by basin, layer, decade, season
            and distance to the nearest observation; "left_out", targets that a method has no estimate at, and why;
            "settings" that the baselines chose by hold-out; "cruise_offsets", the mean residual of each cruise;
            "cruise_notes", decisions proposed on some.
        """
        return self.validate / f"{name}.csv"

    def product(self, file: str) -> Path:
        """Return a file of the stage omz.

        Parameters
        ----------
        file : str
            "omz.nc" and "omz.csv", the series of the oxygen minimum zones; "truth.nc", those of the true field, only
            where it is known; "inventory.csv" by layers; "trends.csv".
        """
        return self.root / "omz" / file

    @property
    def omz(self) -> Path:
        """Series of the oxygen minimum zones as CF netCDF."""
        return self.product("omz.nc")

    @property
    def report(self) -> Path:
        """Page of the run and its figures."""
        return self.root / "report"

    @property
    def page(self) -> Path:
        """Page of the run."""
        return self.report / "index.html"


def in_file(name: str) -> str:
    """Write a name as a part of a file's.

    Parameters
    ----------
    name : str
        Of a method or split, such as "GFDL-ESM4 r1i1p1f1".
    """
    return re.sub(r"[^A-Za-z0-9.-]+", "_", name)
