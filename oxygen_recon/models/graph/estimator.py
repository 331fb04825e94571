"""The graph model as a method: fit, or take up where an interrupted training stopped, and estimate in chunks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from graphs.build import Graph
from graphs.types import Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.graph.context import Shown
from oxygen_recon.models.graph.features import ZONES, Describer
from oxygen_recon.models.graph.network import NAMES, OxyGenerator, OxyGeneratorConfig
from oxygen_recon.models.graph.sampler import EDGE_FEATURES, Episodes, Targets, assemble
from oxygen_recon.models.interface import Estimate
from oxygen_recon.models.training import Keeper, Learner, Report, train
from oxygen_recon.runtime.errors import naming_damage
from qc.errors import InputError

CHECKPOINT = "checkpoint.pt"


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch to one thread: tensors are small, a second made steps 15 % slower; folds share the cores instead."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class GraphMethod:
    """The graph network as a method of estimation (`oxygen_recon.models.interface.Method`).

    Parameters
    ----------
    config : OxyGeneratorConfig
    graph : Graph
        Neighbour tables of the cells of the domain, in their order.
    directory : Path, optional
        Where the checkpoint is kept; a finished or interrupted training of the same domain, samples, settings and
        seed found there is taken up. None keeps nothing.
    report : callable, optional
        Called after each step with the step, the number of steps and the loss.
    """

    def __init__(
        self, config: OxyGeneratorConfig, graph: Graph, directory: Path | None = None, report: Report | None = None
    ) -> None:
        self.config, self.graph, self.report = config, graph, report
        self.path = None if directory is None else directory / CHECKPOINT
        self.describer: Describer | None = None
        self.network: OxyGenerator | None = None

    @one_thread()
    def fit(self, domain: Domain, samples: Samples, seed: int) -> None:
        """Train, or take up a training.

        Parameters
        ----------
        domain : Domain
            Cells, steps and covariates; cells as in the graph.
        samples : Samples
            Everything that may be learned from.
        seed : int
            Decides initial weights and what each step hides.

        Raises
        ------
        InputError
            If the graph has other cells than the domain, there are too few samples, or the checkpoint in the folder
            is damaged or belongs to another training.
        """
        if self.graph.near.shape[0] != domain.cells:
            raise InputError(
                f"{self.graph.near.shape[0]} cells, the domain has {domain.cells}", "graph", "build it again"
            )
        if len(samples) < 2 or np.unique(domain.column[samples.cell]).size < 2:
            raise InputError(
                "observations in fewer than two water columns", "samples", "widen the region or the period"
            )
        self.describer = Describer(domain, samples)
        self.network = build(self.config, len(self.describer.names), seed)
        mark = fingerprint(self.config, domain, samples, seed, self.graph)
        state = None if self.path is None or not self.path.exists() else _restore(self.path, self.network, mark)
        start = 0 if state is None else int(state["step"])
        if start < self.config.steps:
            episodes = Episodes(self.describer, self.graph, samples, self.config, seed)
            keeper = Keeper(start, self.config, self.path, mark, self.report)
            train(Learner(self.network, self.config, state), episodes, keeper)
        self.network.cpu().eval()

    @one_thread()
    def predict(self, domain: Domain, seen: Samples, cell: Ints, step: Ints) -> Estimate:
        """Estimate oxygen at targets, chunk by chunk.

        Parameters
        ----------
        domain : Domain
            The domain of `fit`.
        seen : Samples
            Observations the estimate may use.
        cell, step : int array, shape (target,)
            Targets.

        Returns
        -------
        Estimate
            ("oxygen",), umol kg-1; the scale is that of a new measurement's cell mean.

        Raises
        ------
        InputError
            If nothing was fitted, or the domain is another one.
        """
        if self.network is None or self.describer is None:
            raise InputError("no trained network", "oxygenerator", "fit it first")
        if domain.covariates.shape != self.describer.domain.covariates.shape:
            raise InputError("another domain than the network was trained on", "oxygenerator", "fit it again")
        shown = Shown(self.describer, seen, self.config.window)
        device = _device(self.config.device)
        network = self.network.to(device)
        mean, scale = np.empty(cell.size), np.empty(cell.size)
        order = np.lexsort((domain.level[cell], domain.column[cell], step))  # neighbours in one chunk share work
        with torch.no_grad():
            for i in range(0, cell.size, self.config.chunk):
                part = order[i : i + self.config.chunk]
                batch = assemble(self.describer, shown, self.graph, Targets(cell[part], step[part]), self.config)
                standard = (value[:, 0].double().cpu().numpy() for value in network(batch.to(device)))
                mean[part], scale[part] = self.describer.physical(
                    next(standard), next(standard), cell[part], step[part]
                )
        return Estimate(NAMES, mean[:, None], scale[:, None])


def build(config: OxyGeneratorConfig, inputs: int, seed: int) -> OxyGenerator:
    """Make the network with initial weights drawn from a seed, leaving the global random numbers alone.

    Parameters
    ----------
    config : OxyGeneratorConfig
    inputs : int
        Number of node features.
    seed : int

    Returns
    -------
    OxyGenerator
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return OxyGenerator(
            inputs, ZONES, EDGE_FEATURES, 2, config.width, config.units, config.hidden, config.embedding
        )


def fingerprint(config: OxyGeneratorConfig, domain: Domain, samples: Samples, seed: int, graph: Graph) -> str:
    """Name a training by all that decides its result.

    Parameters
    ----------
    config : OxyGeneratorConfig
    domain : Domain
    samples : Samples
    seed : int
    graph : Graph

    Returns
    -------
    str
        SHA-256 in hexadecimal digits.
    """
    digest = hashlib.sha256(config.model_dump_json(exclude={"device", "chunk", "checkpoint_every"}).encode())
    digest.update(f"{seed} {domain.names}".encode())
    places = (domain.latitude, domain.longitude, domain.depth, domain.years, domain.covariates)
    seen = (samples.cell, samples.step, samples.group, samples.oxygen, samples.count)
    tables = (graph.near, graph.near_features, graph.above, graph.above_features)
    for array in (*places, *seen, *tables):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _restore(path: Path, network: OxyGenerator, mark: str) -> dict[str, Any]:
    """Load a checkpoint into the network and return what else it holds."""
    fix = "remove it to train afresh"
    with naming_damage(path, fix):
        state = torch.load(path, map_location="cpu", weights_only=True)
        weights = state["network"]
        shapes = {name: value.shape for name, value in weights.items()}
    wanted = {name: value.shape for name, value in network.state_dict().items()}
    if shapes != wanted:
        raise InputError("a checkpoint of another shape than these settings ask for", str(path), fix)
    if state["mark"] != mark:
        raise InputError("a checkpoint of other data, settings or another seed", str(path), fix)
    network.load_state_dict(weights)
    return dict(state)


def _device(name: str) -> torch.device:
    """Where to compute: "auto" takes a GPU when there is one."""
    return torch.device("cuda" if name == "gpu" or (name == "auto" and torch.cuda.is_available()) else "cpu")
