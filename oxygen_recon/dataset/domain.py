"""What travels between the rooms that estimate: where, what was observed, and what is believed."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # the baselines carry domains and samples without loading torch
    import torch
    from torch import Tensor

Floats = NDArray[np.floating]
Ints = NDArray[np.integer]


@dataclass(frozen=True)
class Domain:
    """Every wet cell at every step, and what is known there besides oxygen.

    Parameters
    ----------
    latitude, longitude, depth : array, shape (cell,)
        Centres of the wet cells: degrees north, degrees east, metres (positive down).
    column, level : int array, shape (cell,)
        Which water column (0 ... columns - 1) and which level (0 = shallowest) a cell is.
    volume : array, shape (cell,)
        Cell volume, m3.
    years : array, shape (step,)
        Middle of each step, decimal years.
    covariates : array, shape (step, cell, channel)
        Environmental fields in physical units; NaN is missing. Static fields are broadcast over step.
    names : tuple of str
        Names of the channels: temperature (degC), salinity (1), nitrate, phosphate, silicate (umol kg-1), ...

    Raises
    ------
    ValueError
        If shapes or names disagree.
    """

    latitude: Floats
    longitude: Floats
    depth: Floats
    column: Ints
    level: Ints
    volume: Floats
    years: Floats
    covariates: Floats
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse arrays that do not describe the same cells."""
        for field in ("latitude", "longitude", "depth", "column", "level", "volume"):
            if getattr(self, field).shape != self.latitude.shape:
                raise ValueError(f"Domain.{field} does not have one entry a cell")
        if self.covariates.shape != (self.years.size, self.latitude.size, len(self.names)):
            raise ValueError(f"Domain.covariates has shape {self.covariates.shape}, not (step, cell, channel)")

    @property
    def cells(self) -> int:
        """Number of wet cells."""
        return self.latitude.size

    @property
    def steps(self) -> int:
        """Number of time steps."""
        return self.years.size


@dataclass(frozen=True)
class Samples:
    """Gridded observations: one row is what one cruise (or float) found in one cell during one step.

    Parameters
    ----------
    cell, step, group : int array, shape (sample,)
        Cell and step of the `Domain`; group numbers the cruise or platform, the unit that is held out together.
    oxygen : array, shape (sample,)
        Robust mean, umol kg-1, finite.
    count : int array, shape (sample,)
        Number of casts in the mean.
    spread : array, shape (sample,)
        Robust standard deviation among them, umol kg-1; NaN where count is 1.

    Raises
    ------
    ValueError
        If lengths differ or an oxygen value is not finite.
    """

    cell: Ints
    step: Ints
    group: Ints
    oxygen: Floats
    count: Ints
    spread: Floats

    def __post_init__(self) -> None:
        """Refuse ragged columns and missing values."""
        for field in fields(self):
            if getattr(self, field.name).shape != self.cell.shape:
                raise ValueError(f"Samples.{field.name} does not have one entry a sample")
        if not np.isfinite(self.oxygen).all():
            raise ValueError("Samples.oxygen must be finite: a missing value is no sample")

    def __len__(self) -> int:
        return self.cell.size

    def take(self, which: NDArray[np.bool_] | Ints) -> Samples:
        """Return the samples selected by a mask or an index array."""
        return Samples(*(getattr(self, field.name)[which] for field in fields(self)))


@dataclass(frozen=True)
class Estimate:
    """What a method believes: a mean and a standard error for each name, in physical units.

    Parameters
    ----------
    names : tuple of str
        For instance ("oxygen",).
    mean, scale : array or tensor, shape (..., name)
        Mean and standard error, umol kg-1; finite, scale > 0.

    Raises
    ------
    ValueError
        If shapes disagree, a mean is not finite or a scale is not positive.
    """

    names: tuple[str, ...]
    mean: Floats
    scale: Floats

    def __post_init__(self) -> None:
        """Refuse an estimate that cannot be one."""
        if self.mean.shape != self.scale.shape or self.mean.shape[-1] != len(self.names):
            raise ValueError(f"Estimate of {self.names} has shapes {self.mean.shape} and {self.scale.shape}")
        if not (np.isfinite(np.asarray(self.mean)).all() and (np.asarray(self.scale) > 0).all()):
            raise ValueError("Estimate must be finite with a positive scale")


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
