import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from oxygen_recon.models.config import ComputeConfig, OptimiserConfig
from oxygen_recon.models.training.checkpoints import CHECKPOINT
from oxygen_recon.models.training.trainer import Plan, train
from qc.errors import InputError

STEPS = OptimiserConfig(steps=8)
OFTEN = ComputeConfig(checkpoint_every=3)


class Points(Dataset[Tensor]):
    """Batch i of points of a plane, the same whenever it is made."""

    def __len__(self) -> int:
        return STEPS.steps

    def __getitem__(self, i: int) -> Tensor:
        return torch.from_numpy(np.random.default_rng(i).normal(size=(16, 3)).astype(np.float32))


class Plane(nn.Module):
    """Learns x + 2 y - 3 z."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.layers = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))

    def loss(self, batch: Tensor) -> Tensor:
        return (self.layers(batch)[:, 0] - batch @ batch.new_tensor([1.0, 2.0, -3.0])).square().mean()


def trained(plan: Plan) -> dict[str, Tensor]:
    network = Plane()
    train(network, Points(), plan)
    return {name: value.clone() for name, value in network.state_dict().items()}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return all(torch.equal(value, other[name]) for name, value in one.items())


def test_a_killed_training_goes_on_to_the_same_numbers_and_a_finished_one_is_not_done_again(tmp_path: Path) -> None:
    steps: list[int] = []
    whole = trained(Plan(STEPS, report=lambda step, *_: steps.append(step)))
    assert steps == list(range(1, 9)) and not same(whole, Plane().state_dict())

    def die(step: int, *_: float) -> None:
        if step == 5:  # after the checkpoint of step 3
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        trained(Plan(STEPS, OFTEN, tmp_path, "a", die))
    assert torch.load(tmp_path / CHECKPOINT, weights_only=True)["step"] == 3
    steps.clear()
    assert same(trained(Plan(STEPS, OFTEN, tmp_path, "a", lambda step, *_: steps.append(step))), whole)
    assert steps == [4, 5, 6, 7, 8]
    assert same(trained(Plan(STEPS, OFTEN, tmp_path, "a", lambda *_: pytest.fail("trained again"))), whole)
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]


def test_a_checkpoint_of_another_training_or_network_or_damaged_is_one_clear_line(tmp_path: Path) -> None:
    trained(Plan(STEPS, OFTEN, tmp_path, "a"))
    with pytest.raises(InputError, match="other data, settings or another seed") as caught:
        trained(Plan(STEPS, OFTEN, tmp_path, "b"))
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="another shape"):
        train(nn.Linear(2, 2), Points(), Plan(STEPS, OFTEN, tmp_path, "a"))
    (tmp_path / CHECKPOINT).write_bytes((tmp_path / CHECKPOINT).read_bytes()[:300])
    with pytest.raises(InputError, match="is damaged; remove it to train afresh"):
        trained(Plan(STEPS, OFTEN, tmp_path, "a"))


def test_ctrl_c_ends_a_training_after_the_step_at_hand(tmp_path: Path) -> None:
    def interrupt(step: int, *_: float) -> None:
        if step == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(Plan(STEPS, OFTEN, tmp_path, "a", interrupt))
    assert torch.load(tmp_path / CHECKPOINT, weights_only=True)["step"] == 3


def test_a_log_holds_the_loss_and_the_learning_rate_of_every_step(tmp_path: Path) -> None:
    logged = trained(Plan(STEPS, ComputeConfig(log=True), tmp_path, "a"))
    lines = (tmp_path / "log" / "from_step_0" / "metrics.csv").read_text().splitlines()
    assert "loss" in lines[0] and "lr-AdamW" in lines[0] and len(lines) > 8
    assert same(logged, trained(Plan(STEPS))), "a log changes no number"
    with pytest.raises(InputError, match="a log needs a folder"):
        trained(Plan(STEPS, ComputeConfig(log=True)))


def test_half_precision_trains_nearly_alike() -> None:
    half, whole = trained(Plan(STEPS, ComputeConfig(precision="bf16-mixed"))), trained(Plan(STEPS))
    assert not same(half, whole)
    for name, value in whole.items():
        torch.testing.assert_close(half[name], value, atol=0.05, rtol=0.1)


def test_several_devices_need_as_many_processes() -> None:
    with pytest.raises(InputError, match="2 devices, 1 processes; start with: torchrun --nproc-per-node 2"):
        trained(Plan(STEPS, ComputeConfig(devices=2)))


SCRIPT = """
import os, sys, torch
from pathlib import Path
from oxygen_recon.models.config import ComputeConfig, OptimiserConfig
from oxygen_recon.models.training.trainer import Plan, train
from tests.oxygen_recon.models.training.test_trainer import Plane, Points
folder, rank, steps = Path(sys.argv[1]), os.environ["RANK"], []
network = Plane()
report = lambda step, *_: steps.append(step)
train(network, Points(), Plan(OptimiserConfig(steps=6), ComputeConfig(devices=2), folder / "run", "a", report))
torch.save({"network": network.state_dict(), "steps": steps}, folder / f"rank{rank}.pt")
"""


def test_two_processes_share_the_batches_and_the_first_writes(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    root = Path(__file__).parents[4]
    environment = os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, str(tmp_path / "script.py"), str(tmp_path)],
        cwd=root, env=environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    first, second = (torch.load(tmp_path / f"rank{rank}.pt", weights_only=True) for rank in (0, 1))
    assert same(first["network"], second["network"])
    assert first["steps"] == [1, 2, 3, 4, 5, 6] and second["steps"] == []
    assert torch.load(tmp_path / "run" / CHECKPOINT, weights_only=True)["step"] == 6
    # Each step is the mean of two batches: the same as one process that sees both.
    network, both = Plane(), Points()
    optimiser = torch.optim.AdamW(network.parameters(), 1e-2, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-2, total_steps=7, pct_start=0.2)
    for i in range(6):
        optimiser.zero_grad()
        ((network.loss(both[2 * i]) + network.loss(both[2 * i + 1])) / 2).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
    for name, value in network.state_dict().items():
        torch.testing.assert_close(first["network"][name], value, atol=1e-5, rtol=1e-4)
