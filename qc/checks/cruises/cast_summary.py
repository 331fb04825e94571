"""Summaries of casts, one compact row each, from which the checks of cruises run on millions of casts."""

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from qc.checks.base import BitMasks
from qc.physics import seawater
from qc.physics.interpolation import linear
from qc.physics.statistics import median_by_group
from qc.table import flags
from qc.table.profiles import Levels, from_table
from qc.table.text_columns import text_at
from qc.types import Climatology, Floats, Integers, Mask

SURFACES = (2500.0, 3000.0, 3500.0, 4000.0, 5000.0)  # dbar; above, oxygen differs too much from place to place
BRACKET = 600.0  # dbar, widest pair of levels between which it is interpolated
TOP, SURFACE = 10.0, 20.0  # dbar: saturation of the upper layer, or of both where the upper one has no value
LEAST = 60.0  # umol/kg; where a climatology has less, a ratio to it says little

# mean surface temperature, degC, every 10 degrees of latitude (World Ocean Atlas 2009, annual; standard deviation along
# a parallel 0.2-3.4): what is known of saturation where temperature or salinity is not
_LATITUDE = np.arange(-70.0, 81.0, 10.0)
_TEMPERATURE = (-1.4, 1.0, 6.3, 14.3, 20.4, 24.3, 26.8, 27.0, 27.5, 25.8, 21.9, 15.4, 8.0, 5.8, 1.7, -1.3)

_NAME = pa.dictionary(pa.int32(), pa.string())
_TEXT = ("source", "cast", "cruise", "platform", "instrument")
CASTS = pa.schema(
    [
        *(pa.field(name, _NAME) for name in _TEXT),
        pa.field("duplicate_of", _NAME),  # "source/cast"; null where it is no copy
        pa.field("time", pa.timestamp("ms")),
        pa.field("latitude", pa.float64()),
        pa.field("longitude", pa.float64()),
        pa.field("levels", pa.int32()),  # with oxygen
        pa.field("failed", pa.int32()),  # of them: suspect or bad, and some profile test failed
        pa.field("surface_saturation", pa.float32()),  # percent, median of the cast; NaN where it has none
        pa.field("by_latitude", pa.bool_()),  # at the mean temperature of the latitude, and salinity 35
        pa.field("climatology_ratio", pa.float32()),  # median of log(oxygen / climatology)
        *(pa.field(f"oxygen_{surface:.0f}", pa.float32()) for surface in SURFACES),  # umol kg-1, of good levels
    ],
    metadata={"schema": "oxygen-recon casts 3"},
)


def summarise(table: pa.Table, bits: BitMasks, climatology: Climatology | None = None) -> pa.Table:
    """Reduce observations to one row a cast.

    Failures of cross-profile tests do not count, so that summaries made before and after those tests are the same: a
    value that only they flag suspect counts as good. (So does one that its archive flags suspect too, once they flag
    it and no profile test does: the table no longer distinguishes it.)

    Summaries of the parts of a collection may be concatenated (`pyarrow.concat_tables(...).unify_dictionaries()`)
    as long as no cast is spread over two parts; then row i of a part is cast i of that part.

    Parameters
    ----------
    table : pyarrow.Table
        Observations, after `qc.battery.run.run_profile_tests` or `run_battery`, which flag the levels that are counted.
    bits : BitMasks
        Of the battery that ran.
    climatology : callable, optional
        As for `qc.battery.run.run_battery`; without it no ratio to one is known.

    Returns
    -------
    pyarrow.Table
        Schema `CASTS`, in the order of `qc.table.profiles.Levels.cast`; place and time are those of the cast's first
        level.

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """
    levels = from_table(table, ["oxygen", "temperature", "salinity"])
    n, first = len(levels.first), levels.first
    present, flag = np.isfinite(levels.values["oxygen"]), levels.flags["oxygen"]
    failed, by_cross_profile = _failed(table["oxygen_checks"].to_numpy(), bits)
    flag = np.where((flag == flags.SUSPECT) & by_cross_profile & ~failed, flags.PASS, flag)
    good = present & (flag <= flags.NOT_EVALUATED)
    counts = {"levels": present, "failed": present & (flag >= flags.SUSPECT) & failed}
    columns: dict[str, object] = {name: text_at(table[name], first) for name in _TEXT}
    columns["duplicate_of"] = table["duplicate_of"].take(pa.array(first)).cast(_NAME)
    columns |= {name: getattr(levels, name)[first] for name in ("time", "latitude", "longitude")}
    columns |= {name: np.bincount(levels.cast[mask], minlength=n).astype(np.int32) for name, mask in counts.items()}
    # what a wrong unit puts out of bounds counts, and what else is suspect or bad does not; nor do the few values that
    # are out of bounds in a cast that its archive doubts
    delivered = good | present & (table["oxygen_checks"].to_numpy() & np.uint64(bits.bounds) > 0)
    counted, delivering = (np.bincount(levels.cast[mask], minlength=n) for mask in (present, delivered))
    delivered &= (2 * delivering >= counted)[levels.cast]
    columns["surface_saturation"], columns["by_latitude"] = _surface_saturation(levels, delivered, n)
    columns["climatology_ratio"] = _climatology_ratio(levels, delivered, climatology, n)
    for name, value in zip(CASTS.names[-len(SURFACES) :], _at_surfaces(levels, good, n).T):
        columns[name] = value.astype(np.float32)
    return pa.table(columns, schema=CASTS)


