"""The battery: which checks run, with which thresholds, and what their failure does to a flag."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from qc.battery.kinds import AnyCheck, Entry, Mark
from qc.battery.run import Trial
from qc.checks.cruise import AnyCruiseCheck
from qc.checks.regional import Regional
from qc.duplicates.compare import Rules
from qc.errors import InputError
from qc.physics.regional_statistics import Histogram, Statistics
from qc.table.profiles import Climatology, Floor, IsLand

SHIPPED = Path(__file__).with_name("battery.yaml")


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
        (degrees north, degrees east) to depth of the sea floor, m, 0 on land, and how much it differs round about,
        m; without it nothing lies below it. See `qc.physics.bathymetry.deepest_nearby`.
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
    trial = Trial(table, is_land, now, floor, climatology)
    trial.hear(battery.alone)
    trial.scene = replace(trial.scene, regions=statistics([trial.counts(battery.regional)], battery))
    trial.hear(battery.regional)
    return trial.table()


def alone(
    table: pa.Table,
    battery: Battery,
    is_land: IsLand | None = None,
    now: np.datetime64 | None = None,
    floor: Floor | None = None,
) -> tuple[pa.Table, dict[str, Histogram]]:
    """Run, on one part of a table, every enabled check but those that compare with the region.

    Parameters
    ----------
    table, battery, is_land, now, floor
        As for `run`.

    Returns
    -------
    pyarrow.Table, dict of Histogram
        The part with new flags and bits; what `in_regions` needs of it, to be summed over all parts by name.
    """
    trial = Trial(table, is_land, now, floor)
    trial.hear(battery.alone)
    return trial.table(), trial.counts(battery.regional)


def statistics(counts: Sequence[dict[str, Histogram]], battery: Battery) -> dict[str, Statistics]:
    """Sum the counts of all parts of a table and find what its regions are like.

    Parameters
    ----------
    counts : sequence of dict
        Those of `alone`, one a part.
    battery : Battery
        The same.
    """
    names = dict.fromkeys(name for part in counts for name in part)
    total = {name: Histogram.total([part[name] for part in counts if name in part]) for name in names}
    return {name: one for check in battery.regional for name, one in check.statistics(total).items()}


def in_regions(
    table: pa.Table, battery: Battery, regions: dict[str, Statistics], climatology: Climatology | None = None
) -> pa.Table:
    """Run the checks that compare with the region on one part of a table.

    Parameters
    ----------
    table : pyarrow.Table
        From `alone`; not edited.
    battery : Battery
        The same.
    regions : dict of Statistics
        Of the whole table, from `statistics`.
    climatology : callable, optional
        As for `run`.

    Returns
    -------
    pyarrow.Table
        Together, the parts are what `run` makes of the whole.
    """
    trial = Trial(table, climatology=climatology, regions=regions)
    trial.hear(battery.regional)
    return trial.table()


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
