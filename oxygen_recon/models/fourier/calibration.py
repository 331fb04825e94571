"""What is kept of a forecast anomaly at each lead, found once and kept beside the checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oxygen_recon.runtime.errors import naming_damage
from qc.files import replacing

RETAINED = "retained.npz"


def kept_or_found(directory: Path | None, name: str, find: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
    """Take the shares that were kept of a training, or find and keep them.

    Parameters
    ----------
    directory : Path or None
        Folder of the checkpoint; None keeps nothing.
    name : str
        Of the training (`oxygen_recon.models.fourier.identity.fingerprint`); shares of another are found anew.
    find : callable
        Forecasts from the days of the calibration.

    Returns
    -------
    float32 array, shape (lead, channel)
        Share of the forecast anomaly that is kept.

    Raises
    ------
    InputError
        If the file is damaged.

    Examples
    --------
    >>> kept_or_found(None, "a", lambda: np.ones((1, 1), np.float32)).tolist()
    [[1.0]]
    """
    path = None if directory is None else directory / RETAINED
    if path is not None and path.exists():
        with naming_damage(path, "remove it: it is found anew"), np.load(path, allow_pickle=False) as data:
            if str(data["name"]) == name:
                return np.asarray(data["share"], np.float32)
    share = find()
    if path is not None:
        with replacing(path) as partial, partial.open("wb") as file:
            np.savez(file, name=name, share=share)
    return share
