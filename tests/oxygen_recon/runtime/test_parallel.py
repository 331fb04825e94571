import pytest
from rich.console import Console

from oxygen_recon.runtime.parallel import Pool, progress
from oxygen_recon.runtime.progress import Bars


@pytest.mark.parametrize("workers", [1, 2])
def test_jobs_tell_how_far_they_are_wherever_they_are_done(workers):
    def climb(height: int) -> int:
        for step in range(height + 1):
            progress(f"hill {height}", step, height, "up")
        return 10 * height

    heard: list[tuple[str, int, int, str]] = []
    with Pool(workers).start() as running:
        done = dict(running.each(climb, [3, 5], lambda job, why: -1, lambda *words: heard.append(words)))
        assert done == {3: 30, 5: 50}
        quiet = dict(running.each(climb, [2, 4], lambda job, why: -1))
    assert quiet == {2: 20, 4: 40}
    assert {("hill 3", 3, 3, "up"), ("hill 5", 5, 5, "up")} <= set(heard), "the last word of each is never withheld"
    assert {label for label, *_ in heard} == {"hill 3", "hill 5"}


def test_without_a_listener_nobody_is_told():
    progress("alone", 1, 2)


def test_bars_appear_for_each_job_and_go_when_it_is_done(monkeypatch):
    bars = Bars(Console(force_terminal=True, width=100), "train", 2)
    with bars:
        bars.hear("fold 0", 1, 4, "loss 2.5")
        bars.hear("fold 1", 4, 4, "")
        bars.one_more()
    whole, first, second = bars._progress.tasks
    assert (whole.completed, whole.total) == (1, 2)
    assert (first.description, first.completed, first.total, first.visible) == ("fold 0, loss 2.5", 1, 4, True)
    assert not second.visible
