"""GraphBatch: what the graph network reads and is scored by, as `HeteroData`, in standardised units."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from graphs.hetero import ABOVE, AFTER, BEFORE, CELL, INFORMS, NEAR, OBSERVATION, RECORD, EdgeType

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData


class EdgeTable(NamedTuple):
    """Edges of one kind, or of several side by side: row i holds the senders of receiver i.

    Parameters
    ----------
    sender : int64 tensor, shape (receiver, k)
        Number of each sender among the nodes of its type; -1 for none.
    attributes : tensor, shape (receiver, k, attribute)
        Finite; ignored where there is no sender.
    """

    sender: Tensor
    attributes: Tensor


@dataclass(frozen=True)
class GraphBatch:
    """A mini-batch of the graph.

    Nodes `cell` (the receivers first, then neighbours of theirs) and `observation` (a sample, or the mean of many)
    have the attributes

    - inputs, shape (node, feature): finite features; where a quantity is missing its "known" feature is 0;
    - zoning, shape (node, 7): what the weights of the zoning-varying layers depend on (`features.ZONING`);
    - position, shape (node, 3), and years: unit-sphere x, y, z and decimal years since 1970;
    - visits: number of visits that a mean averages; 0 for a single moment;
    - oxygen: standardised anomaly where `context` or `target`; NaN elsewhere;
    - context, target: whether the model may read the oxygen, and whether the loss compares with it;
    - group: what is hidden together with the oxygen, as its cruise; -1 where there is none or several (a mean).

    Nodes `record` have oxygen: the mean of the context in one cell during one step. The edges read as sentences: cell
    near cell, cell above cell, record before cell, record after cell, observation informs cell (`graphs.hetero`).

    Parameters
    ----------
    data : torch_geometric.data.HeteroData
        Nodes and edges, from `graphs.hetero.to_hetero`; `graphs.hetero.with_edge_index` adds edge lists for PyTorch
        Geometric's own operators.
    names : tuple of str, length feature
        Names of the features in `inputs`.

    Raises
    ------
    ValueError
        On leakage: a node both context and target, a group with context and with target nodes, a sender of `informs`
        that is not context; where oxygen is missing although a mask marks it as there; where names do not fit.
    """

    data: HeteroData
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse a batch that shows the model what it is to estimate."""
        for node in (CELL, OBSERVATION):
            if (width := self.data[node].inputs.shape[-1]) != len(self.names):
                raise ValueError(f"GraphBatch: {width} features, {len(self.names)} names")
        context, target, group = self.nodes("context"), self.nodes("target"), self.nodes("group")
        if bool((context & target).any()):
            raise ValueError("GraphBatch leaks: a node is both context and target")
        if bool(np.isin(group[target].cpu().numpy(), group[context].cpu().numpy()).any()):
            raise ValueError("GraphBatch leaks: a group is both context and target")
        if bool(((context | target) & ~self.nodes("oxygen").isfinite()).any()):
            raise ValueError("GraphBatch: oxygen is missing where a mask marks it as there")
        sender, outside = self.data[INFORMS].sender, ~self.data[OBSERVATION].context
        if bool(outside.any()) and bool(outside[sender[sender >= 0]].any()):
            raise ValueError("GraphBatch leaks: an observation that is not context informs a receiver")

    @property
    def receivers(self) -> int:
        """Number of cells, from the first, for which an estimate is made."""
        return int(self.data[INFORMS].sender.shape[0])

    @property
    def cells(self) -> int:
        """Number of cells: the receivers and their neighbours."""
        return int(self.data[CELL].num_nodes)

    def nodes(self, name: str) -> Tensor:
        """Return an attribute of the cells, then of the observations, shape (node, ...).

        Parameters
        ----------
        name : str
            An attribute that cells and observations both have, as listed in `GraphBatch`.
        """
        parts = [self.data[CELL][name], self.data[OBSERVATION][name]]
        if (
            parts[0].ndim == 2 and not parts[0].is_contiguous()
        ):  # in their layout: products with another round otherwise
            return torch.cat([part.T for part in parts], dim=1).T
        return torch.cat(parts)

    def edges(self, *kinds: EdgeType) -> EdgeTable:
        """Return the edges of one type, or of several with the same attributes side by side."""
        stores = [self.data[kind] for kind in kinds]
        if len(stores) == 1:
            return EdgeTable(stores[0].sender, stores[0].attributes)
        return EdgeTable(
            torch.cat([store.sender for store in stores], dim=1),
            torch.cat([store.attributes for store in stores], dim=1),
        )

    def history(self) -> Tensor:
        """Return the records before and after each cell, its own step (left out) between them.

        Returns
        -------
        tensor, shape (cell, step, 2)
            Oxygen (0 where there is no record) and 1 where there is a record.
        """
        records = self.data[RECORD].oxygen
        oxygen = torch.cat([records, records.new_zeros(1)])  # the last stands for the sender -1
        sides = []
        for kind in (BEFORE, AFTER):
            sender = self.data[kind].sender
            sides.append(torch.stack([oxygen[sender], (sender >= 0).to(oxygen.dtype)], dim=-1))
        return torch.cat([sides[0], torch.zeros_like(sides[0][:, :1]), sides[1]], dim=1)

    def to(self, device: torch.device | str) -> GraphBatch:
        """Return the batch on a device.

        Parameters
        ----------
        device : torch.device or str
            Where its tensors are to be.

        Returns
        -------
        GraphBatch
            A new batch; this one stays where it is.
        """
        return replace(self, data=copy.copy(self.data).to(device))

    def with_inputs(self, inputs: Tensor) -> GraphBatch:
        """Return the batch with other features of the cells, shape (cell, feature).

        Parameters
        ----------
        inputs : tensor, shape (cell, feature)
            Features of all cells, columns as in `names`.

        Returns
        -------
        GraphBatch
            A new batch that shares all else with this one.
        """
        data = copy.copy(self.data)
        data[CELL].inputs = inputs
        return replace(self, data=data)

    def first(self, n: int) -> GraphBatch:
        """Return the batch of the first n receivers, with only the nodes they need.

        Parameters
        ----------
        n : int
            Receivers to keep; all where there are fewer.

        Returns
        -------
        GraphBatch
            The same estimates for these receivers.
        """
        n, data = min(n, self.receivers), copy.copy(self.data)
        cells, cell_number = _needed(self.cells, n, [self.data[kind].sender[:n] for kind in (NEAR, ABOVE)])
        observations, number = _needed(self.data[OBSERVATION].num_nodes, 0, [self.data[INFORMS].sender[:n]])
        for kind, numbers in ((NEAR, cell_number), (ABOVE, cell_number), (INFORMS, number)):
            data[kind].sender = numbers[self.data[kind].sender[:n]]
            data[kind].attributes = self.data[kind].attributes[:n]
        for kind in (BEFORE, AFTER):  # each cell has a row
            data[kind].sender, data[kind].attributes = data[kind].sender[cells], data[kind].attributes[cells]
        for node, kept in ((CELL, cells), (OBSERVATION, observations)):
            for name, value in self.data[node].items():
                data[node][name] = int(kept.sum()) if name == "num_nodes" else value[kept]
        return replace(self, data=data)


def _needed(count: int, first: int, senders: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Mask of the nodes that are among the first or are senders, and their new numbers; -1 stays -1."""
    needed = torch.zeros(count, dtype=torch.bool, device=senders[0].device)
    needed[:first] = True
    for sender in senders:
        needed[sender[sender >= 0]] = True
    number = needed.long().cumsum(0) - 1
    return needed, torch.cat([number, number.new_tensor([-1])])
