"""A table before the checks: what they are shown, and what they have said so far."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from qc.battery.battery import Battery, load
from qc.checks.base import Check, Scene
from qc.checks.regional import Regional
from qc.checks.values import Range
from qc.physics.regional_statistics import Histogram, Statistics
from qc.table import flags, schema
from qc.table import profiles as levels
from qc.table.schema import VARIABLES
from qc.types import Climatology, Floor, IsLand

_VERDICT = {"note": 0, "suspect": flags.SUSPECT, "fail": flags.FAIL}


class Trial:
    """A table before the checks.

    Parameters
    ----------
    table : pyarrow.Table
        Observations; not edited.
    is_land, now, floor, climatology
        As for `qc.battery.run.run`.
    regions : dict of Statistics, optional
        What checks against the region compare with.

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """

    def __init__(
        self, table: pa.Table, is_land: IsLand | None = None, now: np.datetime64 | None = None,
        floor: Floor | None = None, climatology: Climatology | None = None,
        regions: dict[str, Statistics] | None = None,
    ) -> None:  # fmt: skip
        here = levels.from_table(table)
        self.before = table
        self.present = {name: np.isfinite(here.values[name]) for name in VARIABLES}
        usable = {name: self.present[name] & (here.flags[name] != flags.FAIL) for name in VARIABLES}
        sound = {name: usable[name] & (here.flags[name] <= flags.NOT_EVALUATED) for name in VARIABLES}
        end = np.datetime64("now", "ms") if now is None else now
        self.scene = Scene(here, usable, sound, end, is_land, floor, climatology, regions or {})
        self.bits = {name: table[f"{name}_checks"].to_numpy().astype(np.uint32) for name in VARIABLES}
        self.verdict = {name: np.full(len(here.cast), flags.NOT_EVALUATED) for name in VARIABLES}

    def hear(self, checks: Iterable[Check]) -> None:
        """Let checks speak, one after the other; a value that a range check looked at is no longer unevaluated."""
        for check in checks:
            for name in check.limits if isinstance(check, Range) else ():
                unseen = self.scene.levels.measured_with(check.instruments) & (
                    self.verdict[name] == flags.NOT_EVALUATED
                )
                self.verdict[name][unseen] = flags.PASS
            for variable, failed, severity in check.failures(self.scene):
                hit = np.flatnonzero(failed & self.present[variable])
                self.bits[variable][hit] |= np.uint32(1 << check.bit)
                self.verdict[variable][hit] = np.maximum(self.verdict[variable][hit], _VERDICT[severity])
                if severity != "note":
                    self.scene.sound[variable][hit] = False
                if severity == "fail":
                    self.scene.usable[variable][hit] = False

    def counts(self, checks: Iterable[Regional]) -> dict[str, Histogram]:
        """Count what the regions are like, for the checks that compare with them."""
        return {name: one for check in checks for name, one in check.count(self.scene).items()}

    def table(self) -> pa.Table:
        """Return the table with the flags and bits as they now are."""
        table = self.before
        for name in VARIABLES:
            merged = flags.merge(self.scene.levels.flags[name], self.verdict[name])
            flag = np.where(self.present[name], merged, flags.MISSING)
            table = schema.replaced(table, f"{name}_flag", flag.astype(np.int8))
            table = schema.replaced(table, f"{name}_checks", self.bits[name])
        return table


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
