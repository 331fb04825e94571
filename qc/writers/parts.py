"""What all writers share: the parts of a table in the order of their casts, and the description of a file."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from qc.table.text_columns import dictionary_codes
from qc.types import Integers

_PROFILE = ("source", "file", "cast", "instrument", "cruise", "platform", "duplicate_of")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True)
class About:
    """What a file says of itself.

    Parameters
    ----------
    title, summary : str
        As ACDD understands them.
    references, licence : str
        Works to cite, and terms of use, of the data; empty where unknown.
    names : dict
        Bit of a failed check to its name.
    created : str
        ISO 8601 time, UTC.
    """

    title: str = "Observations of dissolved oxygen"
    summary: str = "Profiles of dissolved oxygen and accompanying variables with quality flags"
    references: str = ""
    licence: str = ""
    names: dict[int, str] = field(default_factory=dict)
    created: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))

    def titled(self, title: str) -> "About":
        """Return the same with another title.

        Parameters
        ----------
        title : str
            One line.
        """
        return replace(self, title=title)

    @property
    def software(self) -> str:
        """Name and version of this toolkit."""
        try:
            return f"oxygen-recon {version('oxygen-recon')}"
        except PackageNotFoundError:  # the package qc alone
            return "oxygen-recon"


@dataclass(frozen=True)
class Written:
    """What was written.

    Parameters
    ----------
    levels, casts : int
        Numbers of both in the file.
    levels_left_out, left_out : dict
        What the format cannot express, in words, to the number of levels, and of values or flags of written levels.
    description : str
        Text of a file to put beside it; empty where there is none.
    """

    levels: int
    casts: int
    levels_left_out: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    description: str = ""

    @property
    def notes(self) -> list[str]:
        """One line for each kind of thing that was left out."""
        every = self.levels_left_out | self.left_out
        return [f"left out: {number:,} {what}" for what, number in every.items() if number]


class Writer(Protocol):
    """Writes the parts of a table, one after the other, to a path that does not exist yet."""

    def __call__(self, parts: "Iterable[Profiles]", path: str, about: About) -> Written:
        """Write them."""


@dataclass(frozen=True)
class Profiles:
    """One part of a table, the levels of each cast one after the other.

    Parameters
    ----------
    table : pyarrow.Table
        Observations; casts in order of appearance, levels in the order of the table.
    cast : integers, shape (level,)
        Number of the cast of each level, from 0; increasing. A cast is one source, file, cast name, instrument, cruise,
        platform and copy.
    first : integers, shape (cast,)
        First level of each cast.
    """

    table: pa.Table
    cast: Integers
    first: Integers

    @classmethod
    def of(cls, table: pa.Table) -> "Profiles":
        """Sort the levels of a table by their casts.

        Parameters
        ----------
        table : pyarrow.Table
            Observations.

        Returns
        -------
        Profiles
        """
        copy = table["duplicate_of"].dictionary_encode()
        codes = [dictionary_codes(copy if name == "duplicate_of" else table[name])[0] for name in _PROFILE]
        code = np.zeros(table.num_rows, np.int64)
        for one in codes:
            _, code = np.unique(code * (one.max(initial=-1) + 2) + one + 1, return_inverse=True)
        _, first, cast = np.unique(code, return_index=True, return_inverse=True)
        rank = np.empty(len(first), np.int64)
        rank[np.argsort(first)] = np.arange(len(first))
        cast = rank[cast]
        order = np.argsort(cast, kind="stable")
        ordered = table if np.array_equal(order, np.arange(len(order))) else table.take(pa.array(order))
        cast = cast[order]
        return cls(ordered, cast, np.flatnonzero(np.diff(cast, prepend=-1)))

    def levels_of(self, cast: int) -> Integers:
        """Return the levels of one cast.

        Parameters
        ----------
        cast : int
            Its number.
        """
        end = self.first[cast + 1] if cast + 1 < len(self.first) else len(self.cast)
        return np.arange(self.first[cast], end)

    def text(self, name: str, of_casts: bool = True) -> NDArray[np.object_]:
        """Return a text column; empty where it is null, control characters as blanks, stripped.

        Parameters
        ----------
        name : str
            A text column.
        of_casts : bool
            One text a cast, otherwise one a level.

        Returns
        -------
        array of str, shape (cast,) or (level,)
        """
        column = self.table[name].take(pa.array(self.first)) if of_casts else self.table[name]
        if pa.types.is_string(column.type):
            column = column.dictionary_encode()
        codes, names = dictionary_codes(column)
        clean = [" ".join(_CONTROL.sub(" ", one).split()) for one in names]
        return np.array([*clean, ""], object)[codes]

    @property
    def notes_lost(self) -> dict[str, int]:
        """Count the levels with a note of what was done to oxygen, for formats without a place for it."""
        noted = pc.match_substring(self.table["oxygen_original_unit"].cast(pa.string()), ";").fill_null(False)
        return {"notes of what was done to oxygen, such as a gain": int(pc.sum(noted).as_py() or 0)}

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a column of numbers, shape (level,).

        Parameters
        ----------
        name : str
            A column of floats.
        """
        return np.asarray(self.table[name].to_numpy(), np.float64)

    def times(self) -> NDArray[np.datetime64]:
        """Return the times, datetime64[ms], shape (level,), NaT where missing."""
        return np.asarray(self.table["time"].to_numpy(), "datetime64[ms]")

    def flags(self, name: str) -> NDArray[np.int8]:
        """Return IODE flags, shape (level,).

        Parameters
        ----------
        name : str
            A variable, "time" or "position".
        """
        return np.asarray(self.table[f"{name}_flag"].to_numpy(), np.int8)
