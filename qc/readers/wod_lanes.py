"""World Ocean Database ASCII decoded in lock-step: every cast is a lane with its own cursor into one text.

Layout of the format: WOD User's Manual. A number is significant digits (1 character, "-" where it is missing), total
digits (1), precision (1) and that many characters; a counted integer is a width (1) and that many characters. No field
is aligned to anything, so the start of each is known only from the field before it: what is done here for all casts
at once is the step to the next field. The fields themselves are then decoded together.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qc.errors import InputError

Bytes = NDArray[np.uint8]
Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

Walked = tuple[Integers, Integers, Integers]

LINE = 80  # characters, not counting the line end
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
    """

    name: str
    characters: Bytes
    start: Integers
    end: Integers
    digit: Bytes = field(init=False)  # 0 to 9, more where a character is no digit
    at: Integers = field(init=False)
    number_of: Integers = field(init=False)  # WOD unique cast number, -1 while unknown

    def __post_init__(self) -> None:
        self.digit = self.characters - np.uint8(48)
        self.at = self.start.copy()
        self.number_of = np.full(self.start.shape, -1, np.int64)

    @property
    def nowhere(self) -> int:
        """Position of a number that is missing."""
        return self.characters.size - 1

    def require(self, lanes: Integers, good: NDArray[np.bool_], what: str, at: Integers | None = None) -> None:
        """Raise InputError for the first of these lanes that is not good, naming cast, line and column."""
        if good.all():
            return
        first = int(np.argmin(good))
        lane = int(lanes[first])
        place = int((self.at[lanes] if at is None else at)[first])
        known = self.number_of[lane]
        cast = f"cast {known}" if known >= 0 else f"cast number {lane}"
        where = f"{self.name}, {cast}, line {place // LINE + 1} column {place % LINE + 1}"
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
            digit = self.digit[position]
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
        length = 3 + self.digit[position + 1].astype(np.int64)
        return np.where(self.characters[position] == _MINUS, 1, length)

    def decoded(self, lanes: Integers, position: Integers) -> Floats:
        """Decode numbers that are not missing.

        Parameters
        ----------
        lanes, position : integers, shape (number,)
            Whose they are, and where their significant digits stand.
        """
        total, precision = self.digit[position + 1], self.digit[position + 2]
        good = (self.digit[position] < 10) & (total >= 1) & (total < 10) & (precision < 10)
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
        digit = self.digit[where]
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


def lay_out(raw: bytes, name: str) -> Text:
    """Strip the line ends of a file and find its casts.

    Parameters
    ----------
    raw : bytes
        The file, lines of 80 characters ended by LF or CRLF; blanks cut off at the end of a line are put back.
    name : str
        File, for errors.

    Raises
    ------
    InputError
        If a line is too long, a cast does not begin where the one before it ends, or breaks off.
    """
    lines = _lines(np.frombuffer(raw, np.uint8), name)
    start, size = _casts(lines.tobytes(), name)
    if not start.size:
        raise InputError("no cast in it", name, _MEND)
    characters = np.full(lines.size + _MARGIN, _BLANK, np.uint8)
    characters[: lines.size] = lines
    characters[-1] = _MINUS
    text = Text(name, characters, start, start + size)
    behind = text.end - 1  # a flag, or a number that is missing: never blank
    text.require(np.arange(start.size), characters[behind] != _BLANK, "the cast breaks off", behind)
    return text


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


def walk(text: Text, lanes: Integers, levels: Integers, variables: int, step: Bytes) -> Walked:
    """Step through the levels of casts that have the same number of variables.

    A missing depth omits the rest of its level, a missing value its flags.

    Parameters
    ----------
    text : Text
        Its cursors stand on the first level and are moved behind the last.
    lanes, levels : integers, shape (cast,)
        Casts, and how many levels each has.
    variables : int
        Number of variables of each.
    step : uint8 array
        `steps_of_fields` of this version.

    Returns
    -------
    lane, level : integers, shape (level,)
        Index into `lanes`, and number of the level in its cast.
    position : integers, shape (1 + variables, level)
        Where the depth and each variable stand; `text.nowhere` where there is none.
    """
    order = np.argsort(-levels, kind="stable")
    most = int(levels.max(initial=0))
    active = np.searchsorted(-levels[order], -np.arange(most), side="left")  # lanes that have level k
    first = np.r_[0, np.cumsum(active)]
    position = np.full((1 + variables, first[-1]), text.nowhere, np.int64)
    cursor, end = text.at[lanes][order], text.end[lanes][order]
    for k, n in enumerate(active):
        here = slice(first[k], first[k] + n)
        begin = cursor[:n].copy()
        position[0, here] = begin
        at = begin + step[begin]
        gone = text.characters[begin] == _MINUS
        some_gone = bool(gone.any())
        for j in range(1, 1 + variables):
            position[j, here] = np.where(gone, text.nowhere, at) if some_gone else at
            at += np.where(gone, 0, step[at]) if some_gone else step[at]
        if np.any(at > end[:n]):
            text.require(lanes[order[:n]], at <= end[:n], f"level {k} runs over the end of the cast", begin)
        cursor[:n] = at
    text.at[lanes[order]] = cursor
    level = np.repeat(np.arange(most), active)
    lane = order[np.arange(first[-1]) - np.repeat(first[:-1], active)] if most else np.zeros(0, np.int64)
    return lane, level, position


def steps_of_fields(text: Text, uncertain: bool) -> Bytes:
    """Count, for every position of the text, the characters of a value with its flags, were one to begin there.

    Parameters
    ----------
    text : Text
        The file.
    uncertain : bool
        Whether every value is followed by its uncertainty (version Q).
    """
    n = text.characters.size
    number = np.ones(n, np.uint8)
    number[:-1] = np.where(text.characters[:-1] == _MINUS, 1, 3 + np.minimum(text.digit[1:], 9))
    missing = text.characters == _MINUS
    field_steps = np.where(missing, 1, number + 2).astype(np.uint8)
    if uncertain:
        behind = np.minimum(np.arange(n) + field_steps, n - 1)
        field_steps += np.where(missing, 0, number[behind]).astype(np.uint8)
    return field_steps
