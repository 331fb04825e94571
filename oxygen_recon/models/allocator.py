"""Keep freed memory: on Linux CPUs a training step spends much of its time giving pages back and asking again."""

import ctypes
import os
import sys

OPT_OUT = "OXYGEN_RECON_ALLOCATOR"  # set to "off" to leave the allocator as it is
# Parameters of mallopt, from <malloc.h> of the GNU C library, and what they are set to.
_SETTINGS = {
    -4: 0,  # M_MMAP_MAX: no allocation gets pages of its own, which would be returned when freed
    -1: 2**31 - 1,  # M_TRIM_THRESHOLD: bytes free at the top of the heap before any are returned
    -2: 64 * 2**20,  # M_TOP_PAD: bytes asked for beyond the need
}


def keep_freed_memory() -> bool:
    """Let the C library keep memory that was freed instead of returning it to the system.

    Returns
    -------
    bool
        True if the allocator was set; False on systems without the GNU C library's mallopt, or when the
        environment variable OXYGEN_RECON_ALLOCATOR is "off".
    """
    if os.environ.get(OPT_OUT, "").lower() == "off" or not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None or not hasattr(ctypes.CDLL(None), "gnu_get_libc_version"):
        return False
    return all(mallopt(parameter, value) == 1 for parameter, value in _SETTINGS.items())
