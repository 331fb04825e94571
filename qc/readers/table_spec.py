"""The description of a delimited text table: what stands where, in which units, with which flags."""

import string
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from qc import flags, seawater

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
    missing : list of str
        What stands for no value, besides an empty field.
    thousands : str or None
        Thousands separator of numbers.
    """

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8"
    names: list[str] = []
    skip_rows: Annotated[int, Field(ge=0)] = 0
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


class Time(_Strict):
    """When.

    Parameters
    ----------
    columns : list of str
        Columns whose texts, joined by a blank, are the time.
    format : str
        Of strptime.
    hour : float
        Hours added to it: noon where the format has no time of day.
    utc_offset : float
        Hours by which the table's clock is ahead of UTC.
    """

    columns: Annotated[list[str], Field(min_length=1)]
    format: str
    hour: Annotated[float, Field(strict=False)] = 0.0
    utc_offset: Annotated[float, Field(strict=False, ge=-14, le=14)] = 0.0


class TableSpec(_Strict):
    """Everything the table reader must know.

    Parameters
    ----------
    archive : str
        What the observation table calls the source.
    columns : dict
        Name in the observation table to column here.
    units : dict
        Unit of oxygen, nutrients and oxygen_uncertainty, any spelling `qc.seawater.normalise_unit` knows.
    flags, flag_scheme : dict, str
        Column of the flags of a variable; their scheme, a key of `qc.flags.SCHEMES`.
    cast, cruise, platform : str
        Templates of column names in braces, "{Year}-{Quarter}"; "{time:%Y-%m}" is the time.
    instrument : str
        What measured: bottle, ctd, float, glider.
    only : dict
        Column to the texts of the rows to keep; other rows are not read.
    temperature_scale : {"ITS-90", "IPTS-68"}
        Scale of the temperature column.
    """

    archive: str
    columns: dict[Number, str]
    units: dict[Variable | Literal["oxygen_uncertainty"], str] = {}
    flags: dict[Variable, str] = {}
    flag_scheme: str = "iode"
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
        if self.flag_scheme not in flags.SCHEMES:
            raise ValueError(f"unknown flag_scheme {self.flag_scheme!r}: one of {', '.join(flags.SCHEMES)}")
        return self

    @property
    def texts(self) -> set[str]:
        """Columns that are read as text."""
        templates = (self.cast, self.cruise, self.platform)
        fields = {field for template in templates for field in _fields(template)} - {"time"}
        joined = {self.join.by} if self.join else set()
        return fields | set(self.time.columns) | set(self.flags.values()) | set(self.only) | joined

    def unit(self, name: str) -> str:
        """Return the unit of a variable as described; "1" where none is."""
        return {str(key): unit for key, unit in self.units.items()}.get(name, "1")


def _fields(template: str) -> list[str]:
    return [field for _, field, _, _ in string.Formatter().parse(template) if field]
