"""The identity of a run folder: the experiment whose results it holds, which another experiment must not touch."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.stage_cache import Stage, begun_key, keys_of
from qc import config
from qc.config import Strict
from qc.errors import InputError
from qc.files import replacing

_NAMED = 4  # differing keys that a message names
_LONG = 40  # characters of a value in a message
_FIX = "keep both under two names (--name NEW), or keep what both share and give up the rest (--replace)"
_FILE_OR_NAME = ("source.tables", "source.relief", "grid.region")  # texts that are files, or names from a list


def claim(
    experiment: Strict, data: Path | None, folder: RunFolder, stages: Sequence[Stage], replace: bool = False
) -> None:
    """Make sure that a folder holds results of one experiment only, and write into it which.

    Parameters
    ----------
    experiment : Experiment or ForecastExperiment
        The experiment that is to be run in it.
    data : Path or None
        Folder of its data.
    folder : RunFolder
        Existing folder of the run, locked by the caller.
    stages : sequence of Stage
        All stages of the run.
    replace : bool
        Whether results of another experiment are given up: every stage that would be made otherwise, or not at all, is
        removed at once, stages that both experiments share are kept.

    Raises
    ------
    InputError
        If it holds another experiment, or files of an unknown one, and `replace` is False; or if the folder of a stage
        holds files that no run made. Nothing is changed then.
    """
    if not holds(experiment, data, folder, replace):
        _remove_stale(folder, stages)
        with replacing(folder.identity) as partial:
            partial.write_text(json.dumps(located(experiment, data), indent=1) + "\n")


def holds(experiment: Strict, data: Path | None, folder: RunFolder, replace: bool = False) -> bool:
    """Tell whether a folder holds results of an experiment already, and refuse one that holds others.

    Parameters
    ----------
    experiment, data, folder, replace : object
        As for `claim`.

    Returns
    -------
    bool
        False for a new folder, and for one of which something is given up.

    Raises
    ------
    InputError
        As for `claim`.
    """
    found, here = _stored(folder.identity, type(experiment)), located(experiment, data)
    if found is not None and None in (found.get("data"), here["data"]):
        found["data"] = here["data"] = None  # what has run without a data folder reads nothing from it
    differing = None if found is None else list(differences(found, here))
    if not replace and (differing or (differing is None and _in_use(folder))):
        raise InputError(_what(differing), str(folder.root), _FIX)
    return differing == []


def located(experiment: Strict, data: Path | None) -> dict[str, Any]:
    """Return all settings of an experiment as JSON, files by their absolute path, and the folder of its data.

    Parameters
    ----------
    experiment : Experiment or ForecastExperiment
        Its relative paths start from the current folder.
    data : Path or None
        Folder of its data, under the key "data".

    Returns
    -------
    dict

    Examples
    --------
    >>> from oxygen_recon.runtime import resources
    >>> twin = Experiment.from_yaml(resources.find("experiments/twin_demo.yaml"), catalog="./mine.yaml")
    >>> located(twin, None)["catalog"] == str(Path("mine.yaml").absolute())
    True
    """
    settings: dict[str, Any] = json.loads(json.dumps(experiment.model_dump(), default=_text))
    for key in _FILE_OR_NAME:
        block, name = key.split(".")
        within = settings[block] if isinstance(settings.get(block), dict) else {}
        if isinstance(within.get(name), list):
            within[name] = [_absolute(one) for one in within[name]]
        elif within.get(name) is not None:
            within[name] = _absolute(within[name])
    return settings | {"data": None if data is None else os.path.abspath(data)}


def _text(value: object) -> str:
    """Write what JSON has no form of: the absolute path of a file, a date."""
    return os.path.abspath(value) if isinstance(value, Path) else str(value)


def _absolute(text: str) -> str:
    """Return the absolute path of a file; a name from a list has no suffix, a polygon has brackets."""
    return os.path.abspath(text) if Path(text).suffix and "(" not in text else text


def experiment_in(folder: RunFolder) -> Experiment:
    """Read the experiment whose results a folder holds.

    Parameters
    ----------
    folder : RunFolder
        Folder of a run; nothing in it is changed.

    Returns
    -------
    Experiment

    Raises
    ------
    InputError
        If there is no such folder, it is no run's, or that of a version with other keys.
    """
    if not folder.root.is_dir():
        raise InputError("no such folder", str(folder.root), "name the folder of a run, as runs/NAME")
    found = _stored(folder.identity)
    if found is None:
        inside = sorted(path.parent.name for path in folder.root.glob(f"*/{folder.identity.name}"))
        fix = f"name one in it: {', '.join(inside[:_NAMED])}" if inside else "name one with an experiment.json"
        raise InputError("not the folder of a run", str(folder.root), fix)
    del found["data"]
    return config.validate(Experiment, found, str(folder.identity), "is the run of another version? run it again")


def differences(there: Any, here: Any, key: str = "") -> Iterator[tuple[str, Any, Any]]:
    """List the keys in which two settings differ.

    Parameters
    ----------
    there, here : object
        Settings, as JSON holds them.
    key : str
        Key that both stand under.

    Yields
    ------
    key : str
        "period.start".
    there, here : object
        The values; None where there is no such key.

    Examples
    --------
    >>> list(differences({"period": {"start": 1970, "end": 2015}}, {"period": {"start": 1980, "end": 2015}}))
    [('period.start', 1970, 1980)]
    """
    if isinstance(there, dict) and isinstance(here, dict):
        for name in dict.fromkeys([*there, *here]):
            yield from differences(there.get(name), here.get(name), f"{key}.{name}" if key else name)
    elif there != here:
        yield key, there, here


def _stored(path: Path, kind: type[Strict] = Experiment) -> Any:
    """Read the settings that a folder was made with, keys of later versions filled in; None where there are none."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    data = found.pop("data", None)
    try:
        return located(kind.model_validate(found), data)
    except ValidationError:  # of a version with other keys: they are compared as they are
        return {**found, "data": data}


def _in_use(folder: RunFolder) -> bool:
    """Tell whether a folder holds anything but a lock."""
    return folder.root.is_dir() and any(not path.name.startswith(".") for path in folder.root.iterdir())


def _what(differing: list[tuple[str, Any, Any]] | None) -> str:
    """Say what a folder holds."""
    if differing is None:
        return "holds files, but not which experiment they are of"
    named = [f"{key} is {_short(there)} there and {_short(here)} here" for key, there, here in differing[:_NAMED]]
    more = len(differing) - _NAMED
    return f"holds another experiment: {', '.join(named)}" + (f", and {more} keys more differ" if more > 0 else "")


def _short(value: Any) -> str:
    """Write a value as in YAML, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONG else f"{text[: _LONG - 4]} ..."


def _remove_stale(folder: RunFolder, stages: Sequence[Stage]) -> None:
    """Remove every stage that these settings make otherwise or not at all, and files a synthetic source made for it."""
    keys = keys_of(stages)
    stale = [stage for stage, key in keys.items() if begun_key(folder, stage) != key]
    stale += sorted(folder.stages_begun() - keys.keys())
    for stage in stale:  # first of all: nothing is removed where something is refused
        folder.refuse_foreign(stage)
    for stage in stale:
        folder.discard(stage)
    if "ingest" in stale and folder.source.exists():
        shutil.rmtree(folder.source)
