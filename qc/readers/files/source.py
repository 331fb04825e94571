"""Sources of bytes: a plain file, one that is compressed, or the members of a bundle, none of them unpacked to disk."""

import ctypes
import mmap
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from qc.errors import InputError, Refused, printable
from qc.readers.files import hdf5, limits, netcdf3, unpack
from qc.readers.files.file_types import file_type

_TAIL = 4096  # characters at the end of a text among which the mark of its end is looked for


@dataclass(frozen=True)
class Source:
    """One archive file, or one member of a bundle of them.

    Parameters
    ----------
    name : str
        File name, with "#member" for a member of a zip or tar.
    path : Path or None
        The file, where it is on disk and not compressed.
    data : bytes or None
        Its bytes, where it was read from a gzip, zip or tar.
    folder : Path or None
        Folder of the file, or of the bundle that it is a member of.
    refused : list of Refused
        Rows that its reader did not read; the reader adds to it.
    """

    name: str
    path: Path | None = None
    data: bytes | None = None
    folder: Path | None = None
    refused: list[Refused] = field(default_factory=list, compare=False)

    @property
    def stem(self) -> str:
        """File name of the innermost member, without its suffixes."""
        return PurePosixPath(self.name.rsplit("#", 1)[-1]).name.split(".", 1)[0]

    def head(self, n: int = 512) -> bytes:
        """Return the first bytes.

        Parameters
        ----------
        n : int
            How many.
        """
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
        """Return the text, its lines ended by line feeds and without the mark of its end (Control-Z) of old systems.

        Parameters
        ----------
        encoding : str
            A Python codec; text that is not in it is decoded as Latin-1, in which every byte is a character.
        """
        raw = self.bytes()
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
        tail = text[-_TAIL:]
        end = tail.find("\x1a", len(tail.rstrip("\x00\x1a \t\r\n")))
        text = text if end < 0 else text[: len(text) - len(tail) + end]
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

    def refuse(self, what: str, lines: Iterable[int]) -> None:
        """Record that rows are not read.

        Parameters
        ----------
        what : str
            What is wrong with them.
        lines : iterable of int
            Numbers of their lines, from 1; none records nothing.
        """
        if numbers := tuple(sorted(int(line) for line in lines)):
            self.refused.append(Refused(what, self.name, numbers))

    @contextmanager
    def netcdf(self) -> Iterator[Any]:
        """Open as a netCDF4.Dataset, which stays open for the next call, until `close`.

        Yields
        ------
        netCDF4.Dataset
            With the masks and scales that the file declares.

        Raises
        ------
        InputError
            If the file is no readable netCDF, ends while it is read, or its variables have another type or shape than
            the format requires.
        """
        opened = "_dataset" in vars(self)
        dataset = self._dataset
        try:
            if not opened:
                self._check_variable_sizes(dataset)
            yield dataset
        except (OSError, RuntimeError, AttributeError) as error:
            _keep_open(vars(self).pop("_dataset"))
            raise InputError(f"ends while being read ({_one_line(error)})", self.name, limits.DAMAGE) from error
        except (LookupError, TypeError, ValueError) as error:
            self.close()
            if isinstance(error, InputError):
                raise
            what = f"its variables do not have the type and shape that its format requires ({_one_line(error)})"
            raise InputError(what, self.name, "is it damaged? get it again") from error

    def close(self) -> None:
        """Close the file, if `netcdf` has opened it."""
        if (dataset := vars(self).pop("_dataset", None)) is not None:
            dataset.close()

    @cached_property
    def _dataset(self) -> Any:
        """The open netCDF file; opening and checking it takes longer than reading a profile, and is done once."""
        import netCDF4

        self._check_netcdf()
        dataset: Any = netCDF4.Dataset.__new__(netCDF4.Dataset)
        try:
            if self.data is not None:
                netCDF4.Dataset.__init__(dataset, "memory", memory=self.data)
            else:
                netCDF4.Dataset.__init__(dataset, str(self.path))
        except (OSError, RuntimeError, ValueError, AttributeError) as error:
            _keep_open(dataset)
            raise InputError(f"not a readable netCDF file ({_one_line(error)})", self.name, limits.DAMAGE) from error
        return dataset

    def _check_netcdf(self) -> None:
        """Refuse structural damage that the library does not detect."""
        try:
            if self.data is not None:
                return _check_structure(self.data)
            assert self.path is not None
            with self.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
                return _check_structure(raw)
        except netcdf3.Damaged as error:
            raise InputError(f"the netCDF file is truncated or damaged ({error})", self.name, limits.DAMAGE) from error

    def _check_variable_sizes(self, dataset: Any) -> None:
        """Refuse a file with a variable far larger than the file: a decompression bomb, or a damaged dimension."""
        size = self.path.stat().st_size if self.data is None and self.path else len(self.data or b"")
        most = max(limits.LIMITS.free, limits.LIMITS.ratio * size)
        for variable in dataset.variables.values():
            if variable.size * getattr(variable.dtype, "itemsize", 8) > most:
                what = f"variable {variable.name} of {variable.size} values in a file of {size} bytes"
                raise InputError(what, self.name, "is it damaged? get it again")


