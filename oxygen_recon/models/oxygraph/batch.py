"""ColumnBatch: levels of water columns that are asked for, and what informs them, in standard units."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from graphs.types import Ints


class CastTensors(NamedTuple):
    """Observed casts as the network reads them.

    Parameters
    ----------
    inputs : tensor, shape (cast, level, feature)
        As `Profiles.inputs` returns them.
    oxygen : tensor, shape (cast, level)
        Standardised anomaly; 0 where there is none, and no node names it there.
    position : tensor, shape (cast, 3)
        Unit-sphere x, y, z.
    years : tensor, shape (cast,)
        Decimal years since 1970.
    """

    inputs: Tensor
    oxygen: Tensor
    position: Tensor
    years: Tensor

    def to(self, device: torch.device | str) -> CastTensors:
        """Return the casts on a device.

        Parameters
        ----------
        device : torch.device or str
            Where its tensors are to be.
        """
        return CastTensors(*(value.to(device) for value in self))


class Slopes(NamedTuple):
    """Nodes at which the slope of oxygen against nutrients is taken, at most one of each profile.

    Parameters
    ----------
    node : int64 tensor, shape (slope,)
        Numbers of the nodes.
    feature : int64 tensor, shape (feature,)
        Features of `ColumnBatch.inputs` that depend on a nutrient.
    rate : tensor, shape (slope, feature)
        By how much each grows, and standardised oxygen falls, as remineralisation proceeds: slopes in standard units
        times rates add up to the slope relative to that of remineralisation; 0 where the nutrient is not known.
    """

    node: Tensor
    feature: Tensor
    rate: Tensor

    def to(self, device: torch.device | str) -> Slopes:
        """Return the nodes on a device.

        Parameters
        ----------
        device : torch.device or str
            Where its tensors are to be.
        """
        return Slopes(*(value.to(device) for value in self))


@dataclass(frozen=True)
class ColumnBatch:
    """Nodes, which are levels of profiles that are asked for, with the casts that inform each.

    Parameters
    ----------
    inputs : tensor, shape (profile, level, feature)
        Of the profiles that are asked for.
    position, years : tensor, shape (profile, 3) and (profile,)
        As of `CastTensors`.
    profile, level : int64 tensor, shape (node,)
        Which level of which profile a node is.
    sender : int64 tensor, shape (node, k)
        Casts that inform a node, by their oxygen at its level; -1 for none.
    casts : CastTensors or None
        What the senders are numbers of; None where the network has encoded them already.
    target : tensor, shape (node,), optional
        Standardised anomaly that the loss compares with.
    nutrients : tensor, shape (node, nutrient), optional
        Standardised anomalies of further quantities; NaN where one was not measured, where the loss leaves it out.
    slopes : Slopes, optional
        Where the loss takes slopes of oxygen against nutrients.
    hidden, shown : int array, optional
        What is held out together with the targets, and with the casts that may inform.

    Raises
    ------
    ValueError
        On leakage: something held out together is among targets and casts; if a target is not finite.
    """

    inputs: Tensor
    position: Tensor
    years: Tensor
    profile: Tensor
    level: Tensor
    sender: Tensor
    casts: CastTensors | None = None
    target: Tensor | None = None
    nutrients: Tensor | None = None
    slopes: Slopes | None = None
    hidden: Ints | None = None
    shown: Ints | None = None

    def __post_init__(self) -> None:
        """Refuse a batch that shows the model what it is to estimate."""
        if self.hidden is not None and self.shown is not None and bool(np.isin(self.hidden, self.shown).any()):
            raise ValueError("ColumnBatch leaks: what is hidden is among the casts that inform")
        if self.target is not None and not bool(torch.isfinite(self.target).all()):
            raise ValueError("ColumnBatch: oxygen is missing at a target")

    def to(self, device: torch.device | str) -> ColumnBatch:
        """Return the batch on a device.

        Parameters
        ----------
        device : torch.device or str
            Where its tensors are to be.
        """
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        moved: dict[str, Any] = {name: value.to(device) for name, value in own.items() if isinstance(value, Tensor)}
        parts = {"casts": self.casts, "slopes": self.slopes}
        moved |= {name: part.to(device) for name, part in parts.items() if part is not None}
        return replace(self, **moved)
