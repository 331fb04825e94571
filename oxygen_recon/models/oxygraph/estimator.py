"""The column model as a method: fit, or take up where an interrupted training stopped, and estimate in chunks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from graphs.build import Graph
from graphs.types import Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.interface import Estimate, Report
from oxygen_recon.models.oxygraph.batch import ColumnBatch
from oxygen_recon.models.oxygraph.casts import Anomalies, Casts
from oxygen_recon.models.oxygraph.config import OxyGraphConfig
from oxygen_recon.models.oxygraph.context import Context
from oxygen_recon.models.oxygraph.network import ColumnBackbone, Observed, OxyGraph
from oxygen_recon.models.oxygraph.profiles import Profiles
from oxygen_recon.models.oxygraph.sampler import HoldoutBatches, asked_for, casts_of, tensor
from oxygen_recon.models.training.checkpoints import fingerprint
from oxygen_recon.models.training.threads import one_thread
from oxygen_recon.models.training.trainer import Plan, device_of, train
from qc.errors import InputError

NAMES = ("oxygen",)
_ENCODED = 4096  # casts at once


class ColumnEstimator:
    """The column network as a method of estimation (`oxygen_recon.models.interface.Method`).

    Parameters
    ----------
    config : OxyGraphConfig
        Network, context, training and compute.
    graph : Graph
        Of the domain's cells.
    directory : Path, optional
        Where the checkpoint is kept; a finished or interrupted training of the same domain, samples, settings and
        seed found there is taken up. None keeps nothing.
    report : callable, optional
        Called after each step with the step, the number of steps and the loss.
    """

    def __init__(
        self, config: OxyGraphConfig, graph: Graph, directory: Path | None = None, report: Report | None = None
    ) -> None:
        self.config, self.graph, self.directory, self.report = config, graph, directory, report
        self.network: OxyGraph | None = None
        self._shown: tuple[Domain, Samples, Context, Observed] | None = None  # the last domain and context, encoded

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
        casts = Casts.of(domain, samples)
        if np.unique(casts.column).size < 2:
            raise InputError(
                "observations in fewer than two water columns", "samples", "widen the region or the period"
            )
        config, self._shown = self.config, None
        self.profiles = Profiles(domain, samples, config.network.time, config.network.temperature_anomalies)
        self.anomalies = Anomalies(casts, domain.departures)
        further = tuple(casts.nutrients) if config.training.nutrients > 0 else ()
        self.network = build(config, len(self.profiles.names), self.profiles.levels, seed, domain.departures, further)
        batches = HoldoutBatches(self.profiles, casts, self.anomalies, config.context, config.training, seed)
        name = fingerprint(config.model_dump_json(), domain, samples, seed)
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
        if self.network is None:
            raise InputError("no trained network", "oxygraph", "fit it first")
        device, chunk = device_of(self.config.compute.device), self.config.compute.chunk
        network, profiles = self.network.to(device), self.profiles.on(domain)
        mean, scale = np.empty(cell.size), np.empty(cell.size)
        order = np.lexsort((domain.level[cell], domain.column[cell], step))  # levels of a column in one chunk
        with torch.no_grad():
            informed, observed = self._observed(network, profiles, domain, context, device)
            for i in range(0, cell.size, chunk):
                part = order[i : i + chunk]
                batch = _asked(informed, domain.column[cell[part]], domain.level[cell[part]], step[part])
                found = network(batch.to(device), observed)
                mean[part], scale[part] = (value[:, 0].double().cpu().numpy() for value in found)
        mean = mean * self.anomalies.spread + self.anomalies.mean[domain.level[cell]]
        return Estimate(NAMES, mean[:, None], (scale * self.anomalies.spread)[:, None])

    def _observed(
        self, network: OxyGraph, profiles: Profiles, domain: Domain, samples: Samples, device: torch.device
    ) -> tuple[Context, Observed]:
        """Encode what may inform; once for the same domain and samples."""
        if self._shown is not None and self._shown[0] is domain and self._shown[1] is samples:
            return self._shown[2], self._shown[3]
        casts = Casts.of(domain, samples)
        context = Context(profiles, casts, self.anomalies.of(casts.oxygen), self.config.context)
        parts = []
        for i in range(0, max(len(casts), 1), _ENCODED):
            some = np.arange(i, min(i + _ENCODED, len(casts)))
            parts.append(network.backbone.observe(casts_of(context, some, context.inputs(some)).to(device)))
        observed = Observed(*(torch.cat(values) for values in zip(*parts)))
        if not len(casts):  # a place that no node names, for there must be one to look up
            observed = Observed(*(value.new_zeros(1, *value.shape[1:]) for value in observed))
        self._shown = domain, samples, context, observed
        return context, observed


def _asked(context: Context, column: Ints, level: Ints, step: Ints) -> ColumnBatch:
    """Make the batch of levels of columns at steps; senders are numbers of all casts."""
    profiles, columns = context.profiles, context.profiles.latitude.size
    key, profile = np.unique(step.astype(np.int64) * columns + column, return_inverse=True)
    asked = key % columns, key // columns
    sender = context.informing(asked, profile, level)
    return ColumnBatch(
        *asked_for(profiles, profiles.inputs(*asked), *asked), tensor(profile), tensor(level), tensor(sender)
    )


def build(
    config: OxyGraphConfig,
    inputs: int,
    levels: int,
    seed: int,
    departures: bool = False,
    nutrients: tuple[str, ...] = (),
) -> OxyGraph:
    """Make the network with initial weights drawn from a seed, leaving the global random numbers alone.

    Parameters
    ----------
    config : OxyGraphConfig
        Sizes of the network, weights of the loss.
    inputs, levels : int
        Features of a level, and levels.
    seed : int
        Decides the initial weights.
    departures : bool
        Oxygen is a departure from a background (`ColumnBackbone`).
    nutrients : tuple of str
        Further quantities to learn (`OxyGraph`).

    Returns
    -------
    OxyGraph
        Not yet trained.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        backbone = ColumnBackbone(inputs, levels, config.network, departures)
        return OxyGraph(backbone, NAMES, config.training, nutrients)
