"""Daily forecasts by a network: train it, or take up a training, and forecast from the state of a day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphs.types import Floats, Mask
from oxygen_recon.dataset.daily.fields import DailyFields, Dates
from oxygen_recon.models.fourier.batch import GridBatch, Starts, assemble
from oxygen_recon.models.fourier.budget import steps_within
from oxygen_recon.models.fourier.calibration import kept_or_found
from oxygen_recon.models.fourier.config import AnyDailyConfig
from oxygen_recon.models.fourier.filling.first_guess import FirstGuess
from oxygen_recon.models.fourier.filling.gaps import GappyStarts
from oxygen_recon.models.fourier.identity import fingerprint
from oxygen_recon.models.fourier.starts import batch_of, known_of
from oxygen_recon.models.fourier.statistics import DailyStatistics, measure
from oxygen_recon.models.fourier.wrapper import DailyModel
from oxygen_recon.models.interface import Report
from oxygen_recon.models.training.trainer import Plan, device_of, train
from qc.errors import InputError


class DailyForecaster:
    """A network for daily forecasts as a method: `fit`, and `forecast` from any state.

    Parameters
    ----------
    config : FourierMaskedAutoencoderConfig, FourCastNetConfig or UNetConfig
        Network, step, training and compute.
    directory : Path, optional
        Where the checkpoint is kept; a finished or interrupted training of the same fields, settings and seed found
        there is taken up. None keeps nothing.
    report : callable, optional
        Called after each step with the step, the number of steps and the loss.
    """

    def __init__(self, config: AnyDailyConfig, directory: Path | None = None, report: Report | None = None) -> None:
        self.config, self.directory, self.report = config, directory, report
        self.statistics: DailyStatistics | None = None
        self.model: DailyModel | None = None
        self.guess: FirstGuess | None = None
        self.retained: NDArray[np.float32] | None = None

    def fit(
        self, fields: DailyFields, training: Dates, seed: int = 0, forcing: DailyFields | None = None,
        fixed: Floats | None = None,
    ) -> None:  # fmt: skip
        """Train, or take up a training.

        Parameters
        ----------
        fields : DailyFields
            The state.
        training : datetime64[D] array
            Days that may be learned from.
        seed : int
            Decides initial weights and what each step forecasts.
        forcing : DailyFields, optional
            On the same grid, with all training days.
        fixed : array, shape (fixed, latitude, longitude), optional
            Fields that do not change, as topography, finite on land too.

        Raises
        ------
        InputError
            If there are too few training days in a row, grids differ, or the checkpoint in the folder is damaged or
            belongs to another training.
        """
        settings, training = self.config.training, np.sort(np.asarray(training, "datetime64[D]"))
        learned = training[: training.size - settings.calibration]
        leads = max(phase.days for phase in settings.roll_out)
        statistics = measure(fields, training, leads, forcing, fixed)
        model = build(self.config, statistics, seed)
        tokens, history = model.network.tokens, self.config.step.history
        given, guess = (fields, statistics, learned, settings, history, tokens, seed, forcing), None
        batches = Starts(*given)
        if self.config.step.filling:
            guess = FirstGuess.fit(fields, statistics, learned, settings.seen_days, seed)
            batches = GappyStarts(guess, *given) if settings.seen < 1 else batches
        settings = batches.settings = steps_within(settings, model, batches, self.directory)
        name = fingerprint(self.config.model_copy(update={"training": settings}), statistics, seed)
        train(model, batches, Plan(settings, self.config.compute, self.directory, name, self.report))
        self.statistics, self.model, self.retained, self.guess = statistics, model.eval(), None, guess
        if settings.calibration:
            days = training[-settings.calibration :]
            self.retained = kept_or_found(self.directory, name, lambda: self._retained(fields, days, forcing))

    def forecast(
        self, start: Floats, date: np.datetime64, leads: int, forcing: Floats | None = None, known: Mask | None = None
    ) -> Floats:
        """Forecast day by day.

        Parameters
        ----------
        start : array, shape (channel, latitude, longitude) or (history, channel, latitude, longitude)
            Units of the channels, land filled; the days up to the start where the settings read several. Where gaps are
            filled any number of days, in which NaN is what is not seen.
        date : datetime64[D]
            Of the start.
        leads : int
            Days to forecast.
        forcing : array, shape (leads, forcing, latitude, longitude), optional
            Of the start and the days after it but the last; needed where the network was trained with forcing.
        known : bool array, shape (latitude, longitude), optional
            Where the start is known; elsewhere it counts as the climatology, and the autoencoder does not read patches
            without a known cell. All is known when left out. Where gaps are filled also by channel, or by day and
            channel.

        Returns
        -------
        float32 array, shape (lead, channel, latitude, longitude)
            Units of the channels; on land as the settings of the step say.

        Raises
        ------
        InputError
            If nothing was fitted, or shapes are not those of the fields of `fit`.
        """
        statistics, model = self.fitted()
        device = device_of(self.config.compute.device)
        model, batch = model.to(device), self.batch(start, date, leads, forcing, known).to(device)
        if known is not None and not self.config.step.filling:
            batch = model.knowing(batch, torch.from_numpy(known_of(statistics, known)).to(device))
        half = self.config.compute.precision == "bf16-mixed"
        with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=half):
            scores = model.roll_out(batch)[0]
        normal = model.normals(batch)[0, 1:]
        scores = normal + self._share(leads, device) * (scores - normal) if self.retained is not None else scores
        return statistics.scaling.undo(scores.float().cpu().numpy())

    def fill(
        self, start: Floats, date: np.datetime64, forcing: Floats | None = None, known: Mask | None = None
    ) -> Floats:
        """Fill what is not seen of a day, from what is seen of it and of the days before it.

        Parameters
        ----------
        start, date, forcing, known : object
            As of `forecast`, with the forcing of the start, shape (1, forcing, latitude, longitude).

        Returns
        -------
        float32 array, shape (channel, latitude, longitude)
            What is seen as it is; on land the climatology.

        Raises
        ------
        InputError
            As of `forecast`, and if the network does not fill gaps.
        """
        statistics, model = self.fitted()
        if not self.config.step.filling:
            raise InputError("the network does not fill gaps", self.config.kind, "train one with step.filling")
        batch = self.batch(start, date, 1, forcing, known).to(device := device_of(self.config.compute.device))
        with torch.no_grad():
            state, _, _ = next(model.to(device).filled(batch))
        return statistics.scaling.undo(state[0].cpu().numpy())

    def days(self, batch: GridBatch) -> Iterator[tuple[Tensor, Tensor]]:
        """Forecast day by day, with the features that each day is made of, for heads.

        Parameters
        ----------
        batch : GridBatch
            Starts, as of `batch`.

        Yields
        ------
        features : tensor, shape (start, row, column, width)
            Of the network.
        anomaly : tensor, shape (start, channel, latitude, longitude)
            From the climatology by day of the year, standard scores, as `forecast` gives it.

        Raises
        ------
        InputError
            If nothing was fitted.
        """
        _, model = self.fitted()
        model, batch = model.to(device := device_of(self.config.compute.device)), batch.to(device)
        normal, share = model.normals(batch)[:, 1:], self._share(batch.leads, device)
        for lead, (state, features) in enumerate(model.days(batch)):
            yield features, share[lead] * (state - normal[:, lead])

    def fitted(self) -> tuple[DailyStatistics, DailyModel]:
        """Give statistics and trained network.

        Returns
        -------
        statistics : DailyStatistics
            Of the training days.
        model : DailyModel
            Trained.

        Raises
        ------
        InputError
            If nothing was fitted.
        """
        if self.statistics is None or self.model is None:
            raise InputError("no trained network", self.config.kind, "fit it first")
        return self.statistics, self.model

    def batch(
        self, start: Floats, date: np.datetime64, leads: int, forcing: Floats | None = None, known: Mask | None = None
    ) -> GridBatch:
        """Bring one start to what the network reads.

        Parameters
        ----------
        start, date, leads, forcing, known : object
            As of `forecast`; `known` only where gaps are filled.

        Returns
        -------
        GridBatch
            Without targets.

        Raises
        ------
        InputError
            If nothing was fitted, or shapes are not those of the fields of `fit`.
        """
        return batch_of(self.fitted()[0], self.config.step, start, date, leads, forcing, known, self.guess)

    def _share(self, leads: int, device: torch.device) -> Tensor:
        """Share of the anomaly that is kept, by the calibration, shape (lead, channel, 1, 1)."""
        if self.retained is None:
            return torch.ones(leads, 1, 1, 1, device=device)
        place = np.minimum(np.arange(leads), len(self.retained) - 1)
        return torch.from_numpy(self.retained[place])[:, :, None, None].to(device)

    def _retained(self, fields: DailyFields, days: Dates, forcing: DailyFields | None) -> NDArray[np.float32]:
        """Share of the forecast anomaly, by lead and channel, that is kept: the regression of the truth on it."""
        statistics, model = self.fitted()
        first, history = int(fields.places(days[:1])[0]), self.config.step.history
        last, device = first + days.size - 1, device_of(self.config.compute.device)
        model = model.to(device)
        products = np.zeros((2, days.size, len(statistics.channels)))
        for start in range(first - 1, last):
            batch = assemble(fields, statistics, start, history, last - start, forcing).to(device)
            assert batch.target is not None
            with torch.no_grad():
                said = model.roll_out(batch)[0] - (normal := model.normals(batch)[0, 1:])
            true = batch.target[0] - normal
            for row, value in enumerate((said * true, said * said)):
                products[row, : last - start] += (value * model.weight).sum(dim=(-2, -1)).double().cpu().numpy()
        share = (products[0] / np.maximum(products[1], 1e-12)).clip(0.0, 1.0)
        return np.minimum.accumulate(share).astype(np.float32)  # few starts reach the last leads: memory only fades


def build(config: AnyDailyConfig, statistics: DailyStatistics, seed: int) -> DailyModel:
    """Make the model with initial weights drawn from a seed, leaving the global random numbers alone.

    Parameters
    ----------
    config : FourierMaskedAutoencoderConfig, FourCastNetConfig or UNetConfig
        Network and settings.
    statistics : DailyStatistics
        Of the training days.
    seed : int
        Decides the initial weights.

    Returns
    -------
    DailyModel
        Not yet trained.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return DailyModel(config, statistics)
