"""What a node knows of itself: its surroundings (a perceptron) and its own past and future (a recurrent network)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class FeatureEncoder(nn.Module):
    """Two linear layers with one ReLU between them (Lu et al. 2024): 1,568 parameters for 15 inputs and width 32.

    Parameters
    ----------
    inputs, width : int
        Number of input and output features.
    """

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width))

    def forward(self, inputs: Tensor) -> Tensor:
        """Encode features.

        Parameters
        ----------
        inputs : tensor, shape (..., input)

        Returns
        -------
        tensor, shape (..., width)
        """
        encoded: Tensor = self.layers(inputs)
        return encoded


class TemporalEncoder(nn.Module):
    """A bidirectional LSTM of two layers over the oxygen history of a cell, read at the centre step.

    An observation is a history of one step, so the same weights encode both (8,832 parameters for one channel and
    16 units a direction).

    Parameters
    ----------
    channels : int
        Channels a step: oxygen, and whether it is there.
    units : int
        Hidden units a direction.
    """

    def __init__(self, channels: int, units: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(channels, units, num_layers=2, bidirectional=True, batch_first=True)

    def forward(self, history: Tensor) -> Tensor:
        """Encode histories.

        Parameters
        ----------
        history : tensor, shape (node, step, channel)
            An odd number of steps; all zeros where nothing was measured.

        Returns
        -------
        tensor, shape (node, 2 * units)
            Output at the centre step.
        """
        # Most cells were never measured: their equal, empty histories are encoded once.
        some = (history != 0).flatten(1).any(dim=1)
        empty = torch.zeros_like(history[:1])
        with _without_onednn():
            encoded: Tensor = self.lstm(torch.cat([empty, history[some]]))[0][:, history.shape[1] // 2]
        row = torch.where(some, some.long().cumsum(0), 0)
        return encoded[row]


@contextmanager
def _without_onednn() -> Iterator[None]:
    """Leave oneDNN out: it compiles and keeps a kernel for every number of nodes, no faster, 0.8 GB in 80 steps."""
    before = torch.backends.mkldnn.enabled
    torch.backends.mkldnn.enabled = False  # type: ignore[assignment]
    try:
        yield
    finally:
        torch.backends.mkldnn.enabled = before
