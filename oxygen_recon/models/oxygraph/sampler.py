"""Batches of columns: what is asked for with the casts around it, and hold-out batches to train on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from graphs.types import Floats, Ints
from oxygen_recon.models.oxygraph.batch import CastTensors, ColumnBatch, Slopes
from oxygen_recon.models.oxygraph.casts import Anomalies, Casts
from oxygen_recon.models.oxygraph.config import CastsConfig, ColumnTrainingConfig
from oxygen_recon.models.oxygraph.context import Context
from oxygen_recon.models.oxygraph.profiles import Profiles
from oxygen_recon.models.oxygraph.slopes import SUBOXIC, choose

_FEWEST = 12  # units: of fewer, a step could not hide some and learn from the others


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
        What each step hides and how many casts inform a level.
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
        self.profiles, self.training, self.seed = profiles, training, seed
        self.context = context.model_copy(update={"casts": min(training.casts or context.casts, context.casts)})
        names, self.unit = np.unique(casts.unit, return_inverse=True)
        if names.size < _FEWEST:
            names, self.unit = np.unique(casts.column, return_inverse=True)
            casts = replace(casts, unit=self.unit)
        self.units, self.casts = names.size, casts
        self.oxygen, self.spread = anomalies.of(casts.oxygen), anomalies.spread
        self.inputs = profiles.inputs(casts.column, casts.step, casts.subset)
        self.nutrients = _standardised(casts) if training.nutrients > 0 and casts.nutrients else None

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
        context = Context(self.profiles, self.casts.take(rest), self.oxygen[rest], self.context, self.inputs[rest])
        profile, level = np.nonzero(np.isfinite(self.oxygen[held]))
        asked = self.casts.column[held], self.casts.step[held]
        informing = context.informing(asked, profile, level)
        used, sender = numbered(informing)
        inputs = self._seen(self.inputs[held], random)
        return ColumnBatch(
            *asked_for(self.profiles, inputs, *asked), tensor(profile), tensor(level),
            tensor(sender), casts_of(context, used, self._seen(context.inputs(used), random)),
            target=tensor(self.oxygen[held][profile, level]),
            nutrients=None if self.nutrients is None else tensor(self.nutrients[held][profile, level]),
            slopes=self._slopes(inputs, held, profile, level, random),
            hidden=self.casts.unit[held], shown=self.casts.unit[rest],
        )  # fmt: skip

    def _slopes(
        self, inputs: NDArray[np.float32], held: Ints, profile: Ints, level: Ints, random: np.random.Generator
    ) -> Slopes | None:
        """Choose where slopes against nutrients are taken: below a depth, and where there is oxygen to respire."""
        config = self.training.slopes
        if config.weight == 0:
            return None
        there = self.profiles.domain.departures | (self.casts.oxygen[held[profile], level] > SUBOXIC)
        may = there & (self.profiles.depth[level] > config.depth)
        return choose(self.profiles, self.spread, inputs, (profile, level), may, random)

    def _seen(self, inputs: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
        """Blur the time of profiles, and take the covariates of a random share of them away."""
        share, noise = self.training.without_covariates, self.training.time_noise
        if noise > 0:
            inputs = self.profiles.blurred(inputs, noise * random.standard_normal(len(inputs)))
        if share == 0:
            return inputs
        return self.profiles.without_covariates(inputs, random.random(len(inputs)) < share)


def _standardised(casts: Casts) -> NDArray[np.float32]:
    """Nutrients in standard units, each like oxygen, shape (cast, level, nutrient); NaN is missing."""
    each = (casts.of_nutrient(name) for name in casts.nutrients)
    return np.stack([Anomalies(one, departures=False).of(one.oxygen) for one in each], axis=-1)


def numbered(informing: Ints) -> tuple[Ints, Ints]:
    """Give the casts that are used numbers without gaps.

    Parameters
    ----------
    informing : int array, shape (node, k)
        Numbers of casts; -1 for none.

    Returns
    -------
    used : int array, shape (used,)
        Those that inform any node, ascending.
    sender : int array, shape (node, k)
        Their numbers in `used`; -1 for none.
    """
    used, sender = np.unique(informing, return_inverse=True)
    sender = sender.reshape(informing.shape)
    return (used[1:], sender - 1) if used.size and used[0] < 0 else (used, sender)


def asked_for(
    profiles: Profiles, inputs: NDArray[np.float32], column: Ints, step: Ints
) -> tuple[Tensor, Tensor, Tensor]:
    """Return inputs, positions and years of profiles that are asked for.

    Parameters
    ----------
    profiles : Profiles
        Their places and times.
    inputs : float32 array, shape (profile, level, feature)
        As `Profiles.inputs` returns them.
    column, step : int array, shape (profile,)
        Where and when.
    """
    return tensor(inputs), tensor(profiles.position[column]), tensor(_since(profiles.domain.years[step]))


def casts_of(context: Context, which: Ints, inputs: NDArray[np.float32]) -> CastTensors:
    """Put casts into tensors.

    Parameters
    ----------
    context : Context
        What may inform.
    which : int array, shape (cast,)
        Their numbers.
    inputs : float32 array, shape (cast, level, feature)
        As `Context.inputs` returns them.

    Returns
    -------
    CastTensors
    """
    profiles, casts = context.profiles, context.casts.take(which)
    place = profiles.position[casts.column], _since(profiles.domain.years[casts.step])
    return CastTensors(tensor(inputs), tensor(np.nan_to_num(context.oxygen[which])), *map(tensor, place))


def _since(years: Floats) -> Floats:
    """Years since 1970, small enough for single precision."""
    return np.asarray(years, np.float64) - 1970.0