def _check_structure(raw: bytes | mmap.mmap) -> None:
    """Raise `netcdf3.Damaged` where the structure of a netCDF file is damaged."""
    (netcdf3 if raw[:3] == b"CDF" else hdf5).check_structure(raw)


def _keep_open(dataset: Any) -> None:
    """Keep a dataset open that the library failed to read.

    Closing frees the attributes, and netCDF-C (4.10.1) frees partly read ones wrongly: the process crashes, immediately
    or later, when it reads another file.
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(dataset))


def require_variables(dataset: Any, names: tuple[str, ...], source: Source) -> None:
    """Refuse a netCDF dataset that lacks a variable.

    Parameters
    ----------
    dataset : netCDF4.Dataset
        The open file.
    names : tuple of str
        Variables that it must have.
    source : Source
        The file, for the message.

    Raises
    ------
    InputError
        If one of them is missing.
    """
    missing = [name for name in names if name not in dataset.variables]
    if missing:
        raise InputError(f"no variable {', '.join(missing)}", source.name, "is it another kind of file?")


def _one_line(error: BaseException) -> str:
    """Return the message of an exception as one short line."""
    return " ".join(str(error).split())[:120] or type(error).__name__


def open_all(path: Path, refused: list[Refused] | None = None) -> Iterator[Source]:
    """Yield the file itself, or each file inside it where it is compressed (gzip, bzip2, xz) or a bundle (zip, tar).

    Parameters
    ----------
    path : Path
        Archive file.
    refused : list of Refused, optional
        Receives the members that cannot be opened, and damage of a bundle; when left out, the first one is raised.

    Yields
    ------
    Source
        Closed when the next one is asked for. Folders inside bundles are skipped; a workbook, which is a zip, is not
        opened.

    Raises
    ------
    InputError
        If the file is missing, not a file or empty, exceeds a limit of `qc.readers.files.limits.LIMITS`, or a member is
        refused and there is no list for it.
    """
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "is no file" if path.exists() else "no such file"
        if path.is_symlink() and not path.exists():
            what = f"is a link that leads nowhere (to {os.readlink(path)})"
        raise InputError(what, str(path))
    source = Source(printable(path.name), path=path, folder=path.parent)
    if not source.head(1):
        raise InputError("the file is empty", path.name, "get it again")
    refuse = _raise if refused is None else refused.append
    for one in _unpacked(source, limits.Allowance(source.name, path.stat().st_size), refuse):
        try:
            yield one
        finally:
            one.close()


def _raise(one: Refused) -> None:
    """Raise what is refused."""
    raise InputError(one.what, one.where)


def _unpacked(
    source: Source, allowance: limits.Allowance, refuse: Callable[[Refused], None], depth: int = 0
) -> Iterator[Source]:
    """Yield a source, or the members of a bundle and of the bundles inside it."""
    file = source.path if source.data is None else source.data
    assert file is not None
    kind = file_type(source.head())
    if kind not in unpack.KINDS or (kind == "zip" and unpack.is_workbook(file)):
        yield source
    elif depth == limits.LIMITS.depth:
        fix = "unpack it, and name the folder that it is in"
        refuse(Refused(f"bundles nested more than {depth} deep; {fix}", source.name))
    else:
        for name, data in unpack.members(kind, file, source.name, allowance, refuse):
            yield from _unpacked(Source(printable(name), data=data, folder=source.folder), allowance, refuse, depth + 1)
