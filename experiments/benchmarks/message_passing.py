"""Zoning-varying message passing: the collapsed form here, the direct N x d x d form, PyTorch Geometric's operators.

    python experiments/benchmarks/message_passing.py [--nodes 1000 10000 100000]

One layer, every node a receiver of six senders, one in twenty missing. "direct" makes a matrix for every node, as Lu et
al. (2024) write it; "MessagePassing" is the collapsed form over an edge list; "NNConv" makes a matrix for every edge
from its attention and its sender's zoning vector. These four are the same function: results and slopes are compared
before anything is measured. "RGCNConv" is another function, PyTorch Geometric's nearest without a matrix for each node
or edge: every sender has one of seven zones, each zone one matrix, and there is no attention.

A training step is forward and backward, inference is forward alone. Time is processor time of one thread, all forms in
turn, the median of the rounds. Memory is what one call adds at most to a process of its own; there a form gets 4 GiB.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch_geometric.nn import NNConv, RGCNConv
from torch_geometric.utils import softmax

from experiments.benchmarks.graph_tables import Attention
from experiments.benchmarks.peak import Peak, status
from oxygen_recon.models.graph.layers import ZoningLayer

SIZES = {"published, 64 to 32": (64, 32), "here, 32 to 16": (32, 16)}
ZONES, SENDERS, ATTRIBUTES = 7, 6, 5
MOST_GIB = 4
SAME = ("here", "direct", "MessagePassing", "NNConv")
OTHER = ("RGCNConv",)
Compute = Callable[[], Tensor]


class EdgeMatrices(nn.Module):
    """The layer by `NNConv`: a matrix for every edge, linear in its attention times [1, zoning vector of the sender].

    Parameters
    ----------
    layer : ZoningLayer
        Gives the weights.
    """

    def __init__(self, layer: ZoningLayer) -> None:
        super().__init__()
        self.layer, (outputs, inputs) = layer, layer.transform.weight.shape
        alpha = torch.cat([layer.base[None], layer.zoning]).mT @ layer.transform.weight.T
        beta = torch.cat([layer.shift.bias[None], layer.shift.weight.T])[:, None]
        matrix = nn.Linear(1 + ZONES, (inputs + 1) * outputs, bias=False)
        self.messages = NNConv(inputs + 1, outputs, matrix, aggr="add", root_weight=False, bias=False)
        matrix.weight = nn.Parameter(torch.cat([alpha, beta], dim=1).flatten(1).T.detach().contiguous())

    def forward(self, nodes: Tensor, zoning: Tensor, edge_index: Tensor, edge_attr: Tensor) -> Tensor:
        """Pass messages."""
        one = torch.ones_like(zoning[:, :1])
        weight = softmax(self.layer.score(edge_attr)[:, 0], edge_index[1], num_nodes=len(nodes))
        steered = weight[:, None] * torch.cat([one, zoning], dim=1)[edge_index[0]]
        sent = self.messages(torch.cat([nodes, one], dim=1), edge_index, steered)
        return torch.relu(self.layer.transformed(nodes, zoning) + sent)


def direct(layer: ZoningLayer, nodes: Tensor, zoning: Tensor) -> Tensor:
    """Transform each node by a matrix of its own."""
    inputs = nodes.shape[1]
    alpha = torch.addmm(layer.base.flatten(), zoning, layer.zoning.flatten(1)).view(-1, inputs, inputs)
    transformed: Tensor = layer.transform((alpha @ nodes[..., None])[..., 0]) + layer.shift(zoning)
    return transformed


def forms(size: str, nodes: int) -> tuple[dict[str, Compute], Tensor]:
    """Make a graph and the ways to compute one layer on it.

    Parameters
    ----------
    size : str
        Of `SIZES`.
    nodes : int
        How many.

    Returns
    -------
    dict of name to function
        Each returns the features of all nodes after the layer.
    tensor
        Features before the layer, which want a slope.
    """
    inputs, outputs = SIZES[size]
    torch.manual_seed(0)
    layer, zoning = ZoningLayer(inputs, outputs, ZONES, ATTRIBUTES), torch.randn(nodes, ZONES)
    nn.init.normal_(layer.zoning, std=0.1 / inputs**0.5)
    features = torch.randn(nodes, inputs, requires_grad=True)
    apart = torch.randint(1, nodes // SENDERS, (nodes, SENDERS)).cumsum(dim=1)  # so that no sender comes twice
    sender = (torch.arange(nodes)[:, None] + apart) % nodes
    sender = torch.where(torch.rand(nodes, SENDERS) < 0.05, -1, sender)
    attributes = torch.randn(nodes, SENDERS, ATTRIBUTES)
    receiver, slot = (sender >= 0).nonzero(as_tuple=True)
    edge_index, edge_attr = torch.stack([sender[receiver, slot], receiver]), attributes[receiver, slot]
    passing, matrices, zone = Attention(layer), EdgeMatrices(layer), zoning.argmax(dim=1)[edge_index[0]]
    relations = RGCNConv(inputs, outputs, ZONES)

    def tables(transform: Callable[[], Tensor]) -> Compute:
        def compute() -> Tensor:
            u = transform()
            result: Tensor = layer(u, u, sender, attributes)
            return result

        return compute

    return {
        "here": tables(lambda: layer.transformed(features, zoning)),
        "direct": tables(lambda: direct(layer, features, zoning)),
        "MessagePassing": lambda: passing(layer.transformed(features, zoning), edge_index, edge_attr, nodes),
        "NNConv": lambda: matrices(features, zoning, edge_index, edge_attr),
        "RGCNConv": lambda: torch.relu(relations(features, edge_index, zone)),
    }, features


def run(compute: Compute, training: bool) -> None:
    """Do one training step or one inference."""
    with torch.set_grad_enabled(training):
        result = compute()
        if training:
            result.sum().backward()


def agree(size: str) -> float:
    """Largest difference of results and of slopes from those of the form here, relative to the largest value."""
    computed, features = forms(size, 1000)
    found = []
    for name in SAME:
        result = computed[name]()
        found.append((result.detach(), *torch.autograd.grad(result.square().mean(), features)))
    apart = [
        float((one - own).abs().max() / own.abs().max()) for other in found[1:] for one, own in zip(other, found[0])
    ]
    if max(apart) > 1e-4:
        raise SystemExit(f"{size}: the forms differ by {max(apart):.1e}")
    return max(apart)


def memory(size: str, nodes: int, form: str, training: bool) -> None:
    """Print what one call adds to the memory of this process at most, MiB; NaN where it gets no more."""
    computed, _ = forms(size, nodes)
    most = int(2**20 * (status("VmData") + 1024 * MOST_GIB))
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    try:
        with Peak() as peak:
            run(computed[form], training)
    except RuntimeError as fault:
        if "memory" not in str(fault):
            raise
        print("nan")
    else:
        print(peak.added)


def measured(size: str, nodes: int, form: str, training: bool) -> float:
    """Memory of a form, by a process of its own."""
    asked = ["--one", size, form, "training" if training else "inference", "--nodes", str(nodes)]
    done = subprocess.run([sys.executable, __file__, *asked], capture_output=True, text=True, check=True)
    return float(done.stdout)


def table(size: str, nodes: int, rounds: int) -> None:
    """Print the rows of one size."""
    memories = {(form, step): measured(size, nodes, form, step) for form in (*SAME, *OTHER) for step in (True, False)}
    computed, _ = forms(size, nodes)
    fits = [which for which, mib in memories.items() if mib == mib]
    times: dict[tuple[str, bool], list[float]] = {which: [] for which in fits}
    for _ in range(rounds + 1):  # the first does not count
        for form, step in fits:
            begun = time.process_time()
            run(computed[form], step)
            times[form, step].append(time.process_time() - begun)
    median = {which: sorted(took[1:])[rounds // 2] for which, took in times.items()}
    for form in (*SAME, *OTHER):
        row = [size, f"{nodes:,}", form]
        for step in (True, False):
            if (form, step) not in fits:
                row += ["–", "–", f"over {1024 * MOST_GIB}", f"over {1024 * MOST_GIB / memories['here', step]:.0f}"]
                continue
            took, mib = median[form, step], memories[form, step]
            row += [f"{1e3 * took:.1f}", f"{took / median['here', step]:.1f}"]
            row += [f"{mib:.1f}", f"{mib / memories['here', step]:.1f}"]
        print(f"| {' | '.join(row)} |", flush=True)


def main(nodes: list[int], rounds: int) -> None:
    """Print the table."""
    for size in SIZES:
        print(f"{size}: the four forms that are the same function differ by {agree(size):.0e}")
    step = ["ms", "times here", "MiB", "times here"]
    print(f"| layer | nodes | form | training: {' | '.join(step)} | inference: {' | '.join(step)} |")
    print("|---|--:|---|" + "--:|" * 8)
    for size in SIZES:
        for number in nodes:
            table(size, number, rounds)


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description="Zoning-varying message passing in its forms.")
    parser.add_argument("--nodes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", nargs=3, metavar=("SIZE", "FORM", "STEP"), help="measure one memory")
    given = parser.parse_args()
    if given.one:
        memory(given.one[0], given.nodes[0], given.one[1], given.one[2] == "training")
    else:
        main(given.nodes, given.rounds)
