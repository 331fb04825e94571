"""From what a network says to the state of the next day, and day by day to a forecast."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor, nn

from oxygen_recon.models.fourier.batch import GridBatch
from oxygen_recon.models.fourier.config import (
    AnyDailyConfig,
    ForecastLossConfig,
    FourCastNetConfig,
    FourierMaskedAutoencoderConfig,
    StepConfig,
)
from oxygen_recon.models.fourier.land import zonal_mean
from oxygen_recon.models.fourier.losses import LEAST, filling_loss, forecast_loss
from oxygen_recon.models.fourier.networks.autoencoder import FourCastNet, FourierMaskedAutoencoder
from oxygen_recon.models.fourier.networks.convolution import UNet
from oxygen_recon.models.fourier.statistics import DailyStatistics
from oxygen_recon.models.interface import Encoded

GridNetwork = FourierMaskedAutoencoder | FourCastNet | UNet


class DailyModel(nn.Module):
    """A network, and what makes the state of the next day of it.

    x(t+1) = normal(t+1) + (1 - theta) (x(t) - normal(t)) + change f, where normal is the climatology by day of the
    year, or 0, and change what the channel changes in a day; or x(t+1) = f for an absolute output. With filling,
    the start is what is seen of it, and elsewhere a first guess plus its error g, where g is a second output of the
    network.

    Parameters
    ----------
    config : FourierMaskedAutoencoderConfig, FourCastNetConfig or UNetConfig
        Network and settings.
    statistics : DailyStatistics
        Of the training days.
    """

    normal: Tensor
    ocean: Tensor
    weight: Tensor
    change: Tensor
    usual: Tensor
    fixed: Tensor

    def __init__(self, config: AnyDailyConfig, statistics: DailyStatistics) -> None:
        super().__init__()
        self.step_config: StepConfig = config.step
        self.loss_config: ForecastLossConfig = config.training
        self.names = tuple(map(str, statistics.channels))
        fixed = torch.from_numpy(statistics.fixed)
        if config.step.places:
            fixed = torch.cat([fixed, torch.from_numpy(statistics.places)])
        for name, value in (
            ("normal", torch.from_numpy(statistics.normal)), ("ocean", torch.from_numpy(statistics.ocean)),
            ("weight", torch.from_numpy(statistics.weight)), ("change", torch.from_numpy(statistics.change)),
            ("usual", torch.from_numpy(statistics.usual)), ("fixed", fixed),
        ):  # fmt: skip
            self.register_buffer(name, value, persistent=False)  # made of the data, whose hash a checkpoint has
        waves = len(self.normal) - 1 if config.step.season else 0
        forcing = 0 if statistics.forcing is None else len(statistics.forcing.channels)
        states = config.step.history + config.step.anomaly + config.step.filling
        self.network = _network(config, states * len(self.names) + forcing + len(fixed) + waves, statistics)
        self.width = self.network.width
        self.damping = None
        if config.step.output == "residual":
            if config.step.damping:
                self.damping = nn.Parameter(torch.logit(torch.from_numpy(statistics.damping)))
            for parameter in self.network.recovery.parameters():
                nn.init.zeros_(parameter)  # begins as damped persistence

    def forward(self, batch: GridBatch) -> Encoded:
        """Encode the first step of a batch (`oxygen_recon.models.interface.Backbone`).

        Parameters
        ----------
        batch : GridBatch
            Starts.

        Returns
        -------
        Encoded
            Features that the state of the next day is made of, shape (batch, row, column, width); no prior.
        """
        if self.step_config.filling:
            return Encoded(next(self.filled(batch))[2], None)
        return Encoded(self._encode(self._on_land(batch.state, batch, 0), batch, 0), None)

    def roll_out(self, batch: GridBatch) -> Tensor:
        """Forecast day by day, each from the one before.

        Parameters
        ----------
        batch : GridBatch
            Starts, and forcing and season of every step.

        Returns
        -------
        tensor, shape (batch, lead, channel, latitude, longitude)
            Standard scores; on land the climatology, or zonal means, or 0 where anomalies count from the mean.
        """
        return torch.stack([state for state, _ in self.days(batch)], dim=1)

    def days(self, batch: GridBatch) -> Iterator[tuple[Tensor, Tensor]]:
        """Forecast day by day, with the features that each day is made of.

        Parameters
        ----------
        batch : GridBatch
            As of `roll_out`.

        Yields
        ------
        state : tensor, shape (batch, channel, latitude, longitude)
            Of the next day, as of `roll_out`.
        features : tensor, shape (batch, row, column, width)
            That it was made of, for heads.
        """
        if self.step_config.filling:
            yield from ((following, features) for _, following, features in self.filled(batch))
            return
        state = self._on_land(batch.state, batch, 0)
        if batch.kept is not None and isinstance(self.network, FourierMaskedAutoencoder):
            seen = self.network.grid.cells(batch.kept)[:, None, None]
            state = torch.where(seen, state, self._normal(batch, 0)[:, None])  # hidden from the residual too
        for lead in range(batch.leads):
            features = self._encode(state, batch, lead)
            following = self._following(self.network.recover(features).float(), state[:, -1], batch, lead)
            state = torch.cat([state[:, 1:], following[:, None]], dim=1)
            yield following, features

    def filled(self, batch: GridBatch) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Forecast day by day; fill what is not seen of the start before going on from it.

        Parameters
        ----------
        batch : GridBatch
            As of `roll_out`.

        Yields
        ------
        state : tensor, shape (batch, channel, latitude, longitude)
            Of the day: of the start what is seen of it as it is, and the rest filled.
        following : tensor, of the same shape
            Of the next day, as of `roll_out`.
        features : tensor, shape (batch, row, column, width)
            That both were made of.
        """
        state, trust = batch.state[:, -1], self.trust_of(batch)
        state = self._on_land(state[:, None], batch, 0)[:, 0]
        for lead in range(batch.leads):
            features = self._encode(state[:, None], batch, lead, (trust,))
            said, correction = self.network.recover(features).float().chunk(2, dim=1)
            if lead == 0:
                error = torch.sqrt(1 - trust + LEAST) * self.usual[:, None, None]
                state = torch.where((trust < 1) & self.ocean, state + error * correction, state)
            following = self._following(said, state, batch, lead)
            yield state, following, features
            state, trust = following, torch.ones_like(trust)

    def trust_of(self, batch: GridBatch) -> Tensor:
        """Give how far starts are to be trusted, shape (batch, channel, latitude, longitude): 1 unless a batch says.

        Parameters
        ----------
        batch : GridBatch
            Starts.

        Returns
        -------
        tensor
        """
        return torch.ones_like(batch.state[:, -1]) if batch.trust is None else batch.trust

    def loss(self, batch: GridBatch) -> Tensor:
        """Compare a forecast with the targets of a batch (`losses.forecast_loss`).

        Parameters
        ----------
        batch : GridBatch
            With targets.

        Returns
        -------
        tensor, shape ()
        """
        assert batch.target is not None, "a training batch has targets"
        if self.step_config.filling:
            start = batch.state[:, -1] if batch.truth is None else batch.truth
            true = torch.cat([start[:, None], batch.target], dim=1)
            made = [one[:2] for one in self.filled(batch)]
            return filling_loss(made, true, self.trust_of(batch), self.weight, (self.change, self.usual))
        return forecast_loss(
            self.roll_out(batch), batch.target, self.weight, self.change[: batch.leads], self.loss_config
        )

    def knowing(self, batch: GridBatch, known: Tensor) -> GridBatch:
        """Take away what is not known of the starts.

        Parameters
        ----------
        batch : GridBatch
            Starts.
        known : bool tensor, shape (latitude, longitude)
            Where they are known.

        Returns
        -------
        GridBatch
            Elsewhere the climatology; patches without a known cell of the ocean are not read, where patches can be
            hidden.
        """
        state = torch.where(known, batch.state, self._normal(batch, 0)[:, None])
        kept = None
        if isinstance(self.network, FourierMaskedAutoencoder) and not bool(known.all()):
            kept = self.network.grid.holding(known & self.ocean.any(dim=0)).expand(len(state), -1)
        return replace(batch, state=state, kept=kept)

    def normals(self, batch: GridBatch) -> Tensor:
        """Give what anomalies count from on the start and on each day that is forecast.

        Parameters
        ----------
        batch : GridBatch
            Starts.

        Returns
        -------
        tensor, shape (batch, 1 + lead, channel, latitude, longitude)
            Standard scores.
        """
        days = [self._normal(batch, lead) for lead in range(batch.leads + 1)]
        return torch.stack(days, dim=1).expand(len(batch.state), -1, -1, -1, -1)

    def _following(self, said: Tensor, state: Tensor, batch: GridBatch, lead: int) -> Tensor:
        """State of the next day, shape (batch, channel, latitude, longitude), from what the network says."""
        if self.step_config.output == "residual":
            anomaly = state - self._normal(batch, lead)
            if self.damping is not None:
                anomaly = anomaly * (1 - torch.sigmoid(self.damping)[:, None, None])
            said = self._normal(batch, lead + 1) + anomaly + self.change[0][:, None, None] * said
        return self._on_land(said[:, None], batch, lead + 1)[:, 0]

    def _encode(self, state: Tensor, batch: GridBatch, lead: int, seen: tuple[Tensor, ...] = ()) -> Tensor:
        """Features of a state, whose last day the step begins with, and of how far it is to be trusted."""
        anomaly = state[:, -1] - self._normal(batch, lead)
        change = state[:, :-1] - state[:, 1:]
        parts = [anomaly, *seen, (change / self.change[0][:, None, None]).flatten(1, 2), batch.forcing[:, lead]]
        if self.step_config.anomaly:
            parts.append(self._normal(batch, lead).expand_as(anomaly))
        parts.append(self.fixed.expand(len(state), -1, -1, -1))
        if self.step_config.season:
            waves = batch.season[:, lead, 1:, None, None]
            parts.append(waves.expand(-1, -1, *anomaly.shape[-2:]))
        return self.network.features(torch.cat(parts, dim=1), batch.kept if lead == 0 else None)

    def _normal(self, batch: GridBatch, lead: int) -> Tensor:
        """Give what anomalies count from on a day, shape (batch or 1, channel, latitude, longitude)."""
        if not self.step_config.anomaly:
            return torch.zeros_like(self.normal[:1])
        return torch.einsum("bw,wchx->bchx", batch.season[:, lead], self.normal)

    def _on_land(self, state: Tensor, batch: GridBatch, lead: int) -> Tensor:
        """Put land to what the settings say, shape (batch, day, channel, latitude, longitude)."""
        if self.step_config.land == "zonal_mean":
            return torch.where(self.ocean, state, zonal_mean(state, self.ocean))
        return torch.where(self.ocean, state, self._normal(batch, lead)[:, None])


def _network(config: AnyDailyConfig, inputs: int, statistics: DailyStatistics) -> GridNetwork:
    """Make the network of a kind."""
    outputs = len(statistics.channels) * (1 + config.step.filling)
    size = (inputs, outputs, statistics.latitude.size, statistics.longitude.size)
    shared = {"periodic": statistics.periodic, "recompute": config.compute.recompute}
    if isinstance(config, FourierMaskedAutoencoderConfig):
        return FourierMaskedAutoencoder(*size, config.network, **shared)
    if isinstance(config, FourCastNetConfig):
        return FourCastNet(*size, config.network, **shared)
    return UNet(*size[:2], config.network, statistics.periodic)
