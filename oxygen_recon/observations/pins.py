"""The lock of the catalogue: which bytes stood at an address when they were first fetched."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from qc.errors import InputError
from qc.files import replacing

NAME = "data_catalog.lock"
_HEAD = """\
# What stood at each address when it was first fetched: later downloads must be the same bytes.
# Written by `oxygen-recon fetch`. To accept what an archive has changed, remove its address here and fetch again.
"""


class Pin(BaseModel):
    """The content of one address.

    Parameters
    ----------
    size : int
        Bytes.
    sha256 : str
        Checksum, 64 hexadecimal digits.
    date : str
        Day of the first fetch, YYYY-MM-DD.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


_LOCK = TypeAdapter(dict[str, Pin])


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file of any size, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(path: Path) -> dict[str, Pin]:
    """Read a lock.

    Parameters
    ----------
    path : Path
        The lock; where there is none, nothing is pinned.

    Returns
    -------
    dict
        Address to `Pin`.

    Raises
    ------
    InputError
        If the file is no lock.
    """
    if not path.is_file():
        return {}
    try:
        return _LOCK.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"not a YAML file ({' '.join(str(error).split())[:120]})", str(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{where}: {first['msg'].lower()}", str(path), "restore the lock or remove the line"
        ) from error


def add(path: Path, new: Mapping[str, Pin]) -> None:
    """Add pins to a lock; what is pinned already stays.

    Parameters
    ----------
    path : Path
        The lock; made if there is none.
    new : dict
        Address to `Pin`.
    """
    if not new:
        return
    lock = {**new, **read(path)}
    lines = yaml.safe_dump({url: lock[url].model_dump() for url in sorted(lock)}, default_flow_style=None, width=4096)
    with replacing(path) as partial:
        partial.write_text(_HEAD + lines, encoding="utf-8")
