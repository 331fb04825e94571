import pytest
import torch

from oxygen_recon.models.heads import BiochemistryHead

NAMES = ("oxygen", "nitrate")


@pytest.mark.parametrize("condition", [False, True])
def test_the_same_weights_serve_a_list_of_nodes_and_a_map(condition: bool) -> None:
    torch.manual_seed(0)
    head = BiochemistryHead(32, NAMES, condition=condition, scale=True)
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    grid = torch.randn(7, 9, 32)  # latitude, longitude, width
    given = (torch.randn(7, 9, 2), (torch.rand(7, 9, 2) > 0.5).float()) if condition else ()
    on_map = head(grid, *given)
    on_nodes = head(grid.reshape(63, 32), *(g.reshape(63, 2) for g in given))
    for a, b in zip(on_map, on_nodes):
        assert a.shape == (7, 9, 2)
        assert torch.allclose(a.reshape(63, 2), b, atol=1e-6)
    assert (on_map[1] > 0).all()


def test_at_its_simplest_it_is_one_linear_layer() -> None:
    head = BiochemistryHead(32, ("oxygen",))
    assert sum(p.numel() for p in head.parameters()) == 33
    features = torch.randn(4, 32)
    mean, factor = head(features)
    assert torch.allclose(mean, features @ head.mean.weight.T + head.mean.bias)
    assert torch.equal(factor, torch.ones(4, 1))


def test_a_new_conditioned_head_hands_on_the_first_value_and_ignores_it_where_not_flagged() -> None:
    head = BiochemistryHead(8, NAMES, condition=True)
    value = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    flag = torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    assert torch.equal(head(torch.randn(2, 8), value, flag)[0], value * flag)
    torch.nn.init.normal_(head.mean.weight)
    other = torch.where(flag > 0, value, 77.0)
    features = torch.randn(2, 8)
    assert torch.equal(head(features, value, flag)[0], head(features, other, flag)[0])


def test_a_condition_is_neither_forgotten_nor_given_in_vain() -> None:
    with pytest.raises(ValueError, match="condition"):
        BiochemistryHead(8, NAMES, condition=True)(torch.randn(2, 8))
    with pytest.raises(ValueError, match="condition"):
        BiochemistryHead(8, NAMES)(torch.randn(2, 8), torch.zeros(2, 2), torch.ones(2, 2))
