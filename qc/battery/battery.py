"""The battery: which checks run, with which thresholds, and what their failure does to a flag."""

from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from qc.checks.base import BitMasks, Entry, Mark
from qc.checks.cruise import AnyCruiseCheck
from qc.checks.position import (
    BelowFloor,
    ImpossibleDate,
    NoDate,
    NullIsland,
    OffGlobe,
    OnLand,
    PressureOrder,
    PressureRange,
)
from qc.checks.regional import BadState, Regional, RegionalStatistics, Stoichiometry
from qc.checks.values import EqualsSolubility, Range, Saturation, UnitMisreport
from qc.checks.vertical import DensityInversion, FewLevels, SpikeOrGradient, Stuck, ZeroAsMissing
from qc.duplicates.compare import Rules
from qc.errors import InputError

SHIPPED = Path(__file__).with_name("battery.yaml")

AnyCheck = Annotated[
    OffGlobe
    | NullIsland
    | OnLand
    | ImpossibleDate
    | NoDate
    | PressureRange
    | PressureOrder
    | Range
    | Saturation
    | UnitMisreport
    | SpikeOrGradient
    | Stuck
    | ZeroAsMissing
    | BelowFloor
    | DensityInversion
    | FewLevels
    | RegionalStatistics
    | Stoichiometry
    | BadState
    | EqualsSolubility,
    Field(discriminator="kind"),
]


class Battery(BaseModel):
    """A list of checks, run in its order, and the rules of the duplicate search.

    Parameters
    ----------
    checks : tuple of checks
        Names and bits are unique.
    cruises : tuple of checks of cruises, optional
        Names and bits differ from those of `checks`; handed to `qc.battery.cruises`, `run` does not do them.
    marks : tuple of marks, optional
        Names of bits that no check sets: "adjusted" is that of `qc.corrections.glodap_adjustments`.
    duplicates : Rules
        Handed to `qc.duplicates.search`; `run` does not search duplicates.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    checks: tuple[AnyCheck, ...] = Field(strict=False)
    cruises: tuple[AnyCruiseCheck, ...] = Field(default=(), strict=False)
    marks: tuple[Mark, ...] = Field(default=(), strict=False)
    duplicates: Rules

    @model_validator(mode="after")
    def _unique(self) -> "Battery":
        for what in ("name", "bit"):
            seen = [getattr(entry, what) for entry in self.every]
            twice = sorted({str(item) for item in seen if seen.count(item) > 1})
            if twice:
                raise ValueError(f"{what} {', '.join(twice)} given to more than one check")
        return self

    @property
    def enabled(self) -> tuple[AnyCheck, ...]:
        """The checks that run."""
        return tuple(check for check in self.checks if check.enabled)

    @property
    def alone(self) -> tuple[AnyCheck, ...]:
        """The checks that run on a cast for itself."""
        return tuple(check for check in self.enabled if not isinstance(check, Regional))

    @property
    def regional(self) -> tuple[Regional, ...]:
        """The checks that run, after the others, against the rest of the table."""
        return tuple(check for check in self.enabled if isinstance(check, Regional))

    @property
    def every(self) -> tuple[Entry, ...]:
        """All that has a bit: checks, whether they run or not, then those of cruises, then marks."""
        return (*self.checks, *self.cruises, *self.marks)

    @property
    def bits(self) -> BitMasks:
        """Bits of notes, and of checks against other casts."""
        notes = sum(1 << entry.bit for entry in self.every if entry.severity == "note")
        return BitMasks(notes, sum(1 << entry.bit for entry in (*self.regional, *self.cruises)))

    @property
    def running(self) -> tuple[Entry, ...]:
        """Those of `every` that are enabled."""
        return tuple(entry for entry in self.every if entry.enabled)


@cache
def load(path: Path = SHIPPED) -> Battery:
    """Read a battery file.

    Parameters
    ----------
    path : Path
        YAML with `checks` and `duplicates`; the shipped one when left out.

    Returns
    -------
    Battery
        Frozen.

    Raises
    ------
    InputError
        If the file is missing, no YAML, or breaks a rule of its models.
    """
    try:
        return Battery.model_validate(yaml.safe_load(path.read_text()))
    except FileNotFoundError as error:
        raise InputError("no such battery file", str(path)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"not a YAML file ({' '.join(str(error).split())})", str(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "top level"
        raise InputError(f"{place}: {first['msg']}", str(path), "see qc/battery/battery.yaml for the form") from error


def bit_names(bits: int, battery: Battery | None = None) -> tuple[str, ...]:
    """Name the checks whose bits are set.

    Parameters
    ----------
    bits : int
        A value of a `<variable>_checks` column.
    battery : Battery, optional
        The battery that set them; the shipped one when left out.

    Returns
    -------
    tuple of str
        In order of bit; a bit that the battery does not know is "bit 17".
    """
    battery = load() if battery is None else battery
    known = {check.bit: check.name for check in battery.every}
    return tuple(known.get(bit, f"bit {bit}") for bit in range(32) if int(bits) >> bit & 1)


def explain(bits: int, battery: Battery | None = None) -> str:
    """Say in words why a value was flagged.

    Parameters
    ----------
    bits : int
        A value of a `<variable>_checks` column.
    battery : Battery, optional
        The battery that set them; the shipped one when left out.

    Returns
    -------
    str
        One line a failed check: name, what it makes of the flag, source; "no check failed" if none.
    """
    battery = load() if battery is None else battery
    known = {entry.name: f"{entry.name} ({entry.verdict}): {entry.source}" for entry in battery.every}
    return "\n".join(known.get(name, name) for name in bit_names(bits, battery)) or "no check failed"
