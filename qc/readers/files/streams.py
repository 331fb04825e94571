"""Files compressed as one stream: gzip, bzip2 and xz."""

import bz2
import gzip
import lzma
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO

from qc.readers.files import limits

KINDS = ("gzip", "bzip2", "xz")


def blocks(kind: str, stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of a compressed file, in blocks of no more than `limits.CHUNK` bytes.

    Parameters
    ----------
    kind : {"gzip", "bzip2", "xz"}
        Its compression.
    stream : binary stream
        The file.

    Yields
    ------
    bytes
        Not empty.

    Raises
    ------
    EOFError
        If the file ends early.
    OSError, zlib.error, lzma.LZMAError
        If it is damaged, or something else follows.

    Examples
    --------
    >>> import io
    >>> b"".join(blocks("xz", io.BytesIO(lzma.compress(b"oxygen"))))
    b'oxygen'
    """
    if kind == "gzip":
        with gzip.GzipFile(fileobj=stream) as packed:
            yield from iter(partial(packed.read1, limits.CHUNK), b"")
        return
    rest = stream.read(limits.CHUNK)
    while rest:
        decompressor = _DECOMPRESSORS[kind]()
        while not decompressor.eof:
            if decompressor.needs_input and not (rest := rest or stream.read(limits.CHUNK)):
                raise EOFError("Compressed file ended before the end-of-stream marker was reached")
            block, rest = decompressor.decompress(rest, limits.CHUNK), b""
            if block:
                yield block
        rest = decompressor.unused_data.lstrip(b"\0")  # of another stream; zeros fill up a block of a tape
        while not rest and (more := stream.read(limits.CHUNK)):
            rest = more.lstrip(b"\0")


def _xz() -> lzma.LZMADecompressor:
    """Make a decompressor of xz that takes no more memory than the limits allow."""
    return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=limits.LIMITS.dictionary)


_DECOMPRESSORS: dict[str, Callable[[], "bz2.BZ2Decompressor | lzma.LZMADecompressor"]] = {
    "bzip2": bz2.BZ2Decompressor,
    "xz": _xz,
}
