from dataclasses import replace

import pytest
import torch

from oxygen_recon.models.graph.batch import Batch, Edges


def batch() -> Batch:
    """Two receivers (0, 1), one neighbouring cell (2), two observations (3, 4)."""
    nan = float("nan")
    torch.manual_seed(0)
    return Batch(
        names=("a", "b"),
        inputs=torch.randn(1, 5, 2),
        zoning=torch.randn(1, 5, 7),
        place=torch.randn(1, 5, 5),
        history=torch.randn(1, 3, 11, 2),
        oxygen=torch.tensor([[[0.1], [0.2], [nan], [0.4], [0.5]]]),
        seen=torch.tensor([[False, False, False, True, True]]),
        scored=torch.tensor([[True, True, False, False, False]]),
        group=torch.tensor([[7, 7, -1, 8, 9]]),
        beside=Edges(torch.tensor([[2, -1], [2, -1]]), torch.randn(2, 2, 5)),
        informs=Edges(torch.tensor([[3, 4], [4, -1]]), torch.randn(2, 2, 5)),
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"scored": torch.tensor([[True, True, False, True, False]])}, "both seen and scored"),
        ({"group": torch.tensor([[7, 7, -1, 8, 7]])}, "group is both seen and scored"),
        ({"informs": Edges(torch.tensor([[3, 1], [4, -1]]), torch.zeros(2, 2, 5))}, "not seen informs"),
        ({"oxygen": torch.full((1, 5, 1), torch.nan)}, "oxygen is missing"),
        ({"names": ("a",)}, "2 channels, 1 names"),
    ],
)
def test_a_leaking_or_incomplete_batch_cannot_be_made(change: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        replace(batch(), **change)


def test_edges_refuse_features_of_other_edges() -> None:
    with pytest.raises(ValueError, match="Edges"):
        Edges(torch.zeros(2, 3, dtype=torch.long), torch.zeros(3, 2, 5))


def test_the_first_receivers_keep_what_they_need_and_no_more() -> None:
    whole = replace(batch(), informs=Edges(torch.tensor([[4, -1], [3, 4]]), torch.randn(2, 2, 5)))
    part = whole.first(1)
    assert part.receivers == 1
    assert part.inputs.shape[1] == 3  # receiver 0, neighbour 2, observation 4
    assert part.history.shape[1] == 2
    assert torch.equal(part.inputs[0, part.informs.sender[0, 0]], whole.inputs[0, 4])
    assert torch.equal(part.inputs[0, part.beside.sender[0, 0]], whole.inputs[0, 2])
    assert part.informs.sender[0, 1] == -1


def test_every_tensor_is_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    there, moved = batch(), []
    monkeypatch.setattr(torch.Tensor, "to", lambda tensor, device: moved.append((id(tensor), device)) or tensor)
    there.to("elsewhere")
    parts = (
        part
        for value in vars(there).values()
        for part in (vars(value).values() if isinstance(value, Edges) else [value])
    )
    assert sorted(moved) == sorted((id(part), "elsewhere") for part in parts if isinstance(part, torch.Tensor))
