"""Limits of what a file may unpack to, because a bundle may be hostile: everything is decompressed in memory."""

import io
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from qc.errors import InputError

DAMAGE = "is it truncated? get it again"
DISTRUST = "do not trust this file"
CHUNK = 1 << 20  # bytes that are decompressed at a time


class Cut(EOFError):
    """A compressed file ends early.

    Parameters
    ----------
    what : str
        What the library calls it.
    data : bytes
        The content up to there.
    """

    def __init__(self, what: str, data: bytes) -> None:
        super().__init__(what)
        self.data = data


@dataclass(frozen=True)
class Limits:
    """Limits above which a file is refused.

    Parameters
    ----------
    member : int
        Bytes of one member: it is held in memory whole, and its table needs as much again.
    ratio : int
        Decompressed bytes for each byte on disk, all members and layers together. Real archives of text reach 20,
        those of netCDF full of fill values 57; the maximum of deflate is 1032, and a decompression bomb is close to it.
    free : int
        Bytes that any file may decompress to, independent of its ratio: they fit in memory, and small files have the
        highest ratios.
    depth : int
        Layers: a tar.gz of zips of gzips has four. A bundle that contains itself has infinitely many.
    members : int
        Members of one bundle: more than the profiles of any one Argo data centre.
    dictionary : int
        Bytes that decompressing xz may take: it takes 65 MiB at the highest setting of xz.
    """

    member: int = 4 << 30
    ratio: int = 300
    free: int = 256 << 20
    depth: int = 4
    members: int = 1_000_000
    dictionary: int = 256 << 20


LIMITS = Limits()


class Allowance:
    """Bytes that one file on disk may still decompress to.

    Parameters
    ----------
    name : str
        The file, for the message.
    size : int
        Its bytes on disk.
    """

    def __init__(self, name: str, size: int) -> None:
        self.name = name
        self.left = max(LIMITS.free, LIMITS.ratio * size)

    def read(self, blocks: Iterable[bytes], name: str) -> bytes:
        """Read a member to its end.

        Parameters
        ----------
        blocks : iterable of bytes
            Its content.
        name : str
            Its name, for the message.

        Returns
        -------
        bytes
            Its content.

        Raises
        ------
        InputError
            As soon as a limit is exceeded.
        Cut
            If it ends early (EOFError).
        """
        whole = io.BytesIO()
        try:
            for block in blocks:
                self.spend(len(block))
                if whole.tell() + len(block) > LIMITS.member:
                    what = f"a member of more than {LIMITS.member >> 20} MiB"
                    raise InputError(what, name, "unpack it, and name the folder that it is in")
                whole.write(block)
        except EOFError as error:
            raise Cut(str(error), whole.getvalue()) from error
        return whole.getvalue()

    def inflate(self, packed: bytes) -> None:
        """Decompress a zlib stream and discard its content.

        Parameters
        ----------
        packed : bytes
            The stream.

        Raises
        ------
        InputError
            As soon as a limit is exceeded.
        zlib.error
            If it is damaged.
        """
        stream = zlib.decompressobj()
        while packed and not stream.eof:
            self.spend(len(stream.decompress(packed, CHUNK)))
            packed = stream.unconsumed_tail

    def spend(self, n: int) -> None:
        """Subtract decompressed bytes from the allowance.

        Parameters
        ----------
        n : int
            Number of bytes.

        Raises
        ------
        InputError
            If they are more than the allowance.
        """
        self.left -= n
        if self.left < 0:
            raise InputError(f"unpacks to more than {LIMITS.ratio} times its size", self.name, DISTRUST)
