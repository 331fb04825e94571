"""Jobs in the processes of a Dask cluster: results as they finish, progress, and processes that are killed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from oxygen_recon.runtime.progress import listening
from qc.errors import InputError

Job = TypeVar("Job")
Result = TypeVar("Result")

_EVERY = 0.5  # s between two reports of one process to another
_KILLED = "the process at work on it was killed several times: is it out of memory?"


def as_they_finish(
    client: Any, task: Callable[[Job], Result], topic: str, jobs: Sequence[Job], lost: Callable[[Job, str], Result]
) -> Iterator[tuple[Job, Result]]:
    """Do jobs, then those whose process was killed once more one by one: they may only have waited for another's.

    Parameters
    ----------
    client : distributed.Client
        Of the cluster.
    task : callable
        Takes a job, returns its result.
    topic : str
        Where the jobs log their progress: label, done, total and note.
    jobs : sequence
        What to do.
    lost : callable
        Makes the result of a job that its process is killed at by itself too, from the job and a message.

    Yields
    ------
    (job, result)
        In the order in which they finish.

    Raises
    ------
    InputError
        If the scheduler is lost, or a task raised one.
    """
    there = partial(_result_or_fault, task, topic)
    killed: list[Job] = []
    for job, future in _futures(client, there, jobs, _capacity(client)):
        if (result := _outcome(client, future)) is None:
            killed.append(job)
        else:
            yield job, result[0]
    for job, future in _futures(client, there, killed, 1):
        result = _outcome(client, future)
        yield job, lost(job, _KILLED) if result is None else result[0]


def _futures(
    client: Any, task: Callable[[Job], tuple[Any, str]], jobs: Sequence[Job], ahead: int
) -> Iterator[tuple[Job, Any]]:
    """Submit some jobs ahead, so that neither the scheduler nor this process holds them all; give them as they end."""
    from distributed import as_completed

    waiting = iter(jobs)
    under_way = {client.submit(task, job, pure=False): job for job in islice(waiting, ahead)}
    finished = as_completed(list(under_way), loop=client.loop)
    for future in finished:
        job = under_way.pop(future)
        for another in islice(waiting, max(1, ahead - len(under_way))):
            submitted = client.submit(task, another, pure=False)
            under_way[submitted] = another
            finished.add(submitted)
        yield job, future


def _outcome(client: Any, future: Any) -> tuple[Any] | None:
    """Return the result of a job; None where its process was killed."""
    from distributed import CancelledError, KilledWorker

    try:
        result, fault = future.result()
    except KilledWorker:
        return None
    except CancelledError as error:
        raise InputError(
            "the scheduler was lost", str(client.scheduler.address), "run the same command again"
        ) from error
    if fault:
        where, what = fault.split(": ", 1)
        raise InputError(what, where)
    return (result,)


def _result_or_fault(task: Callable[[Job], Result], topic: str, job: Job) -> tuple[Result | None, str]:
    """Do a task; an InputError travels as its line, since exceptions of several arguments do not survive pickling."""
    try:
        with listening(_Messenger(topic)):
            return task(job), ""
    except InputError as error:
        return None, str(error)


class _Messenger:
    """Sends the progress of a job to the process that waits for it, not too often."""

    def __init__(self, topic: str) -> None:
        self._topic, self._next = topic, 0.0

    def __call__(self, label: str, done: int, total: int, note: str) -> None:
        from distributed import get_worker

        if done >= total or time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY
            get_worker().log_event(self._topic, (label, done, total, note))


def _capacity(client: Any) -> int:
    """Count the jobs to keep under way: two a thread."""
    return max(2, 2 * int(sum(client.nthreads().values())))
