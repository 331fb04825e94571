"""What the house says when a user's request is at fault."""


class Mistake(ValueError):
    """One line for a user: what is wrong, where, and the mend.

    Parameters
    ----------
    what : str
        What is wrong.
    where : str
        File, key or artefact.
    mend : str
        What the user can do about it.
    """

    def __init__(self, what: str, where: str, mend: str = "") -> None:
        super().__init__(f"{where}: {what}" + (f"; {mend}" if mend else ""))
