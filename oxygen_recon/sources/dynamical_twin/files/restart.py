"""What a stopped production goes on from: settings of the folder, and the state after the last month."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig
from oxygen_recon.sources.dynamical_twin.ocean.state import FlowState
from oxygen_recon.sources.dynamical_twin.ocean.tracers import TracerState
from oxygen_recon.sources.dynamical_twin.twin import TwinState
from qc.errors import InputError
from qc.files import replacing

_SETTINGS = "twin.json"
_MAY_GROW = {"days"}  # settings that may change while what is written stays as it is


def claim(directory: Path, config: DynamicalTwinConfig) -> None:
    """Write the settings into a folder, or check that they are those of the twin that is there.

    Parameters
    ----------
    directory : Path
        An existing folder.
    config : DynamicalTwinConfig
        Settings; more days than before are allowed.

    Raises
    ------
    InputError
        If the folder holds a twin of other settings.
    """
    path = directory / _SETTINGS
    if path.exists():
        there = DynamicalTwinConfig.model_validate_json(path.read_text(encoding="utf-8"))
        if there.model_dump(exclude=_MAY_GROW) != config.model_dump(exclude=_MAY_GROW):
            raise InputError("it holds a twin of other settings", str(directory), "choose another folder, or remove it")
    with replacing(path) as partial:
        partial.write_text(config.model_dump_json(indent=1) + "\n", encoding="utf-8")


def save(path: Path, state: TwinState) -> None:
    """Write a state.

    Parameters
    ----------
    path : Path
        The file (.npz).
    state : TwinState
        What is written.
    """
    stored: dict[str, Any] = {f"flow_{one.name}": getattr(state.flow, one.name) for one in fields(FlowState)}
    stored |= {"names": np.array(state.tracers.names), "boxes": state.tracers.boxes}
    if state.waves is not None:
        stored["waves"] = state.waves
    with replacing(path) as partial, partial.open("wb") as file:
        np.savez(file, concentration=state.tracers.concentration, **stored)


def load(path: Path) -> TwinState | None:
    """Read a state, if there is one.

    Parameters
    ----------
    path : Path
        As `save` wrote it.

    Returns
    -------
    TwinState or None

    Raises
    ------
    InputError
        If the file is damaged.
    """
    if not path.exists():
        return None
    try:
        with np.load(path) as stored:
            flow = {one.name: stored[f"flow_{one.name}"] for one in fields(FlowState)}
            names = tuple(map(str, stored["names"]))
            tracers = TracerState(names, stored["concentration"], stored["boxes"])
            waves = stored["waves"] if "waves" in stored else None
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise InputError("it is damaged", str(path), "remove the folder, so that the twin is made again") from error
    return TwinState(FlowState(**(flow | {"day": int(flow["day"])})), tracers, waves)
