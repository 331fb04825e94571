"""Crossovers: deep oxygen where cruises cross, and one factor a cruise that makes them agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import gsw
import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from qc.errors import InputError
from qc.physics import seawater
from qc.physics.interpolation import to_surfaces
from qc.physics.sphere import EARTH_RADIUS_KM, off_globe, points
from qc.physics.statistics import MEDIAN_ERROR, median_by_group, spread_by_group
from qc.table import flags
from qc.table.profiles import Levels, from_table
from qc.table.text_columns import dictionary_codes
from qc.types import Floats, Integers, Mask

CHUNK = 20_000  # pairs of stations compared at a time: bounds memory
_STEP = {"density": 0.005, "pressure": 100.0}  # between surfaces, kg m-3 and dbar
# generous for deep water: 34.9 kg m-3 in the Black Sea, 46.2 at most elsewhere; below the deepest trench
_BOUNDS = {"density": (30.0, 50.0), "pressure": (0.0, 11500.0)}
_DATUM_ERROR = "a cruise to be trusted is in no crossover"


@dataclass(frozen=True)
class Rules:
    """Settings of the comparison; those without a source are proposals.

    Source: the toolbox for secondary quality control of Lauvset and Tanhua (2015, doi 10.1002/lom3.10050), made for
    comparison with GLODAP; its defaults as in its function xover_2ndQC.

    Parameters
    ----------
    surface : {"density", "pressure"}
        Compare where potential density referenced to 4000 dbar is equal (as the toolbox; needs temperature and
        salinity), or pressure.
    shallowest : float
        Levels above this, dbar, are left out; the toolbox: 1500.
    distance : float
        Farthest apart of two stations, km; the toolbox: 2 degrees.
    gap : float
        Widest pair of levels that is interpolated over, dbar.
    oxygen : float
        Lower values, umol kg-1, are not compared: ratios of values near 0 mean nothing.
    surfaces : int
        Fewest common surfaces of two stations.
    stations : int
        Fewest stations of each cruise at a crossover; as the toolbox.
    error : float
        Difference between good cruises, relative: added in square to the error of each crossover. Measured: adjusted
        GLODAP cruises, up to 22 years apart, differ by 0.010 (root mean square of 18 pairs,
        `experiments/benchmarks/crossovers.py`).
    """

    surface: Literal["density", "pressure"] = "density"
    shallowest: float = 2000.0
    distance: float = 200.0
    gap: float = 600.0
    oxygen: float = 10.0
    surfaces: int = 3
    stations: int = 3
    error: float = 0.01


def find(table: pa.Table, rules: Rules | None = None) -> pd.DataFrame:
    """Compare the deep oxygen of cruises wherever their stations are close.

    Values flagged suspect or bad and copies (`duplicate_of`) are left out. Each station is interpolated to common
    surfaces; two stations differ by the mean log ratio over the surfaces they share; two cruises by the median over
    their pairs of stations, with the robust spread of those as its standard deviation.

    Parameters
    ----------
    table : pyarrow.Table
        Observations, after `qc.run_battery` and `qc.mark_duplicates`.
    rules : Rules, optional
        The defaults when left out.

    Returns
    -------
    pandas.DataFrame
        One row a pair of cruises: `a` and `b` ("source/cruise", a before b), `crossings` (pairs of stations),
        `stations_a`, `stations_b`, `ratio` (oxygen of a by that of b), `sd` and `error` (of the pairs of stations and
        of the ratio, both relative).

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """
    rules = Rules() if rules is None else rules
    here = from_table(table, ["oxygen", "temperature", "salinity"])
    cruise, names = _cruises(table, here)
    station, profile = _on_surfaces(here, _usable(table, here, cruise, rules), rules)
    pairs = _close(here, here.first[station], cruise[station], rules.distance)
    ratio = _log_ratios(np.log(profile), pairs, rules.surfaces)
    known = np.isfinite(ratio)
    return _by_cruises(pairs[known], ratio[known], cruise[station], names, rules)


def _cruises(table: pa.Table, here: Levels) -> tuple[Integers, list[str]]:
    """Return the number of each cast's cruise, shape (cast,), -1 for none; and the names in alphabetical order."""
    source, sources = dictionary_codes(table["source"])
    cruise, cruises = dictionary_codes(table["cruise"])
    source, cruise = source[here.first], cruise[here.first]
    key, code = np.unique(source * (len(cruises) + 1) + cruise, return_inverse=True)
    names = np.array([f"{sources[k // (len(cruises) + 1)]}/{[*cruises, ''][k % (len(cruises) + 1)]}" for k in key])
    rank = np.argsort(np.argsort(names))
    return np.where(cruise >= 0, rank[code], -1), sorted(names.tolist())


