"""What is up to date: stages in order, each with a key of all that decides its result."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from oxygen_recon.atomic import naming_a_full_disk, replacing
from oxygen_recon.locking import alone_in


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
    key. A folder of the same key without it is unfinished work, which the stage may go on with; a folder of another
    key is removed.

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
    oxygen_recon.errors.Mistake
        If another command is at work in the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with alone_in(folder):
        _follow(stages, folder, last, say)


def _follow(stages: list[Stage], folder: Path, last: str, say: Callable[[str], None]) -> None:
    key = ""
    for stage in stages:
        text = json.dumps([key, stage.name, stage.settings], sort_keys=True, default=str)
        key = hashlib.sha256(text.encode()).hexdigest()[:16]
        home = folder / stage.name
        if _read_key(home / "done.json") == key:
            say(f"{stage.name}: up to date")
        else:
            _do(stage, home, key, say)
        if stage.name == last:
            return


def _do(stage: Stage, home: Path, key: str, say: Callable[[str], None]) -> None:
    (home / "done.json").unlink(missing_ok=True)  # first: a folder half removed is not done
    if home.exists() and _read_key(home / "begun.json") != key:
        shutil.rmtree(home)
    _write_key(home / "begun.json", key)
    started = time.monotonic()
    with naming_a_full_disk(home):
        stage.make(home)
    seconds = time.monotonic() - started
    _write_key(home / "done.json", key, seconds)
    say(f"{stage.name}: done in {seconds:.0f} s")


def key_at_work(home: Path) -> str:
    """Return the key of the stage that is at work in a folder, or was."""
    return _read_key(home / "begun.json") or ""


def _read_key(path: Path) -> str | None:
    try:
        return str(json.loads(path.read_text())["key"])
    except (OSError, ValueError, KeyError):
        return None  # no stamp, or one cut short: the stage is not done


def _write_key(path: Path, key: str, seconds: float | None = None) -> None:
    with replacing(path) as partial:
        partial.write_text(json.dumps({"key": key, "seconds": seconds}))


def seconds_of(folder: Path, stage: str) -> float:
    """Return how long a finished stage took, s."""
    return float(json.loads((folder / stage / "done.json").read_text())["seconds"])
