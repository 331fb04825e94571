"""What long work says and draws on the way."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


def tell(console: Console, line: str) -> None:
    """Print one line as it is, neither wrapped nor coloured."""
    console.print(line, markup=False, highlight=False, soft_wrap=True)


class Watch:
    """A bar of files done and levels a second, and the time it took.

    Parameters
    ----------
    console : rich.console.Console
        Where to draw; nothing is drawn where that is no terminal.
    label : str
        What is being done.
    files : int
        How many there are to do.
    """

    def __init__(self, console: Console, label: str, files: int) -> None:
        columns = (
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("files"),
            TextColumn("{task.fields[rate]:,.0f} levels/s"), TimeRemainingColumn(),
        )  # fmt: skip
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._bar = self._progress.add_task(label, total=files, rate=0.0)
        self._started = time.monotonic()
        self._ended: float | None = None
        self.files, self.levels = files, 0

    def __enter__(self) -> Watch:
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
        """Levels a second."""
        return self.levels / max(self.seconds, 1e-9)

    def saw(self, levels: int) -> None:
        """Count one more file, of so many levels."""
        self.levels += levels
        self._progress.update(self._bar, advance=1, rate=self.rate)


class Bars:
    """One bar for all jobs and one for each that reports its `progress`; nothing where there is no terminal.

    Parameters
    ----------
    console : rich.console.Console
        Where to draw.
    label : str
        What is being done.
    jobs : int
        How many there are.
    """

    def __init__(self, console: Console, label: str, jobs: int) -> None:
        self._progress = Progress(console=console, transient=True, disable=not console.is_terminal)
        self._all = self._progress.add_task(label, total=jobs)
        self._bars: dict[str, TaskID] = {}

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._progress.stop()

    def hear(self, label: str, done: int, of: int, word: str) -> None:
        """Move the bar of one job; a `Listener`."""
        if label not in self._bars:
            self._bars[label] = self._progress.add_task(label)
        text = f"{label}, {word}" if word else label
        self._progress.update(self._bars[label], completed=done, total=of, description=text, visible=done < of)

    def one_more(self) -> None:
        """Count one job as done."""
        self._progress.update(self._all, advance=1)
