"""Peak memory of a part of a process, as Linux counts it."""

from __future__ import annotations

import ctypes
import gc
import re
from pathlib import Path


def status(name: str) -> float:
    """Return a size of this process, MiB.

    Parameters
    ----------
    name : str
        As in /proc/self/status: "VmRSS" what is resident, "VmHWM" at most, "VmData" what is allocated.

    Examples
    --------
    >>> 0 < status("VmRSS") <= status("VmHWM")
    True
    """
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    if found is None:
        raise KeyError(name)
    return int(found[1]) / 1024


class Peak:
    """Measures what a block of code adds to the memory of this process at most.

    Attributes
    ----------
    added, whole : float
        What was added to what was resident before, and what was resident at most, MiB; 0 before the block ends.

    Examples
    --------
    >>> with Peak() as peak:
    ...     values = bytearray(2**24)
    >>> 15 < peak.added < 20 and peak.whole > peak.added
    True
    """

    added = whole = 0.0

    def __enter__(self) -> Peak:
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)  # else the block would use what was freed before, unseen
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
        self._begun = status("VmRSS")
        return self

    def __exit__(self, *_: object) -> None:
        self.whole = status("VmHWM")
        self.added = self.whole - self._begun
