import pytest
import torch

from oxygen_recon.models.heads import BiochemistryHead, GridAdapter, NodeAdapter, bilinear

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


@pytest.mark.parametrize("periodic", [False, True])
def test_one_state_serves_nodes_and_a_grid_with_the_same_output_at_coincident_points(periodic: bool) -> None:
    """Nodes at the centres of patches, among the cells of a finer grid."""
    torch.manual_seed(0)
    features = torch.randn(2, 5, 8, 32)  # latitude, longitude, width
    rows, columns = torch.arange(0, 5, 0.5)[:, None], torch.arange(0, 8, 0.5)
    on_nodes = torch.nn.ModuleList([NodeAdapter(32, 6), BiochemistryHead(6, NAMES, condition=True, scale=True)])
    on_grid = torch.nn.ModuleList(
        [GridAdapter(32, 6, rows, columns, periodic), BiochemistryHead(6, NAMES, condition=True, scale=True)]
    )
    for parameter in on_nodes.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    on_grid.load_state_dict(on_nodes.state_dict())
    value, flag = torch.randn(2, 10, 16, 2), torch.ones(2, 10, 16, 2)
    fields = on_grid[1](on_grid[0](features), value, flag)
    nodes = on_nodes[1](
        on_nodes[0](features.flatten(1, 2)), value[:, ::2, ::2].flatten(1, 2), flag[:, ::2, ::2].flatten(1, 2)
    )
    for map_, list_ in zip(fields, nodes):
        assert map_.shape == (2, 10, 16, 2)
        assert torch.allclose(map_[:, ::2, ::2].flatten(1, 2), list_, atol=1e-5)


def test_interpolation_is_linear_between_patches_and_goes_round_the_globe() -> None:
    values = torch.arange(4.0).expand(1, 3, 4)[..., None]  # longitude
    rows, columns = torch.tensor([0.3, 1.0, 2.0, 7.0]), torch.tensor([0.25, 2.5, 3.5, -0.5])
    assert bilinear(values, rows, columns)[0, :, 0].tolist() == [0.25, 2.5, 3.0, 0.0]
    assert bilinear(values, rows, columns, periodic=True)[0, :, 0].tolist() == [0.25, 2.5, 1.5, 1.5]
    turned = values.transpose(1, 2)  # latitude
    assert bilinear(turned, torch.tensor([0.25, 2.5]), torch.tensor([1.0, 1.0]))[0, :, 0].tolist() == [0.25, 2.5]
    edge = torch.tensor([-1e-9])  # rounds to a whole turn
    assert bilinear(values, torch.zeros(1), edge, periodic=True).item() == pytest.approx(0.0, abs=1e-5)
