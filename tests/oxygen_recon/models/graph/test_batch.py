import dataclasses

import numpy as np
import pytest
import torch

from graphs.edges import Edges
from graphs.hetero import ABOVE, AFTER, BEFORE, CELL, INFORMS, NEAR, OBSERVATION, RECORD, to_hetero, with_edge_index
from oxygen_recon.models.graph.batch import GraphBatch

NAN = np.float32(np.nan)


def table(sender: list[list[int]], width: int = 1) -> Edges:
    numbers = np.array(sender)
    attributes = np.random.default_rng(0).normal(size=(*numbers.shape, width)).astype(np.float32)
    return Edges(numbers, attributes, tuple("abcde"[:width]))


def nodes(oxygen: list[float], group: list[int], context: bool, target: list[bool]) -> dict[str, np.ndarray]:
    n, rng = len(oxygen), np.random.default_rng(1)
    inputs, zoning, position = (rng.normal(size=(n, k)).astype(np.float32) for k in (2, 7, 3))
    years, visits = rng.normal(size=n).astype(np.float32), np.zeros(n, np.float32)
    return {
        "inputs": inputs, "zoning": zoning, "position": position, "years": years, "visits": visits,
        "oxygen": np.array(oxygen, np.float32), "context": np.full(n, context), "target": np.array(target),
        "group": np.array(group),
    }  # fmt: skip


def batch(informs: list[list[int]] | None = None, **changes: tuple[str, str, object]) -> GraphBatch:
    """Two receivers (cells 0, 1), one neighbouring cell (2), two observations, three records."""
    cells = nodes([0.1, 0.2, NAN], [7, 7, -1], False, [True, True, False])
    observations = nodes([0.4, 0.5], [8, 9], True, [False, False])
    for node, name, value in changes.values():
        (cells if node == CELL else observations)[name] = np.asarray(value)
    edges = {
        NEAR: table([[2], [2]], 5), ABOVE: table([[-1], [0]], 5), INFORMS: table(informs or [[0, 1], [1, -1]], 5),
        BEFORE: table([[-1, 0], [1, 2], [-1, -1]], 0), AFTER: table([[1, -1], [-1, -1], [2, -1]], 0),
    }  # fmt: skip
    records = {"oxygen": np.array([5.0, 6.0, 7.0], np.float32)}
    return GraphBatch(to_hetero({CELL: cells, OBSERVATION: observations, RECORD: records}, edges), ("a", "b"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ((CELL, "context", [True, False, False]), "both context and target"),
        ((OBSERVATION, "group", [8, 7]), "group is both context and target"),
        ((OBSERVATION, "context", [True, False]), "not context informs"),
        ((CELL, "oxygen", np.full(3, NAN)), "oxygen is missing"),
        ((OBSERVATION, "oxygen", np.array([NAN, 1], np.float32)), "oxygen is missing"),
    ],
)
def test_a_leaking_or_incomplete_batch_cannot_be_made(change: tuple[str, str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        batch(change=change)


def test_a_batch_needs_a_name_for_each_feature() -> None:
    with pytest.raises(ValueError, match="2 features, 1 names"):
        dataclasses.replace(batch(), names=("a",))


def test_the_history_is_the_records_before_and_after_with_a_mask_and_an_empty_centre() -> None:
    expected = [[[0, 0], [5, 1], [0, 0], [6, 1], [0, 0]], [[6, 1], [7, 1], [0, 0], [0, 0], [0, 0]]]
    assert batch().history()[:2].tolist() == expected


def test_edges_of_two_types_lie_side_by_side() -> None:
    made = batch()
    both, near, above = made.edges(NEAR, ABOVE), made.edges(NEAR), made.edges(ABOVE)
    assert both.sender.tolist() == [[2, -1], [2, 0]]
    assert torch.equal(both.attributes, torch.cat([near.attributes, above.attributes], dim=1))


def test_the_first_receivers_keep_what_they_need_and_no_more() -> None:
    whole = batch(informs=[[1, -1], [0, 1]])
    part = whole.first(1)
    assert (part.receivers, part.cells, part.data[OBSERVATION].num_nodes) == (1, 2, 1)  # neighbour 2, observation 1
    assert part.edges(NEAR).sender.tolist() == [[1]] and part.edges(INFORMS).sender.tolist() == [[0, -1]]
    for name in ("inputs", "zoning", "years", "group"):
        kept = torch.cat([whole.data[CELL][name][[0, 2]], whole.data[OBSERVATION][name][[1]]])
        assert torch.equal(part.nodes(name), kept)
    assert torch.equal(part.history(), whole.history()[[0, 2]])
    assert whole.cells == 3 and whole.first(9).cells == 3, "the whole batch stays as it was"


def test_other_inputs_leave_the_batch_as_it_was() -> None:
    whole = batch()
    before = whole.nodes("inputs").clone()
    other = whole.with_inputs(torch.zeros(3, 2))
    assert torch.equal(whole.nodes("inputs"), before)
    assert torch.equal(other.nodes("inputs"), torch.cat([torch.zeros(3, 2), before[3:]]))


def test_every_tensor_is_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, moved = batch(), []
    tensors = [value for store in whole.data.stores for value in store.values() if torch.is_tensor(value)]
    monkeypatch.setattr(torch.Tensor, "to", lambda tensor, **how: moved.append((id(tensor), how["device"])) or tensor)
    there = whole.to("elsewhere")
    assert sorted(moved) == sorted((id(tensor), "elsewhere") for tensor in tensors)
    assert there.data is not whole.data


def test_as_heterogeneous_data_the_batch_is_valid_for_pytorch_geometric() -> None:
    data = with_edge_index(batch().data)
    assert data.validate(raise_on_error=True)
    assert data["cell", "near", "cell"].edge_index.tolist() == [[2, 2], [0, 1]]
    assert data["record", "before", "cell"].edge_index.tolist() == [[0, 1, 2], [0, 1, 1]]
    assert data["observation", "informs", "cell"].edge_attr.shape == (3, 5)
