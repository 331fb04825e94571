"""World Ocean Database ASCII decoded in lock-step: every cast is a lane with its own cursor into one text.

Layout of the format: WOD User's Manual. A number is significant digits (1 character, "-" where it is missing), total
digits (1), precision (1) and that many characters; a counted integer is a width (1) and that many characters. No field
is aligned to anything, so the start of each is known only from the field before it: what is done here for all casts
at once is the step to the next field. The fields themselves are then decoded together.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qc.errors import InputError
from qc.types import Floats, Integers

Bytes = NDArray[np.uint8]

LINE = 80  # characters, not counting the line end
BATCH = 2**22
_MINUS, _BLANK = ord("-"), ord(" ")
_MARGIN = 4096  # blanks behind the text: one level of 99 variables that runs over the end stays inside
_MEND = "is it truncated or damaged? get it again"


@dataclass
class Text:
    """The characters of a file without its line ends, and a cursor for each cast.

    Parameters
    ----------
    name : str
        File, for errors.
    characters : uint8 array
        ASCII codes; line k begins at 80 k. The last one, behind blanks, is "-": a number that is missing.
    start, end : integers, shape (cast,)
        First character of each cast, and the one after its last.
    cast, line : int
        How many casts and lines of the file lie before, for errors.
    """

    name: str
    characters: Bytes
    start: Integers
    end: Integers
    cast: int = 0
    line: int = 0
    at: Integers = field(init=False)
    number_of: Integers = field(init=False)  # WOD unique cast number, -1 while unknown

    def __post_init__(self) -> None:
        self.at = self.start.copy()
        self.number_of = np.full(self.start.shape, -1, np.int64)

    @property
    def nowhere(self) -> int:
        """Position of a number that is missing."""
        return self.characters.size - 1

    def digit(self, position: Integers) -> Bytes:
        """Return the digits at these positions, more than 9 where a character is none."""
        return self.characters[position] - np.uint8(48)

    def require(self, lanes: Integers, good: NDArray[np.bool_], what: str, at: Integers | None = None) -> None:
        """Raise InputError for the first of these lanes that is not good, naming cast, line and column."""
        if good.all():
            return
        first = int(np.argmin(good))
        lane = int(lanes[first])
        place = int((self.at[lanes] if at is None else at)[first])
        known = self.number_of[lane]
        cast = f"cast {known}" if known >= 0 else f"cast number {self.cast + lane}"
        where = f"{self.name}, {cast}, line {self.line + place // LINE + 1} column {place % LINE + 1}"
        raise InputError(what, where, _MEND)

    def skip(self, lanes: Integers, count: Integers | int) -> None:
        """Step over `count` characters."""
        self.require(lanes, self.at[lanes] + count <= self.end[lanes], "the cast ends inside a block")
        self.at[lanes] += count

    def integer(self, lanes: Integers, width: Integers | int) -> Integers:
        """Read an integer of so many characters, blanks in front allowed; -1 where it is all blank or has no width."""
        wide = np.broadcast_to(np.asarray(width, np.int64), lanes.shape)
        value = np.full(lanes.shape, -1, np.int64)
        for k in range(int(wide.max(initial=0))):
            position = self.at[lanes] + k
            inside = wide > k
            digit = self.digit(position)
            good = (digit < 10) | ((self.characters[position] == _BLANK) & (value < 0))
            self.require(lanes, (good & (position < self.end[lanes])) | ~inside, "no digit where one must be", position)
            value = np.where(inside & (digit < 10), np.maximum(value, 0) * 10 + digit, value)
        self.at[lanes] += wide
        return value

    def counted(self, lanes: Integers) -> Integers:
        """Read a counted integer; -1 where it is absent."""
        return self.integer(lanes, self.integer(lanes, 1))

    def number(self, lanes: Integers) -> Floats:
        """Read a self-describing number; NaN where it is missing."""
        position = self.at[lanes]
        there = self.characters[position] != _MINUS
        self.skip(lanes, self.steps(position))
        value = np.full(lanes.shape, np.nan)
        value[there] = self.decoded(lanes[there], position[there])
        return value

    def steps(self, position: Integers) -> Integers:
        """Count the characters of the numbers at these positions."""
        length = 3 + self.digit(position + 1).astype(np.int64)
        return np.where(self.characters[position] == _MINUS, 1, length)

    def decoded(self, lanes: Integers, position: Integers) -> Floats:
        """Decode numbers that are not missing.

        Parameters
        ----------
        lanes, position : integers, shape (number,)
            Whose they are, and where their significant digits stand.
        """
        total, precision = self.digit(position + 1), self.digit(position + 2)
        good = (self.digit(position) < 10) & (total >= 1) & (total < 10) & (precision < 10)
        value = np.zeros(position.shape)
        for width in range(1, 10):
            these = np.flatnonzero(good & (total == width))
            if these.size:
                value[these], good[these] = self._plain(position[these] + 3, width)
        self.require(lanes, good, "no number where one must be", position)
        return value / _POWERS[precision]

    def _plain(self, first: Integers, width: int) -> tuple[Floats, NDArray[np.bool_]]:
        """Read integers of one width, and tell which are such: blanks, a minus, then digits and nothing else."""
        where = first[:, None] + np.arange(width)
        digit = self.digit(where)
        is_digit = digit < 10
        if is_digit.all():
            return digit @ _POWERS[width - 1 :: -1] if width > 1 else digit[:, 0].astype(np.float64), is_digit[:, 0]
        character = self.characters[where]
        good = is_digit[:, -1] & (is_digit | (character == _BLANK) | (character == _MINUS)).all(axis=1)
        good &= (is_digit[:, 1:] >= is_digit[:, :-1]).all(axis=1)
        negative = character == _MINUS
        good &= negative.sum(axis=1) <= 1
        value = np.where(is_digit, digit, 0) @ _POWERS[width - 1 :: -1] if width > 1 else digit[:, 0].astype(float)
        return np.where(negative.any(axis=1), -value, value), good


_POWERS = 10.0 ** np.arange(10)


def lay_out(raw: bytes, name: str, batch: int = BATCH) -> Iterator[Text]:
    """Strip the line ends of a file, find its casts, and give them batch by batch.

    Parameters
    ----------
    raw : bytes
        The file, lines of 80 characters ended by LF or CRLF; blanks cut off at the end of a line are put back.
    name : str
        File, for errors.
    batch : int
        Characters in a batch, about: what fits the processor's cache is decoded fastest.

    Raises
    ------
    InputError
        If a line is too long, there is no cast, or one does not begin where the one before it ends, or breaks off.
    """
    lines = _lines(np.frombuffer(raw, np.uint8), name)
    start, size = _casts(lines.tobytes(), name)
    if not start.size:
        raise InputError("no cast in it", name, _MEND)
    cuts = np.flatnonzero(np.diff(start // batch, prepend=-1))
    for first, last in zip(cuts, [*cuts[1:], start.size]):
        begin, end = start[first], start[last - 1] + size[last - 1]
        characters = np.full(end - begin + _MARGIN, _BLANK, np.uint8)
        characters[: end - begin] = lines[begin:end]
        characters[-1] = _MINUS
        own = start[first:last] - begin
        text = Text(name, characters, own, own + size[first:last], int(first), int(begin) // LINE)
        behind = text.end - 1  # a flag, or a number that is missing: never blank
        text.require(np.arange(own.size), characters[behind] != _BLANK, "the cast breaks off", behind)
        yield text


def _lines(raw: Bytes, name: str) -> Bytes:
    """Give all lines at 80 characters each, without their ends."""
    for period in (LINE + 1, LINE + 2):  # the usual case: every line as the format has it
        if (
            raw.size % period == 0
            and np.all(raw[period - 1 :: period] == 10)
            and np.sum(raw == 10) * period == raw.size
        ):
            rows = raw.reshape(-1, period)
            if period == LINE + 1 or np.all(rows[:, LINE] == 13):
                return rows[:, :LINE].ravel()
    kept = (raw != 10) & (raw != 13)
    ends = np.r_[np.flatnonzero(raw == 10), raw.size]
    before = np.r_[0, np.cumsum(kept)][ends]  # characters up to each line end
    length = np.diff(np.r_[0, before])
    if np.any(length > LINE):
        line = int(np.argmax(length > LINE)) + 1
        raise InputError(f"{length[line - 1]} characters", f"{name}, line {line}", f"lines have {LINE}")
    result = np.full(length.size * LINE, _BLANK, np.uint8)
    shift = np.arange(length.size) * LINE - (before - length)
    result[np.arange(before[-1]) + np.repeat(shift, length)] = raw[kept]
    return result


def _casts(text: bytes, name: str) -> tuple[Integers, Integers]:
    """Find where each cast begins and how many characters it has."""
    starts: list[int] = []
    sizes: list[int] = []
    place = 0
    while place < len(text):
        width = text[place + 1 : place + 2]
        count = text[place + 2 : place + 2 + int(width)].strip() if width.isdigit() else b""
        if not (count.isdigit() and text[place : place + 1] in b"CQ" and int(count) > 0):
            if not text[place:].strip():
                break
            where = f"{name}, cast number {len(starts)}, line {place // LINE + 1}"
            raise InputError("no cast of version C or Q begins here", where, "other versions are not read")
        size = int(count)
        if place + size > len(text):
            where = f"{name}, cast number {len(starts)}, line {place // LINE + 1} column 1"
            raise InputError(f"the cast has {size} characters, {len(text) - place} are left", where, _MEND)
        starts.append(place)
        sizes.append(size)
        place += -(-size // LINE) * LINE
    return np.array(starts, np.int64), np.array(sizes, np.int64)
