"""Layers of the graph network: feature encoder, temporal encoder, and zoning-varying message passing."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class FeatureEncoder(nn.Module):
    """Two linear layers with one ReLU between them (Lu et al. 2024): 1,568 parameters for 15 inputs and width 32.

    Parameters
    ----------
    inputs, width : int
        Number of input and output features.
    """

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width))

    def forward(self, inputs: Tensor) -> Tensor:
        """Encode features.

        Parameters
        ----------
        inputs : tensor, shape (..., input)
            Features.

        Returns
        -------
        tensor, shape (..., width)
            Encoded features.
        """
        encoded: Tensor = self.layers(inputs)
        return encoded


class TemporalEncoder(nn.Module):
    """A bidirectional LSTM of two layers over the oxygen history of a cell, read at the centre step.

    An observation is a history of one step, so the same weights encode both (8,832 parameters for one channel and
    16 units a direction). `torch.nn.LSTM` holds the weights, and its equations are computed here: with so few units its
    own kernels take three times as long (twice in training), and the last layer need not be read beyond the centre.

    Parameters
    ----------
    channels : int
        Channels a step: oxygen, and whether it is there.
    units : int
        Hidden units a direction.
    """

    def __init__(self, channels: int, units: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(channels, units, num_layers=2, bidirectional=True, batch_first=True)

    def forward(self, history: Tensor) -> Tensor:
        """Encode histories.

        Parameters
        ----------
        history : tensor, shape (node, step, channel)
            An odd number of steps; all zeros where nothing was measured.

        Returns
        -------
        tensor, shape (node, 2 * units)
            Output at the centre step.
        """
        # Most cells were never measured: their equal, empty histories are encoded once.
        some = (history != 0).flatten(1).any(dim=1)
        steps = list(torch.cat([torch.zeros_like(history[:1]), history[some]]).permute(1, 2, 0).contiguous())
        centre = len(steps) // 2
        for layer in range(self.lstm.num_layers - 1):
            before, after = self._read(steps, f"_l{layer}"), self._read(steps[::-1], f"_l{layer}_reverse")
            steps = [torch.cat(both) for both in zip(before, after[::-1], strict=True)]
        last = f"_l{self.lstm.num_layers - 1}"
        before, after = self._read(steps[: centre + 1], last), self._read(steps[centre:][::-1], f"{last}_reverse")
        row = torch.where(some, some.long().cumsum(0), 0)
        return torch.cat([before[-1], after[-1]]).T[row]

    def _read(self, steps: list[Tensor], which: str) -> list[Tensor]:
        """Read steps (channel, node) by one direction of one layer: its outputs, each (unit, node), in their order."""
        take_in, carry_on, *shifts = (
            getattr(self.lstm, f"{name}{which}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        shift, units = (shifts[0] + shifts[1])[:, None], self.lstm.hidden_size
        cell = steps[0].new_zeros(())
        outputs: list[Tensor] = []
        for step in steps:
            gates = torch.addmm(shift, take_in, step)
            if outputs:  # before the first step there is nothing to carry on or forget
                gates = torch.addmm(gates, carry_on, outputs[-1])
            come_in, forget, _, go_out = torch.sigmoid(gates).chunk(4)
            new = come_in * torch.tanh(gates[2 * units : 3 * units])
            cell = forget * cell + new if outputs else new
            outputs.append(go_out * torch.tanh(cell))
        return outputs


def target_softmax(score: Tensor, sender: Tensor) -> Tensor:
    """Normalise attention over the incoming edges of each receiver.

    Parameters
    ----------
    score : tensor, shape (receiver, k)
        Any finite score.
    sender : int64 tensor, shape (receiver, k)
        -1 where there is no edge.

    Returns
    -------
    tensor, shape (receiver, k)
        Weights that sum to 1 over the edges of a receiver; 0 where there is no edge.
    """
    there = sender >= 0
    score = score.masked_fill(~there, -torch.inf)
    largest = score.amax(dim=1, keepdim=True).clamp(min=-1e30)
    weight = torch.exp(score - largest)
    return weight / weight.sum(dim=1, keepdim=True).clamp(min=1e-30)


class ZoningLayer(nn.Module):
    """One layer of zoning-varying message passing (Lu et al. 2024), in its collapsed form.

    alpha_i = a + sum_k m_ik A_k and beta_i = B m_i + b make u_i = W alpha_i h_i + beta_i; a receiver becomes
    ReLU(sum_j p_ji u_j + u_i) with p the softmax of w . e + c over its incoming edges. As alpha is linear in m,
    u_i is the sum, weighted by [1, m_i], of the products of h_i with W a, W A_1, ...: no matrix is made per node.
    Starts at a = 1 (identity), A = 0: the same everywhere, full rank.

    Parameters
    ----------
    inputs, outputs : int
        Width of the nodes before and after.
    zones : int
        Components of the zoning vector m.
    edges : int
        Attributes of an edge e.
    """

    def __init__(self, inputs: int, outputs: int, zones: int, edges: int) -> None:
        super().__init__()
        self.zoning = nn.Parameter(torch.zeros(zones, inputs, inputs))
        self.base = nn.Parameter(torch.eye(inputs))
        self.shift = nn.Linear(zones, outputs)
        self.transform = nn.Linear(inputs, outputs, bias=False)
        self.score = nn.Linear(edges, 1)

    def transformed(self, nodes: Tensor, zoning: Tensor) -> Tensor:
        """Transform each node by the weights of its place.

        Parameters
        ----------
        nodes : tensor, shape (..., input)
            Features.
        zoning : tensor, shape (..., zone)
            Zoning vector m of each.

        Returns
        -------
        tensor, shape (..., output)
            u of each node.
        """
        transformed: Tensor = nodes @ (self.base.T @ self.transform.weight.T) + self.shift(zoning)
        for zone, steered in zip(torch.split(zoning, 1, dim=-1), self.zoning.transpose(1, 2) @ self.transform.weight.T):
            transformed = transformed + zone * (nodes @ steered)
        return transformed

    def forward(self, own: Tensor, sent: Tensor, sender: Tensor, attributes: Tensor) -> Tensor:
        """Pass messages.

        Parameters
        ----------
        own : tensor, shape (receiver, output)
            u of the receivers.
        sent : tensor, shape (node, output)
            u of all nodes.
        sender : int64 tensor, shape (receiver, k)
            Senders of each receiver among the nodes; -1 for none.
        attributes : tensor, shape (receiver, k, edge attribute)
            Attributes e of the edges; ignored where there is none.

        Returns
        -------
        tensor, shape (receiver, output)
            Features of the receivers.
        """
        weight = target_softmax(self.score(attributes)[..., 0], sender)
        message = (weight[..., None] * take(sent, sender)).sum(dim=1)
        return torch.relu(own + message)


def take(nodes: Tensor, sender: Tensor) -> Tensor:
    """Lay out the rows of senders.

    Parameters
    ----------
    nodes : tensor, shape (node, ...)
        One row a node.
    sender : int64 tensor, shape (receiver, k)
        -1 for none; such places hold the first node, or 0 without nodes, to be masked by the caller.

    Returns
    -------
    tensor, shape (receiver, k, ...)
        The row of each sender.
    """
    if len(nodes) == 0:  # no observation of any level near
        return nodes.new_zeros(*sender.shape, *nodes.shape[1:])
    rows = nodes.index_select(0, sender.clamp(min=0).flatten())  # its backward is one index_add
    return rows.view(*sender.shape, *nodes.shape[1:])
