"""The description of a delimited text table: what stands where, in which units, with which flags."""

import string
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from qc.physics import seawater
from qc.table import flags

Number = Literal[
    "latitude",
    "longitude",
    "pressure",
    "depth",
    "temperature",
    "salinity",
    "oxygen",
    "nitrate",
    "phosphate",
    "silicate",
    "oxygen_uncertainty",
]
Variable = Literal["temperature", "salinity", "oxygen", "nitrate", "phosphate", "silicate"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Layout(_Strict):
    """How the text is laid out.

    Parameters
    ----------
    delimiter, encoding : str
        One character; a Python codec.
    names : list of str
        Names by position, in place of the header line (which must have as many fields). Empty: the header names them.
    skip_rows : int
        Lines before the header.
    comment : str
        What a line begins with that is no data, anywhere in the file; the header is the first line that is none.
    missing : list of str
        What stands for no value, besides an empty field.
    thousands : str or None
        Thousands separator of numbers.
    """

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8"
    names: list[str] = []
    skip_rows: Annotated[int, Field(ge=0)] = 0
    comment: str = ""
    missing: list[str] = []
    thousands: str | None = None


class Join(_Strict):
    """A second table that knows more about each row of the first.

    Parameters
    ----------
    file : str
        Its file name, in the folder of the first.
    by : str
        Column of both by which they are joined; unique in the second table.
    layout : Layout
        How the second text is laid out.
    """

    file: Annotated[str, Field(pattern=r"^[^/\\]+$")]
    by: str
    layout: Layout = Layout()

    def beside(self, folder: Path) -> Path:
        """Return where the second table lies in a folder, gzipped or not; as it is named where it is missing."""
        other = self.file.removesuffix(".gz") if self.file.endswith(".gz") else f"{self.file}.gz"
        return next((path for path in (folder / self.file, folder / other) if path.is_file()), folder / self.file)


class Time(_Strict):
    """When.

    Parameters
    ----------
    columns : list of str
        Columns whose texts, joined by a blank, are the time.
    format : str
        Of strptime; or "ISO8601", where a date without a time of day is noon.
    pad : list of int
        Width to which each column is filled up with the leading zeros it lost (80607 is 080607); empty: none did.
    hour : float
        Hours added to it: noon where the format has no time of day.
    utc_offset : float
        Hours by which the table's clock is ahead of UTC.
    otherwise : Time or None
        Where else to look in rows that have none of it.
    """

    columns: Annotated[list[str], Field(min_length=1)]
    format: str
    pad: list[Annotated[int, Field(ge=0)]] = []
    hour: Annotated[float, Field(strict=False)] = 0.0
    utc_offset: Annotated[float, Field(strict=False, ge=-14, le=14)] = 0.0
    otherwise: "Time | None" = None

    @model_validator(mode="after")
    def _padded(self) -> "Time":
        if self.pad and len(self.pad) != len(self.columns):
            raise ValueError("pad must give one width for each of columns")
        return self

    @property
    def texts(self) -> set[str]:
        """Columns that are read as text."""
        return set(self.columns) | (self.otherwise.texts if self.otherwise else set())


class Flag(_Strict):
    """Where the flag of a variable stands.

    Parameters
    ----------
    column : str
        Column of flags, or of quality words that have one digit for each of several variables.
    digit : int or None
        Place in the word, from 1 at the left or from -1 at the right; None: the column is the flag.
    scheme : str
        A key of `qc.table.flags.SCHEMES` or of the table's own `schemes`; empty: the table's `flag_scheme`.
    """

    column: str
    digit: int | None = None
    scheme: str = ""

    @model_validator(mode="after")
    def _placed(self) -> "Flag":
        if self.digit == 0:
            raise ValueError("digit counts from 1 at the left or from -1 at the right")
        return self


class Second(_Strict):
    """A second oxygen of the same rows: the sensor at the bottle stop, beside the Winkler sample.

    Rows that have it are given a second time, as a cast of their own whose name ends in "#stop" (see
    `qc.readers.cchdo.whp`), with temperature and salinity, but without nutrients, which were measured once.

    Parameters
    ----------
    column, unit : str
        Column and its unit.
    flag : Flag or None
        Its flag.
    instrument : str
        What measured it.
    """

    column: str
    unit: str
    flag: Flag | None = None
    instrument: str = "ctd"


class TableSpec(_Strict):
    """Everything the table reader must know.

    Parameters
    ----------
    archive : str
        What the observation table calls the source.
    columns : dict
        Name in the observation table to column here.
    units : dict
        Unit of oxygen, nutrients and oxygen_uncertainty, any spelling `qc.physics.seawater.normalise_unit` knows.
    flags : dict
        Column of the flags of a variable, or a `Flag`.
    flag_scheme : str
        Their scheme where a `Flag` names none: a key of `qc.table.flags.SCHEMES` or of `schemes`.
    schemes : dict
        Scales of this table alone: name to IODE flag to the one-character codes it stands for, written one after the
        other. A code that is not listed is suspect, a blank not evaluated.
    second_oxygen : Second or None
        Another oxygen of the same rows, in a cast of its own.
    optional : list of str
        Variables whose column need not be there.
    cast, cruise, platform : str
        Templates of column names in braces, "{Year}-{Quarter}"; "{time:%Y-%m}" is the time. Where a part is missing
        the cruise and platform are null; the cast leaves it blank, so that its rows stay together.
    instrument : str
        What measured: bottle, ctd, float, glider; or a template.
    only : dict
        Column to the texts of the rows to keep; other rows are not read.
    temperature_scale : {"ITS-90", "IPTS-68"}
        Scale of the temperature column.
    """

    archive: str
    columns: dict[Number, str]
    units: dict[Variable | Literal["oxygen_uncertainty"], str] = {}
    flags: dict[Variable, str | Flag] = {}
    flag_scheme: str = "iode"
    schemes: dict[str, dict[Literal[1, 2, 3, 4, 9], str]] = {}
    second_oxygen: Second | None = None
    optional: list[Variable] = []
    time: Time
    cast: str
    cruise: str
    platform: str = ""
    instrument: str = "bottle"
    only: dict[str, list[str]] = {}
    temperature_scale: Literal["ITS-90", "IPTS-68"] = "ITS-90"
    layout: Layout = Layout()
    join: Join | None = None

    @model_validator(mode="after")
    def _complete(self) -> "TableSpec":
        lacking = {"latitude", "longitude", "oxygen"} - set(self.columns)
        if lacking or not {"depth", "pressure"} & set(self.columns):
            raise ValueError(f"columns must name {', '.join(sorted(lacking)) or 'depth or pressure'}")
        amounts = [n for n in self.columns if n in ("oxygen", "nitrate", "phosphate", "silicate", "oxygen_uncertainty")]
        for name in amounts:
            if name not in self.units:
                raise ValueError(f"units must give the unit of {name}")
            seawater.normalise_unit(self.units[name], name, "units")
        if self.second_oxygen:
            seawater.normalise_unit(self.second_oxygen.unit, self.second_oxygen.column, "second_oxygen")
        known = {*flags.SCHEMES, *self.schemes}
        for scheme in (self.flag_scheme, *(flag.scheme for flag in self._flags)):
            if scheme not in known:
                raise ValueError(f"unknown flag_scheme {scheme!r}: one of {', '.join(sorted(known))}")
        if "oxygen" in self.optional:
            raise ValueError("oxygen cannot be optional")
        return self

    def flag(self, name: str) -> Flag | None:
        """Return where the flag of a variable stands, with its scheme; None where there is none."""
        given = {str(key): flag for key, flag in self.flags.items()}.get(name)
        if name == "second_oxygen":
            given = self.second_oxygen.flag if self.second_oxygen else None
        if given is None:
            return None
        whole = Flag(column=given) if isinstance(given, str) else given
        return whole.model_copy(update={"scheme": whole.scheme or self.flag_scheme})

    @property
    def _flags(self) -> list[Flag]:
        return [flag for name in (*self.flags, "second_oxygen") if (flag := self.flag(name)) is not None]

    @property
    def texts(self) -> set[str]:
        """Columns that are read as text."""
        templates = (self.cast, self.cruise, self.platform, self.instrument)
        fields = {field for template in templates for field in _fields(template)} - {"time"}
        joined = {self.join.by} if self.join else set()
        return fields | self.time.texts | {flag.column for flag in self._flags} | set(self.only) | joined

    @property
    def numbers(self) -> dict[str, str]:
        """Name in the observation table, or "second_oxygen", to the column that is read as numbers."""
        columns = {str(name): column for name, column in self.columns.items()}
        return columns | ({"second_oxygen": self.second_oxygen.column} if self.second_oxygen else {})

    @property
    def used(self) -> set[str]:
        """Columns that are read where they are there."""
        return self.texts | set(self.numbers.values())

    @property
    def needed(self) -> set[str]:
        """Columns that must be there."""
        return self.without(set(self.optional)).used

    @property
    def of_second_oxygen(self) -> "TableSpec":
        """The description of the cast that `second_oxygen` makes."""
        second = self.second_oxygen
        assert second is not None
        rest = self.without({"oxygen", "nitrate", "phosphate", "silicate", "oxygen_uncertainty"})
        flag: dict[Variable, str | Flag] = {"oxygen": second.flag} if second.flag else {}
        changes = {
            "columns": {**rest.columns, "oxygen": second.column},
            "units": {"oxygen": second.unit},
            "flags": {**rest.flags, **flag},
            "cast": f"{self.cast}#stop",
            "instrument": second.instrument,
            "second_oxygen": None,
        }
        return self.model_copy(update=changes)

    def without(self, names: set[str]) -> "TableSpec":
        """Return the description less the named variables and their flags."""
        columns = {name: column for name, column in self.columns.items() if name not in names}
        flags = {name: flag for name, flag in self.flags.items() if name not in names}
        return self.model_copy(update={"columns": columns, "flags": flags})

    def unit(self, name: str) -> str:
        """Return the unit of a variable as described; "1" where none is."""
        return {str(key): unit for key, unit in self.units.items()}.get(name, "1")


def _fields(template: str) -> list[str]:
    return [field for _, field, _, _ in string.Formatter().parse(template) if field]
