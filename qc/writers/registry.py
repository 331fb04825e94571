"""Entrance to all writers: the formats that an observation table can be written in."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from qc.errors import InputError
from qc.files import replacing
from qc.table import schema
from qc.writers import cf_dsg, odv, table_text, whp_exchange
from qc.writers.parts import About, Profiles, Writer, Written

__all__ = ["WRITERS", "About", "Written", "write"]

WRITERS: dict[str, Writer] = {
    "cf-dsg": cf_dsg.write,
    "odv": odv.write,
    "whp-exchange": whp_exchange.write,
    "csv": table_text.write,
}
_FOLDERS = ("whp-exchange",)


@dataclass
class _Count:
    """A count of the levels that a writer has received."""

    levels: int = 0

    def over(self, tables: Iterable[pa.Table], where: str) -> Iterator[Profiles]:
        """Give the parts of a table, checked and counted."""
        for table in tables:
            schema.check(table, where)
            self.levels += table.num_rows
            if table.num_rows:
                yield Profiles.of(table)


def write(
    tables: Iterable[pa.Table], path: Path, form: str, about: About | None = None, where: str = "table"
) -> Written:
    r"""Write an observation table in a format of exchange, whole or not at all.

    Memory grows with the largest part, not with the table.

    Parameters
    ----------
    tables : iterable of pyarrow.Table
        Parts of the table, each with whole casts.
    path : Path
        File to make; for "whp-exchange" a folder, where nothing may be yet. An older file is replaced, a folder is not.
    form : {"cf-dsg", "odv", "whp-exchange", "csv"}
        The format: see the modules of `qc.writers`. A csv gets a description beside it, `<path>.yaml`.
    about : About, optional
        Title, works to cite, and names of the checks.
    where : str
        What to name in an error: the table.

    Returns
    -------
    Written
        Numbers of levels and casts, and of what the format cannot express.

    Raises
    ------
    InputError
        If there is no such format, a folder or file is in the way, a part is no observation table, the table is empty,
        or nothing of it can be expressed.

    Examples
    --------
    >>> import tempfile, qc
    >>> table = qc.from_columns({"source": "mine", "cast": "1", "latitude": [10.0] * 2, "longitude": [20.0] * 2,
    ...                          "pressure": [5.0, 50], "oxygen": [230.0, 190]}, "example")
    >>> path = Path(tempfile.mkdtemp(), "table.nc")
    >>> write([table], path, "cf-dsg").levels
    2
    >>> qc.read(path).select(["cast", "pressure", "oxygen"]).to_pylist()[1]
    {'cast': '1', 'pressure': 50.0, 'oxygen': 190.0}
    """
    if form not in WRITERS:
        raise InputError(f"no format {form!r}", "export", f"choose from {', '.join(WRITERS)}")
    if path.is_dir():
        raise InputError("is a folder already", str(path), "name a new file, or for whp-exchange a new folder")
    if form in _FOLDERS and path.exists():
        raise InputError("is there already", str(path), f"name a new folder, which {form} makes")
    count = _Count()
    with replacing(path) as partial:
        written = WRITERS[form](count.over(tables, where), str(partial), about or About())
        if not written.levels:
            what = "; ".join(written.notes) or "no level"
            raise InputError(f"nothing to write as {form}: {what}", where, "choose another format, or another table")
        if count.levels != written.levels + sum(written.levels_left_out.values()):
            what = f"of {count.levels} levels {written.levels} were written; {written.notes}"
            raise InputError(what, str(path), "please report this")
        if written.description:
            with replacing(Path(f"{path}.yaml")) as beside:
                beside.write_text(written.description, encoding="utf-8")
    return written
