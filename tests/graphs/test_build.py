import dataclasses

import numpy as np
import pytest

from graphs.build import Graph, build, steps_before_and_after
from graphs.edges import Edges
from graphs.grid import Grid


@pytest.fixture(scope="module")
def grid() -> Grid:
    wet = np.ones((2, 5, 6), bool)
    wet[:, 2, 3] = False
    wet[1, 0] = False
    return Grid(np.arange(10.0, 16), np.arange(177.0, 184), np.array([0.0, 50, 150]), np.array([25.0, 100]), wet)


@pytest.fixture(scope="module")
def graph(grid: Grid) -> Graph:
    return build(grid, near=4)


def test_the_hash_follows_the_recipe_and_the_grid(grid: Grid, graph: Graph):
    assert graph.hash == build(grid, near=4).hash
    wet = grid.wet.copy()
    wet[0, 0, 0] = False
    assert len({graph.hash, build(grid, near=5).hash, build(dataclasses.replace(grid, wet=wet), near=4).hash}) == 3


def linked(edges: Edges, receiver: int, sender: int) -> Edges:
    table = edges.sender.copy()
    table[receiver, 0] = sender
    return dataclasses.replace(edges, sender=table)


def test_edges_that_break_an_invariant_are_refused(graph: Graph):
    number = graph.grid.number
    for kind, receiver, sender, message in (
        ("near", 3, 3, "itself"),
        ("near", 0, graph.grid.cells, "no cell"),
        ("near", number[0, 2, 2], number[1, 2, 2], "two levels"),
        ("near", number[0, 2, 2], number[0, 2, 4], "across land"),
        ("above", number[1, 2, 2], number[0, 2, 1], "one over the other"),
    ):
        with pytest.raises(ValueError, match=message):
            dataclasses.replace(graph, **{kind: linked(getattr(graph, kind), receiver, sender)})
    with pytest.raises(ValueError, match="one row a wet cell"):
        dataclasses.replace(graph, near=graph.near.take(np.arange(3)))
    with pytest.raises(ValueError, match="at least 1"):
        build(graph.grid, near=0)


def test_the_neighbourhood_of_receivers_holds_their_neighbours_at_their_step(graph: Graph):
    cell, step = np.array([7, 20, 7]), np.array([3, 3, 4])
    around = graph.around(cell, step, neighbours=3)
    np.testing.assert_array_equal(around.cell[:3], cell)
    assert np.unique(np.stack([around.cell, around.step])[:, 3:], axis=1).shape[1] == around.cell.size - 3
    for kind, whole in ((around.near, graph.near), (around.above, graph.above)):
        table = whole.sender[cell, : kind.sender.shape[1]]
        np.testing.assert_array_equal(kind.there, table >= 0)
        np.testing.assert_array_equal(np.where(kind.there, around.cell[kind.sender], -1), table)
        sender, receiver = kind.index
        np.testing.assert_array_equal(around.step[sender], step[receiver])
    assert around.near.sender.shape == (3, 3) and around.above.sender.shape == (3, 2)


def test_a_receiver_that_is_a_neighbour_is_one_node_where_nodes_are_shared(graph: Graph):
    cell = np.append(np.arange(0, graph.grid.cells, 2), 0)  # the first of them twice
    step = np.append(np.full(cell.size - 1, 3), 4)
    apart, shared = (graph.around(cell, step, 3, shared) for shared in (False, True))
    assert np.unique(np.stack([shared.cell, shared.step]), axis=1).shape[1] == shared.cell.size < apart.cell.size
    np.testing.assert_array_equal(shared.cell[: cell.size], cell)
    for kind in ("near", "above"):
        one, other = getattr(apart, kind), getattr(shared, kind)
        np.testing.assert_array_equal(one.there, other.there)
        for name in ("cell", "step"):
            senders = [getattr(part, name)[getattr(part, kind).sender] for part in (apart, shared)]
            np.testing.assert_array_equal(*(values[one.there] for values in senders))
    whole = graph.around(np.arange(graph.grid.cells), np.zeros(graph.grid.cells, int), 3, shared=True)
    assert whole.cell.size == graph.grid.cells
    np.testing.assert_array_equal(whole.above.sender, graph.above.sender)
    assert graph.around(np.zeros(0, int), np.zeros(0, int), 3, shared=True).cell.size == 0


def test_steps_before_and_after_leave_out_the_step_itself_and_what_is_off_the_axis():
    before, after = steps_before_and_after(np.array([0, 2, 4]), reach=2, steps=5)
    np.testing.assert_array_equal(before, [[-1, -1], [0, 1], [2, 3]])
    np.testing.assert_array_equal(after, [[1, 2], [3, 4], [-1, -1]])
