"""Batches of casts of World Ocean Database ASCII, from lines of 80 characters; `ascii_fields` decodes them."""

from collections.abc import Iterator

import numpy as np

from qc.errors import InputError
from qc.readers.wod.ascii_fields import BLANK, FIX, LINE, MINUS, Bytes, CastCursors
from qc.types import Integers

BATCH = 2**22  # characters
_MARGIN = 4096  # blanks after the text: one level of 99 variables that extends past the end stays inside


def read_batches(raw: bytes, name: str, batch: int = BATCH) -> Iterator[CastCursors]:
    """Yield the casts of a file in batches, without line ends.

    Parameters
    ----------
    raw : bytes
        The file: lines of 80 characters that end in LF or CRLF; blanks missing at the end of a line are restored.
    name : str
        File name, for messages.
    batch : int
        Approximate number of characters in a batch: decoding is fastest where it fits the processor's cache.

    Yields
    ------
    CastCursors
        Each cursor at the beginning of its cast.

    Raises
    ------
    InputError
        If a line is too long, there is no cast, a cast does not begin where the one before it ends, or is truncated.
    """
    lines = _lines(np.frombuffer(raw, np.uint8), name)
    start, size = _casts(lines.tobytes(), name)
    if not start.size:
        raise InputError("no cast in it", name, FIX)
    cuts = np.flatnonzero(np.diff(start // batch, prepend=-1))
    for first, last in zip(cuts, [*cuts[1:], start.size]):
        begin, end = start[first], start[last - 1] + size[last - 1]
        characters = np.full(end - begin + _MARGIN, BLANK, np.uint8)
        characters[: end - begin] = lines[begin:end]
        characters[-1] = MINUS
        starts = start[first:last] - begin
        cursors = CastCursors(name, characters, starts, starts + size[first:last], int(first), int(begin) // LINE)
        final = cursors.end - 1  # a flag, or a missing number: never blank
        cursors.require(np.arange(starts.size), characters[final] != BLANK, "the cast is truncated", final)
        yield cursors


def _lines(raw: Bytes, name: str) -> Bytes:
    """Return all lines without their ends, each filled up to 80 characters."""
    for period in (LINE + 1, LINE + 2):  # the usual case: every line has its 80 characters
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
    result = np.full(length.size * LINE, BLANK, np.uint8)
    shift = np.arange(length.size) * LINE - (before - length)
    result[np.arange(before[-1]) + np.repeat(shift, length)] = raw[kept]
    return result


def _casts(text: bytes, name: str) -> tuple[Integers, Integers]:
    """Return the position of the first character of each cast, and its number of characters."""
    starts: list[int] = []
    sizes: list[int] = []
    position = 0
    while position < len(text):
        width = text[position + 1 : position + 2]
        count = text[position + 2 : position + 2 + int(width)].strip() if width.isdigit() else b""
        if not (count.isdigit() and text[position : position + 1] in b"CQ" and int(count) > 0):
            if not text[position:].strip():
                break
            where = f"{name}, cast number {len(starts)}, line {position // LINE + 1}"
            raise InputError("no cast of version C or Q begins here", where, "other versions are not read")
        size = int(count)
        if position + size > len(text):
            where = f"{name}, cast number {len(starts)}, line {position // LINE + 1} column 1"
            raise InputError(f"the cast has {size} characters, {len(text) - position} are left", where, FIX)
        starts.append(position)
        sizes.append(size)
        position += -(-size // LINE) * LINE
    return np.array(starts, np.int64), np.array(sizes, np.int64)
