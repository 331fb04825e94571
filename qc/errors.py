"""Reports on faulty input, in one line each: the error, and the parts of a file that were refused."""

from dataclasses import dataclass
from itertools import pairwise


class InputError(ValueError):
    """One line for a user: what is wrong, where, and how to fix it.

    Parameters
    ----------
    what : str
        What is wrong.
    where : str
        File, and cast, line or column where they are known.
    fix : str
        What the user can do about it.

    Examples
    --------
    >>> print(InputError("no such file", "a.nc", "check the name"))
    a.nc: no such file; check the name
    """

    def __init__(self, what: str, where: str, fix: str = "") -> None:
        super().__init__(printable(f"{where}: {what}" + (f"; {fix}" if fix else "")))
        self.what, self.where, self.fix = what, where, fix


@dataclass(frozen=True)
class Refused:
    """Rows of a file, or a whole member of a bundle, that were not read, while the rest of the file was.

    Parameters
    ----------
    what : str
        What is wrong with them.
    where : str
        The file, with "#member" for a member of a bundle.
    lines : tuple of int
        Numbers of the lines that hold the rows, from 1, in increasing order; empty for a whole member.

    Examples
    --------
    >>> print(Refused("14 fields instead of 13", "a_hy1.csv", (12, 40, 41, 42)))
    a_hy1.csv, lines 12, 40-42: 14 fields instead of 13
    >>> print(Refused("broken gzip file", "cruise.tar#b.nc.gz"))
    cruise.tar#b.nc.gz: broken gzip file
    """

    what: str
    where: str
    lines: tuple[int, ...] = ()

    @property
    def number(self) -> int:
        """How many rows, or 1 for a whole member."""
        return len(self.lines) or 1

    def __str__(self) -> str:
        """Return one line: file, lines, fault."""
        place = f", line{'s' * (len(self.lines) > 1)} {_ranges(self.lines)}" if self.lines else ""
        return printable(f"{self.where}{place}: {self.what}")


def _ranges(numbers: tuple[int, ...], most: int = 8) -> str:
    """Write increasing numbers as ranges, "12, 40-42"; the first few where there are many."""
    starts = [numbers[0], *(b for a, b in pairwise(numbers) if b > a + 1)]
    ends = [*(a for a, b in pairwise(numbers) if b > a + 1), numbers[-1]]
    texts = [f"{a}" if a == b else f"{a}-{b}" for a, b in zip(starts, ends)]
    return ", ".join(texts[:most]) + (" ..." if len(texts) > most else "")


def printable(text: str) -> str:
    r"""Escape the characters that would break a line or cannot be displayed.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        All other characters as they are.

    Examples
    --------
    >>> print(printable("two\nlines of µmol"))
    two\nlines of µmol
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
