"""Where bytes come from: a plain file, a gzip of one, or the members of a zip or tar, never unpacked to disk."""

import ctypes
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from qc.errors import InputError, printable
from qc.readers.files import hdf5, unpack
from qc.readers.files import netcdf3 as classic

MAGIC = {
    b"CDF\x01": "netcdf",
    b"CDF\x02": "netcdf",
    b"CDF\x05": "netcdf",
    b"\x89HDF": "netcdf",
    b"MATL": "mat",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"\x1f\x8b": "gzip",
}


@dataclass(frozen=True)
class Source:
    """One archive file, or one member of a bundle of them.

    Parameters
    ----------
    name : str
        File name, with "#member" for a member of a zip or tar.
    path : Path or None
        The file, where it lies on disk as it is.
    data : bytes or None
        Its bytes, where it came out of a gzip, zip or tar.
    folder : Path or None
        Where the file lies, or the bundle it is a member of.
    """

    name: str
    path: Path | None = None
    data: bytes | None = None
    folder: Path | None = None

    @property
    def stem(self) -> str:
        """File name of the innermost member, without its endings."""
        return PurePosixPath(self.name.rsplit("#", 1)[-1]).name.split(".", 1)[0]

    def head(self, n: int = 512) -> bytes:
        """Return the first `n` bytes."""
        if self.data is not None:
            return self.data[:n]
        assert self.path is not None
        with self.path.open("rb") as file:
            return file.read(n)

    def bytes(self) -> bytes:
        """Return all bytes."""
        if self.data is not None:
            return self.data
        assert self.path is not None
        return self.path.read_bytes()

    def text(self, encoding: str = "utf-8") -> str:
        """Return the text; bytes that are not `encoding` are read as Latin-1, where every byte is a letter."""
        raw = self.bytes()
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            return raw.decode("latin-1")

    @contextmanager
    def netcdf(self) -> Iterator[Any]:
        """Open as a netCDF4.Dataset that returns masked arrays only where the file says so.

        Raises
        ------
        InputError
            If the file is no readable netCDF, or breaks off while it is read.
        """
        import netCDF4

        size = self._sound_netcdf()
        dataset: Any = netCDF4.Dataset.__new__(netCDF4.Dataset)
        try:
            if self.data is not None:
                netCDF4.Dataset.__init__(dataset, "memory", memory=self.data)
            else:
                netCDF4.Dataset.__init__(dataset, str(self.path))
        except (OSError, RuntimeError, ValueError, AttributeError) as error:
            _never_close(dataset)
            raise InputError(f"not a readable netCDF file ({_short(error)})", self.name, unpack.DAMAGE) from error
        try:
            self._refuse_swollen(dataset, size)
            yield dataset
        except (OSError, RuntimeError, AttributeError) as error:
            _never_close(dataset)
            raise InputError(f"breaks off while being read ({_short(error)})", self.name, unpack.DAMAGE) from error
        except (LookupError, TypeError, ValueError) as error:
            dataset.close()
            if isinstance(error, InputError):
                raise
            what = f"its variables are not of the type and shape that its form asks for ({_short(error)})"
            raise InputError(what, self.name, "is it damaged? get it again") from error
        dataset.close()

    def _sound_netcdf(self) -> int:
        """Return the size of a file, and refuse it where its structure is damaged and the library would not see it."""
        try:
            if self.data is not None:
                _refuse_damaged(self.data)
                return len(self.data)
            assert self.path is not None
            with self.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
                _refuse_damaged(raw)
                return len(raw)
        except classic.Damaged as error:
            raise InputError(f"the netCDF file breaks off or is damaged ({error})", self.name, unpack.DAMAGE) from error

    def _refuse_swollen(self, dataset: Any, size: int) -> None:
        """Refuse a file whose variables, once read, are far larger than itself: a bomb, or a damaged dimension."""
        most = max(unpack.LIMITS.free, unpack.LIMITS.ratio * size)
        for variable in dataset.variables.values():
            if variable.size * getattr(variable.dtype, "itemsize", 8) > most:
                what = f"variable {variable.name} of {variable.size} values in a file of {size} bytes"
                raise InputError(what, self.name, "is it damaged? get it again")


def _refuse_damaged(raw: bytes | mmap.mmap) -> None:
    (classic if raw[:3] == b"CDF" else hdf5).refuse_damaged(raw)


def _never_close(dataset: Any) -> None:
    """Leave a dataset open for ever, which the library failed to read.

    Closing frees the attributes, and netCDF-C (4.10.1) frees those that it read by half wrongly: the process dies, at
    once or later, in reading another file.
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(dataset))


def need(dataset: Any, names: tuple[str, ...], source: Source) -> None:
    """Raise InputError unless a netCDF dataset has all these variables."""
    lacking = [name for name in names if name not in dataset.variables]
    if lacking:
        raise InputError(f"no variable {', '.join(lacking)}", source.name, "is it another kind of file?")


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__


def form(head: bytes) -> str:
    """Tell the form of a file from its first 512 bytes: netcdf, mat, zip, gzip, tar, text or binary."""
    for magic, name in MAGIC.items():
        if head.startswith(magic):
            return name
    if head[257:262] == b"ustar":
        return "tar"
    if b"\x00" in head:
        return "binary"
    return "text"


def open_all(path: Path) -> Iterator[Source]:
    """Give the file itself, or each file inside it where it is a gzip, zip or tar.

    Parameters
    ----------
    path : Path
        Archive file.

    Yields
    ------
    Source
        Folders inside bundles are passed over.

    Raises
    ------
    InputError
        If the file is missing, no file, empty, truncated, passes a limit of `qc.readers.files.unpack.LIMITS`, or is
        such as `qc.readers.files.unpack.members` refuses.
    """
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "is no file" if path.exists() else "no such file"
        raise InputError(what, str(path))
    source = Source(printable(path.name), path=path, folder=path.parent)
    if not source.head(1):
        raise InputError("the file is empty", path.name, "get it again")
    yield from _unpacked(source, unpack.Allowance(source.name, path.stat().st_size))


def _unpacked(source: Source, allowance: unpack.Allowance, depth: int = 0) -> Iterator[Source]:
    kind = form(source.head())
    if kind not in ("gzip", "zip", "tar"):
        yield source
        return
    if depth == unpack.LIMITS.depth:
        what = f"bundles in bundles, more than {depth} deep"
        raise InputError(what, source.name, "unpack it, and name the folder it lies in")
    file = source.path if source.data is None else source.data
    assert file is not None
    for name, data in unpack.members(kind, file, source.name, allowance):
        yield from _unpacked(Source(printable(name), data=data, folder=source.folder), allowance, depth + 1)
