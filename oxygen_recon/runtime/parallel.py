"""One task for each of many jobs: in this process, in processes of this machine, or on a cluster."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from uuid import uuid4

from oxygen_recon.runtime import distributed_jobs
from oxygen_recon.runtime.progress import ProgressListener, listening
from qc.errors import InputError

Job = TypeVar("Job")
Result = TypeVar("Result")

_PAYS = 15.0  # s of work for which one more process pays: to start it takes some 5 s of processor time


@dataclass(frozen=True)
class Pool:
    """Workers for independent jobs; `start` gives the running pool.

    Parameters
    ----------
    workers : int, optional
        Processes on this machine; as many as there are cores when None. 1 is this process itself, without a cluster.
    scheduler : str, optional
        Address of a running Dask scheduler, "tcp://host:port", whose workers see the same files; in place of `workers`.

    Examples
    --------
    >>> with Pool(workers=1).start() as running:
    ...     list(running.each(len, ["a", "bcd"], lambda job, why: 0))
    [('a', 1), ('bcd', 3)]
    """

    workers: int | None = 1
    scheduler: str | None = None

    @contextmanager
    def start(self) -> Iterator[RunningPool]:
        """Give the running pool; its processes start when first needed and end with the block."""
        with ExitStack() as stack:
            yield RunningPool(self, stack)


class RunningPool:
    """Workers that do jobs; made by `Pool.start`, and given in place of a `Pool` to share them.

    Parameters
    ----------
    pool : Pool
        Which workers.
    stack : contextlib.ExitStack
        Ends the processes.
    """

    def __init__(self, pool: Pool, stack: ExitStack) -> None:
        self._pool, self._stack = pool, stack
        self._client: Any = None
        self._processes = 0

    def start(self) -> AbstractContextManager[RunningPool]:
        """Give this pool, which goes on after the block."""
        return nullcontext(self)

    def each(
        self,
        task: Callable[[Job], Result],
        jobs: Sequence[Job],
        lost: Callable[[Job, str], Result],
        listener: ProgressListener | None = None,
        kind: Literal["any", "long", "here", "apart"] = "any",
        expected: float = 0.0,
    ) -> Iterator[tuple[Job, Result]]:
        """Do a task for every job.

        Without a scheduler, jobs are done in this process as long as what is left seems too little work for another.
        A job whose process was killed is done once more, with no other job beside it.

        Parameters
        ----------
        task : callable
            Takes a job, returns a small result; both go through pickle where there is more than this process.
        jobs : sequence
            What to do; no more than a few for each worker are under way at a time.
        lost : callable
            Makes the result of a job that its worker died of, by itself too, from the job and a message of one line.
        listener : callable, optional
            Receives what the jobs report with `report_progress`, wherever they are done.
        kind : {"any", "long", "here", "apart"}
            Of jobs: "long" where a single one takes so long that all processes start at once (`_sharing`), "here" for
            one process, "apart" where one may kill its process: with more than one worker, even a single job is not
            done here.
        expected : float
            Seconds that a job is expected to take, until some are done in this process.

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
        spent = 0.0
        for done, job in enumerate(jobs):
            if processes := self._needed(len(jobs) - done, spent / done if done else expected, kind):
                self._grow(processes)
                yield from self._shared(task, jobs[done:], lost, listener)
                return
            started = time.monotonic()
            with listening(listener):
                result = task(job)
            spent += time.monotonic() - started
            yield job, result

    def _needed(self, jobs: int, each: float, kind: str) -> int:
        """Count the processes that pay for some jobs of `each` seconds; 0 where this one is enough."""
        if self._pool.scheduler is not None:
            return 1
        workers = 1 if kind == "here" else self._pool.workers or _cores()
        most = min(workers, jobs)
        if kind == "apart":
            return most if workers > 1 else 0
        if kind == "long" and self._pool.workers is None:
            most = _sharing(jobs, workers)
        number = most if kind == "long" else min(most, max(self._processes, int(jobs * each / _PAYS)))
        return number if number > 1 else 0

    def _shared(
        self,
        task: Callable[[Job], Result],
        jobs: Sequence[Job],
        lost: Callable[[Job, str], Result],
        listener: ProgressListener | None,
    ) -> Iterator[tuple[Job, Result]]:
        """Do jobs in the processes."""
        topic = f"progress {uuid4()}"  # of this pool: others may share the scheduler
        if listener is not None:
            self._client.subscribe_topic(topic, lambda event: listener(*event[1]))
        yield from distributed_jobs.as_they_finish(self._client, task, topic, jobs, lost)

    def _grow(self, processes: int) -> None:
        """Connect to the scheduler, or see that there are so many processes."""
        if self._client is None:
            self._client = self._stack.enter_context(_client(self._pool.scheduler, processes))
        elif self._pool.scheduler is None and processes > self._processes:
            with _starting_processes():
                self._client.cluster.scale(processes)
                self._client.wait_for_workers(processes)
        self._processes = max(self._processes, processes)


Workers = Pool | RunningPool
"""What does jobs: settings of workers that start where they are needed, or workers that several stages share."""


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
    with _starting_processes():
        cluster = LocalCluster(
            n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None,
            memory_limit=None, silence_logs=logging.CRITICAL,
            # Else it takes port 8787; jobs of a process that was killed come back at once: see `distributed_jobs`
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0", "dashboard": False, "allowed_failures": 0},
        )  # fmt: skip
    with _same_environment(), cluster, Client(cluster, set_as_default=False) as client:
        yield client


@contextmanager
def _starting_processes() -> Iterator[None]:
    """Set what holds while processes start."""
    import dask

    # Dask would have workers return every freed array to the system: most of their time went into page faults
    allocator = {"distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None}
    # Ctrl-C is for this process; it ends its workers
    with _same_environment(), _interrupts_ignored(), dask.config.set(allocator):
        yield


@contextmanager
def _same_environment() -> Iterator[None]:
    """Keep the settings of the workers out of this process: one thread each would slow all that follows here."""
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
def _interrupts_ignored() -> Iterator[None]:
    """Start processes that a Ctrl-C at the terminal does not stop while they clean up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _sharing(jobs: int, cores: int) -> int:
    """Count the processes for long jobs: up to half as many again as cores, where each then does equally many jobs.

    Three processes of two cores end together after 1.5 times as long as one job takes; two processes leave a core
    idle while the third job is done, and end after 2.
    """
    even = -(-jobs // max(1, jobs // cores))
    return even if even <= 1.5 * cores else min(cores, jobs)


def _cores() -> int:
    """Count the cores that this process may use, by its affinity and its container too."""
    from dask.system import CPU_COUNT

    return int(CPU_COUNT)
