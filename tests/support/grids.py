"""Small grids for the tests of the graph."""

import numpy as np

from graphs.grid import Grid


def ocean(wet: np.ndarray, south: float = 0.0, west: float = 0.0, size: float = 1.0) -> Grid:
    """A grid of square cells and levels of 100 m."""
    levels, rows, places = wet.shape
    depth_edges = np.linspace(0, 100 * levels, levels + 1)
    return Grid(
        south + size * np.arange(rows + 1),
        west + size * np.arange(places + 1),
        depth_edges,
        0.5 * (depth_edges[1:] + depth_edges[:-1]),
        wet,
    )
