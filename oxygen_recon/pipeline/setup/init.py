"""Templates of experiment files, and of the description of a table, with comments on what is to be edited."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from qc.errors import InputError

NAMES = ("region", "table", "global", "twin", "description")


def template(name: str) -> str:
    """Return a template.

    Parameters
    ----------
    name : {"region", "table", "global", "twin", "description"}
        Experiments on a region from archives, on a table of one's own, on all seas, on the twin ocean; or the
        description of a table.

    Returns
    -------
    str
        YAML with comments.

    Raises
    ------
    InputError
        If there is no such template.

    Examples
    --------
    >>> template("twin").splitlines()[5]
    'name: my_twin'
    """
    if name not in NAMES:
        close = get_close_matches(name, NAMES, 1)
        raise InputError(
            "no such template", name, f"did you mean {close[0]}?" if close else f"one of {', '.join(NAMES)}"
        )
    return (files("oxygen_recon.pipeline.setup") / "templates" / f"{name}.yaml").read_text(encoding="utf-8")


def init(name: str = "region", out: str | Path = "experiment.yaml") -> Path:
    """Write a template into a file of one's own.

    Parameters
    ----------
    name : str
        As for `template`.
    out : str or Path
        File to write.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If there is no such template, or the file exists.
    """
    text, path = template(name), Path(out)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise InputError("exists already", str(path), "name another file with --out") from error
    return path
