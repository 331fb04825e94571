"""Positions and times of the twin's casts: ships, repeat sections and floats, distributed like the real record."""

import numpy as np
import pandas as pd

from graphs.sphere import EARTH_RADIUS_KM, unit_vector
from graphs.types import Floats
from oxygen_recon.sources.twin.observing.sections import LINES, Line
from oxygen_recon.sources.twin.ocean.geography import LATITUDE, LONGITUDE, relief, water_depth

# Relative number of casts with oxygen per year: rising after both wars, a peak in the 1970s-90s, few ships since 2010.
_SHIPS = {
    1920: 3, 1924: 8, 1926: 28, 1929: 26, 1933: 30, 1938: 34, 1940: 12, 1944: 8, 1947: 26, 1950: 60, 1955: 110,
    1960: 190, 1965: 240, 1970: 265, 1975: 285, 1980: 300, 1986: 320, 1991: 290, 1996: 210, 2001: 150, 2006: 115,
    2011: 85, 2016: 65, 2019: 55, 2020: 25, 2023: 40,
}  # fmt: skip
_FLOATS = {2004: 0, 2005: 4, 2010: 35, 2014: 70, 2016: 130, 2019: 210, 2021: 280, 2023: 330}
_SHARE_LINES, _SHARE_FLOATS = 0.14, 0.13
_NATIONS = ("US", "JP", "RU", "DE", "GB", "FR", "CA", "NO", "AU", "KR", "IN", "ZA", "CL", "CN")


def draw_casts(seed: int, count: int, start: int, end: int) -> pd.DataFrame:
    """Draw the casts of the whole record.

    Parameters
    ----------
    seed : int
        Seed of all random numbers.
    count : int
        Approximate number of casts of the whole record 1920-2023; those outside the period are left out.
    start, end : int
        First and last year.

    Returns
    -------
    DataFrame
        One row per cast, sorted by cruise and station: cruise (text; the float's number for floats), line (name or ""),
        instrument (bottle, ctd, float), station (int), year (decimal), latitude, longitude (degrees, [-180, 180)),
        bottom (m, deepest measurement) and floor (m, depth of the water).
    """
    rng = np.random.default_rng([seed, 2])
    n_lines, n_floats = round(_SHARE_LINES * count), round(_SHARE_FLOATS * count)
    parts = [_ships(rng, count - n_lines - n_floats), _sections(rng, n_lines), _floats(rng, n_floats)]
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)
    table["longitude"] = (table["longitude"] + 180) % 360 - 180
    table = table[(table["year"] >= start) & (table["year"] < end + 1) & (table["bottom"] > 30)]
    table["floor"] = water_depth(table["latitude"].to_numpy(), table["longitude"].to_numpy())
    return table.reset_index(drop=True)


