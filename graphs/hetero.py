"""The graph unrolled in time: nodes for every cell of every step, edges within and between steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphs import edges
from graphs.grid import Grid
from graphs.types import Floats, Ints

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

Part = tuple[Ints, NDArray[np.float32]]  # edge_index (2, edge), edge_attr (edge, 6)


@dataclass(frozen=True)
class Observations:
    """What was observed: one entry a value.

    Parameters
    ----------
    latitude, longitude, years : array, shape (observation,)
        Degrees north, degrees east, decimal years.
    level : int array, shape (observation,)
        Level of the grid.
    oxygen : array, shape (observation,)
        umol kg-1, finite.
    """

    latitude: Floats
    longitude: Floats
    years: Floats
    level: Ints
    oxygen: Floats

    @classmethod
    def none(cls) -> Observations:
        """Observe nothing: columns of length 0."""
        nothing = np.zeros(0)
        return cls(nothing, nothing, nothing, np.zeros(0, np.int64), nothing)


def repeat(sender: Ints, features: NDArray[np.float32], steps: int) -> Part:
    """Unroll a neighbour table: the same edges within every step.

    Parameters
    ----------
    sender : int array, shape (cell, k)
        Cell numbers, -1 for none.
    features : float32 array, shape (cell, k, 5)
    steps : int

    Returns
    -------
    edge_index : int array, shape (2, edge)
        Sender over receiver, numbered step-major.
    edge_attr : float32 array, shape (edge, 6)
        The features and 0 years.
    """
    receiver, slot = np.nonzero(sender >= 0)
    index = np.stack([sender[receiver, slot], receiver])
    shift = np.arange(steps)[:, None] * sender.shape[0]
    index = (index[:, None, :] + shift).reshape(2, -1)
    attribute = np.pad(features[receiver, slot], ((0, 0), (0, 1)))
    return index, np.tile(attribute, (steps, 1))


def before(cells: int, years: Floats) -> Part:
    """Link each cell to itself one step later.

    Parameters
    ----------
    cells : int
    years : array, shape (step,)
        Decimal years.

    Returns
    -------
    edge_index : int array, shape (2, edge)
        The earlier cell informs the later.
    edge_attr : float32 array, shape (edge, 6)
        Zero distance, same level, years of sender minus receiver.
    """
    sender = np.arange(cells * (years.size - 1))
    attribute = np.zeros((sender.size, len(edges.FEATURES) + 1), np.float32)
    attribute[:, 4] = 1.0
    attribute[:, 5] = np.repeat(-np.diff(years), cells)
    return np.stack([sender, sender + cells]), attribute


def inform(grid: Grid, years: Floats, observed: Observations, hubs: int, radius_km: float, years_scale: float) -> Part:
    """Link each cell to the observations of its level nearest in space and time.

    Parameters
    ----------
    grid : Grid
    years : array, shape (step,)
        Decimal years.
    observed : Observations
    hubs : int
        Observations a cell hears.
    radius_km, years_scale : float
        The distance (km) and time (years) that count as equally far.

    Returns
    -------
    edge_index : int array, shape (2, edge)
        Observation over cell.
    edge_attr : float32 array, shape (edge, 6)
        The columns of `edges.FEATURES` and years of sender minus receiver.

    Raises
    ------
    ValueError
        If an observation's level is not one of the grid.
    """
    level, row, place = np.nonzero(grid.wet)
    if observed.level.size and not (0 <= observed.level.min() and observed.level.max() < grid.shape[0]):
        raise ValueError(f"observations on levels outside 0 ... {grid.shape[0] - 1}")
    indices, attributes = [np.zeros((2, 0), np.int64)], [np.zeros((0, len(edges.FEATURES) + 1), np.float32)]
    for step, year in enumerate(years):
        for at in np.unique(observed.level):
            candidates, cells = np.flatnonzero(observed.level == at), np.flatnonzero(level == at)
            latitude, longitude = grid.latitude[row[cells]], grid.longitude[place[cells]]
            there = (observed.latitude[candidates], observed.longitude[candidates], observed.years[candidates])
            now = np.full(cells.size, year)
            found, _, dyears = edges.informs(latitude, longitude, now, *there, hubs, radius_km, years_scale)
            receiver, slot = np.nonzero(found >= 0)
            sender, depth = found[receiver, slot], np.full(receiver.size, grid.depth[at])
            attribute = edges.place_features(
                (latitude[receiver], longitude[receiver], depth), (there[0][sender], there[1][sender], depth)
            )
            indices.append(np.stack([candidates[sender], cells[receiver] + step * grid.cells]))
            attributes.append(np.column_stack([attribute, dyears[receiver, slot]]).astype(np.float32))
    return np.concatenate(indices, axis=1), np.concatenate(attributes)


def to_hetero(grid: Grid, years: Floats, heard: Observations, parts: dict[tuple[str, str, str], Part]) -> HeteroData:
    """Put nodes and edges into PyTorch Geometric's container and check it.

    Parameters
    ----------
    grid : Grid
    years : array, shape (step,)
        Decimal years.
    heard : Observations
    parts : dict of edge type to (edge_index, edge_attr)

    Returns
    -------
    torch_geometric.data.HeteroData
        As `graphs.build.Graph.window` describes it.

    Raises
    ------
    ValueError
        If a feature is not finite or an edge stands twice.
    """
    import torch
    from torch_geometric.data import HeteroData

    level, row, place = np.nonzero(grid.wet)
    position = np.column_stack([grid.latitude[row], grid.longitude[place], grid.depth[level]])
    data = HeteroData()
    data["cell"].pos = torch.from_numpy(np.tile(position, (years.size, 1)).astype(np.float32))
    data["cell"].years = torch.from_numpy(np.repeat(years, grid.cells))
    data["cell"].num_nodes = years.size * grid.cells
    data["observation"].x = torch.from_numpy(np.asarray(heard.oxygen, np.float32)[:, None])
    there = np.column_stack([heard.latitude, heard.longitude, grid.depth[heard.level]])
    data["observation"].pos = torch.from_numpy(there.astype(np.float32))
    data["observation"].years = torch.from_numpy(np.asarray(heard.years, float))
    for name, (index, attribute) in parts.items():
        if not np.isfinite(attribute).all():
            raise ValueError(f"edges {name} have features that are not finite")
        if np.unique(index[0] * (years.size * grid.cells) + index[1]).size != index.shape[1]:
            raise ValueError(f"edges {name} hold an edge twice")
        data[name].edge_index = torch.from_numpy(index)
        data[name].edge_attr = torch.from_numpy(attribute)
    data.validate(raise_on_error=True)
    return data
