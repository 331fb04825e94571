"""One start of a forecast as a batch: its days, what is seen of them, and what drives the days after."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from graphs.types import Floats, Mask
from oxygen_recon.dataset.daily.seasons import waves
from oxygen_recon.models.fourier.batch import GridBatch
from oxygen_recon.models.fourier.config import StepConfig
from oxygen_recon.models.fourier.filling.first_guess import FirstGuess
from oxygen_recon.models.fourier.statistics import DailyStatistics
from qc.errors import InputError

_DAY = np.timedelta64(1, "D")


def batch_of(
    statistics: DailyStatistics, step: StepConfig, start: Floats, date: np.datetime64, leads: int,
    forcing: Floats | None = None, known: Mask | None = None, guess: FirstGuess | None = None,
) -> GridBatch:  # fmt: skip
    """Bring one start to what a network reads.

    Parameters
    ----------
    statistics : DailyStatistics
        Of the training days.
    step : StepConfig
        Days that are read, and whether gaps are filled.
    start, date, leads, forcing, known : object
        As of `oxygen_recon.models.fourier.estimator.DailyForecaster.forecast`; `known` only where gaps are filled.
    guess : FirstGuess, optional
        Fitted, where gaps are filled.

    Returns
    -------
    GridBatch
        Without targets.

    Raises
    ------
    InputError
        If shapes are not those of the fields of `fit`, nothing is seen, or a value of the ocean is missing where gaps
        are not filled.
    """
    shape = statistics.ocean.shape
    start = start[None] if start.ndim == 3 else start
    days = len(start) if step.filling else step.history
    if start.shape != (days, *shape) or not days:
        raise InputError(f"a start of shape {start.shape}", "forecast", f"give {(days or 1, *shape)}")
    if not step.filling and not np.isfinite(start[:, statistics.ocean]).all():
        fix = "fill them, or train a network with step.filling"
        raise InputError("values of the start are missing over the ocean", "forecast", fix)
    driven, dates = _driven(statistics, forcing, leads), date.astype("datetime64[D]") + np.arange(leads + 1) * _DAY
    before = dates[0] - np.arange(days)[::-1] * _DAY
    read = np.nan_to_num(start[-1:]) if step.filling else start
    batch = GridBatch(
        state=torch.from_numpy(statistics.scaling.apply(read))[None],
        day=torch.from_numpy(before[days - len(read) :].astype(np.int64))[None],
        season=torch.from_numpy(waves(dates, statistics.climatology.harmonics)).float()[None],
        names=tuple(map(str, statistics.channels)), forcing=driven[None],
        forcings=() if statistics.forcing is None else tuple(map(str, statistics.forcing.channels)),
        target=None, target_day=torch.from_numpy(dates[1:].astype(np.int64))[None],
    )  # fmt: skip
    if guess is None:
        return batch
    seen = known_of(statistics, known, days) & np.isfinite(start) & statistics.ocean
    if not seen.any():
        raise InputError("nothing is seen of the start", "forecast", "give a day with values in the ocean")
    if seen[-1][statistics.ocean].all():
        return batch
    anomaly = guess.scaled(np.where(seen, start - statistics.climatology.at(before), 0.0))
    found, trust = guess(anomaly, seen)
    scores = np.where(seen[-1], batch.state[0, 0].numpy(), guess.scores(found, dates[0]))
    return replace(batch, state=torch.from_numpy(scores)[None, None], trust=torch.from_numpy(trust)[None])


def known_of(statistics: DailyStatistics, known: Mask | None, days: int = 0) -> Mask:
    """Give what is known of some days cell by cell.

    Parameters
    ----------
    statistics : DailyStatistics
        Gives the grid.
    known : bool array, optional
        Shape (latitude, longitude), (channel, latitude, longitude) or (day, channel, latitude, longitude); all is known
        when left out.
    days : int
        Days; 0 where one mask of all channels is asked for.

    Returns
    -------
    bool array, shape (day, channel, latitude, longitude), or (latitude, longitude) for 0 days

    Raises
    ------
    InputError
        If it has another shape, or marks no cell of the ocean.
    """
    whole = (days, *statistics.ocean.shape)
    shape = whole if days else whole[2:]
    if known is None:
        return np.ones(shape, bool)
    fits = known.shape in (whole[2:], whole[1:], whole)[: 3 if days else 1]
    if not fits or not (known & statistics.ocean).any():
        what = f"{known.sum()} known cells of shape {known.shape}"
        raise InputError(what, "forecast", f"mark cells of the ocean, shape {whole[2:]}")
    return np.broadcast_to(known, shape).copy()


def _driven(statistics: DailyStatistics, forcing: Floats | None, steps: int) -> Tensor:
    """Scale what drives so many steps, shape (step, forcing, latitude, longitude)."""
    wanted, grid = 0 if statistics.forcing is None else len(statistics.forcing.channels), statistics.ocean.shape[1:]
    given = np.zeros((steps, 0, *grid), np.float32) if forcing is None else forcing
    if given.shape != (steps, wanted, *grid):
        raise InputError(f"forcing of shape {given.shape}", "forecast", f"give {(steps, wanted, *grid)}")
    return torch.from_numpy(given if statistics.forcing is None else statistics.forcing.apply(given))
