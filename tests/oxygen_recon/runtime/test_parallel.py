import os

import pytest

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
        done = dict(running.each(climb, [3, 5], lambda job, why: -1, lambda *report: received.append(report)))
        assert done == {3: 30, 5: 50}
        quiet = dict(running.each(climb, [2, 4], lambda job, why: -1))
    assert quiet == {2: 20, 4: 40}
    last = {("hill 3", 3, 3, "up"), ("hill 5", 5, 5, "up")}
    assert last <= set(received), "the last report of each is never withheld"
    assert {label for label, *_ in received} == {"hill 3", "hill 5"}


def test_workers_keep_freed_memory_for_their_next_arrays():
    def setting(job: int) -> str | None:
        return os.environ.get("MALLOC_TRIM_THRESHOLD_")

    with Pool(2).start() as running:
        found = dict(running.each(setting, [1, 2], lambda job, why: why))
    assert found == {1: os.environ.get("MALLOC_TRIM_THRESHOLD_"), 2: os.environ.get("MALLOC_TRIM_THRESHOLD_")}
