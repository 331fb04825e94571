"""Checkpoints of a training: named by all that decides it, written whole or not at all, read as tensors, not code."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.pytorch.callbacks import Checkpoint
from lightning.pytorch.plugins.io import TorchCheckpointIO
from numpy.typing import NDArray
from torch import nn

from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.runtime.errors import naming_damage
from qc.errors import InputError
from qc.files import replacing

CHECKPOINT = "checkpoint.pt"
_FIX = "remove it to train afresh"
_NETWORK = "network."  # before the names of the network's weights in a checkpoint


def restore(path: Path, network: nn.Module, name: str) -> int:
    """Load the weights of a checkpoint into a network.

    Parameters
    ----------
    path : Path
        Checkpoint.
    network : torch.nn.Module
        Gets the weights.
    name : str
        What the training is named by.

    Returns
    -------
    int
        Steps that were done.

    Raises
    ------
    InputError
        If the file is damaged, or is the checkpoint of another network or another training.
    """
    with naming_damage(path, _FIX):
        state = torch.load(path, map_location="cpu", weights_only=True)
        weights = {key.removeprefix(_NETWORK): value for key, value in state["state_dict"].items()}
        shapes = {key: value.shape for key, value in weights.items()}
        found, step = state["name"], int(state["step"])
    if shapes != {key: value.shape for key, value in network.state_dict().items()}:
        raise InputError("a checkpoint of another shape than these settings give", str(path), _FIX)
    if found != name:
        raise InputError("a checkpoint of other data, settings or another seed", str(path), _FIX)
    network.load_state_dict(weights)
    return step


class AtomicIO(TorchCheckpointIO):
    """Checkpoints that are there whole or not at all, and are read as tensors, never as code."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write a checkpoint.

        Parameters
        ----------
        checkpoint, path, storage_options : object
            As in Lightning; the options are ignored.
        """
        buffer = io.BytesIO()  # so that a full disk is an OSError like any other
        torch.save(checkpoint, buffer)
        with replacing(Path(path)) as partial:
            partial.write_bytes(buffer.getbuffer())

    def load_checkpoint(self, path: Any, map_location: Any = None, weights_only: bool | None = True) -> dict[str, Any]:
        """Read a checkpoint.

        Parameters
        ----------
        path, map_location, weights_only : object
            As in Lightning; the CPU when no location is given, and weights only whatever is asked.

        Returns
        -------
        dict
            The checkpoint as it was saved.
        """
        return dict(torch.load(path, map_location=map_location or "cpu", weights_only=True))


class Checkpoints(Checkpoint):
    """Keeps a checkpoint every so many steps, and at the end.

    Parameters
    ----------
    path : Path
        File of the checkpoint.
    every, last : int
        Steps between two checkpoints, and the last step of the training.
    """

    def __init__(self, path: Path, every: int, last: int) -> None:
        self.path, self.every, self.last = path, every, last

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Keep a checkpoint where one is due.

        Parameters
        ----------
        trainer, pl_module, outputs, batch, batch_idx : object
            As in Lightning.
        """
        step = pl_module.start + trainer.global_step
        if step % self.every == 0 or step == self.last:
            trainer.save_checkpoint(self.path)


def fingerprint(settings: str, domain: Domain, samples: Samples, seed: int, *others: NDArray[np.generic]) -> str:
    """Name a training by all that decides its result.

    Parameters
    ----------
    settings : str
        Settings of the method; those of compute have no part.
    domain : Domain
        Cells, steps and covariates.
    samples : Samples
        Everything that is learned from.
    seed : int
        Decides initial weights and what each step hides.
    *others : array
        What else decides, for instance the edges of a graph.

    Returns
    -------
    str
        SHA-256 in hexadecimal digits.
    """
    digest = hashlib.sha256(settings.encode())
    digest.update(f"{seed} {domain.names}".encode())
    places = (domain.latitude, domain.longitude, domain.depth, domain.years, domain.covariates)
    learned = (samples.cell, samples.step, samples.group, *samples.values.values(), samples.count)
    hidden = (array for array in (domain.without, domain.row, samples.subset, samples.unit) if array is not None)
    for array in (*places, *learned, *others, *hidden):
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
