"""A head beside a network that stays as it is, and the windows of days that it is trained on."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor, nn

from oxygen_recon.models.fourier.heads.bicubic import finer
from oxygen_recon.models.fourier.heads.config import HeadConfig
from oxygen_recon.models.fourier.heads.fields import FieldsHead, patch_places
from oxygen_recon.models.fourier.heads.memory import local_regression
from oxygen_recon.models.fourier.heads.scales import box_of
from oxygen_recon.models.fourier.statistics import DailyStatistics
from oxygen_recon.models.fourier.wrapper import DailyModel
from oxygen_recon.models.heads import bilinear

FADES = (5.0, 20.0)  # days, over which the numbers that stand for the lead fall by a factor e


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
        What else it reads: lead in numbers, climatology of the task, what drives it.
    own : tensor, shape (batch, known, field, latitude, longitude)
        Anomalies of the task's fields on the days that are read: the start first, or the day before the first.
    target : tensor, shape (batch, day, field, latitude, longitude)
        Anomalies of the task's fields on each day.
    first : int
        Days from the start to the first day, less one.
    """

    features: Tensor
    state: Tensor
    others: Tensor
    own: Tensor
    target: Tensor
    first: int = 0

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
        moved: dict[str, Any] = {
            one.name: getattr(self, one.name).to(device) for one in fields(self) if one.name != "first"
        }
        return HeadBatch(**moved, first=self.first)

    def known(self, day: int) -> tuple[Tensor, Tensor, Tensor]:
        """Give the anomalies of the days that are read, the forecast state of a day, and what else is read of it."""
        return self.own, self.state[:, day], self.others[:, day]


def linear_inputs(own: Tensor, state: Tensor, others: Tensor) -> Tensor:
    """List what is known at each cell for a linear function of one lead, whose numbers are constant.

    Parameters
    ----------
    own : tensor, shape (batch, known, field, latitude, longitude)
        As of `HeadBatch`.
    state, others : tensor
        As of `HeadBatch`, of one day.

    Returns
    -------
    tensor, shape (batch, input, latitude, longitude)
        The last is one.
    """
    others = others[:, len(FADES) :]
    return torch.cat([own.flatten(1, 2), state, others, torch.ones_like(own[:, 0, :1])], dim=1)


class TaskHead(nn.Module):
    """A head on the features of a network.

    The anomaly of a day is what is left of anomalies that are known, and what the head adds in units of how much the
    field changes in so many days. Of waves, each day is made from the one before, whose anomaly is damped; else each is
    made from the start: what is left at each lead and place of its anomaly, of that of a day before it and, of finer
    fields, of the interpolated forecast is found by regression (`learn`).

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
    left: Tensor

    def __init__(
        self, config: HeadConfig, model: DailyModel, statistics: DailyStatistics, task: DailyStatistics, drivers: int
    ) -> None:
        super().__init__()
        number, self.days, self.stepped = len(task.channels), config.read, config.stepped
        self.box = box_of(statistics, task) if config.kind == "downscaling" else None
        deviation = torch.ones(number)
        if self.box is not None:
            deviation = torch.from_numpy(statistics.scaling.deviation[self.box.channels] / task.scaling.deviation)
        for name, value in (
            ("ocean", torch.from_numpy(task.ocean)), ("weight", torch.from_numpy(task.weight)),
            ("change", torch.from_numpy(task.change)), ("ratio", deviation[:, None, None]),
        ):  # fmt: skip
            self.register_buffer(name, value, persistent=False)
        turn = 360.0 if statistics.periodic else None

        def places(patch: int) -> tuple[Tensor, Tensor]:
            rows = patch_places(statistics.latitude, patch, task.latitude)[:, None]
            return rows, patch_places(statistics.longitude, patch, task.longitude, turn)

        self.places, (rows, columns) = places(1), places(model.network.patch)
        self.periodic, self.around = statistics.periodic, task.periodic
        others = (len(statistics.channels) if self.box is None else number) + len(FADES) + number + drivers
        if self.stepped:
            self.damping = nn.Parameter(torch.logit(torch.from_numpy(task.damping)))
        else:
            known = len(self.days) + (self.box is not None)
            self.register_buffer("left", torch.zeros(len(task.change), known, *task.ocean.shape))
            others += len(self.days) * number
        names, size = tuple(map(str, task.channels)), (config.hidden, config.blocks)
        self.head = FieldsHead(model.width, names, others, rows, columns, self.around, *size)

    def read(self, anomaly: Tensor) -> Tensor:
        """Take what the head reads of the state.

        Parameters
        ----------
        anomaly : tensor, shape (batch, channel, latitude, longitude)
            Of the network's grid.

        Returns
        -------
        tensor, shape (batch, channel, latitude, longitude)
            At the cells of the task: all channels, or those of finer fields, in their scale.
        """
        if self.box is not None:
            return self.ratio * finer(self.box, anomaly)
        rows, columns = (place.to(anomaly.device) for place in self.places)
        return bilinear(anomaly.permute(0, 2, 3, 1), rows, columns, self.periodic).permute(0, 3, 1, 2)

    def learn(self, batch: HeadBatch) -> None:
        """Find what is left of known anomalies, by regression; no gradient does.

        Parameters
        ----------
        batch : HeadBatch
            Whole forecasts, with targets.
        """
        if not self.stepped:
            for lead in range(len(self.left)):
                known = self._known(batch.own, batch.state[:, lead])
                self.left[lead] = local_regression(known, batch.target[:, lead], self.weight, self.around)

    def forward(self, features: Tensor, state: Tensor, others: Tensor, own: Tensor, lead: int = 0) -> Tensor:
        """Make a day.

        Parameters
        ----------
        features, state, others : tensor
            As of `HeadBatch`, of one day.
        own : tensor, shape (batch, known, field, latitude, longitude)
            Anomalies of the start and the other days that are read, or of the day before.
        lead : int
            Days from the start, less one.

        Returns
        -------
        tensor, shape (batch, field, latitude, longitude)
            Anomalies; 0 on land.
        """
        if self.stepped:
            lead, left = 0, own[:, 0] * (1 - torch.sigmoid(self.damping)[:, None, None])
        else:
            lead = min(lead, len(self.left) - 1)
            left = (self.left[lead] * self._known(own, state)).sum(dim=1)
            others = torch.cat([others, own.flatten(1, 2)], dim=1)
        added = self.head(features, left, torch.cat([state, others], dim=1), self.ocean)
        return torch.where(self.ocean, left + self.change[lead][:, None, None] * added, 0.0)

    def roll_out(self, batch: HeadBatch) -> Tensor:
        """Make the days of windows.

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
            _, state, others = batch.known(day)
            days.append(self(batch.features[:, day], state, others, own, batch.first + day))
            own = days[-1][:, None] if self.stepped else own
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
        first = 0 if self.stepped else batch.first
        mean: Tensor = (error.sum(dim=(-2, -1)) / self.change[first : first + error.shape[1]].square()).mean()
        return mean

    def _known(self, own: Tensor, state: Tensor) -> Tensor:
        """List the anomalies of which something is left, shape (batch, known, field, latitude, longitude)."""
        return own if self.box is None else torch.cat([own, state[:, None]], dim=1)
