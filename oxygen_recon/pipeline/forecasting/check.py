"""A dry check of a forecast experiment: what would run on what, from the settings and the first file alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from oxygen_recon.pipeline import identity
from oxygen_recon.pipeline.forecasting.experiment import ForecastExperiment
from oxygen_recon.pipeline.forecasting.pipeline import ForecastPipeline
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.sources.daily_files import DailyFilesConfig
from oxygen_recon.sources.daily_twin import DailyTwinConfig
from qc.physics.bathymetry import open_relief


def check_forecast(experiment: ForecastExperiment, data: str | Path | None = None, work: str | Path = "runs") -> str:
    """Say what a run would read and make, without running it; of the files the first alone is opened.

    Parameters
    ----------
    experiment : ForecastExperiment
        Settings of the run.
    data : str or Path, optional
        Folder that the paths of the fields start from.
    work : str or Path
        Folder of runs.

    Returns
    -------
    str
        One line each: state, forcing, topography, training, test, methods, heads, folder.

    Raises
    ------
    qc.errors.InputError
        Where a run would refuse: there is no file, the first has no such quantity, or the folder holds another
        experiment.
    """
    root = None if data is None else Path(data).absolute()
    folder = RunFolder(Path(work).absolute() / experiment.name)
    forcing, test = experiment.forcing, experiment.test
    pipeline = ForecastPipeline(experiment, folder, root)
    floor = (
        ""
        if pipeline.relief is None
        else "m, {:.0f} to {:.0f}".format(*np.nanquantile(open_relief(pipeline.relief), (0, 1)))
    )
    lines: dict[str, str] = {
        "state": _files(experiment.source, root),
        "forcing": "none" if forcing is None else f"{forcing.during}: {_files(forcing.source, root)}",
        **({"topography": floor} if floor else {}),
        "training": f"{experiment.training.start} to {experiment.training.end}",
        "test": f"{test.start} to {test.end}, {experiment.starts} starts, {experiment.leads} days",
        "methods": ", ".join(pipeline.methods),
        **{str(head.kind): _files(head.source, root) for head in experiment.heads},
        "folder": f"{folder.root}: {'holds it' if identity.holds(experiment, root, folder) else 'new'}",
    }
    return "\n".join(f"{name:14}{line}" for name, line in lines.items())


def _files(source: DailyFilesConfig | DailyTwinConfig | None, root: Path | None) -> str:
    """Say what files there are, and what is in the first."""
    if source is None:
        return "of the twin"
    if isinstance(source, DailyTwinConfig):
        twin = source.twin
        return f"a twin ocean of {twin.rows} x {twin.columns} cells, {twin.days} days after {twin.spin_up} of spin-up"
    files = source.files(root)
    first = source.open(root, first=True)
    size = sum(path.stat().st_size for path in files if path.is_file()) / 1e6
    grid = " x ".join(str(first.sizes[name]) for name in ("latitude", "longitude"))
    levels = f", {first.sizes['depth']} depths" if "depth" in first.sizes else ""
    names = ", ".join(map(str, first.data_vars))
    return f"{names} on {grid} cells{levels}, {first.attrs['sampling']}; {len(files)} files, {size:.0f} MB"