def _usable(table: pa.Table, here: Levels, cruise: Integers, rules: Rules) -> Mask:
    """Tell which levels are compared, shape (level,)."""
    oxygen = here.values["oxygen"]
    mask = (here.flags["oxygen"] <= flags.NOT_EVALUATED) & (oxygen >= rules.oxygen)
    mask &= (here.pressure >= rules.shallowest) & (cruise >= 0)[here.cast]
    mask &= ~off_globe(here.latitude, here.longitude) & table["duplicate_of"].is_null().to_numpy()
    if rules.surface == "density":
        for name in ("temperature", "salinity"):
            mask &= here.flags[name] <= flags.NOT_EVALUATED
    return mask


def _on_surfaces(here: Levels, usable: Mask, rules: Rules) -> tuple[Integers, Floats]:
    """Return the casts that are deep enough, and their oxygen, shape (station, surface)."""
    rows = here.by_pressure[usable[here.by_pressure]]
    if rules.surface == "density":
        t, SP, p = here.values["temperature"][rows], here.values["salinity"][rows], here.pressure[rows]
        SA = seawater.SA(SP, p, here.longitude[rows], here.latitude[rows])
        x = np.asarray(gsw.pot_rho_t_exact(SA, t, p, 4000.0)) - 1000.0
    else:
        x = here.pressure[rows]
    low, high = _BOUNDS[rules.surface]  # one wild level would enlarge the table of stations and surfaces
    rows, x = rows[(x >= low) & (x <= high)], x[(x >= low) & (x <= high)]
    # leave out what does not increase: inversions are noise there
    lift = here.cast[rows] * 2e4
    highest = np.maximum.accumulate(x + lift)
    rising = np.r_[True, (x + lift)[1:] > highest[:-1] + 1e-6][: len(x)]
    rows, x = rows[rising], x[rising]
    station, profile = np.unique(here.cast[rows], return_inverse=True)
    bridged = np.r_[np.diff(here.pressure[rows]) <= rules.gap, False][: len(rows)]
    return station, to_surfaces(x, here.values["oxygen"][rows], profile, _shared(x, profile, rules), bridged)


def _shared(x: Floats, profile: Integers, rules: Rules) -> Floats:
    """Surfaces that lie between the ends of two profiles at least, shape (surface,): no other can be compared."""
    step, high = _STEP[rules.surface], _BOUNDS[rules.surface][1]
    edge = profile[1:] != profile[:-1]
    shallow, deep = (x[np.r_[ends][: len(x)]] / step for ends in ((True, edge), (edge, True)))
    n = int(np.ceil(high / step)) + 2
    opened, closed = (np.bincount(at.astype(np.int64), minlength=n) for at in (np.ceil(shallow), np.floor(deep) + 1))
    return step * np.flatnonzero(np.cumsum(opened - closed) >= 2).astype(float)


def _close(here: Levels, first: Integers, cruise: Integers, distance: float) -> Integers:
    """Pairs of stations of two cruises, shape (pair, 2), the cruise of lower number first."""
    xyz = EARTH_RADIUS_KM * points(here.latitude[first], here.longitude[first])
    pairs = cKDTree(xyz).query_pairs(distance, output_type="ndarray").astype(np.int64)
    pairs = pairs[cruise[pairs[:, 0]] != cruise[pairs[:, 1]]]
    turned = cruise[pairs[:, 0]] > cruise[pairs[:, 1]]
    return np.asarray(np.where(turned[:, None], pairs[:, ::-1], pairs))


def _log_ratios(profile: Floats, pairs: Integers, least: int) -> Floats:
    """Mean difference of the logarithms over the surfaces that two stations share, shape (pair,)."""
    result = np.full(len(pairs), np.nan)
    for start in range(0, len(pairs), CHUNK):
        part = pairs[start : start + CHUNK]
        difference = profile[part[:, 0]] - profile[part[:, 1]]
        common = np.isfinite(difference).sum(axis=1)
        total = np.nansum(difference, axis=1)
        result[start : start + CHUNK] = np.where(common >= least, total / np.maximum(common, 1), np.nan)
    return result


