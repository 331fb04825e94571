"""Structure check of HDF5 files for what the library does not check: the heaps of strings of variable length.

Other metadata of a netCDF-4 file have checksums; a damaged size in a global heap makes HDF5 (2.2.0) loop endlessly.
Format: The HDF Group, HDF5 File Format Specification Version 3.0, III.E "Disk Format: Level 1E - Global Heap".
"""

import mmap
import struct

from qc.readers.files.netcdf3 import Damaged

_SIGNATURE = b"GCOL\x01\x00\x00\x00"
_HEADER = 16  # bytes of a heap's header, and of each object's
_SIZE_OF_LENGTHS = {0: 14, 1: 14, 2: 10, 3: 10}  # byte of the superblock, by its version


def check_structure(raw: bytes | mmap.mmap) -> None:
    """Check the sizes in the global heaps of an HDF5 file.

    Parameters
    ----------
    raw : bytes or mmap
        The whole file, which begins with its superblock.

    Raises
    ------
    Damaged
        If an object of a heap extends beyond it, or has no size.
    """
    if len(raw) < _HEADER or raw[_SIZE_OF_LENGTHS.get(raw[8], 0)] != 8:
        return  # lengths of other than 8 bytes are not written by netCDF
    heap = raw.find(_SIGNATURE)
    while heap >= 0:
        _check_heap(raw, heap)
        heap = raw.find(_SIGNATURE, heap + 8)


def _check_heap(raw: bytes | mmap.mmap, heap: int) -> None:
    """Check the objects of the heap that begins at a byte."""
    if heap + _HEADER > len(raw):
        raise Damaged("a heap of strings is truncated")
    (size,) = struct.unpack_from("<Q", raw, heap + 8)
    position, end = heap + _HEADER, heap + size
    if size < _HEADER or end > len(raw):
        raise Damaged(f"a heap of strings at byte {heap} is truncated")
    while position + _HEADER <= end:
        index, _, _, length = struct.unpack_from("<HHIQ", raw, position)
        # object 0 is the free space, whose length includes its header
        step = length if index == 0 else _HEADER + -(-length // 8) * 8
        if step < _HEADER or position + step > end:
            raise Damaged(f"a heap of strings is damaged at byte {position}")
        position += step
