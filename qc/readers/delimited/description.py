"""Description of a delimited text table: the columns of the variables, their units and flags, and the time."""

import string
from typing import Literal

from pydantic import Field, model_validator

from qc.physics import seawater
from qc.readers.columns.variables import AMOUNTS
from qc.readers.delimited.description_parts import Described, Flag, Join, Layout, Second, Time
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
FlaggedName = Literal["position", "time"] | Variable


class TableSpec(Described):
    """Description of a delimited text table.

    Parameters
    ----------
    archive : str
        Source in the observation table.
    columns : dict
        Name in the observation table to column of this table.
    units : dict
        Unit of oxygen, nutrients and oxygen_uncertainty, as `qc.physics.seawater.normalise_unit` accepts it.
    flags : dict
        Column of the flags of a variable, of "position" or of "time", or a `Flag`.
    flag_scheme : str
        Scheme of the flags where a `Flag` has none: a key of `qc.table.flags.SCHEMES` or of `schemes`.
    schemes : dict
        Schemes of this table: name to IODE flag to its codes, one-character ones written one after the other, longer
        ones with blanks between all ("0 1 1v"). A code that is not listed is suspect, a blank not evaluated.
    second_oxygen : Second or None
        Another oxygen of the same rows, which becomes a separate cast.
    optional : list of str
        Variables whose column may be missing.
    time : Time
        Columns and format of the time.
    cast, cruise, platform : str
        Templates of column names in braces, "{Year}-{Quarter}"; "{time:%Y-%m}" is the time. Where a part is missing
        cruise and platform are null; in the name of the cast it is blank, so that its rows stay together.
    instrument : str
        bottle, ctd, float or glider; or a template.
    adjusted : bool
        Whether the operators of floats have adjusted the oxygen, so that no gain is applied to it.
    notes : str
        Column of the unit of oxygen as an archive delivered it, with notes of what was done to the value since, each
        behind a semicolon ("umol/kg; adjusted by its operator"). They are kept, so that nothing is done twice.
    only : dict
        Column to the texts of the rows that are read.
    temperature_scale : {"ITS-90", "IPTS-68"}
        Scale of the temperature column.
    layout : Layout
        Layout of the text.
    join : Join or None
        A second table with more columns.

    Examples
    --------
    >>> spec = TableSpec(
    ...     archive="mine",
    ...     columns={"latitude": "Lat", "longitude": "Lon", "depth": "Depth", "oxygen": "O2"},
    ...     units={"oxygen": "ml/l"},
    ...     time={"columns": ["Date"], "format": "ISO8601"},
    ...     cast="{Station}",
    ...     cruise="{Cruise}",
    ... )
    >>> sorted(spec.required_columns)
    ['Cruise', 'Date', 'Depth', 'Lat', 'Lon', 'O2', 'Station']
    """

    archive: str
    columns: dict[Number, str]
    units: dict[Variable | Literal["oxygen_uncertainty"], str] = Field(default={})
    flags: dict[FlaggedName, str | Flag] = Field(default={})
    flag_scheme: str = "iode"
    schemes: dict[str, dict[Literal[1, 2, 3, 4, 9], str]] = Field(default={})
    second_oxygen: Second | None = None
    optional: list[Variable] = Field(default=[])
    time: Time
    cast: str
    cruise: str
    platform: str = ""
    instrument: str = "bottle"
    adjusted: bool = False
    notes: str = ""
    only: dict[str, list[str]] = Field(default={})
    temperature_scale: Literal["ITS-90", "IPTS-68"] = "ITS-90"
    layout: Layout = Layout()
    join: Join | None = None

    @model_validator(mode="after")
    def _check_units_and_schemes(self) -> "TableSpec":
        """Refuse a description without the needed columns, with an unknown unit or an unknown scheme."""
        missing = {"latitude", "longitude", "oxygen"} - set(self.columns)
        if missing or not {"depth", "pressure"} & set(self.columns):
            raise ValueError(f"columns must name {', '.join(sorted(missing)) or 'depth or pressure'}")
        for name in self.columns:
            if name not in (*AMOUNTS, "oxygen_uncertainty"):
                continue
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
        """Return the flag column of a variable.

        Parameters
        ----------
        name : str
            A variable, or "second_oxygen".

        Returns
        -------
        Flag or None
            With its scheme; None where the variable has no flags.
        """
        given = {str(key): flag for key, flag in self.flags.items()}.get(name)
        if name == "second_oxygen":
            given = self.second_oxygen.flag if self.second_oxygen else None
        if given is None:
            return None
        whole = Flag(column=given) if isinstance(given, str) else given
        return whole.model_copy(update={"scheme": whole.scheme or self.flag_scheme})

    @property
    def _flags(self) -> list[Flag]:
        """Flag columns of all variables."""
        return [flag for name in (*self.flags, "second_oxygen") if (flag := self.flag(name)) is not None]

    @property
    def text_columns(self) -> set[str]:
        """Columns that are read as text."""
        templates = (self.cast, self.cruise, self.platform, self.instrument)
        fields = {field for template in templates for field in _fields(template)} - {"time"}
        others = ({self.join.by} if self.join else set()) | ({self.notes} if self.notes else set())
        return fields | self.time.text_columns | {flag.column for flag in self._flags} | set(self.only) | others

    @property
    def number_columns(self) -> dict[str, str]:
        """Columns that are read as numbers, by name in the observation table or "second_oxygen"."""
        columns = {str(name): column for name, column in self.columns.items()}
        return columns | ({"second_oxygen": self.second_oxygen.column} if self.second_oxygen else {})

    @property
    def used_columns(self) -> set[str]:
        """Columns that are read if the table has them."""
        return self.text_columns | set(self.number_columns.values())

    @property
    def required_columns(self) -> set[str]:
        """Columns that the table must have."""
        return self.without(set(self.optional)).used_columns

    @property
    def second_cast(self) -> "TableSpec":
        """Description of the separate cast of the second oxygen."""
        second = self.second_oxygen
        assert second is not None
        rest = self.without({*AMOUNTS, "oxygen_uncertainty"})
        flagged: dict[FlaggedName, str | Flag] = {"oxygen": second.flag} if second.flag else {}
        changes = {
            "columns": {**rest.columns, "oxygen": second.column},
            "units": {"oxygen": second.unit},
            "flags": {**rest.flags, **flagged},
            "cast": f"{self.cast}#stop",
            "instrument": second.instrument,
            "second_oxygen": None,
        }
        return self.model_copy(update=changes)

    def without(self, names: set[str]) -> "TableSpec":
        """Return the description without some variables and their flags.

        Parameters
        ----------
        names : set of str
            Variables to leave out.

        Returns
        -------
        TableSpec
            The shorter description.
        """
        columns = {name: column for name, column in self.columns.items() if name not in names}
        flags = {name: flag for name, flag in self.flags.items() if name not in names}
        return self.model_copy(update={"columns": columns, "flags": flags})

    def unit(self, name: str) -> str:
        """Return the unit of a variable.

        Parameters
        ----------
        name : str
            A variable.

        Returns
        -------
        str
            As described; "1" where no unit is given.
        """
        return {str(key): unit for key, unit in self.units.items()}.get(name, "1")


def _fields(template: str) -> list[str]:
    """Return the names in braces of a template."""
    return [field for _, field, _, _ in string.Formatter().parse(template) if field]
