"""The graph: a grid with its neighbour tables, stored by the hash of its recipe, unrolled in time on demand."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphs import edges
from graphs import hetero as window
from graphs.grid import Grid
from graphs.hetero import Observations
from graphs.types import Floats, Ints

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

__all__ = ["Graph", "Observations", "build", "build_or_load", "load", "recipe_hash"]

_GRID = ("latitude_edges", "longitude_edges", "depth_edges", "depth", "wet")
_TABLES = ("near", "near_features", "above", "above_features")


@dataclass(frozen=True)
class Graph:
    """Static neighbour tables over the wet cells of a grid; every table has one row a receiver.

    Parameters
    ----------
    grid : Grid
    near : int64 array, shape (cell, k)
        Senders in the same level, -1 padded (`edges.near`).
    near_features : float32 array, shape (cell, k, 5)
    above : int64 array, shape (cell, 2)
        Senders one level up and one level down, -1 padded (`edges.above`).
    above_features : float32 array, shape (cell, 2, 5)
    recipe : dict
        The settings the tables were made with.

    Raises
    ------
    ValueError
        If a table does not fit the grid, a row names a sender twice or its own cell, or a feature is not finite.
    """

    grid: Grid
    near: Ints
    near_features: NDArray[np.float32]
    above: Ints
    above_features: NDArray[np.float32]
    recipe: dict[str, int]

    def __post_init__(self) -> None:
        """Refuse tables that break an invariant."""
        cells = self.grid.cells
        for name in ("near", "above"):
            sender, features = getattr(self, name), getattr(self, f"{name}_features")
            if sender.shape[0] != cells or features.shape != (*sender.shape, len(edges.FEATURES)):
                raise ValueError(f"table {name} does not have one row a wet cell")
            if sender.min(initial=-1) < -1 or sender.max(initial=-1) >= cells:
                raise ValueError(f"table {name} names a sender that is no cell")
            if np.any(sender == np.arange(cells)[:, None]):
                raise ValueError(f"table {name} links a cell to itself")
            ordered = np.sort(sender, axis=1)
            if np.any((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)):
                raise ValueError(f"table {name} holds an edge twice")
            if not np.isfinite(features).all():
                raise ValueError(f"table {name} has features that are not finite")

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the grid's arrays and the recipe."""
        return recipe_hash(self.grid, self.recipe)

    def window(
        self,
        years: Floats,
        start: int,
        stop: int,
        observations: Observations | None = None,
        hubs: int = 8,
        radius_km: float = 500.0,
        years_scale: float = 2.0,
    ) -> HeteroData:
        """Unroll the graph over the steps start ... stop - 1 as a heterogeneous graph.

        Parameters
        ----------
        years : array, shape (step,)
            Middle of every step, decimal years.
        start, stop : int
            First step, and the one after the last.
        observations : Observations, optional
            What may inform the cells; each cell hears the nearest of its own level.
        hubs : int
            Observations a cell hears.
        radius_km, years_scale : float
            The distance (km) and time (years) that count as equally far.

        Returns
        -------
        torch_geometric.data.HeteroData
            Nodes `cell` (number: step-major, (step - start) * cells + cell; attributes pos, shape (n, 3), latitude,
            longitude, depth; years) and `observation` (x: oxygen; pos; years). Edges ("cell", "near", "cell"),
            ("cell", "above", "cell"), ("cell", "before", "cell") (one step earlier informs) and
            ("observation", "informs", "cell"), each with edge_index (row 0 sender, row 1 receiver) and edge_attr:
            the five columns of `edges.FEATURES` and, sixth, years of sender minus receiver.

        Raises
        ------
        ValueError
            If the window is empty or leaves the time_axis, or an observation's level is not one of the grid.
        """
        if not 0 <= start < stop <= years.size:
            raise ValueError(f"window {start}:{stop} is empty or leaves the {years.size} steps")
        years = np.asarray(years[start:stop], float)
        heard = Observations.none() if observations is None else observations
        parts = {
            ("cell", "near", "cell"): window.repeat(self.near, self.near_features, years.size),
            ("cell", "above", "cell"): window.repeat(self.above, self.above_features, years.size),
            ("cell", "before", "cell"): window.before(self.grid.cells, years),
            ("observation", "informs", "cell"): window.inform(self.grid, years, heard, hubs, radius_km, years_scale),
        }
        return window.to_hetero(self.grid, years, heard, parts)

    def save(self, path: Path) -> None:
        """Write the graph to one npz file, under a temporary name first.

        Parameters
        ----------
        path : Path
            Target file; its folder is made.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".partial-{path.name}")
        arrays = {f"grid_{name}": getattr(self.grid, name) for name in _GRID}
        arrays |= {name: getattr(self, name) for name in _TABLES}
        try:
            with partial.open("wb") as file:
                np.savez_compressed(file, recipe=json.dumps(self.recipe), hash=self.hash, **arrays)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


def recipe_hash(grid: Grid, recipe: dict[str, int]) -> str:
    """Name a graph before it is built.

    Parameters
    ----------
    grid : Grid
    recipe : dict
        Settings of `build`.

    Returns
    -------
    str
        SHA-256 over the grid's arrays (type, shape, bytes) and the recipe as sorted JSON.
    """
    digest = hashlib.sha256(json.dumps(recipe, sort_keys=True).encode())
    for name in _GRID:
        array = np.ascontiguousarray(getattr(grid, name))
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def build(grid: Grid, near: int = 8) -> Graph:
    """Make the neighbour tables of a grid.

    Parameters
    ----------
    grid : Grid
    near : int
        Neighbours sought within the level.

    Returns
    -------
    Graph

    Raises
    ------
    ValueError
        If `near` is not positive.
    """
    if near < 1:
        raise ValueError(f"near must be at least 1, not {near}")
    return Graph(grid, *edges.near(grid, near), *edges.above(grid), _recipe(near))


def load(path: Path) -> Graph:
    """Read a graph that `Graph.save` wrote.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Graph

    Raises
    ------
    ValueError
        If the file is no graph, is cut short, or its contents do not have the hash it was stored under.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            grid = Grid(**{name: file[f"grid_{name}"] for name in _GRID})
            recipe, stored = json.loads(str(file["recipe"])), str(file["hash"])
            graph = Graph(**{name: file[name] for name in _TABLES}, grid=grid, recipe=recipe)
    except (KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: not a stored graph ({error})") from error
    if graph.hash != stored:
        raise ValueError(f"{path}: contents do not match the stored hash")
    return graph


def build_or_load(grid: Grid, folder: Path, near: int = 8) -> Graph:
    """Take the graph of this recipe from a folder, building and storing it the first time.

    Parameters
    ----------
    grid : Grid
    folder : Path
        Where graphs are kept, each as graph-<first 16 digits of the hash>.npz.
    near : int
        Neighbours sought within the level.

    Returns
    -------
    Graph
    """
    name = recipe_hash(grid, _recipe(near))[:16]
    path = folder / f"graph-{name}.npz"
    if path.exists():
        return load(path)
    graph = build(grid, near)
    graph.save(path)
    return graph


def _recipe(near: int) -> dict[str, int]:
    # Raise the version when the same settings begin to make other tables.
    return {"near": near, "version": 1}
