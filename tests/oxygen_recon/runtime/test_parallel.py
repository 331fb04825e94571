import os
import signal

import pytest

from oxygen_recon.runtime import parallel
from oxygen_recon.runtime.parallel import Pool
from oxygen_recon.runtime.progress import report_progress


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_of_jobs_is_received_wherever_they_are_done(workers):
    def climb(height: int) -> int:
        for step in range(height + 1):
            report_progress(f"hill {height}", step, height, "up")
        return 10 * height

    received: list[tuple[str, int, int, str]] = []
    with Pool(workers).start() as running:
        done = dict(running.each(climb, [3, 5], lambda job, why: -1, lambda *report: received.append(report), "long"))
        assert done == {3: 30, 5: 50}
        quiet = dict(running.each(climb, [2, 4], lambda job, why: -1, None, "long"))
    assert quiet == {2: 20, 4: 40}
    last = {("hill 3", 3, 3, "up"), ("hill 5", 5, 5, "up")}
    assert last <= set(received), "the last report of each is never withheld"
    assert {label for label, *_ in received} == {"hill 3", "hill 5"}


def test_workers_keep_freed_memory_for_their_next_arrays():
    def setting(job: int) -> str | None:
        return os.environ.get("MALLOC_TRIM_THRESHOLD_")

    with Pool(2).start() as running:
        found = dict(running.each(setting, [1, 2], lambda job, why: why, None, "long"))
    assert found == {1: os.environ.get("MALLOC_TRIM_THRESHOLD_"), 2: os.environ.get("MALLOC_TRIM_THRESHOLD_")}


def test_processes_start_where_the_work_that_is_left_pays_for_them_and_not_twice(monkeypatch):
    started: list[int] = []

    def client(scheduler, processes):
        started.append(processes)
        return _client(scheduler, processes)

    def where(job: int) -> tuple[int, int]:
        return job, os.getpid()

    def done(running, kind):
        found = dict(result for _, result in running.each(where, [1, 2, 3, 4], lambda job, why: (job, 0), None, kind))
        assert set(found) == {1, 2, 3, 4}
        return {job for job, process in found.items() if process == os.getpid()}

    _client = parallel._client
    monkeypatch.setattr(parallel, "_client", client)
    with Pool(2).start() as running:
        assert done(running, "any") == {1, 2, 3, 4} and not started, "short jobs need no other process"
        with monkeypatch.context() as patch:
            patch.setattr(parallel, "_PAYS", 1e-9)
            assert done(running, "any") == {1} and started == [2], "the first shows how long they take"
        with running.start() as again:
            assert done(again, "any") == done(again, "long") == set() and started == [2], "processes are there"
        assert done(again, "here") == {1, 2, 3, 4}, "the pool goes on after an inner block"


def test_a_pool_grows_for_more_work(monkeypatch):
    with Pool(2).start() as running:
        running._grow(1)
        assert len(running._client.scheduler_info()["workers"]) == 1
        assert len(list(running.each(abs, [1, 2], lambda job, why: 0, None, "long"))) == 2
        assert len(running._client.scheduler_info()["workers"]) == 2


@pytest.mark.parametrize(
    ("workers", "jobs", "each", "kind", "needed"),
    [(8, 1000, 0.01, "any", 0), (8, 4, 8.0, "any", 2), (8, 100, 60.0, "any", 8), (1, 9, 1e9, "any", 0),
     (8, 1, 1e9, "any", 0), (8, 5, 0.0, "long", 5), (8, 5, 1e9, "here", 0), (8, 100, 0.0, "any", 0),
     (8, 1, 0.0, "apart", 1), (8, 9, 0.0, "apart", 8), (1, 9, 1e9, "apart", 0)],
)  # fmt: skip
def test_no_more_processes_than_pay(workers, jobs, each, kind, needed):
    with Pool(workers).start() as running:
        assert running._needed(jobs, each, kind) == needed
    with Pool(workers, "tcp://any:1").start() as running:
        assert running._needed(jobs, each, kind) == 1, "a scheduler was given"


@pytest.mark.parametrize(
    ("cores", "jobs", "processes"),
    [(2, 1, 1), (2, 2, 2), (2, 3, 3), (2, 5, 3), (2, 8, 2), (4, 3, 3), (4, 5, 5), (4, 7, 4), (5, 8, 5), (16, 17, 17)],
)
def test_long_jobs_leave_no_core_idle_while_the_last_are_done(cores, jobs, processes, monkeypatch):
    monkeypatch.setattr(parallel, "_cores", lambda: cores)
    with Pool(workers=None).start() as running:
        assert running._needed(jobs, 0.0, "long") == (processes if processes > 1 else 0)
    with Pool(workers=2).start() as running:
        assert running._needed(jobs, 0.0, "long") == (min(2, jobs) if jobs > 1 else 0), "as many as were asked for"


@pytest.mark.parametrize(("expected", "here"), [(0.1, {1, 2}), (20.0, set())])
def test_jobs_expected_to_be_long_are_all_done_in_processes_the_first_too(expected, here):
    def where(job: int) -> int:
        return os.getpid()

    with Pool(2).start() as running:
        found = dict(running.each(where, [1, 2], lambda job, why: 0, None, "any", expected))
    assert {job for job, process in found.items() if process == os.getpid()} == here


def test_only_the_job_that_kills_its_process_is_lost():
    """All jobs wait in the one process that is killed at the first."""

    def kill(job: int) -> str:
        if job == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return "done"

    with Pool(2).start() as running:
        running._grow(1)
        found = dict(running.each(kill, [0, 1, 2], lambda job, why: why, None, "apart"))
    assert "killed several times" in found.pop(0) and found == {1: "done", 2: "done"}
