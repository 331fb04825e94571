"""The run of a battery on an observation table, whole or part by part."""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from qc.battery.battery import Battery, load_battery
from qc.battery.densities import without_failed_density
from qc.checks.base import FLAG_OF, Check, CheckInput, lowered
from qc.checks.regional import Regional
from qc.physics.regional_statistics import Histogram, Statistics
from qc.table import flags, schema
from qc.table.profiles import from_table
from qc.table.schema import VARIABLES
from qc.types import Climatology, Floor, IsLand

_FLAGGED = (*VARIABLES, *FLAG_OF.values())


class QcRun:
    """A table with the flags and bits that checks have set so far.

    Parameters
    ----------
    table : pyarrow.Table
        Observations; not edited.
    is_land, now, floor, climatology
        As for `run_battery`.
    regions : dict of Statistics, optional
        Statistics of regions, which the regional checks compare with.

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
        levels = from_table(table)
        self.before = table
        self.given = {name: table[f"{name}_flag"].to_numpy() for name in _FLAGGED}
        self.present = {name: np.isfinite(levels.values[name]) for name in VARIABLES}
        self.present |= {name: schema.present(table, name) for name in FLAG_OF.values()}
        usable = {name: self.present[name] & (levels.flags[name] != flags.FAIL) for name in VARIABLES}
        sound = {name: usable[name] & (levels.flags[name] <= flags.NOT_EVALUATED) for name in VARIABLES}
        end = np.datetime64("now", "ms") if now is None else now
        self.data = CheckInput(levels, usable, sound, end, is_land, floor, climatology, regions or {})
        self.bits = {name: table[f"{name}_checks"].to_numpy().astype(np.uint64) for name in VARIABLES}
        self.flags = {name: np.full(len(levels.cast), flags.NOT_EVALUATED, np.int8) for name in _FLAGGED}

    def apply(self, checks: Iterable[Check]) -> None:
        """Run checks one after the other; a range check makes its values, or position or date, evaluated.

        Parameters
        ----------
        checks : iterable of Check
            In the order of the battery.
        """
        for check in checks:
            for name in check.evaluates:
                applies = self.data.levels.measured_with(check.instruments)
                self.flags[name][applies & (self.flags[name] == flags.NOT_EVALUATED)] = flags.PASS
            for variable, failed, severity in check.failures(self.data):
                hit = np.flatnonzero(failed & self.present[variable])
                self.flags[variable][hit] = lowered(self.flags[variable][hit], severity)
                if variable not in VARIABLES:
                    continue
                self.bits[variable][hit] |= np.uint64(1 << check.bit)
                if severity != "note":
                    self.data.sound[variable][hit] = False
                if severity == "fail":
                    self.data.usable[variable][hit] = False

    def counts(self, checks: Iterable[Regional]) -> dict[str, Histogram]:
        """Count the values of each region.

        Parameters
        ----------
        checks : iterable of Regional
            The checks that compare with regions.

        Returns
        -------
        dict of Histogram
            By "check.view".
        """
        return {name: one for check in checks for name, one in check.count(self.data).items()}

    def table(self) -> pa.Table:
        """Return the table with the flags and bits as they now are.

        Returns
        -------
        pyarrow.Table
            The same rows in the same order.
        """
        table = self.before
        for name, own in self.flags.items():
            flag = np.where(self.present[name], flags.merge(self.given[name], own), flags.MISSING)
            table = schema.replaced(table, f"{name}_flag", flag.astype(np.int8))
        for name, bits in self.bits.items():
            table = schema.replaced(table, f"{name}_checks", bits)
        return table


def run_battery(
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
    and nothing failed. A wrong position, date or pressure counts for every value there, and lowers `position_flag` or
    `time_flag` too; a missing position or date lowers no flag of a value. Bits that are set already are kept.
    Values per volume whose temperature or salinity fails are converted with 1025 kg/m3, as those without one are
    (`qc.battery.densities`).

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
        m; without it nothing lies below it. See `qc.physics.bathymetry.deepest_neighbour`.
    climatology : callable, optional
        (degrees north, degrees east, dbar) to mean and standard deviation of oxygen, umol/kg, NaN where unknown;
        without it the regional check takes both from the table.

    Returns
    -------
    pyarrow.Table
        The same rows in the same order, with new flags and bits; values and original units of a failed density differ.

    Raises
    ------
    InputError
        If the schema is not that of observations.

    Examples
    --------
    >>> import qc
    >>> table = qc.from_columns({"source": "mine", "cast": "1", "latitude": [10.0] * 3, "longitude": [20.0] * 3,
    ...                          "pressure": [5.0, 50, 500], "oxygen": [230.0, 900, 40]}, "example")
    >>> flagged = qc.run_battery(table)
    >>> flagged["oxygen_flag"].to_pylist()
    [1, 4, 1]
    >>> qc.bit_names(flagged["oxygen_checks"][1].as_py())
    ('no_date', 'range', 'plausible')
    """
    battery = load_battery() if battery is None else battery
    table, counts = run_profile_tests(table, battery, is_land, now, floor, climatology)
    return run_regional_tests(table, battery, regional_statistics([counts], battery), climatology)


def run_profile_tests(
    table: pa.Table,
    battery: Battery,
    is_land: IsLand | None = None,
    now: np.datetime64 | None = None,
    floor: Floor | None = None,
    climatology: Climatology | None = None,
) -> tuple[pa.Table, dict[str, Histogram]]:
    """Run the profile tests of a battery, all but those that compare with the region, on one part of a table.

    Parameters
    ----------
    table, battery, is_land, now, floor, climatology
        As for `run_battery`.

    Returns
    -------
    pyarrow.Table, dict of Histogram
        The part with new flags and bits, and without densities of a failed temperature or salinity; what
        `run_regional_tests` needs of it, to be summed over all parts by name.
    """
    run = QcRun(table, is_land, now, floor, climatology)
    run.apply(battery.profile_tests)
    return without_failed_density(run.table()), run.counts(battery.regional)


def regional_statistics(counts: Sequence[dict[str, Histogram]], battery: Battery) -> dict[str, Statistics]:
    """Sum the counts of all parts of a table and find the statistics of its regions.

    Parameters
    ----------
    counts : sequence of dict
        Those of `run_profile_tests`, one a part.
    battery : Battery
        The same.

    Returns
    -------
    dict of Statistics
        By "check.view", as `run_regional_tests` needs them.
    """
    names = dict.fromkeys(name for part in counts for name in part)
    total = {name: Histogram.total([part[name] for part in counts if name in part]) for name in names}
    return {name: one for check in battery.regional for name, one in check.statistics(total).items()}


def run_regional_tests(
    table: pa.Table, battery: Battery, regions: dict[str, Statistics], climatology: Climatology | None = None
) -> pa.Table:
    """Run the checks that compare with the region on one part of a table.

    Parameters
    ----------
    table : pyarrow.Table
        From `run_profile_tests`; not edited.
    battery : Battery
        The same.
    regions : dict of Statistics
        Of the whole table, from `regional_statistics`.
    climatology : callable, optional
        As for `run_battery`.

    Returns
    -------
    pyarrow.Table
        Together, the parts are what `run_battery` makes of the whole.
    """
    run = QcRun(table, climatology=climatology, regions=regions)
    run.apply(battery.regional)
    return run.table()
