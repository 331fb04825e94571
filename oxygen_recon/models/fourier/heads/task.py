"""A head beside a network that stays as it is, and the windows of days that it is trained on."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn

from oxygen_recon.models.fourier.heads.config import HeadConfig
from oxygen_recon.models.fourier.heads.fields import DownscalingHead, NextDayHead, patch_places
from oxygen_recon.models.fourier.heads.scales import box_of
from oxygen_recon.models.fourier.statistics import DailyStatistics
from oxygen_recon.models.fourier.wrapper import DailyModel
from oxygen_recon.models.heads import bilinear


@dataclass(frozen=True)
class HeadBatch:
    """A mini-batch of windows; anomalies count from the climatology by day of the year, in standard scores.

    Parameters
    ----------
    features : tensor, shape (batch, day, row, column, width)
        Of the network, that the state of each day was made of.
    state : tensor, shape (batch, day, channel, latitude, longitude)
        Anomalies of the forecast state as the head reads it (`TaskHead.read`).
    others : tensor, shape (batch, day, other, latitude, longitude)
        What else it reads: lead, climatology of the task, what drives it.
    own : tensor, shape (batch, field, latitude, longitude)
        Anomalies of the task's fields on the day before the first.
    target : tensor, shape (batch, day, field, latitude, longitude)
        Anomalies of the task's fields on each day.
    """

    features: Tensor
    state: Tensor
    others: Tensor
    own: Tensor
    target: Tensor

    def to(self, device: torch.device | str) -> HeadBatch:
        """Return the batch on a device.

        Parameters
        ----------
        device : torch.device or str
            Where its tensors are to be.

        Returns
        -------
        HeadBatch
            A new batch.
        """
        return HeadBatch(*(getattr(self, one.name).to(device) for one in fields(self)))


class TaskHead(nn.Module):
    """A head on the features of a network.

    The anomaly of the next day is the damped anomaly of the day, and what the head adds in units of how much the field
    changes in a day; of finer fields it is the interpolated anomaly of the coarse ones, and what the head adds.

    Parameters
    ----------
    config : HeadConfig
        Which head.
    model : DailyModel
        The trained network; not kept.
    statistics : DailyStatistics
        Of the fields that it was trained on.
    task : DailyStatistics
        Of the task's fields.
    drivers : int
        Fields that drive the task.
    """

    ocean: Tensor
    weight: Tensor
    change: Tensor
    ratio: Tensor

    def __init__(
        self, config: HeadConfig, model: DailyModel, statistics: DailyStatistics, task: DailyStatistics, drivers: int
    ) -> None:
        super().__init__()
        number = len(task.channels)
        self.box = box_of(statistics, task) if config.kind == "downscaling" else None
        deviation = torch.ones(number)
        if self.box is not None:
            deviation = torch.from_numpy(statistics.scaling.deviation[self.box.channels] / task.scaling.deviation)
        for name, value in (
            ("ocean", torch.from_numpy(task.ocean)), ("weight", torch.from_numpy(task.weight)),
            ("change", torch.from_numpy(task.change)), ("ratio", deviation[:, None, None]),
        ):  # fmt: skip
            self.register_buffer(name, value, persistent=False)
        latitude, longitude = (task.latitude, task.longitude) if self.box is None else self.box.axes(statistics)
        turn = 360.0 if statistics.periodic else None

        def places(patch: int) -> tuple[Tensor, Tensor]:
            rows = patch_places(statistics.latitude, patch, latitude)[:, None]
            return rows, patch_places(statistics.longitude, patch, longitude, turn)

        self.places, (rows, columns) = places(1), places(model.network.patch)
        self.periodic = statistics.periodic
        hidden, blocks = config.hidden, config.blocks
        if self.box is not None:
            factor = self.box.factor
            self.head: nn.Module = DownscalingHead(model.width, number, rows, columns, factor, hidden, blocks, others=1)
        else:
            self.damping = nn.Parameter(torch.logit(torch.from_numpy(task.damping)))
            names, others = tuple(map(str, task.channels)), len(statistics.channels) + 1 + number + drivers
            around = statistics.periodic
            self.head = NextDayHead(model.width, names, others, rows, columns, around, hidden, blocks)

    def read(self, anomaly: Tensor) -> Tensor:
        """Take what the head reads of the state.

        Parameters
        ----------
        anomaly : tensor, shape (batch, channel, latitude, longitude)
            Of the network's grid.

        Returns
        -------
        tensor, shape (batch, channel, latitude, longitude)
            The channels of the task in its box; or all, at the cells of the task.
        """
        if self.box is not None:
            return self.box.of(anomaly)
        rows, columns = (place.to(anomaly.device) for place in self.places)
        return bilinear(anomaly.permute(0, 2, 3, 1), rows, columns, self.periodic).permute(0, 3, 1, 2)

    def forward(self, features: Tensor, state: Tensor, others: Tensor, own: Tensor) -> Tensor:
        """Make the next day.

        Parameters
        ----------
        features, state, others : tensor
            As of `HeadBatch`, of one day.
        own : tensor, shape (batch, field, latitude, longitude)
            Anomalies of the day.

        Returns
        -------
        tensor, shape (batch, field, latitude, longitude)
            Anomalies; 0 on land.
        """
        if self.box is not None:
            result: Tensor = self.ratio * self.head(features, state, others)
        else:
            kept = own * (1 - torch.sigmoid(self.damping)[:, None, None])
            added = self.head(features, kept, torch.cat([state, others], dim=1), self.ocean)
            result = kept + self.change[0][:, None, None] * added
        return torch.where(self.ocean, result, 0.0)

    def roll_out(self, batch: HeadBatch) -> Tensor:
        """Make the days of windows, each from the one before.

        Parameters
        ----------
        batch : HeadBatch
            Targets are not read.

        Returns
        -------
        tensor, shape (batch, day, field, latitude, longitude)
            Anomalies.
        """
        own, days = batch.own, []
        for day in range(batch.features.shape[1]):
            own = self(batch.features[:, day], batch.state[:, day], batch.others[:, day], own)
            days.append(own)
        return torch.stack(days, dim=1)

    def loss(self, batch: HeadBatch) -> Tensor:
        """Mean squared error over the ocean, in units of how much fields change in so many days, weighted by area.

        Parameters
        ----------
        batch : HeadBatch
            With targets.

        Returns
        -------
        tensor, shape ()
        """
        error = (self.roll_out(batch) - batch.target).square() * self.weight
        change = self.change[: error.shape[1]] if self.box is None else self.change[:1]
        mean: Tensor = (error.sum(dim=(-2, -1)) / change.square()).mean()
        return mean
