"""An experiment of daily forecasts: one strict YAML file, from the files of fields to the scores of forecasts."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from oxygen_recon.dataset.daily.fields import Dates
from oxygen_recon.models.daily_baselines.kinds import KINDS
from oxygen_recon.models.fourier.config import FourCastNetConfig, FourierMaskedAutoencoderConfig, UNetConfig
from oxygen_recon.pipeline.experiment import Experiment, read_settings
from oxygen_recon.pipeline.forecasting.head_settings import HeadSettings, Rule
from oxygen_recon.sources.daily_files import DailyFilesConfig
from oxygen_recon.sources.daily_twin import DailyTwinConfig
from qc import config
from qc.config import Strict
from qc.errors import InputError

Network = Annotated[FourierMaskedAutoencoderConfig | FourCastNetConfig | UNetConfig, Field(discriminator="kind")]


class Days(Strict):
    """Days from one date to another.

    Parameters
    ----------
    start, end : date
        First and last, both included.
    """

    start: date
    end: date

    @model_validator(mode="after")
    def _not_empty(self) -> Days:
        if self.end < self.start:
            raise ValueError(f"no day from {self.start} to {self.end}; set start to end or earlier")
        return self

    @property
    def dates(self) -> Dates:
        """All of them."""
        first, last = np.datetime64(self.start, "D"), np.datetime64(self.end, "D")
        return first + np.arange((last - first).astype(int) + 1).astype("timedelta64[D]")


class ForcingConfig(Strict):
    """What drives the ocean; it is interpolated to the points of the state.

    Parameters
    ----------
    source : DailyFilesConfig, optional
        Where it is read from; the weather of the twin when left out.
    during : {"persisted", "climatology", "given"}
        What it is on the days of a forecast: that of the start, that of the time of year, or that of the files, which
        nobody has when a forecast is made: every file and table says which.
    """

    source: DailyFilesConfig | None = None
    during: Rule = "persisted"


class EnsembleConfig(Strict):
    """Forecasts of the first network from perturbed starts, whose mean is a method of its own, "ensemble".

    Parameters
    ----------
    members : int
        Forecasts from each start.
    size : float [1]
        Of the perturbations, as a share of the standard deviation of anomalies: differences of training days of the
        season.
    errors : bool
        Whether each day of a member gets the error of a one-day forecast of a training day of the season too: then
        members vary as the ocean does, however long they are.
    """

    members: int = Field(default=8, ge=2)
    size: float = Field(default=0.1, gt=0)
    errors: bool = True


class ForecastExperiment(Strict):
    """Everything that decides the result of a run of daily forecasts, apart from the data and the code.

    Parameters
    ----------
    kind : "forecast"
        Daily forecasts.
    name : str
        Lower-case letters, digits and underscores; names the run's folder.
    question : str
        The question that the experiment answers, for its report.
    seed : int
        Seed of initial weights and of what training draws; a twin has its own, `source.twin.seed`.
    source : DailyFilesConfig or DailyTwinConfig
        Where the state of the ocean is read from, chosen by `kind`.
    forcing : ForcingConfig, optional
        What drives the ocean.
    topography : str, optional
        netCDF file with the height of the sea floor (m, positive up), from the folder of `--data`, which networks read.
    training, test : Days
        Days that are learned from, and days that forecasts are scored on; none is both.
    models : list of mappings
        Networks, chosen by `kind`, each kind once; the first is the one of the report.
    baselines : list of str
        Methods to compare with: persistence, damped_persistence, day_of_year, eof_autoregression.
    leads : int [day]
        Length of a forecast.
    starts : int
        Forecasts that are scored, spread over the test days.
    ensemble : EnsembleConfig, optional
        Forecasts of the first network from perturbed starts, scored as the method "ensemble".
    heads : list of HeadSettings
        What else is forecast from the features of the first network, which stays as it is: downscaling, waves,
        biochemistry, each once.

    Examples
    --------
    >>> from oxygen_recon.runtime import resources
    >>> experiment = ForecastExperiment.from_yaml(resources.find("experiments/globcurrent.yaml"))
    >>> experiment.name, experiment.models[0].kind
    ('globcurrent', 'fourier_mae')
    """

    kind: Literal["forecast"]
    name: str = Field(pattern=r"^[a-z0-9_]+$")
    question: str
    seed: int = Field(default=0, ge=0)
    source: Annotated[DailyFilesConfig | DailyTwinConfig, Field(discriminator="kind")]
    forcing: ForcingConfig | None = None
    topography: str | None = None
    training: Days
    test: Days
    models: list[Network] = Field(min_length=1)
    baselines: list[str] = Field(default=list(KINDS))
    leads: int = Field(default=30, ge=1, le=365)
    starts: int = Field(default=12, ge=1)
    ensemble: EnsembleConfig | None = None
    heads: list[HeadSettings] = Field(default=[])

    @field_validator("baselines")
    @classmethod
    def _known(cls, baselines: list[str]) -> list[str]:
        unknown = [name for name in baselines if name not in KINDS]
        if unknown or len(set(baselines)) < len(baselines):
            raise ValueError(f"{', '.join(unknown) or 'one is named twice'}; choose from {', '.join(KINDS)}")
        return baselines

    @field_validator("models", "heads")
    @classmethod
    def _one_of_a_kind(cls, some: list[Any]) -> list[Any]:
        kinds = [one.kind for one in some]
        if len(set(kinds)) < len(kinds):
            raise ValueError("one kind twice; put the other into an experiment of its own")
        return some

    @model_validator(mode="after")
    def _apart(self) -> ForecastExperiment:
        """Refuse days that are learned from and scored on."""
        both = np.intersect1d(self.training.dates, self.test.dates)
        if self.forcing is not None and (self.forcing.source is None) != isinstance(self.source, DailyTwinConfig):
            raise ValueError("forcing.source: name the files that drive the state; a twin has its own")
        if both.size:
            raise ValueError(f"{both.size} days are in training and in test, {both[0]} first; end one before the other")
        return self

    @classmethod
    def from_yaml(cls, path: str | Path, seed: int | None = None, name: str | None = None) -> ForecastExperiment:
        """Read an experiment file.

        Parameters
        ----------
        path : str or Path
            YAML file.
        seed : int, optional
            Replaces the file's seed; the name gains "_seed<N>", so that runs lie side by side.
        name : str, optional
            Replaces the file's name, and with it the folder of the run.

        Returns
        -------
        ForecastExperiment

        Raises
        ------
        InputError
            If the file is missing, is no YAML, or has a misspelt key or an impossible value; every fault is named.
        """
        return config.validate(cls, read_settings(Path(path), seed, name), str(path))

    @property
    def hash(self) -> str:
        """Sixteen hexadecimal digits that change with any setting but those of the computer (`compute`)."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_experiment(
    path: str | Path, seed: int | None = None, name: str | None = None, catalog: str | Path | None = None
) -> Experiment | ForecastExperiment:
    """Read an experiment file of either kind: a reconstruction, or with `kind: forecast` daily forecasts.

    Parameters
    ----------
    path, seed, name, catalog : object
        As for `Experiment.from_yaml`.

    Returns
    -------
    Experiment or ForecastExperiment

    Raises
    ------
    qc.errors.InputError
        As for `Experiment.from_yaml`, and if forecasts are given a catalogue, which they do not read.
    """
    if read_settings(Path(path)).get("kind") == "forecast":
        if catalog is not None:
            raise InputError("forecasts read no catalogue", str(path), "leave --catalog out")
        return ForecastExperiment.from_yaml(path, seed, name)
    return Experiment.from_yaml(path, seed, name, catalog)
