"""What a reader or a check says when its input is at fault."""


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
    """

    def __init__(self, what: str, where: str, fix: str = "") -> None:
        super().__init__(printable(f"{where}: {what}" + (f"; {fix}" if fix else "")))
        self.what, self.where, self.fix = what, where, fix


def printable(text: str) -> str:
    """Write out what would break a line or cannot be shown, as its escape code; all other letters stay."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
