"""Training of any network that has a loss, with Lightning: optimiser, checkpoints, resumption, several processes."""

from __future__ import annotations

import logging
import os
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

import lightning
import torch
from lightning.pytorch.callbacks import Callback, LearningRateMonitor
from lightning.pytorch.loggers import CSVLogger
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from oxygen_recon.models.config import ComputeConfig, OptimiserConfig
from oxygen_recon.models.interface import Report
from oxygen_recon.models.training.checkpoints import CHECKPOINT, AtomicIO, Checkpoints, restore
from qc.errors import InputError


class Batch(Protocol):
    """What a network reads; the batch of a family moves itself."""

    def to(self, device: torch.device | str) -> Batch:
        """Return the batch on a device.

        Parameters
        ----------
        device : torch.device or str
            Where its tensors are to be.
        """
        ...


class Trainable(Protocol):
    """A torch module that owns its loss."""

    def loss(self, batch: Any) -> Tensor:
        """Compare the estimate with the targets of a batch, shape ().

        Parameters
        ----------
        batch : object
            A batch of the network's family.
        """
        ...


@dataclass(frozen=True)
class Plan:
    """How a network is trained, on what, and where it is kept.

    Parameters
    ----------
    training : OptimiserConfig
        Steps and learning rate.
    compute : ComputeConfig
        Device, precision, checkpoints.
    directory : Path, optional
        Folder of the checkpoint; None keeps none.
    name : str
        Names the training by all that decides its result; a checkpoint of another name is refused.
    report : callable, optional
        Called after each step with the step, the number of steps and the loss.
    """

    training: OptimiserConfig
    compute: ComputeConfig = field(default_factory=ComputeConfig)
    directory: Path | None = None
    name: str = ""
    report: Report | None = None

    @property
    def checkpoint(self) -> Path | None:
        """File of the checkpoint."""
        return None if self.directory is None else self.directory / CHECKPOINT


def train(network: nn.Module, batches: Dataset[Any], plan: Plan) -> None:
    """Train a network, or take up a training that was interrupted or has ended.

    Under torchrun every process calls this with the same arguments: each takes its share of the batches, the first
    writes and reports.

    Parameters
    ----------
    network : torch.nn.Module
        Has a method `loss(batch)`; trained in place, and on the CPU in the end.
    batches : Dataset
        Item i is batch i, the same whenever it is made, for any i below steps x processes.
    plan : Plan
        How it is trained, and where checkpoints are kept.

    Raises
    ------
    InputError
        If the checkpoint is damaged or belongs to another training, or `devices` is not the number of processes.
    KeyboardInterrupt
        On Ctrl-C, after the step at hand.
    """
    path, start = plan.checkpoint, 0
    if path is not None and path.exists():
        start = restore(path, network, plan.name)
    if start < plan.training.steps:
        learner = Learner(network, batches, plan, start)
        with quiet(plan.compute.verbose), interruptible():
            trainer(learner, plan).fit(learner, ckpt_path=path if start > 0 else None)
    network.cpu()


