"""Comparison of methods: baselines at the targets of the graph model."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from graphs.types import Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.evaluation import predictions
from oxygen_recon.evaluation.holdout import calibrated, calibration_of, hold_out, widened
from oxygen_recon.evaluation.predictions import Predictions, Targets
from oxygen_recon.models.interface import Method, Tuned, estimate, tuned
from oxygen_recon.models.nearness import Nearness
from qc.files import replacing

HELD_OUT, NEVER_SAMPLED = "held out", "never sampled"


@dataclass(frozen=True)
class ComparisonTask:
    """One fit of a baseline and the targets it estimates.

    Parameters
    ----------
    kind : str
        Which baseline.
    fold : int, optional
        The fold whose samples are the targets, estimated from those of the others; None for the never-sampled targets,
        estimated from every sample.
    """

    kind: str
    fold: int | None

    def path(self, folder: Path) -> Path:
        """Name the file of the predictions.

        Parameters
        ----------
        folder : Path
            Of the baseline.

        Returns
        -------
        Path
        """
        return folder / ("never_sampled.npz" if self.fold is None else f"fold{self.fold}.npz")

    def settings(self, folder: Path) -> Path:
        """Name the file of the settings that the baseline chose.

        Parameters
        ----------
        folder : Path
            Of the baseline.

        Returns
        -------
        Path
        """
        return self.path(folder).with_suffix(".json")


def run_task(
    method: Method, folder: Path, task: ComparisonTask, domain: Domain, samples: Samples, fold: Ints,
    targets: Targets | None, seed: int,
) -> None:  # fmt: skip
    """Fit a baseline, estimate the targets of a task, and keep the predictions and the chosen settings in its folder.

    Parameters
    ----------
    method : Method
        Not yet fitted.
    folder : Path
        Keeps the predictions, their scale as the method gives it.
    task : ComparisonTask
        Which targets.
    domain : Domain
        Cells and steps.
    samples : Samples
        All samples.
    fold : int array, shape (sample,)
        Fold of each sample; -1 is never held out.
    targets : Targets or None
        Never-sampled targets; needed by the task of them only.
    seed : int
        Fold i is fitted with seed + i.

    Raises
    ------
    ValueError
        If the task is that of never-sampled targets and none are given.
    """
    if task.fold is not None:
        found = hold_out(method, domain, samples, fold, task.fold, seed + task.fold)
    elif targets is not None:
        method.fit(domain, samples, seed)
        mean, scale = estimate(method, domain, samples, targets.cell, targets.step)
        found = Predictions(targets.cell, targets.step, np.full(mean.size, -1), targets.truth, mean, scale)
    else:
        raise ValueError("never-sampled targets need a truth")
    with replacing(task.settings(folder)) as partial:
        partial.write_text(json.dumps(vars(tuned(method) or Tuned({}))))
    predictions.save(found, task.path(folder))


def settings_table(folder: Path, tasks: list[ComparisonTask]) -> pd.DataFrame:
    """Collect the settings that a baseline chose by hold-out.

    Parameters
    ----------
    folder : Path
        As `run_task` left it.
    tasks : list of ComparisonTask
        All of one baseline.

    Returns
    -------
    pandas.DataFrame
        One row a task and setting: method, fit ("fold0", "never_sampled"), setting, value, at_end (whether it lies at
        an end of the range that was searched, beyond which a better one may lie).
    """
    rows: list[tuple[str, str, str, float, bool]] = []
    for task in tasks:
        chosen = json.loads(task.settings(folder).read_text())
        rows += [
            (task.kind, task.path(folder).stem, name, float(value), name in chosen["at_end"])
            for name, value in chosen["values"].items()
        ]
    return pd.DataFrame(rows, columns=["method", "fit", "setting", "value", "at_end"])


def collect_predictions(
    folder: Path, tasks: list[ComparisonTask], domain: Domain, near: Callable[[str], Nearness], group: Ints
) -> dict[str, Predictions]:
    """Collect the predictions of a baseline, its standard errors calibrated as those of the other methods.

    Parameters
    ----------
    folder : Path
        As `run_task` left it.
    tasks : list of ComparisonTask
        All of one baseline.
    domain : Domain
        Depth of the targets.
    near : callable
        Tells of each split how near the observations are that its estimates could use.
    group : int array, shape (target,)
        What is held out as a whole, of the held-out targets.

    Returns
    -------
    dict of str to Predictions
        By split: `HELD_OUT` and, where there is a task of them, `NEVER_SAMPLED`.
    """
    raw = predictions.concatenate([predictions.load(task.path(folder)) for task in tasks if task.fold is not None])
    depth = domain.depth[raw.cell]
    result = {HELD_OUT: calibrated(raw, depth, near(HELD_OUT), group)}
    for task in tasks:
        if task.fold is None:
            never_sampled = predictions.load(task.path(folder))
            found = calibration_of(raw, depth, near(HELD_OUT), group)
            there = domain.depth[never_sampled.cell]
            result[NEVER_SAMPLED] = widened(never_sampled, there, near(NEVER_SAMPLED), found)
    return result
