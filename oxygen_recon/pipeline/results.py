"""The results of a run: its reconstruction, scores and products, and estimates that its models make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import xarray as xr

from oxygen_recon.fields.reconstruction import open_reconstruction
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.identity import experiment_in
from oxygen_recon.pipeline.predict.call import Request, answer
from oxygen_recon.pipeline.predict.trained import TrainedRun
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.products.files import open_series
from qc.errors import InputError


@dataclass(frozen=True)
class Run:
    """The results of a run.

    Parameters
    ----------
    experiment : Experiment
        Settings of the run.
    folder : RunFolder
        Every path of the run, by name.
    """

    experiment: Experiment
    folder: RunFolder

    def field(self) -> xr.Dataset:
        """Open the reconstruction lazily: oxygen and its standard error, umol kg-1, at each time, depth and place.

        Returns
        -------
        xarray.Dataset
            With the bounds of the cells, and the mask `wet`.

        Raises
        ------
        qc.errors.InputError
            If it is not finished.
        """
        return open_reconstruction(self.folder.reconstruction)

    def skill(self) -> pd.DataFrame:
        """Read the scores of every method, by split and layer.

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        qc.errors.InputError
            If the run has not been validated.
        """
        if not self.folder.skill.exists():
            raise InputError("no skill table here", str(self.folder.skill), "run the stage validate first")
        return pd.read_csv(self.folder.skill)

    def omz(self) -> xr.Dataset:
        """Open the series of the oxygen minimum zones: area and volume below each threshold, region by region.

        Returns
        -------
        xarray.Dataset
            dims (region, threshold, time); the first region, "all", is the whole grid. `attrs["number_to_publish"]`
            names the variables to publish, and their intervals.

        Raises
        ------
        qc.errors.InputError
            If the stage omz has not been run.
        """
        if not self.folder.omz.exists():
            raise InputError("no series of oxygen minimum zones", str(self.folder.omz), "run the stage omz first")
        return open_series(self.folder.omz)

    def predict(
        self,
        *,
        period: tuple[int, int] | None = None,
        region: str | Sequence[float] | None = None,
        levels: Sequence[float] | None = None,
        points: str | Path | pd.DataFrame | None = None,
        section: str | Path | pd.DataFrame | None = None,
        date: str | None = None,
        members: int | None = None,
        seed: int = 0,
        out: str | Path | None = None,
    ) -> xr.Dataset:
        """Estimate oxygen by the trained models, without training; nothing in the run's folder is changed.

        Estimates equal the reconstruction at its cells and steps (to the rounding of float32): where that is finished,
        they are read from it, else the models are evaluated at the cells and steps that are needed. Between them they
        are interpolated (`oxygen_recon.products.interpolation.stencil`), the variance of the error likewise.

        Parameters
        ----------
        period : (int, int), optional
            First and last year of a part of the grid, both included; those of the run when left out.
        region : str or sequence of float, optional
            Name, polygon or mask file as in an experiment, or a box: "west,east,south,north". Cells with their centre
            outside count as land.
        levels : sequence of float, optional
            m; of a part of the grid those levels of the run, of a section any depths. All levels when left out.
        points : str, Path or DataFrame, optional
            Casts: CSV or Parquet with latitude, longitude, depth (m) or pressure (dbar) and date. Any other columns are
            kept, with "_given" behind their name where an estimate has it.
        section : str, Path or DataFrame, optional
            Stations: latitude, longitude and, unless `date` is given, a date.
        date : str, optional
            Date of stations that have none, "1995-07-03".
        members : int, optional
            So many possible fields beside the estimate, as `oxygen_member`: their spread is the stated error, and their
            errors go together in space and time as those of held-out points do. None is below 0.
        seed : int
            Makes the members repeatable.
        out : str or Path, optional
            File to write, netCDF by CF (.nc) or a table (.csv); what was made is then said in the terminal.

        Returns
        -------
        xarray.Dataset
            `oxygen` and `oxygen_standard_error`, umol kg-1: of a part of the grid with `observation_count`; of points
            and a section with `status` (why there is no estimate) and how near observations are. `background_only` of a
            run with a background. Its attributes `observed_share` and `far_share` are the shares of estimates at a cell
            and step with an observation, and of those far from any.

        Raises
        ------
        qc.errors.InputError
            If the run is not trained, a selection reaches beyond it or holds no ocean, a table cannot be read, or the
            file cannot be written.
        """
        request = Request(period, region, levels, points, section, date, members, seed)
        return answer(TrainedRun(self.experiment, self.folder), request, None if out is None else Path(out))


def open_run(folder: str | Path) -> Run:
    """Open the run in a folder, finished or not; nothing is made or changed.

    Parameters
    ----------
    folder : str or Path
        Folder of the run, such as runs/twin_demo.

    Returns
    -------
    Run

    Raises
    ------
    qc.errors.InputError
        If it is no folder of a run.
    """
    home = RunFolder(Path(folder).absolute())
    return Run(experiment_in(home), home)
