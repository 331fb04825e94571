"""GridBatch: what a daily forecast reads and is scored by, and the batches of a training."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from oxygen_recon.dataset.daily.fields import DailyFields, Dates, windows
from oxygen_recon.dataset.daily.seasons import waves
from oxygen_recon.models.fourier.config import ForecastTraining, MaskPhase, RollOutPhase
from oxygen_recon.models.fourier.networks.masking import kept_tokens
from oxygen_recon.models.fourier.statistics import DailyStatistics
from qc.errors import InputError

Phase = TypeVar("Phase", MaskPhase, RollOutPhase)


@dataclass(frozen=True)
class GridBatch:
    """A mini-batch of starts, in standard scores.

    Parameters
    ----------
    state : tensor, shape (batch, history, channel, latitude, longitude)
        Days up to the start, the start last; land filled.
    day : int64 tensor, shape (batch, history)
        Their dates, days since 1970.
    season : tensor, shape (batch, 1 + lead, 1 + 2 harmonics)
        One, then cosine and sine of the day of the year of the start and of each day that is forecast.
    names : tuple of str
        Names of the channels.
    forcing : tensor, shape (batch, lead, forcing, latitude, longitude)
        Of the day that each step starts from; may have no channel.
    forcings : tuple of str
        Names of the channels of the forcing.
    target : tensor, shape (batch, lead, channel, latitude, longitude), or None
        The days that are forecast; None where they are not known.
    target_day : int64 tensor, shape (batch, lead)
        Their dates, days since 1970.
    kept : int64 tensor, shape (batch, patch), or None
        Patches of the start that are read, increasing; None for all.
    trust : tensor, shape (batch, channel, latitude, longitude), or None
        How far the start is to be trusted, of networks that fill what is not seen: 1 where it is seen and on land, else
        the share of variance that a first guess explains, below 1. None where it is seen whole.
    truth : tensor, of the same shape, or None
        The start as it was, in a training that fills it.

    Raises
    ------
    ValueError
        On leakage, a target day that is not after the days that are read; where names do not fit, or values are not
        finite.
    """

    state: Tensor
    day: Tensor
    season: Tensor
    names: tuple[str, ...]
    forcing: Tensor
    forcings: tuple[str, ...]
    target: Tensor | None
    target_day: Tensor
    kept: Tensor | None = None
    trust: Tensor | None = None
    truth: Tensor | None = None

    def __post_init__(self) -> None:
        """Refuse a batch that shows the model what it is to forecast."""
        if bool((self.target_day <= self.day[:, -1:]).any()):
            raise ValueError("GridBatch leaks: a target day is not after the start")
        if self.state.shape[2] != len(self.names) or self.forcing.shape[2] != len(self.forcings):
            raise ValueError(
                f"GridBatch: {self.state.shape[2]} channels and {self.forcing.shape[2]} of forcing, "
                f"{len(self.names)} and {len(self.forcings)} names"
            )
        if self.season.shape[1] != 1 + self.target_day.shape[1]:
            raise ValueError("GridBatch: the season is given for the start and every target day")
        given = [one for one in (self.state, self.forcing, self.target, self.trust) if one is not None]
        if not all(bool(torch.isfinite(values).all()) for values in given):
            raise ValueError("GridBatch: values are missing; fill land first")

    @property
    def leads(self) -> int:
        """Days that are forecast."""
        return int(self.target_day.shape[1])

    def to(self, device: torch.device | str) -> GridBatch:
        """Return the batch on a device.

        Parameters
        ----------
        device : torch.device or str
            Where its tensors are to be.

        Returns
        -------
        GridBatch
            A new batch; this one stays where it is.
        """
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        moved: Any = {name: value.to(device) for name, value in values.items() if isinstance(value, Tensor)}
        return replace(self, **moved)


def phase_at(phases: Sequence[Phase], done: float) -> Phase | None:
    """Find the phase of a point of the training.

    Parameters
    ----------
    phases : sequence of MaskPhase or RollOutPhase
        In their order.
    done : float
        Share of the training that is done, 0 to 1.

    Returns
    -------
    phase or None
        None behind the last.

    Examples
    --------
    >>> phases = (MaskPhase(until=0.1, ratio=0.75), MaskPhase(until=0.5, ratio=0.25))
    >>> [phase.ratio if (phase := phase_at(phases, done)) else 0.0 for done in (0.05, 0.1, 0.9)]
    [0.75, 0.25, 0.0]
    """
    return next((phase for phase in phases if done < phase.until), None)


class Starts(Dataset[GridBatch]):
    """Batches of a training: item i has starts drawn by i alone, so that a resumed training sees the same.

    Parameters
    ----------
    source : DailyFields
        The state.
    statistics : DailyStatistics
        Of the training days.
    training : datetime64[D] array
        Days that starts and targets are taken from.
    settings : ForecastTraining
        Starts a batch, days of the forecast, hidden patches, noise.
    history : int
        Days that are read.
    tokens : int
        Patches of the grid.
    seed : int
        Decides all that is drawn.
    forcing : DailyFields, optional
        With all days of the state.
    """

    def __init__(
        self, source: DailyFields, statistics: DailyStatistics, training: Dates, settings: ForecastTraining,
        history: int, tokens: int, seed: int, forcing: DailyFields | None = None,
    ) -> None:  # fmt: skip
        self.source, self.statistics, self.forcing = source, statistics, forcing
        self.settings, self.history, self.tokens, self.seed = settings, history, tokens, seed
        self.processes = int(os.environ.get("WORLD_SIZE", "1"))
        self.starts = {
            phase.days: windows(source, history + phase.days, training) + history - 1 for phase in settings.roll_out
        }
        if not all(starts.size for starts in self.starts.values()):
            most = history + max(self.starts)
            raise InputError(f"no {most} training days in a row", "daily forecast", "shorten training.roll_out")

    def __len__(self) -> int:
        """Count the batches of all processes."""
        return self.settings.steps * self.processes

    def __getitem__(self, i: int) -> GridBatch:
        """Make a batch.

        Parameters
        ----------
        i : int
            Its number.

        Returns
        -------
        GridBatch
        """
        settings, done = self.settings, i / len(self)
        roll_out, hidden = phase_at(settings.roll_out, done), phase_at(settings.masking, done)
        assert roll_out is not None, "the last phase goes until 1"
        drawn = np.random.default_rng([self.seed, i])
        generator = torch.Generator().manual_seed(int(drawn.integers(2**62)))
        starts = drawn.choice(self.starts[roll_out.days], settings.batch)
        parts = [
            assemble(self.source, self.statistics, int(s), self.history, roll_out.days, self.forcing) for s in starts
        ]
        batch = joined(parts)
        ratio = 0.0 if hidden is None else hidden.ratio
        kept = kept_tokens(settings.batch, self.tokens, ratio, generator)
        state = batch.state
        if settings.noise:
            scale = settings.noise * torch.from_numpy(self.statistics.change[0])[:, None, None]
            state = state + scale * torch.randn(state.shape, generator=generator)
        return replace(batch, state=state, kept=kept)


def assemble(
    source: DailyFields, statistics: DailyStatistics, start: int, history: int, leads: int,
    forcing: DailyFields | None = None,
) -> GridBatch:  # fmt: skip
    """Make a batch of one start, with its targets.

    Parameters
    ----------
    source : DailyFields
        The state.
    statistics : DailyStatistics
        Of the training days.
    start : int
        Number of the day that the forecast starts from.
    history, leads : int
        Days that are read, and days that are forecast.
    forcing : DailyFields, optional
        With all days that steps start from.

    Returns
    -------
    GridBatch
    """
    first, last = start - history + 1, start + leads + 1
    scores = torch.from_numpy(statistics.scaling.apply(source.values[first:last]))[None]
    dates = source.dates[first:last]
    day = torch.from_numpy(dates.astype(np.int64))[None]
    if forcing is None or statistics.forcing is None:
        driven = scores.new_zeros(1, leads, 0, *scores.shape[-2:])
    else:
        places = forcing.places(source.dates[start : start + leads])
        driven = torch.from_numpy(statistics.forcing.apply(forcing.values[places]))[None]
    return GridBatch(
        state=scores[:, :history], day=day[:, :history],
        season=torch.from_numpy(waves(dates[history - 1 :], statistics.climatology.harmonics)).float()[None],
        names=tuple(map(str, source.channels)), forcing=driven,
        forcings=() if statistics.forcing is None else tuple(map(str, statistics.forcing.channels)),
        target=scores[:, history:], target_day=day[:, history:],
    )  # fmt: skip


def joined(parts: Sequence[GridBatch]) -> GridBatch:
    """Join batches with the same channels and leads.

    Parameters
    ----------
    parts : sequence of GridBatch
        At least one.

    Returns
    -------
    GridBatch
    """
    values = {one.name: [getattr(part, one.name) for part in parts] for one in fields(GridBatch)}
    together: Any = {name: torch.cat(value) for name, value in values.items() if isinstance(value[0], Tensor)}
    return replace(parts[0], **together)
