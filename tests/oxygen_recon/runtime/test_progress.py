from rich.console import Console

from oxygen_recon.runtime.progress import ProgressBar, listening, report_progress


def test_progress_goes_to_the_listener_of_the_block_and_to_nobody_without_one() -> None:
    received: list[tuple[str, int, int, str]] = []

    def listener(label: str, done: int, total: int, note: str) -> None:
        received.append((label, done, total, note))

    report_progress("before", 1, 2)
    with listening(listener):
        report_progress("within", 1, 2, "note")
        with listening(None):
            report_progress("dropped", 1, 2)
        report_progress("within", 2, 2)
    report_progress("after", 2, 2)
    assert received == [("within", 1, 2, "note"), ("within", 2, 2, "")]


def test_bars_appear_for_each_job_and_go_when_it_is_done() -> None:
    bar = ProgressBar(Console(force_terminal=True, width=100), "train", 2, "jobs")
    with bar:
        bar.update("fold 0", 1, 4, "loss 2.5")
        bar.update("fold 1", 4, 4, "")
        bar.advance()
    whole, first, second = bar._progress.tasks
    assert (whole.completed, whole.total) == (1, 2)
    assert (first.description, first.completed, first.total, first.visible) == ("fold 0, loss 2.5", 1, 4, True)
    assert not second.visible


def test_bytes_and_levels_are_counted() -> None:
    with ProgressBar(Console(quiet=True), "downloading", None, "bytes", done=300) as bar:
        bar.advance(700)
        bar.advance(-200)
    assert bar._progress.tasks[0].completed == 800
    with ProgressBar(Console(quiet=True), "ingest", 2) as bar:
        bar.advance(levels=300)
        bar.advance(levels=200)
    assert bar._progress.tasks[0].completed == 2 and bar.levels == 500
    assert str(bar).startswith("500 levels in ") and bar.seconds == bar.seconds  # the clock stops with the block
