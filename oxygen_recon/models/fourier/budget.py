"""As many steps of a training as processor minutes allow, measured once and then kept."""

from __future__ import annotations

import copy
import time
from pathlib import Path

import torch

from oxygen_recon.models.fourier.batch import Starts
from oxygen_recon.models.fourier.config import ForecastTraining
from oxygen_recon.models.fourier.wrapper import DailyModel
from oxygen_recon.runtime.errors import naming_damage
from qc.files import replacing

STEPS = "steps.txt"


def steps_within(
    settings: ForecastTraining, model: DailyModel, batches: Starts, directory: Path | None
) -> ForecastTraining:
    """Find how many steps a training takes.

    Steps of each phase are measured on a copy of the network. What was found is kept beside the checkpoint, so that a
    training that goes on has the same number.

    Parameters
    ----------
    settings : ForecastTraining
        With the most steps, and the minutes, if they are limited.
    model : DailyModel
        Not changed.
    batches : Starts
        Of these settings.
    directory : Path, optional
        Folder of the checkpoint.

    Returns
    -------
    ForecastTraining
        The settings with their number of steps: at least 1, at most what it was.

    Raises
    ------
    InputError
        If the file with the number of steps is damaged.
    """
    if settings.minutes is None:
        return settings
    kept = None if directory is None else directory / STEPS
    if kept is not None and kept.exists():
        with naming_damage(kept, "remove the folder to train afresh"):
            return settings.model_copy(update={"steps": int(kept.read_text())})
    tried, seconds, begin = copy.deepcopy(model), 0.0, 0.0
    for phase in settings.roll_out:
        batch = batches[int(begin * len(batches))]
        torch.autograd.backward(tried.loss(batch))  # the first is slower than the rest
        start = time.process_time()
        torch.autograd.backward(tried.loss(batch))
        seconds += (phase.until - begin) * (time.process_time() - start)
        begin = phase.until
    steps = max(1, min(settings.steps, int(60 * settings.minutes / max(seconds, 1e-6))))
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with replacing(kept) as partial:
            partial.write_text(f"{steps}\n")
    return settings.model_copy(update={"steps": steps})