def with_copies(summary: pa.Table, lost: pd.DataFrame) -> pa.Table:
    """Write the copies among the casts of a table of casts.

    Parameters
    ----------
    summary : pyarrow.Table
        As from `summarise`; not edited.
    lost : pandas.DataFrame
        As from `qc.duplicates.search.settle` of the same casts.

    Returns
    -------
    pyarrow.Table
        With another `duplicate_of`; the same as `summarise` of observations that `qc.duplicates.search.write` marked.
    """
    place = np.full(summary.num_rows, -1, np.int64)
    place[lost["cast"].to_numpy()] = np.arange(len(lost))
    names = pa.array(lost["duplicate_of"], pa.string()).take(pa.array(place, mask=place < 0))
    return summary.set_column(summary.schema.get_field_index("duplicate_of"), "duplicate_of", names.cast(_NAME))


def _failed(bits: NDArray[np.uint64], which: BitMasks) -> tuple[Mask, Mask]:
    """Tell which values failed a profile test, and which a cross-profile test; notes do not count."""
    other = np.uint64(which.cross_profile | which.notes)
    return (bits & ~other) > 0, (bits & np.uint64(which.cross_profile & ~which.notes)) > 0


def _surface_saturation(levels: Levels, delivered: Mask, n: int) -> tuple[NDArray[np.float32], Mask]:
    """Median saturation of the surface of each cast, percent, and whether its temperature is that of the latitude."""
    rows = np.flatnonzero(delivered & (levels.pressure <= SURFACE))
    cast, oxygen = levels.cast[rows], levels.values["oxygen"][rows]
    t, SP = (levels.usable(name)[rows] for name in ("temperature", "salinity"))
    measured = 100 * oxygen / seawater.O2sol(SP, t)  # potential temperature differs by less than 0.01 degC here
    assumed = 100 * oxygen / seawater.O2sol(35.0, np.interp(levels.latitude[rows], _LATITUDE, _TEMPERATURE))
    own = _layer_median(measured, cast, levels.pressure[rows], n)
    by_latitude = np.isnan(own)
    own[by_latitude] = _layer_median(assumed, cast, levels.pressure[rows], n)[by_latitude]
    return own.astype(np.float32), by_latitude


def _layer_median(value: Floats, cast: Integers, pressure: Floats, n: int) -> Floats:
    """Median by cast of the upper layer, or of all where that has no value, shape (cast,)."""
    known = np.isfinite(value)
    upper = known & (pressure <= TOP)
    medians = [median_by_group(value[some], cast[some], n) for some in (upper, known)]
    return np.where(np.isfinite(medians[0]), *medians)


def _climatology_ratio(levels: Levels, delivered: Mask, climatology: Climatology | None, n: int) -> NDArray[np.float32]:
    """Median of log(oxygen / climatology) of each cast; NaN where it cannot be compared."""
    if climatology is None:
        return np.full(n, np.nan, np.float32)
    rows = np.flatnonzero(delivered & (levels.values["oxygen"] > 0) & np.isfinite(levels.pressure))
    mean, _ = climatology(levels.latitude[rows], levels.longitude[rows], levels.pressure[rows])
    known = mean >= LEAST
    rows, mean = rows[known], mean[known]
    ratio = np.log(levels.values["oxygen"][rows] / mean)
    return median_by_group(ratio, levels.cast[rows], n).astype(np.float32)


def _at_surfaces(levels: Levels, good: Mask, n: int) -> Floats:
    """Interpolate good oxygen linearly to `SURFACES`, shape (cast, surface); NaN between levels `BRACKET` apart."""
    rows = levels.by_pressure[(good & np.isfinite(levels.pressure))[levels.by_pressure]]
    cast, p, oxygen = levels.cast[rows], levels.pressure[rows], levels.values["oxygen"][rows]
    result = np.full((n, len(SURFACES)), np.nan)
    for column, surface in enumerate(SURFACES):
        # the pair of neighbours of one cast that holds the surface
        pair = (cast[1:] == cast[:-1]) & (p[1:] > p[:-1])
        above = np.flatnonzero(pair & (p[:-1] <= surface) & (p[1:] >= surface))
        above = above[p[above + 1] - p[above] <= BRACKET]
        weight = (surface - p[above]) / (p[above + 1] - p[above])
        result[cast[above], column] = linear(oxygen[above], oxygen[above + 1], weight)
    return result
