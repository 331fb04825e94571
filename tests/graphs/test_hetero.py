import numpy as np
import pytest
import torch

from graphs.edges import Edges
from graphs.hetero import CELL, INFORMS, NEAR, OBSERVATION, to_hetero, with_edge_index

NODES = {CELL: {"years": np.arange(4.0)}, OBSERVATION: {"oxygen": np.arange(3.0)}}


def edges(table: list[list[int]]) -> Edges:
    sender = np.array(table)
    return Edges(sender, np.arange(sender.size, dtype=np.float32).reshape(*sender.shape, 1), ("distance",))


def test_nodes_and_edges_are_valid_heterogeneous_data():
    data = with_edge_index(to_hetero(NODES, {NEAR: edges([[1, 3], [2, -1]]), INFORMS: edges([[2, -1], [0, 2]])}))
    assert data.validate(raise_on_error=True)
    assert data["cell"].num_nodes == 4
    assert data["cell", "near", "cell"].edge_index.tolist() == [[1, 3, 2], [0, 0, 1]]
    assert data["observation", "informs", "cell"].edge_index.tolist() == [[2, 0, 2], [0, 1, 1]]
    assert torch.equal(data["observation", "informs", "cell"].edge_attr, torch.tensor([[0.0], [2.0], [3.0]]))


def test_edges_to_nodes_that_are_not_there_and_ragged_nodes_are_refused():
    with pytest.raises(ValueError, match="observation informs cell name a node"):
        to_hetero(NODES, {INFORMS: edges([[3]])})
    with pytest.raises(ValueError, match="cell near cell name a node"):
        to_hetero(NODES, {NEAR: edges([[0]] * 5)})
    with pytest.raises(ValueError, match="different lengths"):
        to_hetero({CELL: {"years": np.zeros(3), "oxygen": np.zeros(2)}}, {})
