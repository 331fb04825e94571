"""Measurements of the twin ocean by bottles, CTDs and float optodes, each with the errors of its period."""

from dataclasses import dataclass

import gsw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graphs.types import Floats, Ints, Mask
from oxygen_recon.sources.twin.ocean.atlas import stretched
from oxygen_recon.sources.twin.ocean.state import Ocean

NUTRIENTS = ("nitrate", "phosphate", "silicate")
_STANDARD = np.array(
    [1.0, 10, 20, 30, 50, 75, 100, 125, 150, 200, 250, 300, 400, 500, 600, 700, 800, 1000, 1200, 1500, 2000]
    + [2500.0 + 500 * step for step in range(7)]
)  # m: target depths of a bottle cast


@dataclass(frozen=True)
class Record:
    """Casts and their levels.

    Parameters
    ----------
    casts : DataFrame
        One row per cast: the columns of `cruises.draw_casts`, with time (datetime64) and the unit in which the
        originator reported oxygen ("ml/l" or "umol/kg").
    levels : DataFrame
        One row per level, shallowest first, in the order of the casts: cast (position in `casts`), depth (m), pressure
        (dbar), temperature (degC, in situ), salinity, oxygen, nitrate, phosphate, silicate (umol kg-1; NaN is not
        measured), truth (oxygen before any error of measurement), flag (IODE: 1 pass, 3 suspect, 4 fail).
    """

    casts: pd.DataFrame
    levels: pd.DataFrame

    def take(self, which: Mask) -> "Record":
        """Select casts.

        Parameters
        ----------
        which : bool array, shape (cast,)
            True for the casts to keep.

        Returns
        -------
        Record
            With casts renumbered from 0.
        """
        number = np.cumsum(which) - 1
        kept = which[self.levels["cast"].to_numpy()]
        levels = self.levels[kept].reset_index(drop=True)
        levels["cast"] = number[levels["cast"].to_numpy()]
        return Record(self.casts[which].reset_index(drop=True), levels)


def measure(ocean: Ocean, casts: pd.DataFrame, seed: int) -> Record:
    """Measure the ocean with the instruments of the casts.

    Parameters
    ----------
    ocean : Ocean
        The ocean to be sampled, eddies included.
    casts : DataFrame
        As from `cruises.draw_casts`.
    seed : int
        Seed of levels, errors and gaps.

    Returns
    -------
    Record
    """
    rng = np.random.default_rng([seed, 3])
    cast, depth = _levels(rng, casts)
    latitude, longitude, year = (casts[name].to_numpy()[cast] for name in ("latitude", "longitude", "year"))
    fields = ocean.at(latitude, longitude, depth, year, eddies=True)
    instrument = casts["instrument"].to_numpy()
    on_line = casts["line"].to_numpy() != ""
    noise, offset = _oxygen_error(rng, casts, cast, fields["oxygen"])
    oxygen = fields["oxygen"] + noise + offset
    oxygen = np.where((instrument == "float")[cast], oxygen, np.maximum(oxygen, 0.6))
    levels = pd.DataFrame(
        {
            "cast": cast,
            "depth": depth,
            "pressure": gsw.p_from_z(-depth, latitude),
            "temperature": fields["temperature"] + rng.normal(0, 0.005, depth.size),
            "salinity": fields["salinity"] + rng.normal(0, 1, depth.size) * np.where(year < 1960, 0.02, 0.004),
            "oxygen": np.where(rng.random(depth.size) < np.where(on_line[cast], 0.02, 0.04), np.nan, oxygen),
            **{name: fields[name] * (1 + rng.normal(0, 0.015, depth.size)) for name in NUTRIENTS},
            "truth": fields["oxygen"],
            "flag": np.where(rng.random(depth.size) < 0.003, 3, 1),
        }
    )
    salty = on_line | (rng.random(len(casts)) > np.where(casts["year"] < 1970, 0.05, 0.01))
    levels.loc[~salty[cast], "salinity"] = np.nan
    for name, measured in _nutrients(rng, casts).items():
        levels.loc[~measured[cast], name] = np.nan
    volume = rng.random(len(casts)) < np.interp(casts["year"], [1960, 1985, 1995, 2010], [1.0, 0.9, 0.4, 0.2])
    time = _time(casts["year"].to_numpy())
    unit = np.where(volume & ~on_line & (instrument != "float"), "ml/l", "umol/kg")
    return Record(casts.assign(time=time, unit=unit), levels)


