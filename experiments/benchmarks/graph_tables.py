"""Message passing over fixed-k tables against PyTorch Geometric's own operators over the same edges.

    python experiments/benchmarks/graph_tables.py

The messages of one zoning-varying layer at the sizes of the demo (what they are made of, the transformed nodes, is the
same for all and made before), from the tables of a mini-batch and, from its `edge_index`, by `softmax`, `scatter` and
by a `MessagePassing` class: with gradients (training), forward alone (estimation); one run, one thread. Results and
gradients are compared before times; each is the median processor time of 25 runs, taken in turn.
"""

import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch_geometric.nn import MessagePassing
from torch_geometric.utils import scatter, softmax

from graphs.edges import Edges
from graphs.hetero import CELL, INFORMS, OBSERVATION, to_hetero, with_edge_index
from oxygen_recon.models.graph.layers import ZoningLayer

RUNS = 25
CASES = {"training step: 512 targets, 24 observations": (512, 24, True)}
CASES |= {"training step: 2,000 cells, 6 neighbours": (2000, 6, True)}
CASES |= {"estimation: 8,192 targets, 24 observations": (8192, 24, False)}


class Attention(MessagePassing):
    """The layer as a `MessagePassing` class would have it.

    Parameters
    ----------
    layer : ZoningLayer
        Gives the weights.
    """

    def __init__(self, layer: ZoningLayer) -> None:
        super().__init__(aggr="add")
        self.layer = layer

    def forward(self, u: Tensor, edge_index: Tensor, edge_attr: Tensor, receivers: int) -> Tensor:
        """Pass messages."""
        weight = softmax(self.layer.score(edge_attr)[:, 0], edge_index[1], num_nodes=receivers)
        sent = self.propagate(edge_index, x=(u, u[:receivers]), weight=weight, size=(len(u), receivers))
        return torch.relu(u[:receivers] + sent)

    def message(self, x_j: Tensor, weight: Tensor) -> Tensor:
        """Weigh what senders send."""
        return weight[:, None] * x_j


def operators(receivers: int, k: int) -> tuple[dict[str, Callable[[], Tensor]], list[Tensor]]:
    """Make one mini-batch and three ways to compute messages from it.

    Parameters
    ----------
    receivers, k : int
        Receivers, and senders of each; one in twenty is missing.

    Returns
    -------
    dict of name to function
        Each returns features of the receivers.
    list of tensors
        What their gradients are compared for: transformed nodes and weights of the attention.
    """
    random, senders = np.random.default_rng(0), receivers + 4 * k
    table = np.argsort(random.random((receivers, 4 * k)), axis=1)[:, :k] + random.integers(0, receivers, (receivers, 1))
    table = np.where(random.random(table.shape) < 0.05, -1, table)
    attributes = random.normal(size=(*table.shape, 5)).astype(np.float32)
    oxygen = {"oxygen": np.zeros(senders, np.float32)}
    nodes = {CELL: {"oxygen": np.zeros(receivers, np.float32)}, OBSERVATION: oxygen}
    data = with_edge_index(to_hetero(nodes, {INFORMS: Edges(table, attributes, ("a", "b", "c", "d", "e"))}))
    torch.manual_seed(0)
    layer, edges = ZoningLayer(16, 16, zones=7, edges=5), data[INFORMS]
    passing = Attention(layer)
    u = torch.randn(senders, 16, requires_grad=True)

    def tables() -> Tensor:
        result: Tensor = layer(u[:receivers], u, edges.sender, edges.attributes)
        return result

    def scattered() -> Tensor:
        sender, receiver = edges.edge_index
        weight = softmax(layer.score(edges.edge_attr)[:, 0], receiver, num_nodes=receivers)
        sent = scatter(weight[:, None] * u[sender], receiver, dim_size=receivers, reduce="sum")
        return torch.relu(u[:receivers] + sent)

    def message_passing() -> Tensor:
        result: Tensor = passing(u, edges.edge_index, edges.edge_attr, receivers)
        return result

    return {"fixed-k tables": tables, "softmax, scatter": scattered, "MessagePassing": message_passing}, [
        u,
        layer.score.weight,
    ]


def seconds(compute: Callable[[], Tensor], gradients: bool) -> float:
    """Processor time of one run, s."""
    begun = time.process_time()
    with torch.set_grad_enabled(gradients):
        result = compute()
        if gradients:
            result.sum().backward()
    return time.process_time() - begun


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    print("| mini-batch | operators | ms | times the tables |\n|---|---|--:|--:|")
    for case, (receivers, k, gradients) in CASES.items():
        computed, inputs = operators(receivers, k)
        results, slopes = {}, {}
        for name, compute in computed.items():
            results[name] = compute()
            slopes[name] = torch.autograd.grad(results[name].square().sum(), inputs)
        first = "fixed-k tables"
        for name in computed:
            torch.testing.assert_close(results[name], results[first], rtol=1e-5, atol=1e-5)
            for mine, theirs in zip(slopes[name], slopes[first]):
                torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-3)
        rounds = [{name: seconds(compute, gradients) for name, compute in computed.items()} for _ in range(RUNS)]
        median = {name: float(np.median([one[name] for one in rounds])) for name in computed}
        for name, value in median.items():
            print(f"| {case} | {name} | {1000 * value:.2f} | {value / median[first]:.2f} |")


if __name__ == "__main__":
    main()
