"""The fields that a head makes, read from files or from the twin, and what drives them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from graphs.types import Floats
from oxygen_recon.dataset.daily import store
from oxygen_recon.dataset.daily.fields import DailyFields
from oxygen_recon.dataset.daily.seasons import DayOfYear
from oxygen_recon.pipeline.forecasting.head_settings import HeadSettings, Rule
from oxygen_recon.sources.daily_twin import DailyTwinConfig
from qc.errors import InputError

if TYPE_CHECKING:
    from oxygen_recon.pipeline.forecasting.pipeline import ForecastPipeline

TASK, DRIVERS = "fields", "drivers"


@dataclass(frozen=True)
class Task:
    """The fields of a head, and what drives them.

    Parameters
    ----------
    fields : DailyFields
        What it makes.
    drivers : DailyFields or None
        On its grid.
    during : {"persisted", "climatology", "given"}
        What drives it on the days of a forecast.
    usual : DayOfYear or None
        Climatology of what drives it.
    """

    fields: DailyFields
    drivers: DailyFields | None
    during: Rule
    usual: DayOfYear | None

    def driven(self, date: np.datetime64, leads: int) -> Floats | None:
        """Give what drives the fields on the days after a date, by the rule of the experiment.

        Parameters
        ----------
        date : datetime64[D]
            Of the start.
        leads : int
            Days.

        Returns
        -------
        float32 array, shape (lead, driver, latitude, longitude), or None
            None where nothing drives.

        Raises
        ------
        InputError
            If it is to be that of the files, which do not reach as far.
        """
        if self.drivers is None:
            return None
        days = date + np.arange(1, leads + 1).astype("timedelta64[D]")
        if self.during == "given":
            return self.drivers.values[self.drivers.places(days)]
        if self.during == "climatology" and self.usual is not None:
            return self.usual.at(days)
        return np.repeat(self.drivers.values[self.drivers.places(np.array([date]))], leads, axis=0)


def read_task(pipeline: ForecastPipeline, head: HeadSettings) -> Task:
    """Read the fields of a head into the folder of its stage, or take them from there.

    Parameters
    ----------
    pipeline : ForecastPipeline
        The experiment and its run folder, as far as its fields.
    head : HeadSettings
        Which head.

    Returns
    -------
    Task

    Raises
    ------
    InputError
        If a file is at fault, or the fields have no training or test day.
    """
    home = pipeline.folder.stage(head.kind)
    task = _kept(pipeline, head, home / TASK, head.kind)
    for name, days in (("training", pipeline.training), ("test", pipeline.state.dates[pipeline.starts])):
        if not np.isin(days, task.dates).any():
            what = f"no day of {name} in the files, {task.dates[0]} to {task.dates[-1]}"
            raise InputError(what, head.kind, "add files")
    drivers = _kept(pipeline, head, home / DRIVERS, "wind") if head.kind == "waves" else None
    forcing = pipeline.experiment.forcing
    during: Rule = head.during or ("persisted" if forcing is None else forcing.during)
    usual = None
    if drivers is not None and during == "climatology":
        usual = DayOfYear.fit(drivers, np.intersect1d(pipeline.training, drivers.dates))
    return Task(task, drivers, during, usual)


def _kept(pipeline: ForecastPipeline, head: HeadSettings, folder: Path, part: str) -> DailyFields:
    """Take fields from a folder, or read them into it."""
    if (folder / store.REST).exists():
        return store.load(folder)
    folder.mkdir(parents=True, exist_ok=True)
    source, into = pipeline.experiment.source, folder / store.VALUES
    if part == "wind":
        found = _wind(pipeline, head, into)
    elif head.source is not None:
        found = head.source.read(pipeline.data, into)[0]
    elif isinstance(source, DailyTwinConfig):
        box = None if head.latitude is None or head.longitude is None else (head.latitude, head.longitude)
        made = source.make(pipeline.folder.source, lambda line: None)
        found = source.read(made, into, head.kind, box)[0]
    else:
        raise InputError("no files", f"heads, {head.kind}", "name them under source")
    if part == "waves" and len(found.channels) > 1:
        raise InputError(f"{len(found.channels)} quantities", "waves", "name the wave height alone, by source.names")
    store.save(found, folder)
    return found


def _wind(pipeline: ForecastPipeline, head: HeadSettings, into: Path) -> DailyFields:
    """Read both components of the wind onto the grid of the waves, and add the square of the speed."""
    source, forcing = pipeline.experiment.source, pipeline.experiment.forcing
    if isinstance(source, DailyTwinConfig) and head.source is None:
        wind = source.read(pipeline.folder.source, into, "wind")[0]
    elif forcing is None or forcing.source is None:
        raise InputError("no wind", "waves", "name files of both components under forcing.source")
    else:
        waves = store.load(pipeline.folder.stage(head.kind) / TASK)
        both = forcing.source.model_copy(update={"names": ["eastward_wind", "northward_wind"]})
        wind = both.read(pipeline.data, into, (waves.latitude, waves.longitude))[0]
    square = np.square(wind.values).sum(axis=1, keepdims=True)
    speed = replace(wind.channels[0], name="square_of_wind_speed", unit="m2 s-2")
    values = np.concatenate([wind.values, square], axis=1)
    return replace(wind, values=values, ocean=wind.ocean[[0, 0, 0]], channels=(*wind.channels, speed))
