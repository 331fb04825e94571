"""The results of a forecast run: its forecasts and their scores."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from oxygen_recon.dataset.daily import store
from oxygen_recon.dataset.daily.fields import DailyFields
from oxygen_recon.pipeline.forecasting.ensemble import mean_and_spread, members_from
from oxygen_recon.pipeline.forecasting.experiment import ForecastExperiment
from oxygen_recon.pipeline.forecasting.heads import HEAD, HeadRun
from oxygen_recon.pipeline.forecasting.pipeline import ENSEMBLE, ForecastPipeline
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.products import forecast
from oxygen_recon.sources.daily_files import DailyFilesConfig
from qc import config
from qc.errors import InputError


@dataclass(frozen=True)
class ForecastRun:
    """The results of a run of daily forecasts.

    Parameters
    ----------
    pipeline : ForecastPipeline
        Settings and folder.
    """

    pipeline: ForecastPipeline

    def forecasts(self, method: str | None = None) -> xr.Dataset:
        """Open the forecasts of a method lazily.

        Parameters
        ----------
        method : str, optional
            Name of a network or baseline; the first network when left out.

        Returns
        -------
        xarray.Dataset
            Dims (forecast_reference_time, forecast_period, depth, latitude, longitude).

        Raises
        ------
        qc.errors.InputError
            If the run has none of it.
        """
        name = self.pipeline.methods[0] if method is None else method
        files = sorted((self.pipeline.folder.stage("forecast") / name).glob("*.nc"))
        if not files:
            fix = f"run the stage forecast first; its methods are {', '.join(self.pipeline.methods)}"
            raise InputError(f"no forecast by {name}", str(self.pipeline.folder.root), fix)
        return xr.open_mfdataset(
            files, combine="nested", concat_dim="forecast_reference_time", decode_timedelta=False,
            data_vars="all", coords="different", compat="equals", join="exact",
        )  # fmt: skip

    def forecast(
        self, start: str | date | None = None, leads: int | None = None, method: str | None = None,
        paths: Sequence[str | Path] = (), out: str | Path | None = None, head: str | None = None,
        members: int | None = None, gaps: bool = False,
    ) -> xr.Dataset:  # fmt: skip
        """Forecast from a day by a trained method, or by a head beside the first network.

        Parameters
        ----------
        start : str or date, optional
            Day of the state that the forecast starts from; the last one when left out.
        leads : int, optional
            Days; those of the experiment when left out.
        method : str, optional
            Name of a network or baseline; the first network, or the head, when left out.
        paths : sequence of path, optional
            Files of the state, of the layout and grid of the run's own, from the current folder; the days of the run
            when left out, as always for a head.
        out : str or Path, optional
            netCDF file that the forecast is written to as well.
        head : str, optional
            "downscaling", "waves" or "biochemistry": give its fields in place of the state.
        members : int, optional
            Forecasts of the first network from perturbed starts, which `ensemble` of the experiment sizes.
        gaps : bool
            Whether values missing over the ocean in the files count as not seen: a network with `step.filling` takes up
            what is seen of the start and of days before it in the files (`training.seen_days` in all), and fills the
            rest.

        Returns
        -------
        xarray.Dataset
            Dims (forecast_period, depth, latitude, longitude); of members first realization. With gaps the first
            forecast period is 0, the start itself, filled.

        Raises
        ------
        qc.errors.InputError
            If the run is not trained, has no such method, or there is no state of that day on its grid.
        """
        if head is not None:
            if members is not None:
                raise InputError("a head has no members", f"head {head}", "leave members out")
            found = self._by_head(head, start, leads, method, paths)
        else:
            name = self._trained(method, members is not None)
            leads = leads or self.pipeline.experiment.leads
            if gaps and (not paths or members is not None):
                raise InputError("gaps are those of files, in one forecast", name, "name files, without members")
            by = self._from_gaps if gaps else partial(self._from_days, members=members)
            found = by(name, start, leads, self.pipeline.about(name), paths)
        if out is not None:
            forecast.write(Path(out), found)
        return found

    def _trained(self, method: str | None, members: bool) -> str:
        """Name the method that is asked for; refuse what the run does not have."""
        pipeline, root = self.pipeline, str(self.pipeline.folder.root)
        name = pipeline.methods[0] if method is None else method
        if members and name != pipeline.methods[0]:
            raise InputError(f"no members of {name}", root, f"members are of {pipeline.methods[0]}: leave method out")
        if name not in pipeline.methods:
            raise InputError(f"no method {name}", root, f"it has {', '.join(pipeline.methods)}")
        if not pipeline.folder.done("train").exists():
            raise InputError("the run is not trained", root, "run its stage train first")
        return name

    def _from_days(
        self, name: str, start: str | date | None, leads: int, about: dict[str, str | int], paths: Sequence[str | Path],
        members: int | None,
    ) -> xr.Dataset:  # fmt: skip
        """Forecast from a day of the run, or of files without gaps."""
        pipeline = self.pipeline
        days = pipeline.state if not paths else self._read(paths)
        first = days.dates[-1] if start is None else np.datetime64(str(start), "D")
        place = int(days.places(np.array([first]))[0])
        if name == ENSEMBLE:
            return mean_and_spread(pipeline, place, leads, days)
        if members is None:
            made = pipeline.fitted(name, days=days)(place, leads)
            return forecast.to_dataset(days, first, np.asarray(made, np.float32), about)
        each = members_from(pipeline, place, leads, days, members)
        return forecast.of_members([forecast.to_dataset(days, first, one, about) for one in each])

    def head(self, kind: str) -> HeadRun:
        """Open a head of the run.

        Parameters
        ----------
        kind : str
            "downscaling", "waves" or "biochemistry".

        Returns
        -------
        HeadRun

        Raises
        ------
        qc.errors.InputError
            If the run has no such head, or it is not trained.
        """
        pipeline = self.pipeline
        settings = [one for one in pipeline.experiment.heads if one.kind == kind]
        if not settings:
            there = ", ".join(one.kind for one in pipeline.experiment.heads) or "none"
            raise InputError(f"no head {kind}", str(pipeline.folder.root), f"its heads: {there}")
        if not pipeline.folder.done(kind).exists():
            raise InputError(
                f"the head {kind} is not trained", str(pipeline.folder.root), f"run its stage {kind} first"
            )
        return HeadRun(pipeline, settings[0])

    def _by_head(
        self, kind: str, start: str | date | None, leads: int | None, method: str | None, paths: Sequence[str | Path]
    ) -> xr.Dataset:
        """Forecast the fields of a head."""
        head, state = self.head(kind), self.pipeline.state
        name = HEAD if method is None else method
        if name not in head.methods:
            raise InputError(f"no method {name}", f"head {kind}", f"it has {', '.join(head.methods)}")
        if paths:
            raise InputError("a head forecasts from the days of its run", f"head {kind}", "leave the files out")
        fields = head.task.fields
        both = np.intersect1d(state.dates, fields.dates)
        first = both[-1] if start is None else np.datetime64(str(start), "D")
        fields.places(np.array([first]))
        place = int(state.places(np.array([first]))[0])
        values = head.fitted(name)(place, leads or self.pipeline.experiment.leads)
        return forecast.to_dataset(fields, first, np.asarray(values, np.float32), head.about(name))

    def _from_gaps(
        self, name: str, start: str | date | None, leads: int, about: dict[str, str | int], paths: Sequence[str | Path]
    ) -> xr.Dataset:
        """Fill the last of some days of which parts are not seen, and forecast from it."""
        pipeline = self.pipeline
        if name not in [one.kind for one in pipeline.experiment.models if one.step.filling]:
            raise InputError(f"{name} does not fill gaps", name, "train a network with step.filling and training.seen")
        days, seen = self._source(paths).read_gaps(None, pipeline.state.ocean)
        self._check(days, paths)
        first = days.dates[-1] if start is None else np.datetime64(str(start), "D")
        last = int(days.places(np.array([first]))[0]) + 1
        network, driven = pipeline.trained(name), pipeline.driven(first, leads)
        begin = next(one for one, end in days.runs if one < last <= end)
        begin = max(begin, last - network.config.training.seen_days)
        values, known = days.values[begin:last], seen[begin:last]
        filled = network.fill(values, first, None if driven is None else driven[:1], known)
        ahead = network.forecast(values, first, leads, driven, known)
        everything = np.concatenate([filled[None], ahead]).astype(np.float32)
        return forecast.to_dataset(days, first, everything, about | {"days_taken_up": last - begin}, earliest=0)

    def _source(self, paths: Sequence[str | Path]) -> DailyFilesConfig:
        """Say how files of other days are read; what their values are must not be other than those of the run."""
        given, named = self.pipeline.experiment.source, [str(path) for path in paths]
        if not isinstance(given, DailyFilesConfig):
            return DailyFilesConfig(kind="daily_files", names=list(given.names), depths=given.depths, paths=named)
        kind = self.pipeline.sampling.read_text() if given.within_day is None else given.sampling
        return given.model_copy(update={"paths": named, "sampling": kind})

    def _read(self, paths: Sequence[str | Path]) -> DailyFields:
        """Read the state of other days."""
        source = self._source(paths)
        with tempfile.TemporaryDirectory() as folder:
            fields, _ = source.read(None, Path(folder) / store.VALUES)
            fields = replace(fields, values=np.array(fields.values))
        self._check(fields, paths)
        return fields

    def _check(self, fields: DailyFields, paths: Sequence[str | Path]) -> None:
        """Refuse another grid, other channels or less ocean than those of the run."""
        known = self.pipeline.state
        same = fields.channels == known.channels and fields.ocean.shape == known.ocean.shape
        axes = ((fields.latitude, known.latitude), (fields.longitude, known.longitude))
        if not same or not all(np.allclose(ours, theirs, atol=1e-3) for ours, theirs in axes):
            raise InputError("another grid, or other channels, than the run", str(paths[0]), "give files like its own")
        if lacking := int((known.ocean & ~fields.ocean).any(axis=0).sum()):  # cut off, or upside down
            what = f"no value at {lacking} ocean cells of the run"
            raise InputError(what, str(paths[0]), "give files like its own")

    def skill(self, head: str | None = None) -> pd.DataFrame:
        """Read the scores of every method, by variable and lead.

        Parameters
        ----------
        head : str, optional
            Of the fields of a head: "downscaling", "waves" or "biochemistry"; of the state when left out.

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        qc.errors.InputError
            If the run has not been validated.
        """
        stage = "validate" if head is None else self.head(head).settings.kind
        path = self.pipeline.folder.stage(stage) / "skill.csv"
        if not path.exists():
            raise InputError("no skill table here", str(path), f"run the stage {stage} first")
        return pd.read_csv(path)


def open_forecasts(folder: str | Path) -> ForecastRun:
    """Open the folder of a run of daily forecasts.

    Parameters
    ----------
    folder : str or Path
        As `forecast` left it: runs/NAME.

    Returns
    -------
    ForecastRun

    Raises
    ------
    qc.errors.InputError
        If it is not the folder of such a run.
    """
    run = RunFolder(Path(folder).absolute())
    fix = "name the folder of a run of daily forecasts, as runs/NAME"
    try:
        found = json.loads(run.identity.read_text())
    except (OSError, ValueError) as error:
        raise InputError("not the folder of a run", str(folder), fix) from error
    if not isinstance(found, dict) or found.get("kind") != "forecast":
        raise InputError("not a run of daily forecasts", str(folder), fix)
    data = found.pop("data", None)
    experiment = config.validate(ForecastExperiment, found, str(run.identity), "is the run of another version?")
    return ForecastRun(ForecastPipeline(experiment, run, None if data is None else Path(data)))
