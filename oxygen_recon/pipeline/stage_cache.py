"""The stage cache: stages that stand on each other, each made again only when what decides its result has changed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.runtime.files import locked_folder
from qc.errors import InputError
from qc.files import naming_what_is_written, remove, replacing


@dataclass(frozen=True)
class Stage:
    """One stage of a run.

    Parameters
    ----------
    name : str
        Verb of the command line, and name of the stage's folder.
    settings : object
        Everything, besides its inputs, that decides the result; must go into JSON.
    inputs : tuple of str
        Names of the stages whose results it reads.
    make : callable
        Fills the stage's folder, which exists; may find its own unfinished work there and continue it.
    """

    name: str
    settings: object
    inputs: tuple[str, ...]
    make: Callable[[], None]


def bring_up_to_date(
    stages: Sequence[Stage],
    folder: RunFolder,
    last: str,
    report: Callable[[str], None],
    claim: Callable[[], None] = lambda: None,
) -> None:
    """Make one stage, and the stages it stands on, where they are not up to date.

    A stage's key is a hash of its settings and of the keys of its inputs. Its folder is complete when `done.json` holds
    that key and every file that the stage left is there with its size; a file of another size is removed. A folder of
    the same key that is not complete is unfinished work, which the stage may continue; a folder of another key is
    removed. What a stage makes again under the same key is the same: stages that read it are not remade.

    Parameters
    ----------
    stages : sequence of Stage
        All stages of the run.
    folder : RunFolder
        Folder of the run.
    last : str
        Name of the stage to bring up to date.
    report : callable
        Receives, in one line each, what is done and what is up to date.
    claim : callable, optional
        Called before anything is made, while no other command is at work in the folder; may refuse the folder.

    Raises
    ------
    qc.errors.InputError
        If there is no stage of that name, or another command is at work in the folder.
    ValueError
        If a stage has an unknown input, or the inputs form a cycle.
    """
    needed = in_order(stages, last)
    folder.root.mkdir(parents=True, exist_ok=True)
    with locked_folder(folder.root):
        claim()
        keys = keys_of(needed)
        for stage in needed:
            _update(stage, folder, keys, report)


def keys_of(stages: Sequence[Stage]) -> dict[str, str]:
    """Return the key of every stage by name: a hash of its settings and of the keys of its inputs.

    Parameters
    ----------
    stages : sequence of Stage
        Every stage after its inputs.

    Returns
    -------
    dict of str
    """
    keys: dict[str, str] = {}
    for stage in stages:
        keys[stage.name] = _key(stage, keys)
    return keys


def in_order(stages: Sequence[Stage], last: str) -> list[Stage]:
    """List a stage and all that it stands on, every stage after its inputs.

    Parameters
    ----------
    stages : sequence of Stage
        All stages of the run.
    last : str
        Name of one of them.

    Returns
    -------
    list of Stage
        In the order of `stages` where the inputs allow it.

    Raises
    ------
    qc.errors.InputError
        If there is no stage of that name.
    ValueError
        If a stage has an unknown input, or the inputs form a cycle.

    Examples
    --------
    >>> stages = [Stage(*one, print) for one in (("a", 1, ()), ("b", 1, ("a",)), ("c", 1, ("a",)))]
    >>> [stage.name for stage in in_order(stages, "c")]
    ['a', 'c']
    """
    named = {stage.name: stage for stage in stages}
    if last not in named:
        close = get_close_matches(last, named, 1)
        raise InputError("no such stage", last, f"did you mean {close[0]}?" if close else f"one of {', '.join(named)}")
    for stage in stages:
        if unknown := [name for name in stage.inputs if name not in named]:
            raise ValueError(f"stage {stage.name} reads {unknown[0]}, which is no stage")
    try:
        TopologicalSorter({stage.name: stage.inputs for stage in stages}).prepare()
    except CycleError as error:
        raise ValueError(f"stages that wait for each other: {' -> '.join(error.args[1])}") from error
    order: dict[str, Stage] = {}
    _visit(named, last, order)
    return list(order.values())


def _visit(named: dict[str, Stage], name: str, order: dict[str, Stage]) -> None:
    """Append a stage after its inputs."""
    for other in named:  # in the order of the run, whatever the order of the inputs
        if other in named[name].inputs and other not in order:
            _visit(named, other, order)
    order[name] = named[name]


def _key(stage: Stage, keys: dict[str, str]) -> str:
    """Hash all that decides the result of a stage."""
    text = json.dumps(
        [stage.name, stage.settings, {name: keys[name] for name in stage.inputs}], sort_keys=True, default=str
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _update(stage: Stage, folder: RunFolder, keys: dict[str, str], report: Callable[[str], None]) -> None:
    """Make a stage that is not done under its key, or of whose files some are gone or damaged."""
    home = folder.stage(stage.name)
    stamp = _stamp(folder.done(stage.name))
    if stamp.get("key") != keys[stage.name]:
        _make(stage, folder, keys, report)
    elif lost := _lost(folder, stage.name, stamp.get("left", {})):
        for name in lost:
            remove(home / name)
        report(f"{stage.name}: {home / lost[0]}{' and others were' if lost[1:] else ' was'} gone or damaged")
        _make(stage, folder, keys, report, stamp["seconds"])
    else:
        report(f"{stage.name}: up to date")


def _make(
    stage: Stage, folder: RunFolder, keys: dict[str, str], report: Callable[[str], None], spent: float = 0.0
) -> None:
    """Make a stage in its folder, and stamp it."""
    home, key = folder.stage(stage.name), keys[stage.name]
    folder.done(stage.name).unlink(missing_ok=True)  # first: a folder half removed is not done
    if begun_key(folder, stage.name) != key:
        folder.discard(stage.name)
    _write(folder.begun(stage.name), {"key": key})
    started = time.monotonic()
    with naming_what_is_written(home):
        stage.make()
    seconds = time.monotonic() - started
    stamp = {"key": key, "inputs": {name: keys[name] for name in stage.inputs}, "seconds": spent + seconds}
    _write(folder.done(stage.name), stamp | {"left": _left(folder, stage.name)})
    report(f"{stage.name}: done in {seconds:.0f} s")


def _left(folder: RunFolder, stage: str) -> dict[str, list[int]]:
    """Return number and bytes of all files of a stage by name: each file, or a zarr folder as one.

    Hidden files are left out, locks among them and what file systems and desktops add, but not those of a zarr.
    """
    left: dict[str, list[int]] = {}
    home, stamps = folder.stage(stage), (folder.begun(stage), folder.done(stage))
    for path in sorted(home.rglob("*")):
        if path.is_file() and path not in stamps:
            parts = path.relative_to(home).parts
            inside = next((i for i, part in enumerate(parts) if part.endswith(".zarr")), len(parts) - 1)
            if not path.name.startswith(".") or (inside < len(parts) - 1 and path.name.startswith(".z")):
                count = left.setdefault("/".join(parts[: inside + 1]), [0, 0])
                count[0] += 1
                count[1] += path.stat().st_size
    return left


def _lost(folder: RunFolder, stage: str, left: dict[str, list[int]]) -> list[str]:
    """List the files of a stage that are gone or of another size."""
    found = _left(folder, stage)
    return [name for name, size in left.items() if found.get(name) != size]


def begun_key(folder: RunFolder, stage: str) -> str:
    """Return the key under which a stage was begun last.

    Parameters
    ----------
    folder : RunFolder
        Folder of the run.
    stage : str
        Name of the stage.

    Returns
    -------
    str
        Empty where it was never begun.
    """
    return str(_stamp(folder.begun(stage)).get("key", ""))


def is_whole(folder: RunFolder, stage: str) -> bool:
    """Tell whether a stage is finished, of the inputs that the folder holds now, and none of its files is gone or cut.

    Parameters
    ----------
    folder : RunFolder
        Folder of the run; nothing in it is changed.
    stage : str
        Name of the stage.

    Returns
    -------
    bool
    """
    stamp = _stamp(folder.done(stage))
    current = all(_stamp(folder.done(name)).get("key") == key for name, key in stamp.get("inputs", {}).items())
    return "left" in stamp and current and not _lost(folder, stage, stamp["left"])


def seconds_of(folder: RunFolder, stage: str) -> float:
    """Return the duration of a finished stage.

    Parameters
    ----------
    folder : RunFolder
        Folder of the run.
    stage : str
        Name of the stage.

    Returns
    -------
    float
        Seconds, all attempts together.
    """
    return float(_stamp(folder.done(stage))["seconds"])


def _stamp(path: Path) -> dict[str, Any]:
    """Read a stamp; an empty one where there is none, or one cut short: the stage is not done."""
    try:
        stamp = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write(path: Path, stamp: dict[str, Any]) -> None:
    """Write a stamp, whole or not at all."""
    with replacing(path) as partial:
        partial.write_text(json.dumps(stamp))
