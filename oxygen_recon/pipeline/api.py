"""Runs of experiments: from the settings to the reconstruction, its skill and the series of oxygen minimum zones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import xarray as xr

from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.forecasting.experiment import ForecastExperiment
from oxygen_recon.pipeline.forecasting.pipeline import ForecastPipeline
from oxygen_recon.pipeline.forecasting.results import ForecastRun
from oxygen_recon.pipeline.results import Run, open_run
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.stages.definition import bring
from oxygen_recon.pipeline.stages.pipeline import Pipeline
from oxygen_recon.runtime import resources
from oxygen_recon.runtime.parallel import Pool

_DEMO = "experiments/twin_demo.yaml"


def run(
    experiment: Experiment,
    *,
    data: str | Path | None = None,
    work: str | Path = "runs",
    to: str = "report",
    workers: int | None = 1,
    scheduler: str | None = None,
    replace: bool = False,
) -> Run:
    """Bring a run up to date, as far as one stage; what is up to date is not made again.

    Parameters
    ----------
    experiment : Experiment
        Settings of the run.
    data : str or Path, optional
        Folder that the catalogue's file patterns start from; needed where the source is no twin ocean.
    work : str or Path
        Folder of runs; this one gets a folder of the experiment's name.
    to : {"ingest", "qc", "grid", "graph", "covariates", "train", "reconstruct", "validate", "omz", "report"}
        Last stage; it and the stages it stands on are brought up to date. The stage
        covariates is there only where they are made from casts, and then for each fold.
    workers : int or None
        Processes; one for each core when None.
    scheduler : str, optional
        Address of a Dask scheduler, instead of `workers`.
    replace : bool
        Give up what the folder holds of an experiment of that name with other settings; stages that these settings do
        not change are kept.

    Returns
    -------
    Run
        The results.

    Raises
    ------
    qc.errors.InputError
        If there is no such stage, the folder holds another experiment, or the data or a file of the run is at fault;
        finished work stays.

    Examples
    --------
    The embedded twin ocean, small, as far as its grid:

    >>> import tempfile
    >>> twin = Experiment.from_yaml(resources.find("experiments/twin_demo.yaml"))
    >>> grid = {"latitude": (-75, 75), "longitude": (-180, 180), "resolution": 15, "levels": (0, 100, 500)}
    >>> small = twin.model_dump() | {"period": {"start": 2000, "end": 2002}, "grid": grid}
    >>> small["source"]["twin"] |= {"casts": 300}
    >>> done = run(Experiment.model_validate(small), work=tempfile.mkdtemp(), to="grid")
    >>> done.folder.cube.exists()
    True
    """
    folder = RunFolder(Path(work).absolute() / experiment.name)  # workers elsewhere start from another place
    root = None if data is None else Path(data).absolute()
    bring(Pipeline(experiment, folder, root, Pool(workers, scheduler)), to, replace)
    return Run(experiment, folder)


def forecast(
    experiment: ForecastExperiment,
    *,
    data: str | Path | None = None,
    work: str | Path = "runs",
    to: str = "report",
    replace: bool = False,
) -> ForecastRun:
    """Bring a run of daily forecasts up to date, as far as one stage; what is up to date is not made again.

    Parameters
    ----------
    experiment : ForecastExperiment
        Settings of the run.
    data : str or Path, optional
        Folder that the paths of the fields start from; the current one when left out.
    work : str or Path
        Folder of runs; this one gets a folder of the experiment's name.
    to : {"fields", "train", "downscaling", "waves", "biochemistry", "forecast", "validate", "report"}
        Last stage, heads as far as the experiment has them; it and the stages it stands on are brought up to date.
    replace : bool
        As for `run`.

    Returns
    -------
    ForecastRun
        The results.

    Raises
    ------
    qc.errors.InputError
        As for `run`.
    """
    from oxygen_recon.pipeline.forecasting.stages import bring as bring_forecast  # torch takes seconds

    folder = RunFolder(Path(work).absolute() / experiment.name)
    pipeline = ForecastPipeline(experiment, folder, None if data is None else Path(data).absolute())
    bring_forecast(pipeline, to, replace)
    return ForecastRun(pipeline)


def demo(*, work: str | Path = "runs", seed: int | None = None, workers: int | None = 1, replace: bool = False) -> Run:
    """Reconstruct a century of the embedded twin ocean, where the truth is known: minutes.

    Parameters
    ----------
    work : str or Path
        Folder of runs.
    seed : int, optional
        Replaces the seed of the experiment.
    workers : int or None
        Processes; one for each core when None.
    replace : bool
        As for `run`.

    Returns
    -------
    Run
        The results.

    Raises
    ------
    qc.errors.InputError
        As for `run`.
    """
    return run(Experiment.from_yaml(resources.find(_DEMO), seed), work=work, workers=workers, replace=replace)


def reconstruct(
    experiment: Experiment, *, data: str | Path | None = None, work: str | Path = "runs", workers: int | None = 1
) -> xr.Dataset:
    """Fill every cell of every step with oxygen and its standard error.

    Parameters
    ----------
    experiment, data, work, workers
        As for `run`.

    Returns
    -------
    xarray.Dataset
        As `Run.field` returns it.

    Raises
    ------
    qc.errors.InputError
        As for `run`.
    """
    return run(experiment, data=data, work=work, to="reconstruct", workers=workers).field()


def validate(
    experiment: Experiment, *, data: str | Path | None = None, work: str | Path = "runs", workers: int | None = 1
) -> pd.DataFrame:
    """Score every method at the same held-out observations and, where truth is known, at never-sampled cells.

    Parameters
    ----------
    experiment, data, work, workers
        As for `run`.

    Returns
    -------
    pandas.DataFrame
        As `Run.skill` returns it.

    Raises
    ------
    qc.errors.InputError
        As for `run`.
    """
    return run(experiment, data=data, work=work, to="validate", workers=workers).skill()


def explore(run: str | Path, *, port: int = 0, show: bool = True, ready: Callable[[str], None] | None = None) -> None:
    """Explore a finished run in the browser, until interrupted: served to this machine only.

    Parameters
    ----------
    run : str or Path
        Folder of the run, such as runs/twin_demo.
    port : int
        Port to listen on; any free one when 0.
    show : bool
        Open the page in a browser.
    ready : callable, optional
        Called with the address of the page once it can be opened.

    Returns
    -------
    None

    Raises
    ------
    qc.errors.InputError
        If it is no folder of a run, its reconstruction is not finished, the extra `explore` is not installed, or the
        port is taken.
    """
    from oxygen_recon.report.explorer.data.run_data import RunFiles
    from oxygen_recon.report.explorer.server import serve

    opened = open_run(run)
    folder = opened.folder
    compared = sorted((folder.validate / "fields").glob("*.nc"))
    files = RunFiles(opened.experiment.name, folder.reconstruction, folder.series, folder.grid, compared)
    serve(files, port, show, ready)
