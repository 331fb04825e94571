"""Store of the gridded observations of a run: grid, time axis, samples, covariates and truth, without pickle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphs.build import GRID, Graph
from graphs.edges import OFFSETS, Edges
from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats
from oxygen_recon.dataset.domain import Domain, Samples, make_domain
from oxygen_recon.runtime.errors import naming_damage
from qc.errors import InputError
from qc.files import replacing

_SAMPLE = ("cell", "step", "group", "count")


def save(
    folder: Path,
    grid: Grid,
    time_axis: TimeAxis,
    samples: Samples,
    groups: list[str],
    covariates: Floats,
    truth: Floats | None,
    background: Floats | None = None,
    casts: Samples | None = None,
) -> None:
    """Write the grid, the samples, the covariates and the truth of a run.

    Parameters
    ----------
    folder : Path
        Gets grid.npz, samples.npz, groups.json, covariates.npy and, where there are any, casts.npz, truth.npy and
        background.npy.
    grid : Grid
        Cells.
    time_axis : TimeAxis
        Steps.
    samples : Samples
        Gridded observations.
    groups : list of str
        Name of each group number of the samples.
    covariates : array, shape (step, cell, channel)
        NaN is missing.
    truth : array, shape (step, cell), or None
        True oxygen, umol kg-1; read by scores and figures only.
    background : array, shape (step, cell), optional
        Oxygen that anomalies count from, umol kg-1.
    casts : Samples, optional
        Covariates of the casts, of which those at a place are made without the casts that are hidden there.
    """
    _save(folder / "grid.npz", {name: getattr(grid, name) for name in GRID} | {"time_edges": time_axis.edges})
    for stem, rows in {"samples": samples, "casts": casts}.items():
        if rows is not None:
            columns = {name: getattr(rows, name) for name in _SAMPLE}
            columns |= {f"values_{name}": values for name, values in rows.values.items()}
            columns |= {f"spread_{name}": spread for name, spread in rows.spread.items()}
            _save(folder / f"{stem}.npz", columns)
    for name, values in {"covariates": covariates, "truth": truth, "background": background}.items():
        if values is not None:
            with replacing(folder / f"{name}.npy") as partial, partial.open("wb") as stream:
                np.save(stream, values.astype(np.float32), allow_pickle=False)
    with replacing(folder / "groups.json") as partial:
        partial.write_text(json.dumps(groups))


def load_grid(folder: Path) -> tuple[Grid, TimeAxis]:
    """Read the grid and the time axis.

    Parameters
    ----------
    folder : Path
        As `save` left it.

    Returns
    -------
    Grid, TimeAxis

    Raises
    ------
    InputError
        If the file is damaged.
    """
    with naming_damage(folder / "grid.npz"):
        arrays = _load(folder / "grid.npz")
        return Grid(**{name: arrays[name] for name in GRID}), TimeAxis(arrays["time_edges"])


def load_samples(folder: Path) -> tuple[Samples, list[str]]:
    """Read samples and the names of their groups.

    Parameters
    ----------
    folder : Path
        As `save` left it.

    Returns
    -------
    Samples, list of str

    Raises
    ------
    InputError
        If a file is damaged.
    """
    samples = _load_samples(folder / "samples.npz")
    with naming_damage(folder / "groups.json"):
        return samples, json.loads((folder / "groups.json").read_text())


def load_casts(folder: Path) -> Samples:
    """Read the covariates of the casts.

    Parameters
    ----------
    folder : Path
        As `save` left it, with casts.

    Returns
    -------
    Samples
        Without subsets, which depend on the folds.

    Raises
    ------
    InputError
        If the file is damaged.
    """
    return _load_samples(folder / "casts.npz")


def load_domain(folder: Path, names: tuple[str, ...]) -> Domain:
    """Read the domain; covariates stay on disk until they are read.

    Parameters
    ----------
    folder : Path
        As `save` left it.
    names : tuple of str
        Names of the covariates, in the order they were saved.

    Returns
    -------
    Domain

    Raises
    ------
    InputError
        If a file is damaged.
    """
    grid, time_axis = load_grid(folder)
    with naming_damage(folder / "covariates.npy"):
        covariates = np.load(folder / "covariates.npy", mmap_mode="r", allow_pickle=False)
    return make_domain(grid, time_axis, covariates, names)


def load_truth(folder: Path) -> Floats | None:
    """Read true oxygen.

    Parameters
    ----------
    folder : Path
        As `save` left it.

    Returns
    -------
    array, shape (step, cell), or None
        umol kg-1; None where it is unknown.

    Raises
    ------
    InputError
        If the file is damaged.
    """
    path = folder / "truth.npy"
    if not path.exists():
        return None
    with naming_damage(path):
        truth: Floats = np.load(path, allow_pickle=False)
        return truth


def load_background(folder: Path) -> Floats:
    """Read the oxygen that anomalies count from; it stays on disk until it is read.

    Parameters
    ----------
    folder : Path
        As `save` left it.

    Returns
    -------
    array, shape (step, cell)
        umol kg-1.

    Raises
    ------
    InputError
        If the file is missing or damaged.
    """
    with naming_damage(folder / "background.npy"):
        background: Floats = np.load(folder / "background.npy", mmap_mode="r", allow_pickle=False)
    return background


def save_graph(path: Path, graph: Graph) -> None:
    """Write a graph to one npz file.

    Parameters
    ----------
    path : Path
        Target file; its folder is made.
    graph : Graph
        Neighbours of the cells of a grid.
    """
    arrays = {f"grid_{name}": getattr(graph.grid, name) for name in GRID}
    for name, edges in (("near", graph.near), ("above", graph.above)):
        arrays |= {name: edges.sender, f"{name}_features": edges.attributes}
    _save(path, arrays | {"recipe": np.array(json.dumps(graph.recipe)), "hash": np.array(graph.hash)})


def load_graph(path: Path) -> Graph:
    """Read a graph that `save_graph` wrote.

    Parameters
    ----------
    path : Path
        npz file.

    Returns
    -------
    Graph
        As it was saved.

    Raises
    ------
    InputError
        If the file is no graph, is cut short, or its contents do not have the hash it was stored under.
    """
    with naming_damage(path):
        arrays = _load(path)
        near, above = (Edges(arrays[name], arrays[f"{name}_features"], OFFSETS) for name in ("near", "above"))
        grid = Grid(**{name: arrays[f"grid_{name}"] for name in GRID})
        graph = Graph(grid, near, above, json.loads(str(arrays["recipe"])))
        stored = str(arrays["hash"])
    if graph.hash != stored:
        raise InputError("contents do not match the stored hash", str(path), "remove it and run the same command again")
    return graph


def _save(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write arrays to one npz file, whole or not at all."""
    with replacing(path) as partial, partial.open("wb") as stream:
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]


def _load(path: Path) -> dict[str, Any]:
    """Read all arrays of an npz file."""
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
        return dict(file)


def _load_samples(path: Path) -> Samples:
    """Read samples of oxygen, or of the covariates of casts."""
    with naming_damage(path):
        arrays = _load(path)
        columns = {name: arrays[name] for name in _SAMPLE}
        return Samples(**columns, values=_starting("values_", arrays), spread=_starting("spread_", arrays))


def _starting(prefix: str, arrays: dict[str, Floats]) -> dict[str, Floats]:
    """Return the arrays whose names have a prefix, without it."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
