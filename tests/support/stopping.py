"""Commands that run in a process of their own and are stopped at a moment of their work."""

import functools
import os
import signal
import subprocess
import sys
from pathlib import Path

# The process watches itself: its watch is delayed by a busy machine exactly as its work is.
_WATCHED = """
import os, sys, threading, time
from pathlib import Path
folder, sign, end = Path(sys.argv.pop(1)), sys.argv.pop(1), int(sys.argv.pop(1))
before = set(folder.glob(sign))

def new():
    try:
        return set(folder.glob(sign)) - before
    except OSError:  # a folder that the command has just removed
        return set()

def watch():
    while not new():
        time.sleep(0.02)
    os.killpg(os.getpid(), end)

threading.Thread(target=watch, daemon=True).start()
from oxygen_recon.cli import main
main()
"""


def stop_when(folder: Path, sign: str, end: signal.Signals, *words: object) -> None:
    """Run a command in a session of its own, which gets a signal with its workers once a file of a pattern is new."""
    command = [sys.executable, "-c", _WATCHED, str(folder), sign, str(int(end)), *map(str, words)]
    # A shell's background jobs, and so perhaps this process, ignore Ctrl-C: the command must not.
    interruptible = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=interruptible
    )
    try:
        _, errors = process.communicate(timeout=900)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == (130 if end == signal.SIGINT else -end), f"{sign}: {errors[-500:]}"
    if end == signal.SIGINT:
        assert errors.strip().split("\n")[-1].endswith("run the same command again to go on from here"), errors
        assert "Traceback" not in errors
