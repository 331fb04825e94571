"""Heads as methods: trained beside a network that stays as it is, and forecasting with it day by day."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphs.types import Floats
from oxygen_recon.dataset.daily.fields import DailyFields, Dates
from oxygen_recon.models.fourier.estimator import DailyForecaster
from oxygen_recon.models.fourier.heads.config import HeadConfig
from oxygen_recon.models.fourier.heads.power import gain, with_details
from oxygen_recon.models.fourier.heads.ridge import LeadRidge
from oxygen_recon.models.fourier.heads.scales import Form, form_of
from oxygen_recon.models.fourier.heads.task import HeadBatch, TaskHead
from oxygen_recon.models.fourier.heads.windows import Driven, HeadDays, Reading, RollOuts, roll_outs, training_days
from oxygen_recon.models.fourier.statistics import DailyStatistics, measure
from oxygen_recon.models.interface import Report
from oxygen_recon.models.training.checkpoints import CHECKPOINT, restore
from oxygen_recon.models.training.trainer import Plan, train
from qc.errors import InputError
from qc.files import replacing

BESIDE = "beside.npz"
_HELD = 4  # one start that was not learned from to so many that were


def undriven(date: np.datetime64, leads: int) -> None:
    """Give nothing: what drives a network or a head without forcing."""


class HeadForecaster:
    """A head as a method: `fit` beside a trained network, and `forecast` from the state of a day.

    Parameters
    ----------
    config : HeadConfig
        Which head, and how it is trained.
    forecaster : DailyForecaster
        Trained; stays as it is.
    directory : Path, optional
        Where the checkpoint is kept; None keeps nothing.
    report : callable, optional
        Called after each step with the step, the number of steps and the loss.

    Attributes
    ----------
    seconds : float
        Processor time of the training, the network's forecasts that it reads among it.
    """

    def __init__(
        self, config: HeadConfig, forecaster: DailyForecaster, directory: Path | None = None,
        report: Report | None = None,
    ) -> None:  # fmt: skip
        self.config, self.forecaster, self.directory, self.report = config, forecaster, directory, report
        self.network: TaskHead | None = None
        self.form: Form | None = None
        self.reading: Reading | None = None
        self.retained: NDArray[np.float32] | None = None
        self.ridge: LeadRidge | None = None
        self.gain: Tensor | None = None
        self.seconds = 0.0

    @property
    def parameters(self) -> int:
        """Numbers that are trained."""
        return 0 if self.network is None else sum(one.numel() for one in self.network.parameters())

    def fit(
        self, task: DailyFields, state: DailyFields, training: Dates, seed: int = 0, forcing: Driven = undriven,
        drivers: Driven = undriven, leads: int = 30,
    ) -> None:  # fmt: skip
        """Train, or take up a training.

        Parameters
        ----------
        task : DailyFields
            What the head makes: positive concentrations, significant wave height, or finer fields of a box.
        state : DailyFields
            What the network reads.
        training : datetime64[D] array
            Days that may be learned from.
        seed : int
            Decides initial weights and the windows of each step.
        forcing : callable, optional
            Of the network, where it was trained with forcing: of the start and the days after it but the last.
        drivers : callable, optional
            Of the task and on its grid, on the days after the start, as the wind of the waves. Both follow the rule
            that forecasts will follow.
        leads : int
            Days of the forecasts that are learned from; what is kept of the anomaly is found for so many.

        Raises
        ------
        InputError
            If nothing was trained, grids do not fit, days are missing, or the checkpoint belongs to another training.
        """
        began = time.process_time()
        statistics, model = self.forecaster.fitted()
        days = training_days(task, training)
        first = None if not days.size else drivers(days[0], 1)
        if (first is None) == (self.config.kind == "waves") or (first is not None and self.config.kind[0] == "d"):
            raise InputError("drivers and head do not fit", self.config.kind, "give the wind to waves, none to others")
        form = form_of(self.config, task, training)
        task = form.of(task)
        measured = measure(task, days, min(leads, self.config.training.days) if self.config.stepped else leads)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = TaskHead(self.config, model, statistics, measured, 0 if first is None else first.shape[1])
        name = self._name(measured, seed)
        self.form, self.network = form, network
        if not self._taken_up(name, measured, forcing, drivers):
            winds = _scales(drivers, days, leads)
            self.reading = Reading(self.forecaster, measured, forcing, drivers, winds)
            given, held = self._given(network, state, task, days, leads)
            network.learn(given.window(torch.arange(len(given.dates)), 0, given.leads))
            batches = HeadDays(given, self.config.training, seed, network.stepped)
            train(network, batches, Plan(self.config.training, self.config.compute, self.directory, name, self.report))
            self.retained = _retained(network, held)
            if network.box is not None and self.config.spectrum:
                self.gain = _gain(network, given, self.retained)
            self.seconds = time.process_time() - began
            none = torch.zeros(1, 1, 1)
            self.ridge = LeadRidge(none) if network.box is not None else LeadRidge.fit(given, network.weight)
            self._keep(name, winds)
        network.eval()

    def forecast(
        self, start: Floats, own: Floats, date: np.datetime64, leads: int, by: Literal["head", "ridge"] = "head"
    ) -> Floats:
        """Forecast day by day, beside the network.

        Parameters
        ----------
        start, date, leads : object
            As of `DailyForecaster.forecast`.
        own : array, shape (known, field, latitude, longitude) or (field, latitude, longitude)
            The task's fields of the days that are read (`HeadConfig.read`), the start first; or of the start alone,
            where that is all.
        by : {"head", "ridge"}
            The head, or the regression on the same inputs but features that it is compared with; not of downscaling.

        Returns
        -------
        float32 array, shape (lead, field, latitude, longitude)
            Units of the task; anything on land.

        Raises
        ------
        InputError
            If nothing was fitted or shapes are others.
        """
        network, form, reading = self.network, self.form, self.reading
        retained, ridge = self.retained, self.ridge
        if network is None or form is None or reading is None or retained is None or ridge is None:
            raise InputError("no trained head", self.config.kind, "fit it first")
        statistics, shape = reading.statistics, (len(network.days), *network.ocean.shape)
        own = own[None] if own.ndim == 3 else own
        if own.shape != shape:
            raise InputError(f"a start of shape {own.shape}", self.config.kind, f"give {shape}")
        departure = form.known(own) - statistics.climatology.at(date - np.array(network.days))
        anomaly = torch.from_numpy((departure / statistics.scaling.deviation[:, None, None]).astype(np.float32))[None]
        with torch.no_grad():
            features, state, others = reading.of(network, [start], np.array([date]), leads)
            known = anomaly.to(features.device)
            batch = HeadBatch(features, state, others, known, known)
            made = network.to(features.device).roll_out(batch) if by == "head" else ridge.roll_out(batch)
            found = made[0].float().cpu()
        place = np.minimum(np.arange(leads), len(retained) - 1)
        if by == "head":
            found = torch.from_numpy(retained[place])[:, :, None, None] * found
        if self.gain is not None and network.box is not None:
            found = with_details(anomaly[0, 0], found, self.gain[place], network.ocean.cpu(), network.box.factor)
        dates = date + np.arange(1, leads + 1).astype("timedelta64[D]")
        normal = statistics.climatology.at(dates)
        return form.values(normal + found.numpy() * statistics.scaling.deviation[:, None, None])

    def _given(
        self, network: TaskHead, state: DailyFields, task: DailyFields, days: Dates, leads: int
    ) -> tuple[RollOuts, RollOuts]:
        """Forecast from training days: to learn from, and to find what is kept of the anomaly.

        The second are of the days that the network did not learn from either, if they are enough: what fits the days
        that were learned is too confident of others.
        """
        assert self.reading is not None
        last, number = days.size - self.forecaster.config.training.calibration, self.config.training.starts
        window = self.forecaster.config.step.history + max(network.days) + leads
        if days.size - last < window or last < window:
            given = roll_outs(network, self.reading, state, task, days, leads, number)
            return given, given
        parts = (days[:last], number), (days[last:], max(2, number // _HELD))
        learned, held = (roll_outs(network, self.reading, state, task, some, leads, most) for some, most in parts)
        return learned, held

    def _name(self, measured: DailyStatistics, seed: int) -> str:
        """Name a training by all that decides its result; fields by the statistics that were made of them."""
        digest = hashlib.sha256(
            f"{self.config.model_dump_json()} {seed} {measured.channels} {len(measured.change)}".encode()
        )
        arrays = [
            measured.normal, measured.change, measured.latitude, measured.longitude, measured.scaling.training,
            *(one.detach().cpu().numpy() for one in self.forecaster.fitted()[1].parameters()),
        ]  # fmt: skip
        for array in arrays:
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def _taken_up(self, name: str, measured: DailyStatistics, forcing: Driven, drivers: Driven) -> bool:
        """Take up a training that has ended."""
        path = None if self.directory is None else self.directory / BESIDE
        if path is None or self.network is None or not (path.exists() and path.with_name(CHECKPOINT).exists()):
            return False
        with np.load(path, allow_pickle=False) as beside:
            if str(beside["name"]) != name:
                return False
            self.retained, winds = beside["retained"], (beside["mean"], beside["deviation"])
            self.gain = torch.from_numpy(beside["gain"]) if beside["gain"].size else None
            self.ridge, self.seconds = LeadRidge(torch.from_numpy(beside["ridge"])), float(beside["seconds"])
        restore(path.with_name(CHECKPOINT), self.network, name)
        self.reading = Reading(self.forecaster, measured, forcing, drivers, winds)
        return True

    def _keep(self, name: str, winds: tuple[Floats, Floats]) -> None:
        """Keep what was found beside the weights."""
        if self.directory is not None and self.ridge is not None and self.retained is not None:
            with replacing(self.directory / BESIDE) as partial, partial.open("wb") as stream:
                np.savez(
                    stream, name=name, retained=self.retained, mean=winds[0], deviation=winds[1], seconds=self.seconds,
                    ridge=self.ridge.coefficients.numpy(),
                    gain=np.zeros(0) if self.gain is None else self.gain.numpy(),
                )  # fmt: skip


def _scales(drivers: Driven, days: Dates, leads: int) -> tuple[Floats, Floats]:
    """Mean and standard deviation of what drives a head, shape (driver, 1, 1), of the first of each thirty days."""
    some = [one for day in days[: max(1, days.size - leads) : 30] if (one := drivers(day, 1)) is not None]
    if not some:
        return np.zeros((0, 1, 1), np.float32), np.ones((0, 1, 1), np.float32)
    values = np.concatenate(some).astype(np.float64)
    mean, deviation = (found(values, axis=(0, 2, 3))[:, None, None] for found in (np.mean, np.std))
    return mean.astype(np.float32), np.maximum(deviation, 1e-6).astype(np.float32)


def _retained(network: TaskHead, given: RollOuts) -> NDArray[np.float32]:
    """Share of the forecast anomaly, by lead and field, that is kept: the regression of the truth on it."""
    products = torch.zeros(2, *given.target.shape[1:3], dtype=torch.float64)
    with torch.no_grad():
        for start in range(len(given.dates)):
            batch = given.window(torch.tensor([start]), 0, given.leads)
            said, true = network.roll_out(batch)[0], batch.target[0]
            for row, value in enumerate((said * true, said * said)):
                products[row] += (value * network.weight).sum(dim=(-2, -1)).double()
    share = (products[0] / products[1].clamp(min=1e-12)).clamp(0.0, 1.0).numpy()
    return np.minimum.accumulate(share).astype(np.float32)


def _gain(network: TaskHead, given: RollOuts, retained: NDArray[np.float32]) -> Tensor:
    """By what the forecast anomaly is multiplied to vary as the truth does, of every third start."""
    some = torch.arange(0, len(given.dates), 3)
    with torch.no_grad():
        made = [network.roll_out(given.window(one[None], 0, given.leads))[0] for one in some]
    return gain(torch.from_numpy(retained)[..., None, None] * torch.stack(made), given.target[some], network.ocean)
