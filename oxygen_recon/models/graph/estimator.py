"""The graph model as a method: fit, or take up where an interrupted training stopped, and estimate in chunks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from graphs.build import Graph
from graphs.types import Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.graph.config import OxyGeneratorConfig
from oxygen_recon.models.graph.context import ContextObservations
from oxygen_recon.models.graph.features import NodeFeatures
from oxygen_recon.models.graph.network import GraphBackbone, OxyGenerator
from oxygen_recon.models.graph.sampler import HoldoutBatches, Targets, assemble
from oxygen_recon.models.interface import Estimate, Report
from oxygen_recon.models.training.checkpoints import fingerprint
from oxygen_recon.models.training.threads import one_thread
from oxygen_recon.models.training.trainer import Plan, device_of, train
from qc.errors import InputError

NAMES = ("oxygen",)


class GraphEstimator:
    """The graph network as a method of estimation (`oxygen_recon.models.interface.Method`).

    Parameters
    ----------
    config : OxyGeneratorConfig
        Network, context, training and compute.
    graph : Graph
        Neighbours of the cells of the domain, in their order.
    directory : Path, optional
        Where the checkpoint is kept; a finished or interrupted training of the same domain, samples, settings and
        seed found there is taken up. None keeps nothing.
    report : callable, optional
        Called after each step with the step, the number of steps and the loss.
    """

    def __init__(
        self, config: OxyGeneratorConfig, graph: Graph, directory: Path | None = None, report: Report | None = None
    ) -> None:
        self.config, self.graph, self.directory, self.report = config, graph, directory, report
        self.features: NodeFeatures | None = None
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
        if self.graph.grid.cells != domain.cells:
            raise InputError(f"{self.graph.grid.cells} cells, the domain has {domain.cells}", "graph", "build it again")
        if len(samples) < 2 or np.unique(domain.column[samples.cell]).size < 2:
            raise InputError(
                "observations in fewer than two water columns", "samples", "widen the region or the period"
            )
        config = self.config
        self.features = NodeFeatures(domain, samples)
        self.network = build(config, len(self.features.names), seed, domain.departures)
        batches = HoldoutBatches(self.features, self.graph, samples, config.context, config.training, seed)
        edges = (
            self.graph.near.sender,
            self.graph.near.attributes,
            self.graph.above.sender,
            self.graph.above.attributes,
        )
        name = fingerprint(config.model_dump_json(), domain, samples, seed, *edges)
        train(self.network, batches, Plan(config.training, config.compute, self.directory, name, self.report))
        self.network.eval()

    @one_thread()
    def predict(self, domain: Domain, context: Samples, cell: Ints, step: Ints) -> Estimate:
        """Estimate oxygen at targets, chunk by chunk.

        Parameters
        ----------
        domain : Domain
            Cells and steps of the domain of `fit`; covariates as they are known where the estimate is wanted.
        context : Samples
            Observations that the estimate may use.
        cell, step : int array, shape (target,)
            Targets.

        Returns
        -------
        Estimate
            ("oxygen",), umol kg-1; the scale is that of a new measurement's cell mean.

        Raises
        ------
        InputError
            If nothing was fitted.
        """
        if self.network is None or self.features is None:
            raise InputError("no trained network", "oxygenerator", "fit it first")
        features = self.features.on(domain)
        sources = ContextObservations(features, context, self.config.context.window)
        device, chunk = device_of(self.config.compute.device), self.config.compute.chunk
        network = self.network.to(device)
        mean, scale = np.empty(cell.size), np.empty(cell.size)
        order = np.lexsort((domain.level[cell], domain.column[cell], step))  # neighbours in one chunk share work
        with torch.no_grad():
            for i in range(0, cell.size, chunk):
                part = order[i : i + chunk]
                targets = Targets(cell[part], step[part])
                batch = assemble(features, sources, self.graph, targets, self.config.context)
                standard = (value[:, 0].double().cpu().numpy() for value in network(batch.to(device)))
                mean[part], scale[part] = features.physical(next(standard), next(standard), cell[part], step[part])
        return Estimate(NAMES, mean[:, None], scale[:, None])


def build(config: OxyGeneratorConfig, inputs: int, seed: int, departures: bool = False) -> OxyGenerator:
    """Make the network with initial weights drawn from a seed, leaving the global random numbers alone.

    Parameters
    ----------
    config : OxyGeneratorConfig
        Sizes of the network, weights of the loss.
    inputs : int
        Number of node features.
    seed : int
        Decides the initial weights.
    departures : bool
        Oxygen is a departure from a background: what is estimated vanishes far from observations (`GraphBackbone`).

    Returns
    -------
    OxyGenerator
        Not yet trained.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return OxyGenerator(GraphBackbone(inputs, 2, config.network, departures=departures), NAMES, config.training)