def _time(year: Floats) -> NDArray[np.datetime64]:
    """Convert decimal years to times, to the minute."""
    whole = np.floor(year).astype(int)
    start = (whole - 1970).astype("datetime64[Y]").astype("datetime64[m]")
    end = (whole - 1969).astype("datetime64[Y]").astype("datetime64[m]")
    minutes = (end - start).astype(float) * (year - whole)
    return np.asarray(start + minutes.astype("timedelta64[m]"))


def _levels(rng: np.random.Generator, casts: pd.DataFrame) -> tuple[Ints, Floats]:
    """Draw cast number and depth of every level."""
    parts = []
    bottom = casts["bottom"].to_numpy()
    for instrument, deepest in zip(casts["instrument"], bottom):
        if instrument == "bottle":
            target = _STANDARD[_STANDARD < deepest]
            depth = target * rng.uniform(0.985, 1.015, target.size)
            depth = np.append(depth, deepest) if deepest > depth[-1] * 1.12 else depth
        else:
            count = 46 if instrument == "float" else 30
            count = max(6, round(count * float(stretched(deepest) / stretched(np.array(2000.0)))))
            even = np.linspace(stretched(np.array(4.0)), stretched(deepest), count)
            depth = 100 * np.expm1(even) * rng.uniform(0.995, 1.0, count)
        parts.append(np.round(depth, 1))
    sizes = [part.size for part in parts]
    return np.repeat(np.arange(len(parts)), sizes), np.concatenate(parts) if parts else np.zeros(0)


def _oxygen_error(rng: np.random.Generator, casts: pd.DataFrame, cast: Ints, oxygen: Floats) -> tuple[Floats, Floats]:
    """Draw the error of each level and the common error of each cruise (or float), umol kg-1."""
    year, instrument = casts["year"].to_numpy(), casts["instrument"].to_numpy()
    on_line = casts["line"].to_numpy() != ""
    code, cruises = pd.factorize(casts["cruise"])
    bottle = np.interp(year, [1920, 1960, 1990], [0.016, 0.009, 0.004])
    relative = np.select([on_line, instrument == "bottle"], [0.002, bottle], 0.006)[cast]
    noise = rng.normal(0, 1, oxygen.size) * (0.4 + relative * oxygen)
    common = rng.normal(0, 1, len(cruises))[code]
    factor = np.select(
        [on_line, instrument == "ctd"], [0.002, 0.008], np.interp(year, [1920, 1960, 1990], [0.012, 0.008, 0.004])
    )
    offset = (factor * common)[cast] * oxygen
    # Adjusted optodes read low by 1-4 umol kg-1 (Gouretski et al. 2024); an error of gain, so it fades with oxygen.
    floating, low = (instrument == "float")[cast], (-1.9 + 1.5 * common)[cast] * oxygen / (oxygen + 25)
    return noise, np.where(floating, low, offset)


def _nutrients(rng: np.random.Generator, casts: pd.DataFrame) -> dict[str, Mask]:
    """Draw which casts have which nutrient: by whole cruises, phosphate first, then silicate and nitrate."""
    code, cruises = pd.factorize(casts["cruise"])
    drawn = rng.random(len(cruises))[code]
    year, on_line = casts["year"].to_numpy(), casts["line"].to_numpy() != ""
    bottle = (casts["instrument"] == "bottle").to_numpy()
    share = np.interp(year, [1925, 1950, 1975], [0.15, 0.35, 0.6])
    since = {"phosphate": 1920, "silicate": 1932, "nitrate": 1955}
    return {name: on_line | (bottle & (drawn < share) & (year > since[name])) for name in NUTRIENTS}
