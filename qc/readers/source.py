"""Where bytes come from: a plain file, a gzip of one, or the members of a zip or tar, never unpacked to disk."""

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from qc.errors import InputError

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
_BROKEN = (EOFError, OSError, zlib.error, zipfile.BadZipFile, tarfile.TarError, RuntimeError, NotImplementedError)


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

        self._refuse_cut_netcdf()
        try:
            if self.data is not None:
                dataset = netCDF4.Dataset("memory", memory=self.data)
            else:
                dataset = netCDF4.Dataset(str(self.path))
        except (OSError, RuntimeError, ValueError) as error:
            raise InputError(f"not a readable netCDF file ({_short(error)})", self.name, _MEND) from error
        with dataset:
            try:
                yield dataset
            except (OSError, RuntimeError) as error:
                raise InputError(f"breaks off while being read ({_short(error)})", self.name, _MEND) from error

    def _refuse_cut_netcdf(self) -> None:
        """Refuse a classic file shorter than its header says, whose lost values the library would read as zeros."""
        if self.path is None or self.head(4) not in (b"CDF\x01", b"CDF\x02"):
            return  # gzip and zip have checksums; netCDF-4 checks its own length
        from scipy.io import netcdf_file

        try:
            netcdf_file(str(self.path), mmap=True).close()
        except (ValueError, TypeError, OSError, IndexError, EOFError) as error:
            raise InputError("the netCDF file breaks off", self.name, _MEND) from error


_MEND = "is it truncated? get it again"


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
        If the file is missing, no file, empty, truncated, or holds a member whose name leads out of its folder.
    """
    if not path.is_file():
        raise InputError("no such file" if not path.exists() else "is a folder, not a file", str(path))
    source = Source(path.name, path=path, folder=path.parent)
    if not source.head(1):
        raise InputError("the file is empty", path.name, "get it again")
    yield from _unpacked(source)


def _unpacked(source: Source) -> Iterator[Source]:
    kind = form(source.head())
    if kind not in ("gzip", "zip", "tar"):
        yield source
        return
    unpack = {"gzip": _gunzip, "zip": _unzip, "tar": _untar}[kind]
    try:
        for member in unpack(source):
            yield from _unpacked(member)
    except _BROKEN as error:
        raise InputError(f"broken {kind} file ({_short(error)})", source.name, _MEND) from error


def _gunzip(source: Source) -> Iterator[Source]:
    data = gzip.decompress(source.bytes())
    if not data:
        raise InputError("the file inside is empty", source.name, "get it again")
    yield Source(source.name, data=data, folder=source.folder)


def _unzip(source: Source) -> Iterator[Source]:
    with zipfile.ZipFile(source.path or io.BytesIO(source.bytes())) as archive:
        for entry in archive.infolist():
            if not entry.is_dir():
                _refuse_escape(entry.filename, source.name)
                yield Source(f"{source.name}#{entry.filename}", data=archive.read(entry), folder=source.folder)


def _untar(source: Source) -> Iterator[Source]:
    with tarfile.open(fileobj=io.BytesIO(source.bytes())) as archive:
        for entry in archive:
            if entry.isfile():
                _refuse_escape(entry.name, source.name)
                member = archive.extractfile(entry)
                assert member is not None
                yield Source(f"{source.name}#{entry.name}", data=member.read(), folder=source.folder)


def _refuse_escape(name: str, where: str) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0].endswith(":")):
        raise InputError(f"member {name!r} leads out of its folder", where, "do not trust this file")
