"""The battery: which checks run, with which thresholds, and what their failure does to a flag."""

from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from qc import flags, levels
from qc.cruise_checks import AnyCruiseCheck
from qc.errors import InputError
from qc.kinds import AnyCheck, Range, Scene
from qc.levels import Climatology, Floor, IsLand, Levels, Mask
from qc.matching import Rules
from qc.schema import VARIABLES

_VERDICT = {"note": 0, "suspect": flags.SUSPECT, "fail": flags.FAIL}
SHIPPED = Path(__file__).with_name("battery.yaml")


class Battery(BaseModel):
    """A list of checks, run in its order, and the rules of the duplicate search.

    Parameters
    ----------
    checks : tuple of checks
        Names and bits are unique.
    cruises : tuple of checks of cruises, optional
        Names and bits differ from those of `checks`; handed to `qc.cruises`, `run` does not do them.
    duplicates : Rules
        Handed to `qc.duplicates`; `run` does not search duplicates.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    checks: tuple[AnyCheck, ...] = Field(strict=False)
    cruises: tuple[AnyCruiseCheck, ...] = Field(default=(), strict=False)
    duplicates: Rules

    @model_validator(mode="after")
    def _unique(self) -> "Battery":
        for what in ("name", "bit"):
            seen = [getattr(check, what) for check in (*self.checks, *self.cruises)]
            twice = sorted({str(item) for item in seen if seen.count(item) > 1})
            if twice:
                raise ValueError(f"{what} {', '.join(twice)} given to more than one check")
        return self

    @property
    def enabled(self) -> tuple[AnyCheck, ...]:
        """The checks that run."""
        return tuple(check for check in self.checks if check.enabled)

    @property
    def every(self) -> tuple[AnyCheck | AnyCruiseCheck, ...]:
        """All checks, those of cruises last, whether they run or not."""
        return (*self.checks, *self.cruises)


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
        raise InputError(f"{place}: {first['msg']}", str(path), "see qc/battery.yaml for the form") from error


def run(
    table: pa.Table,
    battery: Battery | None = None,
    is_land: IsLand | None = None,
    now: np.datetime64 | None = None,
    floor: Floor | None = None,
    climatology: Climatology | None = None,
) -> pa.Table:
    """Run every enabled check on an observation table.

    A failed check sets its bit in `<variable>_checks` and lowers `<variable>_flag` to its severity (a note does not); a
    flag is never raised to better, except that 2 (not evaluated) becomes 1 where a range check of that variable ran
    and nothing failed. A place or date at fault counts for every value there. Bits that are set already are kept.

    Parameters
    ----------
    table : pyarrow.Table
        Observations; not edited.
    battery : Battery, optional
        The shipped one when left out.
    is_land : callable, optional
        (degrees north, degrees east) to mask; without it nothing is found on land.
    now : datetime64, optional
        End of the possible dates, UTC; the present when left out.
    floor : callable, optional
        (degrees north, degrees east) to depth of the sea floor, m, 0 on land; without it nothing lies below it. See
        `qc.relief.deepest_nearby`.
    climatology : callable, optional
        (degrees north, degrees east, dbar) to mean and standard deviation of oxygen, umol/kg, NaN where unknown;
        without it the regional check takes both from the table.

    Returns
    -------
    pyarrow.Table
        The same rows in the same order, with new flags and bits.

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """
    battery = load() if battery is None else battery
    here = levels.from_table(table)
    present = {name: np.isfinite(here.values[name]) for name in VARIABLES}
    usable = {name: present[name] & (here.flags[name] != flags.FAIL) for name in VARIABLES}
    scene = Scene(here, usable, np.datetime64("now", "ms") if now is None else now, is_land, floor, climatology)
    bits = {name: table[f"{name}_checks"].to_numpy().astype(np.uint32) for name in VARIABLES}
    verdict = {name: np.where(_judged(here, battery, name), flags.PASS, flags.NOT_EVALUATED) for name in VARIABLES}
    for check in battery.enabled:
        for name, failed, severity in check.failures(scene):
            hit = np.flatnonzero(failed & present[name])
            bits[name][hit] |= np.uint32(1 << check.bit)
            verdict[name][hit] = np.maximum(verdict[name][hit], _VERDICT[severity])
            if severity == "fail":
                usable[name][hit] = False
    for name in VARIABLES:
        flag = np.where(present[name], flags.merge(here.flags[name], verdict[name]), flags.MISSING)
        table = _replace(table, f"{name}_flag", flag.astype(np.int8))
        table = _replace(table, f"{name}_checks", bits[name])
    return table


def _judged(here: Levels, battery: Battery, variable: str) -> Mask:
    """Tell where a range check of a variable applies, shape (level,)."""
    result = np.zeros(len(here.cast), bool)
    for check in battery.enabled:
        if isinstance(check, Range) and variable in check.limits:
            result |= here.measured_with(check.instruments)
    return result


def _replace(table: pa.Table, column: str, values: NDArray[np.generic]) -> pa.Table:
    """Return a table with one column exchanged; the other columns are shared, not copied."""
    position = table.schema.get_field_index(column)
    field = table.schema.field(position)
    return table.set_column(position, field, pa.array(values, field.type))


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
        One line a failed check: name, severity, source; "no check failed" if none.
    """
    battery = load() if battery is None else battery
    known = {check.name: f"{check.name} ({check.severity}): {check.source}" for check in battery.every}
    return "\n".join(known.get(name, name) for name in bit_names(bits, battery)) or "no check failed"
