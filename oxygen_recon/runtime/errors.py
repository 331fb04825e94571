"""What the house says when a user's request is at fault."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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


@contextmanager
def naming_damage(path: Path, mend: str = "remove it and run the same command again") -> Iterator[None]:
    """Turn whatever a library says of a damaged file of the house's own into one line that names the file.

    Parameters
    ----------
    path : Path
        What is being read.
    mend : str
        What the user can do about it.

    Raises
    ------
    Mistake
        If the block fails; what the system says of a file (there is none, it may not be read) or of memory passes
        as it is.
    """
    try:
        yield
    except Exception as error:  # bytes at random make zip, zlib, numpy and parquet raise nearly anything
        if isinstance(error, (Mistake, MemoryError)) or (isinstance(error, OSError) and error.errno is not None):
            raise
        raise Mistake("is damaged", str(path), mend) from error
