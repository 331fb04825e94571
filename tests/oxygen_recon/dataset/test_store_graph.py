from pathlib import Path

import numpy as np
import pytest

from graphs.build import build
from graphs.grid import Grid
from oxygen_recon.dataset.store import load_graph, save_graph
from qc.errors import InputError


def test_saved_graphs_come_back_and_altered_ones_do_not(tmp_path: Path) -> None:
    wet = np.ones((2, 5, 6), bool)
    wet[:, 2, 3] = False
    grid = Grid(np.arange(10.0, 16), np.arange(177.0, 184), np.array([0.0, 50, 150]), np.array([25.0, 100]), wet)
    graph, path = build(grid, near=4), tmp_path / "deep" / "graph.npz"
    save_graph(path, graph)
    again = load_graph(path)
    assert again.hash == graph.hash
    for kind in ("near", "above"):
        for name in ("sender", "attributes"):
            np.testing.assert_array_equal(getattr(getattr(again, kind), name), getattr(getattr(graph, kind), name))
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **(arrays | {"grid_depth": arrays["grid_depth"] + 1}))
    with pytest.raises(InputError, match="do not match the stored hash"):
        load_graph(path)
    save_graph(path, graph)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(InputError, match="is damaged"):
        load_graph(path)
    np.savez(path, near=arrays["near"])
    with pytest.raises(InputError, match="is damaged"):
        load_graph(path)
    assert [p.name for p in path.parent.iterdir()] == ["graph.npz"]
