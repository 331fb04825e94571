"""What names a training: settings, seed and data."""

from __future__ import annotations

import hashlib

import numpy as np

from oxygen_recon.models.fourier.config import AnyDailyConfig
from oxygen_recon.models.fourier.statistics import DailyStatistics


def fingerprint(config: AnyDailyConfig, statistics: DailyStatistics, seed: int) -> str:
    """Name a training by all that decides its result; fields by the statistics that were made of them.

    Parameters
    ----------
    config : FourierMaskedAutoencoderConfig, FourCastNetConfig or UNetConfig
        Settings; those of compute have no part.
    statistics : DailyStatistics
        Of the training days.
    seed : int
        Decides initial weights and what each step forecasts.

    Returns
    -------
    str
        SHA-256 in hexadecimal digits.
    """
    digest = hashlib.sha256(config.model_dump_json().encode())
    digest.update(f"{seed} {statistics.channels}".encode())
    arrays = [
        statistics.ocean, statistics.latitude, statistics.longitude, statistics.normal, statistics.scaling.training,
        statistics.change, statistics.damping, statistics.fixed,
    ]  # fmt: skip
    if statistics.forcing is not None:
        digest.update(f"{statistics.forcing.channels}".encode())
        arrays += [statistics.forcing.mean, statistics.forcing.deviation]
    for array in arrays:
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
