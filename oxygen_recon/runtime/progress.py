"""Progress of long work: what a job reports, and the bars that show it on a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

ProgressListener = Callable[[str, int, int, str], None]
"""Receives the progress of a job: its label, how much is done, of how much, and a note."""

_LISTENER: ContextVar[ProgressListener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: ProgressListener | None) -> Iterator[None]:
    """Pass the progress that is reported within a block to a listener.

    Parameters
    ----------
    listener : callable or None
        A `ProgressListener`; None drops what is reported.
    """
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def report_progress(label: str, done: int, total: int, note: str = "") -> None:
    """Report the progress of the job at hand to its listener; without a listener nothing happens.

    Parameters
    ----------
    label : str
        Name of the job.
    done : int
        Finished steps of the job.
    total : int
        All steps of the job.
    note : str
        Shown after the label.

    Examples
    --------
    >>> with listening(print):
    ...     report_progress("fold 0", 3, 100, "loss 0.5")
    fold 0 3 100 loss 0.5
    """
    listener = _LISTENER.get()
    if listener is not None:
        listener(label, done, total, note)


def print_line(console: Console, line: str) -> None:
    """Print one line as it is, neither wrapped nor coloured.

    Parameters
    ----------
    console : rich.console.Console
        Where to print.
    line : str
        Text without a line break.
    """
    console.print(line, markup=False, highlight=False, soft_wrap=True)


class ProgressBar:
    """One bar for all work, one for each job that reports its own progress, and the time it took.

    A context manager: the bars disappear at its end. Nothing is drawn where the console is no terminal.

    Parameters
    ----------
    console : rich.console.Console
        Where to draw.
    label : str
        Name of the work.
    total : int or None
        Amount of work, in `unit`; None where it is not known.
    unit : str
        What is counted: "files", "jobs", ...; "bytes" are shown in MB and MB/s.
    done : int
        Amount that is done at the start.

    Examples
    --------
    >>> with ProgressBar(Console(quiet=True), "read", 2) as bar:
    ...     bar.advance(levels=300)
    ...     bar.advance(levels=200)
    >>> bar.total, bar.levels
    (2, 500)
    """

    def __init__(self, console: Console, label: str, total: int | None, unit: str = "files", done: int = 0) -> None:
        amount = (
            (DownloadColumn(), TransferSpeedColumn())
            if unit == "bytes"
            else (MofNCompleteColumn(), TextColumn(unit), TextColumn("{task.fields[rate]}"))
        )
        columns = (TextColumn("{task.description}"), BarColumn(), *amount, TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._all = self._progress.add_task(label, total=total, completed=done, rate="")
        self._jobs: dict[str, TaskID] = {}
        self._started = time.monotonic()
        self._ended: float | None = None
        self.total, self.levels = total, 0

    def __enter__(self) -> ProgressBar:
        self._progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._progress.stop()
        self._ended = time.monotonic()

    def __str__(self) -> str:
        return f"{self.levels:,} levels in {self.seconds:.1f} s, {self.rate:,.0f} levels/s"

    @property
    def seconds(self) -> float:
        """Time from the start to now, or to the end, s."""
        return (self._ended or time.monotonic()) - self._started

    @property
    def rate(self) -> float:
        """Levels per second."""
        return self.levels / max(self.seconds, 1e-9)

    def advance(self, amount: int = 1, levels: int = 0) -> None:
        """Count finished work; safe to call from several threads.

        Parameters
        ----------
        amount : int
            Finished amount, in the unit of the bar; negative where work must be done again.
        levels : int
            Levels (rows of observations) in it.
        """
        self.levels += levels
        rate = f"{self.rate:,.0f} levels/s" if self.levels else ""
        self._progress.update(self._all, advance=amount, rate=rate)

    def update(self, label: str, done: int, total: int, note: str = "") -> None:
        """Move the bar of one job; a `ProgressListener`.

        Parameters
        ----------
        label : str
            Name of the job.
        done : int
            Finished steps of the job; its bar disappears at the last.
        total : int
            All steps of the job.
        note : str
            Shown after the label.
        """
        if label not in self._jobs:
            self._jobs[label] = self._progress.add_task(label, rate="")
        text = f"{label}, {note}" if note else label
        self._progress.update(self._jobs[label], completed=done, total=total, description=text, visible=done < total)
