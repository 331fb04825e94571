"""One task for each of many jobs: in this process, in processes of this machine, or on a cluster."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, TypeVar
from uuid import uuid4

from qc.errors import InputError

Job = TypeVar("Job")
Result = TypeVar("Result")
Listener = Callable[[str, int, int, str], None]
"""Told by a job under way: which it is, how much of how much is done, and a word on it."""

_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)
_EVERY = 0.5  # s between two words of one process to another


def progress(label: str, done: int, of: int, word: str = "") -> None:
    """Tell whoever waits for the job at hand how far it is.

    Parameters
    ----------
    label : str
        Which job.
    done, of : int
        How much of how much.
    word : str
        More, for people.
    """
    listener = _LISTENER.get()
    if listener is not None:
        listener(label, done, of, word)


@dataclass(frozen=True)
class Pool:
    """Who does the work.

    Parameters
    ----------
    workers : int, optional
        Processes on this machine; as many as there are cores when None. One is this process itself, without a cluster.
    scheduler : str, optional
        Address of a running Dask scheduler, "tcp://host:port", whose workers see the same files; in place of `workers`.
    """

    workers: int | None = 1
    scheduler: str | None = None

    @contextmanager
    def start(self) -> Iterator[RunningPool]:
        """Give the running; processes are started when first needed, and end with the block."""
        with ExitStack() as stack:
            yield RunningPool(self, stack)


class RunningPool:
    """A pool at work; see `Pool.at_work`."""

    def __init__(self, pool: Pool, stack: ExitStack) -> None:
        self._pool, self._stack = pool, stack
        self._client: Any = None

    def each(
        self,
        task: Callable[[Job], Result],
        jobs: Sequence[Job],
        lost: Callable[[Job, str], Result],
        listener: Listener | None = None,
    ) -> Iterator[tuple[Job, Result]]:
        """Do a task for every job.

        Parameters
        ----------
        task : callable
            Takes a job, returns a small result; both go through pickle where there is more than this process.
        jobs : sequence
            What to do; no more than a few for each worker are under way at a time.
        lost : callable
            Makes the result of a job whose worker died, several times, from the job and one line of words.
        listener : callable, optional
            Hears what the jobs say of their `progress`, wherever they are done.

        Yields
        ------
        (job, result)
            In the order in which they finish, which is not the same twice.

        Raises
        ------
        InputError
            If no scheduler answers at the address, or a task raised one or an InputError.
        Exception
            Whatever else a task raises; other jobs under way are given up.
        """
        workers = self._pool.workers or _cores()
        if self._pool.scheduler is None and (workers == 1 or len(jobs) < 2):
            token = _LISTENER.set(listener)
            try:
                for job in jobs:
                    yield job, task(job)
            finally:
                _LISTENER.reset(token)
        elif jobs:
            if self._client is None:
                self._client = self._stack.enter_context(_client(self._pool.scheduler, min(workers, len(jobs))))
            topic = f"progress {uuid4()}"  # of this running: others may be at work on the same scheduler
            if listener is not None:
                self._client.subscribe_topic(topic, lambda event: listener(*event[1]))
            yield from _as_they_finish(self._client, partial(_in_words, task, topic), jobs, lost)


@contextmanager
def _client(scheduler: str | None, workers: int) -> Iterator[Any]:
    """Connect to a scheduler, or start processes that listen on the loopback address only."""
    from distributed import Client, LocalCluster

    if scheduler is not None:
        try:
            client = Client(scheduler, timeout=10, set_as_default=False)
        except (OSError, ValueError) as error:
            raise InputError("no scheduler answers", scheduler, "start one with dask scheduler") from error
        with client:
            yield client
        return
    with _same_environment(), _deaf_to_interrupts():  # Ctrl-C is for this process; it ends its workers
        cluster = LocalCluster(
            n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None,
            memory_limit=None, silence_logs=logging.CRITICAL,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0", "dashboard": False},  # else port 8787 is asked for
        )  # fmt: skip
    with _same_environment(), cluster, Client(cluster, set_as_default=False) as client:
        yield client


@contextmanager
def _same_environment() -> Iterator[None]:
    """Keep from this process what its workers are told: one thread each, which would slow all that follows here."""
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in {*before, *os.environ}:
            if name not in before:
                del os.environ[name]
            elif os.environ.get(name) != before[name]:
                os.environ[name] = before[name]


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Start no process that a Ctrl-C at the terminal would stop in the middle of its own cleaning up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _as_they_finish(
    client: Any,
    task: Callable[[Job], tuple[Any, str]],
    jobs: Sequence[Job],
    lost: Callable[[Job, str], Result],
) -> Iterator[tuple[Job, Result]]:
    """Keep two jobs a thread under way, so that neither the scheduler nor this process holds them all."""
    from distributed import CancelledError, KilledWorker, as_completed

    ahead = iter(jobs)
    under_way = {client.submit(task, job, pure=False): job for job in islice(ahead, _room(client))}
    finished = as_completed(list(under_way), loop=client.loop)
    for future in finished:
        job = under_way.pop(future)
        try:
            result, fault = future.result()
        except KilledWorker:
            result, fault = lost(job, "the process at work on it was killed several times: is it out of memory?"), ""
        except CancelledError as error:
            raise InputError(
                "the scheduler was lost", str(client.scheduler.address), "run the same command again"
            ) from error
        if fault:
            where, what = fault.split(": ", 1)
            raise InputError(what, where)
        for another in islice(ahead, max(1, _room(client) - len(under_way))):
            submitted = client.submit(task, another, pure=False)
            under_way[submitted] = another
            finished.add(submitted)
        yield job, result


def _in_words(task: Callable[[Job], Result], topic: str, job: Job) -> tuple[Result | None, str]:
    """Do a task; a mistake travels as its one line, since exceptions of several arguments do not survive pickling."""
    token = _LISTENER.set(_Messenger(topic))
    try:
        return task(job), ""
    except InputError as error:
        return None, str(error)
    finally:
        _LISTENER.reset(token)


class _Messenger:
    """Carries the progress of a job to the process that waits for it, not too often."""

    def __init__(self, topic: str) -> None:
        self._topic, self._next = topic, 0.0

    def __call__(self, label: str, done: int, of: int, word: str) -> None:
        from distributed import get_worker

        if done >= of or time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY
            get_worker().log_event(self._topic, (label, done, of, word))


def _cores() -> int:
    """Cores that this process may use, by its affinity and its container too."""
    from dask.system import CPU_COUNT

    return int(CPU_COUNT)


def _room(client: Any) -> int:
    return max(2, 2 * int(sum(client.nthreads().values())))
