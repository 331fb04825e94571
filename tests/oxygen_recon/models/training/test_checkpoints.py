"""Checkpoints as files; `test_training.py` tests the trainings that go on from them."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from oxygen_recon.models.training.checkpoints import CHECKPOINT, AtomicIO, Checkpoints, restore
from qc.errors import InputError


def saved(folder: Path, network: nn.Module) -> Path:
    weights = {f"network.{name}": value for name, value in network.state_dict().items()}
    AtomicIO().save_checkpoint({"state_dict": weights, "name": "a", "step": 7}, folder / CHECKPOINT)
    return folder / CHECKPOINT


def test_weights_and_step_are_restored_and_nothing_else_is_left(tmp_path: Path) -> None:
    network, other = nn.Linear(3, 2), nn.Linear(3, 2)
    path = saved(tmp_path, network)
    assert restore(path, other, "a") == 7
    assert torch.equal(other.weight, network.weight) and torch.equal(other.bias, network.bias)
    assert list(tmp_path.iterdir()) == [path]


def test_a_checkpoint_that_does_not_fit_leaves_the_network_as_it_was(tmp_path: Path) -> None:
    path, other = saved(tmp_path, nn.Linear(3, 2)), nn.Linear(3, 2)
    before = other.weight.detach().clone()
    with pytest.raises(InputError, match="another seed; remove it to train afresh"):
        restore(path, other, "b")
    with pytest.raises(InputError, match="another shape"):
        restore(path, nn.Linear(2, 2), "a")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match="damaged"):
        restore(path, other, "a")
    assert torch.equal(other.weight, before)


@pytest.mark.parametrize(("start", "kept"), [(0, [3, 6, 8]), (4, [6, 8])])
def test_one_is_kept_every_so_many_steps_of_the_whole_training_and_at_its_end(start: int, kept: list[int]) -> None:
    found: list[int] = []
    callback = Checkpoints(Path(CHECKPOINT), every=3, last=8)
    for done in range(1, 9 - start):
        step = start + done
        trainer = SimpleNamespace(global_step=done, save_checkpoint=lambda path, step=step: found.append(step))
        callback.on_train_batch_end(trainer, SimpleNamespace(start=start), None, None, 0)
    assert found == kept
