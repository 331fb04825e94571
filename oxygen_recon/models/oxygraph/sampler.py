"""Batches of columns: what is asked for with the casts around it, and hold-out batches to train on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from graphs.types import Ints
from oxygen_recon.models.oxygraph.batch import CastTensors, ColumnBatch
from oxygen_recon.models.oxygraph.casts import Anomalies, Casts, neighbours, reaching
from oxygen_recon.models.oxygraph.config import CastsConfig, ColumnTrainingConfig
from oxygen_recon.models.oxygraph.profiles import Profiles

_FEWEST = 12  # units: of fewer, a step could not hide some and learn from the others


def nodes_of(
    profiles: Profiles, casts: Casts, asked: tuple[Ints, Ints], profile: Ints, level: Ints, config: CastsConfig
) -> tuple[Ints, Ints]:
    """Choose the casts that inform nodes.

    Parameters
    ----------
    profiles : Profiles
        Places and times.
    casts : Casts
        What may inform.
    asked : tuple of int arrays (column, step), shape (profile,)
        Profiles that are asked for.
    profile, level : int array, shape (node,)
        Which level of which of them.
    config : CastsConfig
        How many, and how distance compares with time.

    Returns
    -------
    used : int array, shape (used,)
        Numbers of the casts that inform any node.
    sender : int array, shape (node, config.casts)
        Their numbers in `used`; -1 for none.
    """
    near = neighbours(profiles, casts, *asked, config)
    chosen = reaching(casts, near, profile, level, config.casts)
    used, sender = np.unique(chosen, return_inverse=True)
    sender = sender.reshape(chosen.shape)
    return (used[1:], sender - 1) if used.size and used[0] < 0 else (used, sender)


def tensor(values: NDArray[np.generic]) -> Tensor:
    """Return an array as a tensor, in single precision unless it counts."""
    return torch.from_numpy(np.ascontiguousarray(values, np.int64 if values.dtype.kind in "iu" else np.float32))


class HoldoutBatches(Dataset[ColumnBatch]):
    """Training by hold-out: every step hides what is held out together, and estimates some of the casts it hid.

    Batch i of a seed is the same whenever it is made, so an interrupted training goes on as if nothing had happened.

    Parameters
    ----------
    profiles : Profiles
        Standard units of covariates.
    casts : Casts
        Everything that may be learned from.
    anomalies : Anomalies
        Standard units of oxygen.
    context : CastsConfig
        What informs a column.
    training : ColumnTrainingConfig
        What each step hides.
    seed : int
        Decides what is hidden.
    """

    def __init__(
        self,
        profiles: Profiles,
        casts: Casts,
        anomalies: Anomalies,
        context: CastsConfig,
        training: ColumnTrainingConfig,
        seed: int,
    ) -> None:
        self.profiles, self.context, self.training, self.seed = profiles, context, training, seed
        names, self.unit = np.unique(casts.unit, return_inverse=True)
        if names.size < _FEWEST:
            names, self.unit = np.unique(casts.column, return_inverse=True)
            casts = replace(casts, unit=self.unit)
        self.units, self.casts = names.size, casts
        self.oxygen = anomalies.of(casts.oxygen)
        self.inputs = profiles.inputs(casts.column, casts.step, casts.subset)

    def __len__(self) -> int:
        return self.training.steps

    def __getitem__(self, step: int) -> ColumnBatch:
        """Make the batch of an optimiser step."""
        random = np.random.default_rng((self.seed, step))
        share = random.uniform(0.2, 1.0) * self.training.hide
        hidden = random.random(self.units) < share
        some, other = random.integers(self.units), random.integers(self.units)
        hidden[some], hidden[other] = True, False
        if not hidden.any():
            hidden[some] = True
        rest = np.flatnonzero(~hidden[self.unit])
        held = random.permutation(np.flatnonzero(hidden[self.unit]))[: self.training.columns]
        profile, level = np.nonzero(np.isfinite(self.oxygen[held]))
        asked = self.casts.column[held], self.casts.step[held]
        used, sender = nodes_of(self.profiles, self.casts.take(rest), asked, profile, level, self.context)
        return self._batch(held, rest[used], profile, level, sender, random)

    def _batch(
        self, held: Ints, used: Ints, profile: Ints, level: Ints, sender: Ints, random: np.random.Generator
    ) -> ColumnBatch:
        """Put hidden casts and those that inform them together; some of either lose their covariates."""
        asked, shown = (self._seen(which, random) for which in (held, used))
        return ColumnBatch(
            inputs=tensor(asked), position=tensor(self.profiles.position[self.casts.column[held]]),
            years=tensor(self.profiles.years(self.casts.step[held])), profile=tensor(profile), level=tensor(level),
            sender=tensor(sender), target=tensor(self.oxygen[held][profile, level]),
            casts=cast_tensors(self.profiles, self.casts.take(used), shown, self.oxygen[used]),
            hidden=self.casts.unit[held], shown=self.casts.unit[used],
        )  # fmt: skip

    def _seen(self, which: Ints, random: np.random.Generator) -> NDArray[np.float32]:
        """Take the inputs of some casts, without covariates for a random share of them."""
        inputs, share = self.inputs[which], self.training.without_covariates
        if share == 0:
            return inputs
        return self.profiles.without_covariates(inputs, random.random(which.size) < share)


def cast_tensors(
    profiles: Profiles, casts: Casts, inputs: NDArray[np.float32], oxygen: NDArray[np.float32]
) -> CastTensors:
    """Put casts into tensors.

    Parameters
    ----------
    profiles : Profiles
        Their places.
    casts : Casts
        Which.
    inputs : float32 array, shape (cast, level, feature)
        As `Profiles.inputs` returns them.
    oxygen : float32 array, shape (cast, level)
        Standardised anomaly; NaN is missing.

    Returns
    -------
    CastTensors
    """
    position, years = tensor(profiles.position[casts.column]), tensor(profiles.years(casts.step))
    return CastTensors(tensor(inputs), tensor(np.nan_to_num(oxygen)), position, years)
