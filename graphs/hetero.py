"""The mini-batch as PyTorch Geometric's `HeteroData`: node types, and edge types that read as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphs.edges import Edges

if TYPE_CHECKING:
    from torch import Tensor
    from torch_geometric.data import HeteroData

EdgeType = tuple[str, str, str]
CELL, OBSERVATION, RECORD = "cell", "observation", "record"  # node types; a record: a cell's mean at one other step
NEAR: EdgeType = (CELL, "near", CELL)
ABOVE: EdgeType = (CELL, "above", CELL)
BEFORE: EdgeType = (RECORD, "before", CELL)
AFTER: EdgeType = (RECORD, "after", CELL)
INFORMS: EdgeType = (OBSERVATION, "informs", CELL)


def to_hetero(nodes: Mapping[str, Mapping[str, NDArray[np.generic]]], edges: Mapping[EdgeType, Edges]) -> HeteroData:
    """Put nodes and edges into PyTorch Geometric's container.

    Parameters
    ----------
    nodes : mapping of node type to a mapping of names to arrays, shape (node, ...)
        Attributes of the nodes; the arrays of a type have one row a node.
    edges : mapping of edge type to Edges
        The first rows of the receiving node type are the receivers.

    Returns
    -------
    torch_geometric.data.HeteroData
        Each edge type holds its table as `sender`, shape (receiver, k), and `attributes`, shape
        (receiver, k, attribute). Messages over such tables take less time than over an edge list
        (experiments/benchmarks/graph_tables.py), which `with_edge_index` makes of them, and covariances among the
        senders of a receiver need them side by side.

    Raises
    ------
    ValueError
        If arrays of a node type disagree in length, or an edge names a node that is not there.
    """
    import torch
    from torch_geometric.data import HeteroData

    data, count = HeteroData(), {}
    for node, attributes in nodes.items():
        lengths = {len(values) for values in attributes.values()}
        if len(lengths) != 1:
            raise ValueError(f"nodes {node} have attributes of different lengths {sorted(lengths)}")
        (count[node],) = lengths
        data[node].num_nodes = count[node]
        for name, values in attributes.items():
            data[node][name] = torch.from_numpy(values)
    for kind, table in edges.items():
        if table.sender.max(initial=-1) >= count[kind[0]] or table.sender.shape[0] > count[kind[2]]:
            raise ValueError(f"edges {' '.join(kind)} name a node that is not there")
        data[kind].sender = torch.from_numpy(table.sender)
        data[kind].attributes = torch.from_numpy(table.attributes)
    return data


def with_edge_index(data: HeteroData) -> HeteroData:
    """Add to each edge type what PyTorch Geometric's own operators read.

    Parameters
    ----------
    data : torch_geometric.data.HeteroData
        As `to_hetero` makes it.

    Returns
    -------
    torch_geometric.data.HeteroData
        A copy in which every edge type has `edge_index` (row 0 sender, row 1 receiver), shape (2, edge), and
        `edge_attr`, shape (edge, attribute).
    """
    result = data.clone()
    for kind in data.edge_types:
        result[kind].edge_index, result[kind].edge_attr = edge_list(data[kind].sender, data[kind].attributes)
    return result


def edge_list(sender: Tensor, attributes: Tensor) -> tuple[Tensor, Tensor]:
    """Turn a table of senders into an edge list.

    Parameters
    ----------
    sender : int64 tensor, shape (receiver, k)
        -1 for none.
    attributes : tensor, shape (receiver, k, attribute)
        Attributes of the edges.

    Returns
    -------
    edge_index : int64 tensor, shape (2, edge)
        Sender over receiver, row by row.
    edge_attr : tensor, shape (edge, attribute)
        The attributes in that order.
    """
    import torch

    receiver, slot = torch.nonzero(sender >= 0, as_tuple=True)
    return torch.stack([sender[receiver, slot], receiver]), attributes[receiver, slot]
