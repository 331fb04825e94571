"""The error for faulty input: one line with the fault, its place and a fix."""


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
