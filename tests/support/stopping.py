"""Verbs run in a process of their own and stopped at a moment of their work."""

import functools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def stop_when(folder: Path, sign: str, end: signal.Signals, *words: object) -> None:
    """Start a verb in a session of its own, and send it and its workers a signal once a file of that pattern is new."""
    before = set(folder.glob(sign))
    command = [sys.executable, "-c", "from oxygen_recon.cli import main; main()", *map(str, words)]
    # A shell's background jobs, and so perhaps this process, are deaf to Ctrl-C: the command is not to be.
    hear = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=hear)
    deadline = time.monotonic() + 300
    try:
        while process.poll() is None and set(folder.glob(sign)) <= before:
            assert time.monotonic() < deadline, f"{sign} never came"
            time.sleep(0.002)
        if process.poll() is None:  # else it ended before, which its return code tells
            os.killpg(process.pid, end)
        _, said = process.communicate(timeout=120)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == (130 if end == signal.SIGINT else -end), f"{sign}: {said[-500:]}"
    if end == signal.SIGINT:
        assert said.strip().split("\n")[-1].endswith("run the same command again to go on from here"), said
        assert "Traceback" not in said
