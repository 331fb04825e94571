"""GraphBatch: what the graph network reads and is scored by, in standardised units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Edges:
    """A neighbour table over the nodes of a batch: row i holds the senders of receiver i.

    Parameters
    ----------
    sender : int64 tensor, shape (receiver, k)
        Positions in the batch's list of nodes; -1 for none. Receivers are the first nodes of that list.
    features : tensor, shape (receiver, k, feature)
        Finite; ignored where there is no sender.

    Raises
    ------
    ValueError
        If the two tables do not have the same rows and places.
    """

    sender: Tensor
    features: Tensor

    def __post_init__(self) -> None:
        """Refuse features that belong to other edges."""
        if self.features.shape[:-1] != self.sender.shape:
            raise ValueError(f"Edges: senders {tuple(self.sender.shape)}, features {tuple(self.features.shape)}")


@dataclass(frozen=True)
class Batch:
    """What a backbone reads and is judged by, in standardised units: receivers first, then their neighbours.

    Parameters
    ----------
    names : tuple of str
        Names of the channels of `inputs`.
    inputs : tensor, shape (batch, cell, channel)
        Finite features; where a quantity is missing its mask channel is 0.
    zoning : tensor, shape (batch, cell, component)
        What steers the zoning-varying layers.
    place : tensor, shape (batch, cell, 5)
        Unit-sphere x, y, z, decimal years since 1970, and the number of visits a mean averages (0: a single moment).
    history : tensor, shape (batch, cell, step, 2)
        Oxygen of the steps around (0 where missing) and whether it is there.
    oxygen : tensor, shape (batch, cell, 1)
        Standardised oxygen where `seen` or `scored`; NaN elsewhere.
    seen, scored : bool tensor, shape (batch, cell)
        Observations shown to the model, and targets whose truth the loss compares with.
    group : int64 tensor, shape (batch, cell)
        Cruise or platform of the observation; -1 where there is none or several (a mean).
    beside, informs : Edges
        Neighbouring cells of each receiver, and the observations that inform it.

    Raises
    ------
    ValueError
        On leakage: a node both seen and scored, a group with seen and with scored nodes, a sender of `informs`
        that is not seen; and where oxygen is missing although a mask says it is there.
    """

    names: tuple[str, ...]
    inputs: Tensor
    zoning: Tensor
    place: Tensor
    history: Tensor
    oxygen: Tensor
    seen: Tensor
    scored: Tensor
    group: Tensor
    beside: Edges
    informs: Edges

    def __post_init__(self) -> None:
        """Refuse a batch that shows the model what it is asked for."""
        if self.inputs.shape[-1] != len(self.names):
            raise ValueError(f"Batch: {self.inputs.shape[-1]} channels, {len(self.names)} names")
        if bool((self.seen & self.scored).any()):
            raise ValueError("Batch leaks: a node is both seen and scored")
        shown, asked = self.group[self.seen], self.group[self.scored]
        if bool(np.isin(asked.cpu().numpy(), shown.cpu().numpy()).any()):
            raise ValueError("Batch leaks: a group is both seen and scored")
        known = self.oxygen[..., 0].isfinite()
        if bool(((self.seen | self.scored) & ~known).any()):
            raise ValueError("Batch: oxygen is missing where a mask says it is there")
        senders = self.informs.sender
        if not bool(self.seen[0, senders[senders >= 0]].all()):
            raise ValueError("Batch leaks: a node that is not seen informs a receiver")

    @property
    def receivers(self) -> int:
        """Number of nodes, from the first, for which an estimate is made."""
        return self.informs.sender.shape[0]

    def to(self, device: torch.device | str) -> Batch:
        """Return the batch on a device."""
        moved: dict[str, Any] = {name: getattr(self, name).to(device) for name in _NODES}
        for name in _TABLES:
            table = getattr(self, name)
            moved[name] = Edges(table.sender.to(device), table.features.to(device))
        return replace(self, **moved)

    def first(self, n: int) -> Batch:
        """Return the batch of the first n receivers, with only the nodes they need.

        Parameters
        ----------
        n : int
            Receivers to keep; all where there are fewer.

        Returns
        -------
        Batch
        """
        import torch

        n = min(n, self.receivers)
        needed = torch.zeros(self.inputs.shape[1], dtype=torch.bool, device=self.inputs.device)
        needed[:n] = True
        for name in _TABLES:
            sender = getattr(self, name).sender[:n]
            needed[sender[sender >= 0]] = True
        number = needed.long().cumsum(0) - 1
        nodes = {name: getattr(self, name) for name in _NODES}
        kept: dict[str, Any] = {name: value[:, needed[: value.shape[1]]] for name, value in nodes.items()}
        for name in _TABLES:
            table = getattr(self, name)
            sender = table.sender[:n]
            kept[name] = Edges(torch.where(sender >= 0, number[sender.clamp(min=0)], -1), table.features[:n])
        return replace(self, **kept)


_NODES = ("inputs", "zoning", "place", "history", "oxygen", "seen", "scored", "group")


_TABLES = ("beside", "informs")
