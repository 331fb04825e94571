"""Scores of forecasts as one tidy table: a row for each method, channel and lead."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd

from graphs.types import Floats
from oxygen_recon.dataset.daily.fields import Channel
from oxygen_recon.evaluation.forecasts.bootstrap import rmse_interval
from oxygen_recon.evaluation.forecasts.scores import ForecastScores

OCEANBENCH_DEPTHS = (0.5, 47.0, 92.0, 223.0, 318.0, 541.0)
"""m: those that OceanBench 0.2.1 scores at, each by the level nearest to it."""


def score_table(scores: ForecastScores, reference: str, block: int = 1, by_variable: bool = False) -> pd.DataFrame:
    """Summarise scores over starts.

    Parameters
    ----------
    scores : ForecastScores
        By start, lead and channel.
    reference : str
        The method that errors are divided by, as "damped_persistence".
    block : int
        Starts that are drawn together (`oxygen_recon.evaluation.forecasts.bootstrap.resamples`).
    by_variable : bool
        Put the levels of a variable together, by the mean of their squared errors and of their correlations.

    Returns
    -------
    DataFrame
        Columns method, variable, depth (m; NaN where there is none), unit, lead (days), starts; rmse, weighted by
        latitude, with rmse_low and rmse_high, 90 % of the draws over starts; relative, its ratio to the reference's,
        with relative_low and relative_high; rmsd, without weights, the mean over starts, as OceanBench has it; acc and
        acc_single_mean, mean anomaly correlation from the climatology of the day of the year and from one mean.

    Raises
    ------
    KeyError
        If the reference is not among the methods.
    """
    groups = _groups(scores.channels, by_variable)
    reference_square = _grouped(scores.square[reference], groups)
    rows = []
    for method in scores.square:
        square, plain = _grouped(scores.square[method], groups), _grouped(scores.plain[method], groups)
        acc, single = (_grouped(of[method], groups) for of in (scores.seasonal, scores.single))
        low, high = rmse_interval(square, block=block)
        below, above = rmse_interval(square, reference_square, block=block)
        columns = {
            "starts": np.isfinite(square).sum(axis=0),
            "rmse": np.sqrt(_mean(square)), "rmse_low": low, "rmse_high": high,
            "relative": np.sqrt(_mean(square) / _mean(reference_square)),
            "relative_low": below, "relative_high": above,
            "rmsd": _mean(np.sqrt(plain)), "acc": _mean(acc), "acc_single_mean": _mean(single),
        }  # fmt: skip
        for place, (channel, _) in enumerate(groups):
            for lead in range(scores.leads):
                depth = np.nan if channel.depth is None else channel.depth
                named = {"method": method, "variable": channel.name, "depth": depth, "unit": channel.unit}
                rows.append(named | {"lead": lead + 1} | {name: of[lead, place] for name, of in columns.items()})
    return pd.DataFrame(rows)


def oceanbench_rows(table: pd.DataFrame, depths: Sequence[float] = OCEANBENCH_DEPTHS) -> pd.DataFrame:
    """Take the rows that OceanBench scores: the levels nearest to its depths, and what has no depth.

    Parameters
    ----------
    table : DataFrame
        As of `score_table`.
    depths : sequence of float
        m.

    Returns
    -------
    DataFrame
        Its column rmsd is OceanBench's score; nearest_to is the depth asked for.
    """
    found = [table[table["depth"].isna()].assign(nearest_to=np.nan)]
    for _, rows in table[table["depth"].notna()].groupby("variable", sort=False):
        levels = np.sort(rows["depth"].unique())
        for depth in depths:
            nearest = levels[np.abs(levels - depth).argmin()]
            found.append(rows[rows["depth"] == nearest].assign(nearest_to=depth))
    return pd.concat([part for part in found if len(part)], ignore_index=True)


def _groups(channels: tuple[Channel, ...], by_variable: bool) -> list[tuple[Channel, list[int]]]:
    """Channels, or variables without their depths, each with its numbers."""
    if not by_variable:
        return [(channel, [i]) for i, channel in enumerate(channels)]
    names = dict.fromkeys(channel.name for channel in channels)
    numbers = {name: [i for i, channel in enumerate(channels) if channel.name == name] for name in names}
    return [(Channel(name, None, channels[some[0]].unit), some) for name, some in numbers.items()]


def _grouped(values: Floats, groups: list[tuple[Channel, list[int]]]) -> Floats:
    """Average the channels of each group, shape (start, lead, group)."""
    return np.stack([values[..., numbers].mean(axis=-1) for _, numbers in groups], axis=-1)


def _mean(values: Floats) -> Floats:
    """Average over starts; NaN where no start has a value."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmean(values, axis=0))
