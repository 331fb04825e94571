"""Learning by hiding: the loss, the optimiser, and checkpoints that an interrupted training goes on from."""

from __future__ import annotations

import io
import logging
import signal
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor
from torch.utils.data import DataLoader

from oxygen_recon.models.graph.batch import Batch
from oxygen_recon.models.graph.network import OxyGenerator, OxyGeneratorConfig
from oxygen_recon.models.graph.sampler import Episodes
from qc.files import replacing

NUTRIENTS = ("phosphate", "nitrate")
Report = Callable[[int, int, float], None]


def loss(network: OxyGenerator, batch: Batch, config: OxyGeneratorConfig) -> Tensor:
    """Squared error, Gaussian likelihood, and the variance of the slopes of oxygen against nutrients.

    Parameters
    ----------
    network : OxyGenerator
    batch : Batch
        With scored receivers.
    config : OxyGeneratorConfig
        Gives the weights.

    Returns
    -------
    tensor, shape ()
        Standardised units.
    """
    mean, scale = network(batch)
    asked = batch.scored[0, : batch.receivers]
    error, scale = (batch.oxygen[0, : batch.receivers] - mean)[asked], scale[asked]
    likelihood: Tensor = (0.5 * (error / scale).square() + scale.log()).mean()
    total: Tensor = error.square().mean() + config.likelihood * likelihood
    if config.slope > 0 and set(NUTRIENTS) & set(batch.names):
        total = total + config.slope * slope_variance(network, batch.first(config.slope_nodes))
    return total


def slope_variance(network: OxyGenerator, batch: Batch) -> Tensor:
    """Variance over the receivers of d oxygen / d phosphate, plus that of d oxygen / d nitrate.

    A fixed stoichiometry makes these slopes constant (Lu et al. 2024).

    Parameters
    ----------
    network : OxyGenerator
    batch : Batch

    Returns
    -------
    tensor, shape ()
        Unbiased variances of slopes in standardised units; a nutrient known at fewer than two receivers adds 0.
    """
    n = batch.receivers
    inputs = batch.inputs.detach().requires_grad_()
    mean, _ = network(replace(batch, inputs=inputs))
    (slope,) = torch.autograd.grad(mean.sum(), inputs, create_graph=True)
    total: Tensor = mean.new_zeros(())
    for name in NUTRIENTS:
        if name in batch.names:
            known = batch.inputs[0, :n, batch.names.index(f"{name}_known")] > 0
            if int(known.sum()) >= 2:
                total = total + slope[0, :n, batch.names.index(name)][known].var()
    return total


class Learner(lightning.LightningModule):
    """The network with its loss and optimiser.

    Parameters
    ----------
    network : OxyGenerator
    config : OxyGeneratorConfig
    state : dict, optional
        States of optimiser and schedule to go on from.
    """

    def __init__(self, network: OxyGenerator, config: OxyGeneratorConfig, state: dict[str, Any] | None) -> None:
        super().__init__()
        self.network, self.config, self.state = network, config, state

    def training_step(self, batch: Batch, index: int) -> Tensor:
        """Compute the loss of a batch."""
        return loss(self.network, batch, self.config)

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        """Move a batch; a frozen one makes its own copy."""
        return batch.to(device)

    def configure_optimizers(self) -> Any:
        """AdamW with one cycle of the learning rate over the planned steps."""
        config = self.config
        optimiser = torch.optim.AdamW(self.network.parameters(), config.learning_rate, weight_decay=config.weight_decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, config.learning_rate, total_steps=config.steps + 1, pct_start=0.2
        )
        if self.state is not None:
            optimiser.load_state_dict(self.state["optimiser"])
            schedule.load_state_dict(self.state["schedule"])
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


class Keeper(Callback):
    """Reports progress and keeps checkpoints while Lightning trains.

    Parameters
    ----------
    start : int
        Steps done before.
    config : OxyGeneratorConfig
    path : Path, optional
        Checkpoint; None keeps none.
    mark : str
        Name of the training, kept in the checkpoint.
    report : callable, optional
        Called after each step with the step, the number of steps and the loss.
    """

    def __init__(self, start: int, config: OxyGeneratorConfig, path: Path | None, mark: str, report: Report | None):
        self.start, self.config, self.path, self.mark, self.report = start, config, path, mark, report

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Report a step, and keep a checkpoint where one is due."""
        step = self.start + trainer.global_step
        if self.report is not None:
            self.report(step, self.config.steps, float(outputs["loss"]))
        if self.path is not None and (step % self.config.checkpoint_every == 0 or step == self.config.steps):
            state = {
                "mark": self.mark,
                "step": step,
                "network": pl_module.network.state_dict(),
                "optimiser": trainer.optimizers[0].state_dict(),
                "schedule": trainer.lr_scheduler_configs[0].scheduler.state_dict(),
            }
            buffer = io.BytesIO()  # so that a full disk is an OSError like any other
            torch.save(state, buffer)
            with replacing(self.path) as partial:
                partial.write_bytes(buffer.getbuffer())


def train(learner: Learner, episodes: Episodes, keeper: Keeper) -> None:
    """Let Lightning run over the remaining episodes, quietly, and give Ctrl-C back to the caller.

    Parameters
    ----------
    learner : Learner
        Its network is trained in place.
    episodes : Episodes
        All of them; those before `keeper.start` are left out.
    keeper : Keeper

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C, after the step at hand.
    """
    logger = logging.getLogger("lightning.pytorch")
    level, handler = logger.level, signal.getsignal(signal.SIGINT)
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="lightning.*")
            trainer = lightning.Trainer(
                accelerator=learner.config.device, devices=1, max_epochs=1, gradient_clip_val=1.0, callbacks=[keeper],
                logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
            )  # fmt: skip
            rest: DataLoader[Batch] = DataLoader(
                episodes, batch_size=None, sampler=range(keeper.start, learner.config.steps)
            )
            trainer.fit(learner, rest)
    except SystemExit:  # how Lightning answers Ctrl-C
        signal.signal(signal.SIGINT, handler)
        raise KeyboardInterrupt from None
    finally:
        logger.setLevel(level)
