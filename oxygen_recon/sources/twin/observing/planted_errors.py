"""Errors planted in a known share of the casts, of the kinds that archives contain."""

from dataclasses import dataclass

import gsw
import numpy as np
import pandas as pd

from graphs.types import Floats, Ints
from oxygen_recon.sources.twin.observing.instruments import Record
from oxygen_recon.sources.twin.ocean.geography import water_depth
from qc.physics.seawater import ML_PER_L_WOD

# Relative frequency of each kind of error, by archive.
SHIP_ERRORS = {
    "unit": 0.16,
    "spike": 0.24,
    "stuck": 0.10,
    "position": 0.12,
    "date": 0.10,
    "range": 0.08,
    "zero": 0.12,
    "supersaturation": 0.08,
}
SECTION_ERRORS = {"spike": 0.6, "range": 0.2, "zero": 0.2}
FLOAT_ERRORS = {"spike": 0.5, "stuck": 0.25, "range": 0.1, "supersaturation": 0.15}


@dataclass(frozen=True)
class Planted:
    """A record with planted errors, and the list of them.

    Parameters
    ----------
    record : Record
        The record as an archive will hold it.
    errors : DataFrame
        One row per changed level: level (row of `record.levels`), class, flagged (whether the originator flagged it),
        before (oxygen before the change, umol kg-1).
    """

    record: Record
    errors: pd.DataFrame


def plant(record: Record, seed: tuple[int, ...], kinds: dict[str, float], share: float) -> Planted:
    """Plant errors in a share of the casts, one error per cast.

    Parameters
    ----------
    record : Record
        Not changed; the errors are planted in a copy.
    seed : tuple of int
        Seed of casts, kinds and sizes of the errors.
    kinds : dict
        Relative frequency of each class: "unit" (ml/l delivered as umol/kg), "spike", "stuck", "position" (wrong sign
        or exchanged coordinates), "date", "range", "zero" (zeros for missing), "supersaturation".
    share : float
        Share of the casts that get an error, 0-1.

    Returns
    -------
    Planted
        "position" becomes "position_land" or "position_sea" by the wrong position, "date" becomes "date_future" or
        "date_cruise". About a third of the errors of single levels have the originator's flag.
    """
    rng = np.random.default_rng(seed)
    casts, levels = record.casts.copy(), record.levels.copy()
    start = np.searchsorted(levels["cast"].to_numpy(), np.arange(len(casts) + 1))
    oxygen, flag = levels["oxygen"].to_numpy().copy(), levels["flag"].to_numpy().copy()
    chosen = np.flatnonzero(rng.random(len(casts)) < share)
    names, chance = list(kinds), np.array(list(kinds.values())) / sum(kinds.values())
    changed: list[tuple[int, str, bool]] = []
    for cast in chosen:
        there = np.arange(start[cast], start[cast + 1])
        there = there[np.isfinite(oxygen[there])]
        if there.size < 5:
            continue
        kind = str(rng.choice(names, p=chance))
        if kind in ("position", "date"):
            kind, where = _misplace(rng, casts, int(cast), kind), there
        elif kind == "unit":
            where = there
            oxygen[where] *= 1 / ML_PER_L_WOD
            casts.loc[cast, "unit"] = "umol/kg"
        else:
            where, oxygen[there] = _PLANTED[kind](rng, levels.iloc[there], there)
        flagged = bool(kind in ("spike", "range", "zero") and rng.random() < 0.35)
        flag[where] = np.where(flagged, 4, flag[where])
        changed += [(int(level), kind, flagged) for level in where]
    errors = pd.DataFrame(changed, columns=["level", "class", "flagged"]).astype({"level": np.int64, "flagged": bool})
    errors["before"] = record.levels["oxygen"].to_numpy()[errors["level"]]
    return Planted(Record(casts, levels.assign(oxygen=oxygen, flag=flag)), errors)


def _misplace(rng: np.random.Generator, casts: pd.DataFrame, cast: int, kind: str) -> str:
    """Give a cast a wrong position or date; return the class."""
    latitude, longitude = casts["latitude"].iloc[cast], casts["longitude"].iloc[cast]
    if kind == "date":
        years = 100 if rng.random() < 0.5 else int(rng.choice([-10, 10]))
        time = pd.Timestamp(casts["time"].iloc[cast])
        casts.loc[cast, "time"] = time + pd.DateOffset(years=years)
        return "date_future" if time.year + years > 2023 else "date_cruise"
    wrong = [(latitude, -longitude), (-latitude, longitude), (longitude / 2, latitude)]
    dry = [place for place in wrong if water_depth(np.array(place[0]), np.array(place[1])) == 0]
    latitude, longitude = dry[0] if dry else wrong[0]
    casts.loc[cast, ["latitude", "longitude"]] = (latitude, longitude)
    return "position_land" if dry else "position_sea"


_Changed = tuple[Ints, Floats]


def _spike(rng: np.random.Generator, levels: pd.DataFrame, there: Ints) -> _Changed:
    """Change one level between the ends, by at least 55 umol kg-1 above 500 m and 35 below."""
    oxygen = levels["oxygen"].to_numpy().copy()
    at = int(rng.integers(1, there.size - 1))
    size = rng.uniform(55, 130) if levels["depth"].iloc[at] < 500 else rng.uniform(35, 90)
    down = oxygen[at] > size + 5 and rng.random() < 0.5
    oxygen[at] += -size if down else size
    return there[at : at + 1], oxygen


def _stuck(rng: np.random.Generator, levels: pd.DataFrame, there: Ints) -> _Changed:
    """Let six levels or more repeat the value before them."""
    oxygen = levels["oxygen"].to_numpy().copy()
    first = int(rng.integers(0, max(1, there.size - 8)))
    last = min(there.size, first + int(rng.integers(7, 13)))
    oxygen[first:last] = oxygen[first]
    return there[first + 1 : last], oxygen


def _range(rng: np.random.Generator, levels: pd.DataFrame, there: Ints) -> _Changed:
    """Replace one value by one outside the range of sea water."""
    oxygen = levels["oxygen"].to_numpy().copy()
    at = int(rng.integers(there.size))
    oxygen[at] = rng.uniform(620, 1900) if rng.random() < 0.7 else rng.uniform(-60, -8)
    return there[at : at + 1], oxygen


def _zero(rng: np.random.Generator, levels: pd.DataFrame, there: Ints) -> _Changed:
    """Replace one to three values by zero, as where zero is written for missing."""
    oxygen = levels["oxygen"].to_numpy().copy()
    at = rng.choice(there.size, size=int(rng.integers(1, 4)), replace=False)
    oxygen[at] = 0.0
    return there[np.sort(at)], oxygen


def _supersaturation(rng: np.random.Generator, levels: pd.DataFrame, there: Ints) -> _Changed:
    """Raise the upper 60 m to 1.55-1.8 times saturation."""
    oxygen = levels["oxygen"].to_numpy().copy()
    upper = levels["depth"].to_numpy() < 60
    upper[0] = True
    saturation = gsw.O2sol_SP_pt(levels["salinity"].fillna(34.7).to_numpy(), levels["temperature"].to_numpy())
    oxygen[upper] = (saturation * rng.uniform(1.55, 1.8))[upper]
    return there[upper], oxygen


_PLANTED = {"spike": _spike, "stuck": _stuck, "range": _range, "zero": _zero, "supersaturation": _supersaturation}
