"""Decoding of World Ocean Database ASCII: its fields, for all casts of a batch at once, by one cursor for each cast.

Layout of the format: WOD User's Manual. A number is significant digits (1 character, "-" where it is missing), total
digits (1), precision (1) and that many characters; a counted integer is a width (1) and that many characters. Fields
have no fixed positions: the start of each follows from the field before it. The step to the next field is therefore
made for all casts at once, and the fields are then decoded together.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qc.errors import InputError
from qc.types import Floats, Integers, Mask

Bytes = NDArray[np.uint8]

LINE = 80  # characters, without the line end
MINUS, BLANK = ord("-"), ord(" ")
FIX = "is it truncated or damaged? get it again"

_POWERS = 10.0 ** np.arange(10)


@dataclass
class CastCursors:
    """Characters of a batch of casts without line ends, and a cursor for each cast.

    Parameters
    ----------
    name : str
        File name, for messages.
    characters : uint8 array
        ASCII codes; line k begins at 80 k. The last one, after blanks, is "-": a missing number.
    start, end : integers, shape (cast,)
        First character of each cast, and the one after its last.
    cast, line : int
        Number of casts and lines of the file before this batch, for messages.
    """

    name: str
    characters: Bytes
    start: Integers
    end: Integers
    cast: int = 0
    line: int = 0
    at: Integers = field(init=False)  # position of each cursor
    number_of: Integers = field(init=False)  # WOD unique cast number, -1 while unknown

    def __post_init__(self) -> None:
        self.at = self.start.copy()
        self.number_of = np.full(self.start.shape, -1, np.int64)

    @property
    def missing_position(self) -> int:
        """Position of a missing number."""
        return self.characters.size - 1

    def digit(self, position: Integers) -> Bytes:
        """Return the digits at positions.

        Parameters
        ----------
        position : integers, any shape
            Positions in `characters`.

        Returns
        -------
        uint8 array, same shape
            More than 9 where the character is no digit.
        """
        return self.characters[position] - np.uint8(48)

    def require(self, casts: Integers, valid: Mask, what: str, at: Integers | None = None) -> None:
        """Raise an error that names cast, line and column unless all casts are valid.

        Parameters
        ----------
        casts : integers, shape (n,)
            Casts that are checked.
        valid : mask, shape (n,)
            Which of them are valid.
        what : str
            What is wrong with the others.
        at : integers, shape (n,), optional
            Position of the fault; that of the cursor when left out.

        Raises
        ------
        InputError
            For the first cast that is not valid.
        """
        if valid.all():
            return
        first = int(np.argmin(valid))
        cast = int(casts[first])
        position = int((self.at[casts] if at is None else at)[first])
        number = self.number_of[cast]
        name = f"cast {number}" if number >= 0 else f"cast number {self.cast + cast}"
        line, column = self.line + position // LINE + 1, position % LINE + 1
        raise InputError(what, f"{self.name}, {name}, line {line} column {column}", FIX)

    def skip(self, casts: Integers, count: Integers | int) -> None:
        """Move cursors on.

        Parameters
        ----------
        casts : integers, shape (n,)
            Casts whose cursors are moved.
        count : int or integers, shape (n,)
            By how many characters.

        Raises
        ------
        InputError
            If a cast ends before that.
        """
        self.require(casts, self.at[casts] + count <= self.end[casts], "the cast ends inside a block")
        self.at[casts] += count

    def integer(self, casts: Integers, width: Integers | int) -> Integers:
        """Read an integer of known width at the cursors.

        Parameters
        ----------
        casts : integers, shape (n,)
            Casts whose cursors are read and moved.
        width : int or integers, shape (n,)
            Number of characters; leading blanks are allowed.

        Returns
        -------
        integers, shape (n,)
            -1 where all characters are blank or the width is not positive.

        Raises
        ------
        InputError
            If a character is no digit, or the cast ends.
        """
        wide = np.broadcast_to(np.asarray(width, np.int64), casts.shape)
        value = np.full(casts.shape, -1, np.int64)
        for k in range(int(wide.max(initial=0))):
            position = self.at[casts] + k
            inside = wide > k
            digit = self.digit(position)
            valid = (digit < 10) | ((self.characters[position] == BLANK) & (value < 0))
            self.require(casts, (valid & (position < self.end[casts])) | ~inside, "a digit is missing", position)
            value = np.where(inside & (digit < 10), np.maximum(value, 0) * 10 + digit, value)
        self.at[casts] += wide
        return value

    def counted(self, casts: Integers) -> Integers:
        """Read a counted integer, its width before it, at the cursors.

        Parameters
        ----------
        casts : integers, shape (n,)
            Casts whose cursors are read and moved.

        Returns
        -------
        integers, shape (n,)
            -1 where it is absent.
        """
        return self.integer(casts, self.integer(casts, 1))

    def number(self, casts: Integers) -> Floats:
        """Read a self-describing number at the cursors.

        Parameters
        ----------
        casts : integers, shape (n,)
            Casts whose cursors are read and moved.

        Returns
        -------
        floats, shape (n,)
            NaN where it is missing.
        """
        position = self.at[casts]
        there = self.characters[position] != MINUS
        self.skip(casts, self.steps(position))
        value = np.full(casts.shape, np.nan)
        value[there] = self.decoded(casts[there], position[there])
        return value

    def steps(self, position: Integers) -> Integers:
        """Return the lengths of the numbers at positions.

        Parameters
        ----------
        position : integers, any shape
            Positions of significant digits.

        Returns
        -------
        integers, same shape
            Characters of each number.
        """
        length = 3 + self.digit(position + 1).astype(np.int64)
        return np.where(self.characters[position] == MINUS, 1, length)

    def decoded(self, casts: Integers, position: Integers) -> Floats:
        """Decode numbers that are not missing.

        Parameters
        ----------
        casts, position : integers, shape (number,)
            Cast of each number, and position of its significant digits.

        Returns
        -------
        floats, shape (number,)
            The numbers.

        Raises
        ------
        InputError
            If there is no number at a position.
        """
        total, precision = self.digit(position + 1), self.digit(position + 2)
        valid = (self.digit(position) < 10) & (total >= 1) & (total < 10) & (precision < 10)
        value = np.zeros(position.shape)
        for width in range(1, 10):
            these = np.flatnonzero(valid & (total == width))
            if these.size:
                value[these], valid[these] = self._integers(position[these] + 3, width)
        self.require(casts, valid, "a number is missing", position)
        return value / _POWERS[precision]

    def _integers(self, first: Integers, width: int) -> tuple[Floats, Mask]:
        """Return integers of one width, and which of them consist of blanks, a minus and digits, in this order."""
        where = first[:, None] + np.arange(width)
        digit = self.digit(where)
        is_digit = digit < 10
        if is_digit.all():
            return digit @ _POWERS[width - 1 :: -1] if width > 1 else digit[:, 0].astype(np.float64), is_digit[:, 0]
        character = self.characters[where]
        valid = is_digit[:, -1] & (is_digit | (character == BLANK) | (character == MINUS)).all(axis=1)
        valid &= (is_digit[:, 1:] >= is_digit[:, :-1]).all(axis=1)
        negative = character == MINUS
        valid &= negative.sum(axis=1) <= 1
        value = np.where(is_digit, digit, 0) @ _POWERS[width - 1 :: -1] if width > 1 else digit[:, 0].astype(float)
        return np.where(negative.any(axis=1), -value, value), valid