def _by_cruises(pairs: Integers, ratio: Floats, cruise: Integers, names: list[str], rules: Rules) -> pd.DataFrame:
    """Summarise log ratios of stations by pair of cruises."""
    key, group = np.unique(cruise[pairs[:, 0]] * len(names) + cruise[pairs[:, 1]], return_inverse=True)
    n = len(key)
    middle = median_by_group(ratio, group, n)
    sd = spread_by_group(ratio, middle, group)
    stations = []
    for side in (0, 1):
        each = np.unique(np.column_stack([group, pairs[:, side]]), axis=0)[:, 0]
        stations.append(np.bincount(each, minlength=n))
    independent = np.maximum(np.minimum(*stations), 1)  # a station in many pairs counts once
    frame = pd.DataFrame(
        {
            "a": [names[k // len(names)] for k in key],
            "b": [names[k % len(names)] for k in key],
            "crossings": np.bincount(group, minlength=n),
            "stations_a": stations[0],
            "stations_b": stations[1],
            "ratio": np.exp(middle),
            "sd": sd,
            "error": np.sqrt((MEDIAN_ERROR * sd) ** 2 / independent + rules.error**2),
        }
    )
    return frame[np.minimum(*stations) >= rules.stations].reset_index(drop=True)


def adjust(pairs: pd.DataFrame, datum: Sequence[str] = ()) -> pd.DataFrame:
    """Find one factor a cruise that makes crossovers agree: weighted least squares of log ratios.

    For oxygen a and b of two cruises, log factor_a - log factor_b = -log(a / b), with weight 1 / error squared. If the
    crossovers agree less well than their errors, the errors of the factors grow accordingly (reduced chi-square).

    Parameters
    ----------
    pairs : pandas.DataFrame
        As from `find`.
    datum : sequence of str
        Cruises whose factor is 1. Where a group of connected cruises holds none of them, the mean of its log factors
        is 0: then factors mean that a cruise differs from the others, not that it is wrong.

    Returns
    -------
    pandas.DataFrame
        Indexed by cruise: `factor` (multiply the cruise's oxygen by it), `error` (standard error, relative),
        `crossovers` (other cruises met), `group` (0, 1, ...: cruises of different groups cannot be compared).

    Raises
    ------
    InputError
        If a cruise of `datum` is in no crossover.
    """
    names = sorted({*pairs["a"], *pairs["b"]})
    lacking = sorted(set(datum) - set(names))
    if lacking:
        raise InputError(_DATUM_ERROR, lacking[0], "take a cruise that stands in the table of crossovers")
    n, m = len(names), len(pairs)
    a, b = (pd.Index(names).get_indexer(pd.Index(pairs[side])) for side in ("a", "b"))
    weight = 1 / pairs["error"].to_numpy(float) ** 2
    free = ~np.isin(names, list(datum))  # of the others the log factor is 0
    sign = np.r_[free[a], -1.0 * free[b]]
    design = coo_array((sign, (np.tile(np.arange(m), 2), np.r_[a, b])), shape=(m, n)).tocsr()
    target = -np.log(pairs["ratio"].to_numpy(float))
    # the pseudo-inverse gives each group without a datum the solution of zero mean
    normal = (design.T @ (design * weight[:, None])).toarray()
    covariance = np.linalg.pinv(normal, hermitian=True)
    log_factor = covariance @ (design.T @ (weight * target))
    residual = target - design @ log_factor
    freedom = m - (np.linalg.matrix_rank(normal, hermitian=True) if m else 0)
    scale = max(1.0, float(weight @ residual**2) / freedom) if freedom > 0 else 1.0
    _, group = connected_components(coo_array((np.ones(m), (a, b)), shape=(n, n)), directed=False)
    return pd.DataFrame(
        {
            "factor": np.exp(log_factor),
            "error": np.sqrt(scale * np.clip(np.diag(covariance), 0, None)),
            "crossovers": np.bincount(np.r_[a, b], minlength=n),
            "group": group,
        },
        index=pd.Index(names, name="cruise"),
    )
