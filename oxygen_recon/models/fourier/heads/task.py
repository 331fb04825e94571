"""A head beside a network that stays as it is, and the batches that it is trained on."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from oxygen_recon.dataset.daily.fields import DailyFields
from oxygen_recon.models.fourier.batch import GridBatch
from oxygen_recon.models.fourier.heads.config import HeadConfig
from oxygen_recon.models.fourier.heads.fields import DownscalingHead, WaveHead, patch_places
from oxygen_recon.models.fourier.heads.scales import box_of
from oxygen_recon.models.fourier.statistics import DailyStatistics
from oxygen_recon.models.fourier.wrapper import DailyModel
from oxygen_recon.models.heads import BiochemistryHead, GridAdapter


@dataclass(frozen=True)
class HeadBatch:
    """A mini-batch of a head.

    Parameters
    ----------
    start : GridBatch
        What the network reads, one day ahead.
    own : tensor, shape (batch, field, latitude, longitude)
        The task's fields of the start, in scores; not read where the head takes the state of the network.
    drivers : tensor, shape (batch, driver, latitude, longitude)
        Of the next day, as the wind; may have no field.
    target : tensor, shape (batch, field, latitude, longitude)
        The task's fields of the next day, in scores.
    """

    start: GridBatch
    own: Tensor
    drivers: Tensor
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
    """A head beside a network that stays as it is.

    Parameters
    ----------
    config : HeadConfig
        Which head.
    model : DailyModel
        The trained network.
    statistics : DailyStatistics
        Of the fields that it was trained on.
    task : DailyFields
        The task's fields, for their grid and ocean.
    drivers : int
        Fields that drive the task.
    """

    ocean: Tensor
    weight: Tensor

    def __init__(
        self, config: HeadConfig, model: DailyModel, statistics: DailyStatistics, task: DailyFields, drivers: int
    ) -> None:
        super().__init__()
        self.frozen = (model.requires_grad_(False),)  # in a tuple: no part of what is trained and kept
        self.kind, number = config.kind, len(task.channels)
        self.register_buffer("ocean", torch.from_numpy(task.ocean), persistent=False)
        area = torch.from_numpy(np.cos(np.radians(task.latitude))[:, None] * task.ocean).float()
        self.register_buffer("weight", area / area.sum(dim=(1, 2), keepdim=True), persistent=False)
        self.box = box_of(statistics, task) if config.kind == "downscaling" else None
        latitude, longitude = (task.latitude, task.longitude) if self.box is None else self.box.axes(statistics)
        patch, turn = model.network.patch, 360.0 if statistics.periodic else None
        rows = patch_places(statistics.latitude, patch, latitude)[:, None]
        columns = patch_places(statistics.longitude, patch, longitude, turn)
        sizes = {"hidden": config.hidden, "blocks": config.blocks}
        self.head: nn.Module
        if self.box is not None:
            self.head = DownscalingHead(model.width, number, rows, columns, self.box.factor, **sizes)
        elif config.kind == "waves":
            self.head = WaveHead(model.width, drivers, rows, columns, statistics.periodic, **sizes)
        else:
            adapter = GridAdapter(model.width, config.hidden, rows, columns, statistics.periodic)
            names = tuple(map(str, task.channels))
            self.head = nn.ModuleList([adapter, BiochemistryHead(config.hidden, names, condition=True)])

    def forward(self, features: Tensor, state: Tensor, own: Tensor, drivers: Tensor) -> Tensor:
        """Make the task's fields of the next day.

        Parameters
        ----------
        features, state : tensor
            That the next day is made of, and the next day, of the network: shapes (batch, row, column, width) and
            (batch, channel, latitude, longitude).
        own, drivers : tensor
            As of `HeadBatch`.

        Returns
        -------
        tensor, shape (batch, field, latitude, longitude)
            Scores; 0 on land.
        """
        if self.box is not None:
            result: Tensor = self.head(features, self.box.of(state))
        elif self.kind == "waves":
            result = self.head(features, own, drivers)
        else:
            adapter, head = cast(nn.ModuleList, self.head)
            flag = self.ocean.to(own.dtype).permute(1, 2, 0).expand(len(own), -1, -1, -1)
            result = head(adapter(features), own.permute(0, 2, 3, 1), flag)[0].permute(0, 3, 1, 2)
        return torch.where(self.ocean, result, 0.0)

    def loss(self, batch: HeadBatch) -> Tensor:
        """Mean squared error of the next day over the ocean, weighted by area.

        Parameters
        ----------
        batch : HeadBatch
            With targets.

        Returns
        -------
        tensor, shape ()
        """
        model = self.frozen[0].to(batch.own.device)
        with torch.no_grad():
            state, features = next(model.days(batch.start))
        error = self(features, state, batch.own, batch.drivers) - batch.target
        mean: Tensor = (error.square() * self.weight).sum(dim=(-2, -1)).mean()
        return mean
