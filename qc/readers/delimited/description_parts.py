"""Parts of a table description: layout of the text, joined table, time, flags, and a second oxygen."""

from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field, model_validator

from qc.config import Strict


class Described(Strict):
    """Base of all parts of a table description: frozen, without unknown keys, and without conversions of types."""

    model_config = ConfigDict(strict=True)


class Layout(Described):
    """Layout of a delimited text.

    Parameters
    ----------
    delimiter, encoding : str
        One character; a Python codec.
    names : list of str
        Names of the columns by position, instead of those in the header line, which must have as many fields. Empty:
        names of the header.
    skip_rows : int
        Number of lines before the header.
    comment : str
        Beginning of comment lines, anywhere in the file; the header is the first line that is none.
    missing : list of str
        Codes of missing values, besides an empty field.
    thousands : str or None
        Thousands separator of numbers.
    """

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8"
    names: list[str] = Field(default=[])
    skip_rows: Annotated[int, Field(ge=0)] = 0
    comment: str = ""
    missing: list[str] = Field(default=[])
    thousands: str | None = None


class Join(Described):
    """A second table with more columns for each row of the first.

    Parameters
    ----------
    file : str
        Its file name, in the folder of the first.
    by : str
        Column of both tables by which they are joined; unique in the second.
    layout : Layout
        Layout of the second text.
    """

    file: Annotated[str, Field(pattern=r"^[^/\\]+$")]
    by: str
    layout: Layout = Layout()

    def path_in(self, folder: Path) -> Path:
        """Return the path of the second table.

        Parameters
        ----------
        folder : Path
            Folder of the first table.

        Returns
        -------
        Path
            That of the file, gzipped or not; `file` in that folder where neither exists.
        """
        other = self.file.removesuffix(".gz") if self.file.endswith(".gz") else f"{self.file}.gz"
        return next((path for path in (folder / self.file, folder / other) if path.is_file()), folder / self.file)


class Time(Described):
    """Time of a row.

    Parameters
    ----------
    columns : list of str
        Columns whose texts, joined by blanks, are the time.
    format : str
        A format of strptime; or "ISO8601", where a date without a time of day becomes noon. A month without a day
        becomes its 15th, and is flagged suspect; a year without a month is no time, and missing.
    pad : list of int
        Width to which each column is padded with lost leading zeros (80607 becomes 080607); empty: no padding.
    hour : float or None
        Hours to add. None: noon where the format has no time of day, else nothing.
    utc_offset : float
        Hours by which the times of the table are ahead of UTC.
    otherwise : Time or None
        Time of the rows where these columns are empty.
    """

    columns: Annotated[list[str], Field(min_length=1)]
    format: str
    pad: list[Annotated[int, Field(ge=0)]] = Field(default=[])
    hour: Annotated[float | None, Field(strict=False)] = None
    utc_offset: Annotated[float, Field(strict=False, ge=-14, le=14)] = 0.0
    otherwise: "Time | None" = None

    @model_validator(mode="after")
    def _check_padding(self) -> "Time":
        """Refuse a number of widths other than that of the columns."""
        if self.pad and len(self.pad) != len(self.columns):
            raise ValueError("pad must give one width for each of columns")
        return self

    @property
    def text_columns(self) -> set[str]:
        """Columns that are read as text."""
        return set(self.columns) | (self.otherwise.text_columns if self.otherwise else set())


class Flag(Described):
    """Column of the flag of a variable.

    Parameters
    ----------
    column : str
        Column of flags, or of quality words with one digit for each of several variables.
    digit : int or None
        Position in the word, from 1 at the left or from -1 at the right; None: the column is the flag.
    scheme : str
        A key of `qc.table.flags.SCHEMES` or of the table's own `schemes`; empty: the table's `flag_scheme`.
    """

    column: str
    digit: int | None = None
    scheme: str = ""

    @model_validator(mode="after")
    def _check_digit(self) -> "Flag":
        """Refuse position 0."""
        if self.digit == 0:
            raise ValueError("digit counts from 1 at the left or from -1 at the right")
        return self


class Second(Described):
    """A second oxygen of the same rows: the sensor at the bottle stop, in addition to the Winkler sample.

    Rows that have it occur a second time in the observation table, as a separate cast whose name ends in "#stop" (see
    `qc.readers.cchdo.whp`), with temperature and salinity, but without nutrients, which were measured once.

    Parameters
    ----------
    column, unit : str
        Column of the values, and their unit.
    flag : Flag or None
        Column of its flags.
    instrument : str
        Instrument of the second cast.
    """

    column: str
    unit: str
    flag: Flag | None = None
    instrument: str = "ctd"
