"""What is up to date: stages in order, each with a key of all that decides its result."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oxygen_recon.runtime.files import locked_folder
from qc.files import naming_a_full_disk, remove, replacing

_STAMPS = ("begun.json", "done.json")


@dataclass(frozen=True)
class Stage:
    """One stage of a run.

    Parameters
    ----------
    name : str
        Verb of the command line.
    settings : object
        Everything, besides the stages before, that decides the result; must go into JSON.
    make : callable
        Takes the stage's folder and fills it; may find its own unfinished work there and go on.
    """

    name: str
    settings: object
    make: Callable[[Path], None]


def bring_up_to_date(stages: list[Stage], folder: Path, last: str, say: Callable[[str], None]) -> None:
    """Run, in order, the stages up to `last` that are not up to date.

    A stage's key is a hash of its settings and of the key before it. Its folder is complete when `done.json` holds that
    key and all that the stage left lies there, with its size; what has another size is removed. A folder of the same
    key that is not complete is unfinished work, which the stage may go on with; a folder of another key is removed.
    What such a stage makes again is taken to be the same: the stages after it are not redone for that.

    Parameters
    ----------
    stages : list of Stage
        In order; each may read the folders of those before.
    folder : Path
        Folder of the run; each stage has a folder of its name in it.
    last : str
        Name of the last stage to do.
    say : callable
        Told, in one line, what is done and what is skipped.

    Raises
    ------
    qc.errors.InputError
        If another command is at work in the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with locked_folder(folder):
        _follow(stages, folder, last, say)


def _follow(stages: list[Stage], folder: Path, last: str, say: Callable[[str], None]) -> None:
    key = ""
    for stage in stages:
        text = json.dumps([key, stage.name, stage.settings], sort_keys=True, default=str)
        key = hashlib.sha256(text.encode()).hexdigest()[:16]
        home = folder / stage.name
        stamp = _stamp(home / "done.json")
        if stamp.get("key") != key:
            _do(stage, home, key, say)
        elif lost := _lost(home, stamp.get("left", {})):
            say(f"{stage.name}: {home / lost[0]}{' and others were' if lost[1:] else ' was'} gone or damaged")
            _do(stage, home, key, say, stamp["seconds"])
        else:
            say(f"{stage.name}: up to date")
        if stage.name == last:
            return


def _do(stage: Stage, home: Path, key: str, say: Callable[[str], None], spent: float = 0.0) -> None:
    (home / "done.json").unlink(missing_ok=True)  # first: a folder half removed is not done
    if home.exists() and key_at_work(home) != key:
        shutil.rmtree(home)
    _write(home / "begun.json", {"key": key})
    started = time.monotonic()
    with naming_a_full_disk(home):
        stage.make(home)
    seconds = time.monotonic() - started
    _write(home / "done.json", {"key": key, "seconds": spent + seconds, "left": _left(home)})
    say(f"{stage.name}: done in {seconds:.0f} s")


def _left(home: Path) -> dict[str, list[int]]:
    """Give name to number of files and bytes of all in a folder: each file, or a zarr folder as one.

    Hidden files are left out, locks among them and what file systems and desktops add, but not those of a zarr.
    """
    left: dict[str, list[int]] = {}
    for path in sorted(home.rglob("*")):
        if path.is_file() and (path.parent != home or path.name not in _STAMPS):
            parts = path.relative_to(home).parts
            inside = next((i for i, part in enumerate(parts) if part.endswith(".zarr")), len(parts) - 1)
            if not path.name.startswith(".") or (inside < len(parts) - 1 and path.name.startswith(".z")):
                count = left.setdefault("/".join(parts[: inside + 1]), [0, 0])
                count[0] += 1
                count[1] += path.stat().st_size
    return left


def _lost(home: Path, left: dict[str, list[int]]) -> list[str]:
    """Name what a stage left that is not there whole, and remove it: the stage makes what it does not find."""
    found = _left(home)
    lost = [name for name, size in left.items() if found.get(name) != size]
    for name in lost:
        remove(home / name)
    return lost


def key_at_work(home: Path) -> str:
    """Return the key of the stage that is at work in a folder, or was."""
    return str(_stamp(home / "begun.json").get("key", ""))


def _stamp(path: Path) -> dict[str, Any]:
    try:
        stamp = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}  # no stamp, or one cut short: the stage is not done
    return stamp if isinstance(stamp, dict) else {}


def _write(path: Path, stamp: dict[str, Any]) -> None:
    with replacing(path) as partial:
        partial.write_text(json.dumps(stamp))


def seconds_of(folder: Path, stage: str) -> float:
    """Return how long a finished stage took, s."""
    return float(_stamp(folder / stage / "done.json")["seconds"])