def _ships(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Draw cruises until each year has its share of the casts."""
    years = np.arange(1920, 2024)
    rate = np.interp(years, list(_SHIPS), list(_SHIPS.values()))
    targets = np.cumsum(rate / rate.sum() * count)
    early, late = _starts(0.0), _starts(1.0)
    cruises: list[pd.DataFrame] = []
    made = 0
    for year, target in zip(years, targets):
        while made < round(target):
            modern = float(np.clip((year - 1945) / 40, 0, 1))
            cruise = _cruise(rng, int(year), (1 - modern) * early + modern * late, len(cruises), round(target) - made)
            cruises.append(cruise)
            made += len(cruise)
    return pd.concat(cruises, ignore_index=True) if cruises else pd.DataFrame()


def _starts(modern: float) -> Floats:
    """Return the probability that a cruise starts in each one-degree cell: high near coasts, low in ice."""
    latitude, longitude = np.meshgrid(LATITUDE, LONGITUDE, indexing="ij")
    deep = -relief()
    coastal = np.exp(-np.clip(deep - 200, 0, None) / 1500)
    chance = np.cos(np.radians(latitude)) * (0.25 + coastal) * (deep > 60)
    chance *= np.where(latitude > 15, 3.0 - 1.2 * modern, 1.0) * np.where(latitude < -45, 0.35 + 0.3 * modern, 1.0)
    atlantic = np.exp(-(((latitude - 48) / 18) ** 2) - (((longitude + 20) / 35) ** 2))
    japan = np.exp(-(((latitude - 36) / 10) ** 2) - (((longitude - 140) / 14) ** 2))
    california = np.exp(-(((latitude - 34) / 9) ** 2) - (((longitude + 125) / 9) ** 2))
    chance *= (
        (1 + 2.0 * atlantic + 2.5 * japan + 2.0 * california) * np.where(latitude > 72, 0.1, 1.0) * (latitude < 78)
    )
    return np.asarray(chance / chance.sum())


def _cruise(rng: np.random.Generator, year: int, chance: Floats, number: int, remaining: int) -> pd.DataFrame:
    """Draw one cruise: a survey near a coast, or a crossing."""
    row, column = np.unravel_index(rng.choice(chance.size, p=chance.ravel()), chance.shape)
    survey = rng.random() < 0.35
    stations = min(int(rng.integers(10, 30) if survey else rng.integers(14, 46)), max(remaining, 4))
    spacing = rng.uniform(80, 200) if survey else rng.uniform(230, 480)
    latitude, longitude = _track(rng, float(LATITUDE[row]), float(LONGITUDE[column]), stations, spacing)
    warm = 0.1 if latitude.mean() < 0 else 0.6  # cruises to high latitudes go in summer
    season = rng.normal(warm, 0.13) % 1.0 if np.abs(latitude).max() > 50 else rng.random()
    pace = (0.4 + spacing / 480) / 365.25  # years per station: the work and the passage
    begin = min(season, 0.999 - stations * pace) if stations * pace < 0.95 else 0.0
    deepest = _deepest(rng, year, survey, latitude.size)
    ctd = rng.random() < np.clip((year - 1972) / 45, 0, 0.7)
    nation = _NATIONS[int(rng.integers(len(_NATIONS)))]
    floor = _sounding(latitude, longitude)
    return pd.DataFrame(
        {
            "cruise": f"{nation}{number + 1:06d}",
            "line": "",
            "instrument": "ctd" if ctd else "bottle",
            "station": np.arange(1, latitude.size + 1),
            "year": year + begin + pace * np.arange(latitude.size),
            "latitude": latitude,
            "longitude": longitude,
            "bottom": np.minimum(deepest, 0.92 * floor),
        }
    )


def _deepest(rng: np.random.Generator, year: int, survey: bool, n: int) -> Floats:
    """Draw how deep the casts of a cruise go where the water is deep enough, m."""
    typical = rng.lognormal(np.log(650.0 if survey else 1300.0), 0.55)
    full = rng.random() < (0.06 if survey else 0.28 if year < 1945 or year > 1955 else 0.15)
    return np.full(n, 6000.0) if full else np.asarray(typical * rng.uniform(0.8, 1.2, n))


def _track(
    rng: np.random.Generator, latitude: float, longitude: float, stations: int, spacing: float
) -> tuple[Floats, Floats]:
    """Draw a course over water that varies at random and turns away from land and ice."""
    course, places = rng.uniform(0, 2 * np.pi), [(latitude, longitude)]
    for _ in range(stations - 1):
        course += rng.normal(0, 0.2)
        for turn in (0.0, 0.5, -0.5, 1.1, -1.1, 1.8, -1.8, 2.6, -2.6, np.pi):
            north = latitude + np.degrees(spacing / EARTH_RADIUS_KM) * np.cos(course + turn)
            east = longitude + np.degrees(spacing / EARTH_RADIUS_KM) * np.sin(course + turn) / np.cos(
                np.radians(latitude)
            )
            if -76 < north < 79 and _sounding(np.array([north]), np.array([east]))[0] > 40:
                latitude, longitude, course = north, east, course + turn
                places.append((north, east))
                break
    lat, lon = np.array(places).T
    jitter = rng.uniform(-0.2, 0.2, (2, lat.size))
    moved = _sounding(lat + jitter[0], lon + jitter[1]) > 40
    return lat + jitter[0] * moved, lon + jitter[1] * moved


def _sounding(latitude: Floats, longitude: Floats) -> Floats:
    """Return the least water depth of a cell and its neighbours half a degree off, m; a lower bound for any lookup."""
    shifts = [(0.0, 0.0), (0.5, 0.5), (0.5, -0.5), (-0.5, 0.5), (-0.5, -0.5)]
    return np.asarray(np.min([water_depth(latitude + a, longitude + b) for a, b in shifts], axis=0))


def _sections(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Draw every occupation of every line, with its share of the stations."""
    occupied = [(line, year) for line in LINES for year in line.years]
    total = sum(_length(line) for line, _ in occupied)
    parts = []
    for number, (line, year) in enumerate(occupied):
        stations = round(count * _length(line) / total)
        if stations < 2:
            continue
        latitude, longitude = _along(line, stations)
        floor = _sounding(latitude, longitude)
        pace = 0.15 / stations
        month = 0.05 if latitude.mean() < -20 else 0.45
        begin = year + month + rng.uniform(0, 0.35)
        parts.append(
            pd.DataFrame(
                {
                    "cruise": _expocode(number, begin),
                    "line": line.name,
                    "instrument": "bottle",
                    "station": np.arange(1, stations + 1),
                    "year": begin + pace * np.arange(stations),
                    "latitude": latitude,
                    "longitude": longitude,
                    "bottom": 0.92 * floor,
                }
            )[floor > 60]
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _expocode(number: int, begin: float) -> str:
    """Return an expocode: a ship and the day of departure."""
    ship = ("33RR", "49NZ", "74DI", "06MT", "09AR", "35MF", "318M", "33RO")[number % 8]
    day = np.datetime64(f"{int(begin)}-01-01") + int(begin % 1 * 365.25)
    return f"{ship}{str(day).replace('-', '')}"


def _length(line: Line) -> float:
    """Return the length of a line, km."""
    corner = np.array(line.corners)
    xyz = unit_vector(corner[:, 0], corner[:, 1])
    return float(EARTH_RADIUS_KM * np.arccos(np.clip((xyz[1:] * xyz[:-1]).sum(1), -1, 1)).sum())


def _along(line: Line, stations: int) -> tuple[Floats, Floats]:
    """Return positions spaced evenly along a line, in degrees."""
    corner = np.array(line.corners, float)
    leg = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(corner, axis=0).T))])
    at = np.linspace(0, leg[-1], stations)
    return np.interp(at, leg, corner[:, 0]), np.interp(at, leg, corner[:, 1])


