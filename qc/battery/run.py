"""A table before the checks: what they are shown, and what they have said so far."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from qc.battery.kinds import Check, Range, Scene
from qc.checks.regional import Regional
from qc.physics.regional_statistics import Histogram, Statistics
from qc.table import flags, schema
from qc.table import profiles as levels
from qc.table.profiles import Climatology, Floor, IsLand
from qc.table.schema import VARIABLES

_VERDICT = {"note": 0, "suspect": flags.SUSPECT, "fail": flags.FAIL}


class Trial:
    """A table before the checks.

    Parameters
    ----------
    table : pyarrow.Table
        Observations; not edited.
    is_land, now, floor, climatology
        As for `qc.battery.battery.run`.
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
