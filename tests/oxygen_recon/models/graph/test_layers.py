import pytest
import torch

from graphs.hetero import edge_list
from oxygen_recon.models.graph.layers import TemporalEncoder, ZoningLayer, target_softmax


def random_layer(dtype: torch.dtype) -> tuple[ZoningLayer, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    layer = ZoningLayer(64, 32, zones=7, edges=5).to(dtype)
    torch.nn.init.normal_(layer.zoning, std=0.1)
    torch.nn.init.normal_(layer.base, std=0.1)
    return layer, torch.randn(50, 64, dtype=dtype), torch.randn(50, 7, dtype=dtype)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
def test_collapsed_and_direct_zoning_agree(dtype: torch.dtype, tolerance: float) -> None:
    layer, nodes, zoning = random_layer(dtype)
    alpha = layer.base + torch.einsum("nk,kij->nij", zoning, layer.zoning)  # one matrix a node, as published
    direct = torch.einsum("oi,nij,nj->no", layer.transform.weight, alpha, nodes) + layer.shift(zoning)
    collapsed = layer.transformed(nodes, zoning)
    assert torch.allclose(collapsed, direct, rtol=tolerance, atol=tolerance)


def test_a_new_layer_is_the_same_everywhere_and_of_full_rank() -> None:
    torch.manual_seed(0)
    layer, nodes = ZoningLayer(8, 8, zones=7, edges=5), torch.randn(5, 8)
    here, there = (layer.transformed(nodes, m) - layer.shift(m) for m in (torch.zeros(5, 7), torch.randn(5, 7)))
    assert torch.allclose(here, there, atol=1e-6)
    assert torch.linalg.matrix_rank(layer.base) == 8


def test_attention_sums_to_one_over_the_edges_of_a_receiver_even_for_huge_scores() -> None:
    sender = torch.tensor([[0, 1, -1], [2, -1, -1], [-1, -1, -1]])
    weight = target_softmax(torch.tensor([[1e4, 1e4, 5.0], [-1e4, 0.0, 0.0], [1.0, 2.0, 3.0]]), sender)
    assert torch.equal(weight, torch.tensor([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]))


def test_messages_equal_a_loop_over_edges() -> None:
    layer, nodes, zoning = random_layer(torch.float64)
    sender = torch.tensor([[3, 4, -1], [5, -1, -1], [-1, -1, -1]])
    features = torch.randn(3, 3, 5, dtype=torch.float64)
    u = layer.transformed(nodes, zoning)
    out = layer(u[:3], u, sender, features)
    for i in range(3):
        there = [e for e in range(3) if sender[i, e] >= 0]
        score = torch.stack([torch.exp(layer.score(features[i, e])[0]) for e in there]) if there else torch.zeros(0)
        message = sum((s / score.sum() * u[sender[i, e]] for s, e in zip(score, there)), torch.zeros(32))
        assert torch.allclose(out[i], torch.relu(u[i] + message), atol=1e-12)


@pytest.mark.parametrize("compiled", [False, True])
def test_messages_equal_those_over_an_edge_list_with_and_without_torch_scatter(compiled: bool, monkeypatch) -> None:
    """The tables of k senders are what PyTorch Geometric does with an edge list, whichever scatter it uses."""
    if compiled:
        pytest.importorskip("torch_scatter", reason="make scatter installs it")
    import torch_geometric.typing
    from torch_geometric.utils import scatter, softmax

    monkeypatch.setattr(torch_geometric.typing, "WITH_TORCH_SCATTER", compiled)
    layer, nodes, zoning = random_layer(torch.float64)
    sender = torch.randint(-1, 50, (20, 6))
    features = torch.randn(20, 6, 5, dtype=torch.float64)
    u = layer.transformed(nodes, zoning)
    (sent, receiver), attributes = edge_list(sender, features)
    weight = softmax(layer.score(attributes)[:, 0], receiver, num_nodes=20)
    message = scatter(weight[:, None] * u[sent], receiver, dim_size=20, reduce="sum")
    out = layer(u[:20], u, sender, features)
    assert torch.allclose(out, torch.relu(u[:20] + message), atol=1e-12)


def test_a_history_is_read_as_the_full_recurrent_network_reads_it() -> None:
    torch.manual_seed(0)
    encoder = TemporalEncoder(2, 4)
    history = torch.randn(6, 11, 2) * (torch.rand(6, 1, 1) > 0.5)
    history[0] = 0.0
    assert torch.allclose(encoder(history), encoder.lstm(history)[0][:, 5], atol=1e-6)