def _floats(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Draw biogeochemical floats: launched since 2005, drifting, every third of the profiles ten days apart kept."""
    years = np.arange(2005, 2024)
    rate = np.interp(years, list(_FLOATS), list(_FLOATS.values()))
    latitude = np.repeat(LATITUDE[:, None], LONGITUDE.size, axis=1)
    chance = np.cos(np.radians(latitude)) * (-relief() > 2200) * (np.abs(latitude) < 68)
    chance *= np.where(latitude < -35, 1.3, 1.0) * np.where(latitude > 25, 1.8, 1.0)
    chance /= chance.sum()
    parts: list[pd.DataFrame] = []
    made = 0
    while made < count:
        row, column = np.unravel_index(rng.choice(chance.size, p=chance.ravel()), chance.shape)
        launch = rng.choice(years, p=rate / rate.sum()) + rng.random() - 1.5
        profiles = int(rng.integers(18, 45))
        when = launch + np.arange(profiles) * 30.4 / 365.25
        lat, lon = _drift(rng, float(LATITUDE[row]), float(LONGITUDE[column]), profiles)
        keep = (when < 2023.9) & (when >= 2004.5)
        floor = _sounding(lat, lon)
        part = pd.DataFrame(
            {
                "cruise": f"{2900000 + 1000 * int(rng.integers(0, 7)) * 1000 + len(parts)}",
                "line": "",
                "instrument": "float",
                "station": 3 * np.arange(profiles) + 1,
                "year": when,
                "latitude": lat,
                "longitude": lon,
                "bottom": np.minimum(1980.0, 0.92 * floor),
            }
        )[keep & (floor > 300)]
        parts.append(part)
        made += len(part)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _drift(rng: np.random.Generator, latitude: float, longitude: float, n: int) -> tuple[Floats, Floats]:
    """Draw positions a month apart: a mean drift and a random walk that stop at shallow water."""
    mean = rng.normal(0, 0.25, 2)
    places = [(latitude, longitude)]
    for _ in range(n - 1):
        step = mean + rng.normal(0, 0.45, 2)
        north, east = latitude + step[0], longitude + step[1] / np.cos(np.radians(latitude))
        if abs(north) < 75 and _sounding(np.array([north]), np.array([east]))[0] > 1000:
            latitude, longitude = north, east
        places.append((latitude, longitude))
    lat, lon = np.array(places).T
    return lat, lon
