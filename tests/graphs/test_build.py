import dataclasses
from pathlib import Path

import numpy as np
import pytest

from graphs import build as graph_build
from graphs.build import Graph, Observations, build, build_or_load, load, recipe_hash
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


def test_saved_graphs_come_back_and_altered_ones_do_not(graph: Graph, tmp_path: Path):
    path = tmp_path / "deep" / "graph.npz"
    graph.save(path)
    again = load(path)
    assert again.hash == graph.hash
    for field in ("near", "near_features", "above", "above_features"):
        np.testing.assert_array_equal(getattr(again, field), getattr(graph, field))
    with np.load(path) as file:
        arrays = dict(file)
    arrays["grid_depth"] = arrays["grid_depth"] + 1
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match="do not match"):
        load(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match="not a stored graph"):
        load(path)
    assert [p.name for p in path.parent.iterdir()] == ["graph.npz"]


def test_the_hash_follows_the_recipe_and_the_grid(grid: Grid, graph: Graph):
    assert graph.hash == build(grid, near=4).hash == recipe_hash(grid, graph.recipe)
    wet = grid.wet.copy()
    wet[0, 0, 0] = False
    assert len({graph.hash, build(grid, near=5).hash, build(dataclasses.replace(grid, wet=wet), near=4).hash}) == 3


def test_a_graph_is_built_once_per_recipe(grid: Grid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first = build_or_load(grid, tmp_path, near=3)
    monkeypatch.setattr(graph_build, "build", None)  # building again would fail
    assert build_or_load(grid, tmp_path, near=3).hash == first.hash
    with pytest.raises(TypeError):
        build_or_load(grid, tmp_path, near=4)


def test_tables_that_break_an_invariant_are_refused(graph: Graph):
    twice = graph.near.copy()
    twice[0, 1] = twice[0, 0]
    with pytest.raises(ValueError, match="twice"):
        dataclasses.replace(graph, near=twice)
    itself = graph.near.copy()
    itself[3, 0] = 3
    with pytest.raises(ValueError, match="itself"):
        dataclasses.replace(graph, near=itself)
    features = graph.near_features.copy()
    features[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="finite"):
        dataclasses.replace(graph, near_features=features)


def test_window_reads_as_sentences(graph: Graph):
    years = np.arange(2000, 2010) + 0.5
    observed = Observations(
        np.array([10.5, 14.2, 12.0]), np.array([-179.0, 178.0, 181.0]), np.array([2003.2, 2001.0, 2004.9]),
        np.array([0, 1, 1]), np.array([210.0, 35.0, 60.0]),
    )  # fmt: skip
    data = graph.window(years, 2, 5, observed, hubs=2)
    cells = graph.grid.cells
    assert data["cell"].num_nodes == 3 * cells
    assert data["cell", "near", "cell"].edge_index.shape[1] == 3 * (graph.near >= 0).sum()
    sender, receiver = data["cell", "before", "cell"].edge_index.numpy()
    np.testing.assert_array_equal(receiver - sender, cells)
    np.testing.assert_allclose(data["cell", "before", "cell"].edge_attr[:, 5], -1)
    sender, receiver = data["cell", "near", "cell"].edge_index.numpy()
    np.testing.assert_array_equal(sender // cells, receiver // cells)
    north = data["cell"].pos[sender, 0] - data["cell"].pos[receiver, 0]
    np.testing.assert_allclose(data["cell", "near", "cell"].edge_attr[:, 1], north * 0.1111949, atol=1e-5)
    sender, receiver = data["observation", "informs", "cell"].edge_index.numpy()
    level = np.tile(graph.grid.level_of, 3)
    np.testing.assert_array_equal(observed.level[sender], level[receiver])
    np.testing.assert_array_equal(np.bincount(receiver, minlength=3 * cells), np.where(level == 0, 1, 2))
    attribute = data["observation", "informs", "cell"].edge_attr.numpy()
    np.testing.assert_allclose(attribute[:, 5], observed.years[sender] - years[2:5][receiver // cells], atol=1e-4)
    assert data.validate(raise_on_error=True)


def test_window_without_observations_and_outside_the_axis(graph: Graph):
    data = graph.window(np.array([2000.5]), 0, 1)
    assert data["observation"].num_nodes == 0
    assert data["observation", "informs", "cell"].edge_index.shape == (2, 0)
    assert data["cell", "before", "cell"].edge_index.shape == (2, 0)
    with pytest.raises(ValueError, match="window"):
        graph.window(np.array([2000.5]), 0, 2)
