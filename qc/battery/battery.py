"""The battery of checks: which checks run, their thresholds, and the effect of a failure on a flag."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from qc.checks.base import BitMasks, CheckEntry, Mark
from qc.checks.bottles.checks import BottleNeighbours, BottleNutrients, BottleStation, WinklerSensor
from qc.checks.cruises.cruise import (
    CruiseClimatology,
    CruiseFlagged,
    CruiseOffset,
    CruiseSaturation,
    DateOutlier,
    ImpossibleSpeed,
)
from qc.checks.density import DensityInversion
from qc.checks.misread.checks import ExpocodeDate, MisreadDate, MisreadPosition
from qc.checks.position import ImpossibleDate, NoDate, NoPosition, NullIsland, OffGlobe, OnLand
from qc.checks.pressure import BelowFloor, PressureOrder, PressureRange
from qc.checks.regional import Regional, RegionalStatistics, Stoichiometry
from qc.checks.saturation import LowSaturation, Saturation
from qc.checks.values import BadTemperatureSalinity, EqualsSolubility, Range, UnitMisreport
from qc.checks.vertical import FewLevels, SpikeOrGradient, Stuck, ZeroAsMissing
from qc.config import Strict, read_yaml, validate
from qc.duplicates.compare import Rules

SHIPPED = Path(__file__).with_name("battery.yaml")
_FIX = "see qc/battery/battery.yaml for the form"

AnyCheck = Annotated[
    OffGlobe
    | NoPosition
    | NullIsland
    | OnLand
    | ImpossibleDate
    | NoDate
    | PressureRange
    | PressureOrder
    | Range
    | Saturation
    | LowSaturation
    | UnitMisreport
    | SpikeOrGradient
    | Stuck
    | ZeroAsMissing
    | BelowFloor
    | DensityInversion
    | FewLevels
    | RegionalStatistics
    | Stoichiometry
    | BadTemperatureSalinity
    | EqualsSolubility
    | WinklerSensor
    | BottleNeighbours
    | BottleNutrients
    | BottleStation,
    Field(discriminator="kind"),
]

AnyCruiseCheck = Annotated[
    ExpocodeDate
    | MisreadDate
    | DateOutlier
    | MisreadPosition
    | ImpossibleSpeed
    | CruiseFlagged
    | CruiseOffset
    | CruiseSaturation
    | CruiseClimatology,
    Field(discriminator="kind"),
]

_RENAMED = {"date_apart": "date_outlier", "bad_state": "bad_temperature_salinity", "way": "impossible_speed"}


class Battery(Strict, strict=True):
    """A list of checks, run in its order, and the rules of the duplicate search.

    Parameters
    ----------
    checks : tuple of checks
        Names and bits are unique.
    cruises : tuple of checks of cruises, optional
        Names and bits differ from those of `checks`; for `qc.battery.cruises`: `run_battery` does not run them.
    marks : tuple of marks, optional
        Names of bits that no check sets: "adjusted" is that of `qc.corrections.glodap_adjustments`.
    duplicates : Rules
        For `qc.duplicates.search`: `run_battery` does not search duplicates.
    """

    checks: tuple[AnyCheck, ...] = Field(strict=False)
    cruises: tuple[AnyCruiseCheck, ...] = Field(default=(), strict=False)
    marks: tuple[Mark, ...] = Field(default=(), strict=False)
    duplicates: Rules

    @model_validator(mode="before")
    @classmethod
    def _renamed_kinds(cls, settings: Any) -> Any:
        """Refuse a kind of version 0.2 with its new name."""
        groups = settings if isinstance(settings, dict) else {}
        for group in ("checks", "cruises"):
            for check in groups.get(group) or ():
                kind = check.get("kind") if isinstance(check, dict) else None
                if isinstance(kind, str) and kind in _RENAMED:
                    raise ValueError(f"{group}: the kind {kind} is called {_RENAMED[kind]} since version 0.3")
        return settings

    @model_validator(mode="after")
    def _unique(self) -> "Battery":
        for what in ("name", "bit"):
            given = [getattr(one, what) for one in self.every]
            twice = sorted({str(item) for item in given if given.count(item) > 1})
            if twice:
                raise ValueError(f"{what} {', '.join(twice)} given to more than one check")
        return self

    @property
    def enabled(self) -> tuple[AnyCheck, ...]:
        """The checks that run."""
        return tuple(check for check in self.checks if check.enabled)

    @property
    def profile_tests(self) -> tuple[AnyCheck, ...]:
        """The checks that run on each cast independently of other casts."""
        return tuple(check for check in self.enabled if not isinstance(check, Regional))

    @property
    def regional(self) -> tuple[Regional, ...]:
        """The checks that run, after the others, against the rest of the table."""
        return tuple(check for check in self.enabled if isinstance(check, Regional))

    @property
    def every(self) -> tuple[CheckEntry, ...]:
        """All that have a bit: checks, whether they run or not, then those of cruises, then marks."""
        return (*self.checks, *self.cruises, *self.marks)

    @property
    def bits(self) -> BitMasks:
        """Bits of notes, of cross-profile tests, and of bounds."""
        notes = (one for one in self.every if one.severity == "note")
        bounds = (one for one in self.checks if isinstance(one, Range | Saturation | LowSaturation | UnitMisreport))
        groups = (notes, (*self.regional, *self.cruises), bounds)
        return BitMasks(*(sum(1 << one.bit for one in group) for group in groups))

    @property
    def settings(self) -> dict[str, Any]:
        """What results depend on, as JSON: all but the words about sources and measurements."""
        words = {"source", "measured"}
        lists = {name: {"__all__": words} for name in ("checks", "cruises", "marks")}
        return self.model_dump(mode="json", exclude=lists | {"duplicates": words})

    @property
    def running(self) -> tuple[CheckEntry, ...]:
        """Those of `every` that are enabled."""
        return tuple(one for one in self.every if one.enabled)


@cache
def load_battery(path: Path = SHIPPED) -> Battery:
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

    Examples
    --------
    >>> battery = load_battery()
    >>> battery.enabled[0].name, battery.duplicates.distance
    ('off_globe', 5.0)
    """
    return validate(Battery, read_yaml(path, "battery file"), str(path), _FIX)


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
        In order of bit; a bit that is not in the battery is "bit 17".

    Examples
    --------
    >>> bit_names(1 << 8 | 1 << 16)
    ('range', 'spike')
    """
    battery = load_battery() if battery is None else battery
    known = {check.bit: check.name for check in battery.every}
    return tuple(known.get(bit, f"bit {bit}") for bit in range(64) if int(bits) >> bit & 1)


def explain(bits: int, battery: Battery | None = None) -> str:
    """Explain in words why a value was flagged.

    Parameters
    ----------
    bits : int
        A value of a `<variable>_checks` column.
    battery : Battery, optional
        The battery that set them; the shipped one when left out.

    Returns
    -------
    str
        One line a failed check: name, effect on the flag, source; "no check failed" if none.

    Examples
    --------
    >>> print(explain(1 << 4))
    no_date (note): proposal: a value is as good without its date, and no grid takes it
    """
    battery = load_battery() if battery is None else battery
    known = {one.name: f"{one.name} ({one.effect}): {one.source}" for one in battery.every}
    return "\n".join(known.get(name, name) for name in bit_names(bits, battery)) or "no check failed"