class Learner(lightning.LightningModule):
    """A network with its loss, optimiser and batches.

    Parameters
    ----------
    network : torch.nn.Module
        Has a method `loss(batch)`.
    batches : Dataset
        Item i is batch i.
    plan : Plan
        How it is trained.
    start : int
        Steps done before.
    """

    def __init__(self, network: nn.Module, batches: Dataset[Any], plan: Plan, start: int) -> None:
        super().__init__()
        self.network, self.batches, self.plan, self.start = network, batches, plan, start

    def training_step(self, batch: Batch, index: int) -> Tensor:
        """Compute the loss of a batch.

        Parameters
        ----------
        batch, index : object
            As in Lightning.
        """
        value = cast(Trainable, self.network).loss(batch)
        if self.trainer.loggers:
            self.log("loss", value.detach(), batch_size=1)
        return value

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        """Move a batch; a frozen one makes its own copy.

        Parameters
        ----------
        batch, device, dataloader_idx : object
            As in Lightning.
        """
        return batch.to(device)

    def train_dataloader(self) -> DataLoader[Any]:
        """Load the batches that remain; each of several processes takes every n-th."""
        processes, steps = self.trainer.world_size, self.plan.training.steps
        mine = range(self.start * processes + self.trainer.global_rank, steps * processes, processes)
        return DataLoader(self.batches, batch_size=None, sampler=cast(Any, mine))

    def configure_optimizers(self) -> Any:
        """AdamW with one cycle of the learning rate over the planned steps."""
        training = self.plan.training
        warm_up = 0.2 if training.steps != 4 else 0.25  # of 5 steps, 0.2 is none: the schedule would divide by 0
        optimiser = torch.optim.AdamW(
            self.network.parameters(), training.learning_rate, weight_decay=training.weight_decay
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, training.learning_rate, total_steps=training.steps + 1, pct_start=warm_up
        )
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what the training is named by and how far it is; the loops begin anew with the batches that remain.

        Parameters
        ----------
        checkpoint : dict
            As in Lightning; changed in place.
        """
        checkpoint |= {"name": self.plan.name, "step": self.start + self.trainer.global_step}
        del checkpoint["loops"]


class Progress(Callback):
    """Reports each step from the first process.

    Parameters
    ----------
    report : callable
        Called with the step, the number of steps and the loss.
    """

    def __init__(self, report: Report) -> None:
        self.report = report

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Report a step.

        Parameters
        ----------
        trainer, pl_module, outputs, batch, batch_idx : object
            As in Lightning.
        """
        if trainer.is_global_zero:
            steps = pl_module.plan.training.steps
            self.report(pl_module.start + trainer.global_step, steps, float(outputs["loss"]))


def trainer(learner: Learner, plan: Plan) -> lightning.Trainer:
    """Make Lightning's trainer.

    Parameters
    ----------
    learner : Learner
        What will be trained.
    plan : Plan
        Device, precision, and where checkpoints and logs are kept.

    Returns
    -------
    lightning.Trainer
        For one epoch: the batches that remain.

    Raises
    ------
    InputError
        If `devices` are not as many as torchrun started processes on this machine, or a log has no folder.
    """
    compute = plan.compute
    here, everywhere = (int(os.environ.get(name, "1")) for name in ("LOCAL_WORLD_SIZE", "WORLD_SIZE"))
    if compute.devices != here:
        raise InputError(
            f"{compute.devices} devices, {here} processes", "compute.devices",
            f"start with: torchrun --nproc-per-node {compute.devices}",
        )  # fmt: skip
    callbacks: list[Callback] = [] if plan.report is None else [Progress(plan.report)]
    if plan.checkpoint is not None:
        callbacks.append(Checkpoints(plan.checkpoint, compute.checkpoint_every, plan.training.steps))
    logger: Any = False
    if compute.log:
        if plan.directory is None:
            raise InputError("a log needs a folder", "compute.log", "give the estimator a directory")
        logger = CSVLogger(plan.directory, name="log", version=f"from_step_{learner.start}")
        callbacks.append(LearningRateMonitor("step"))
    return lightning.Trainer(
        accelerator=compute.device, devices=compute.devices, num_nodes=everywhere // here,
        strategy="ddp" if everywhere > 1 else "auto", precision=compute.precision, use_distributed_sampler=False,
        max_epochs=1, gradient_clip_val=1.0, callbacks=callbacks, plugins=[AtomicIO()],
        logger=logger, log_every_n_steps=1, enable_checkpointing=plan.directory is not None,
        enable_progress_bar=compute.verbose, enable_model_summary=compute.verbose,
    )  # fmt: skip


def device_of(name: str) -> torch.device:
    """Return where to compute, by `ComputeConfig.device`: "auto" takes a GPU when there is one."""
    return torch.device("cuda" if name == "gpu" or (name == "auto" and torch.cuda.is_available()) else "cpu")


@contextmanager
def quiet(verbose: bool) -> Iterator[None]:
    """Keep Lightning's messages and warnings back, unless they are wanted.

    Parameters
    ----------
    verbose : bool
        Whether they are wanted.
    """
    logger = logging.getLogger("lightning.pytorch")
    level = logger.level
    if verbose:
        yield
        return
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="lightning.*")
            yield
    finally:
        logger.setLevel(level)


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn Lightning's answer to Ctrl-C, which is to exit, back into KeyboardInterrupt."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit:
        signal.signal(signal.SIGINT, handler)
        raise KeyboardInterrupt from None
