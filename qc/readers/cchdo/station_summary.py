"""WOCE station summaries (`.sum`, `*su.txt`): where and when the casts of a cruise were."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from qc.errors import InputError
from qc.readers.columns.coordinates import Times, calendar
from qc.readers.files.source import Source, open_all
from qc.types import Floats

_EVENTS = ("BO", "BE", "MR", "EN")  # at the bottom, begin, messenger released, end; then any other, as delivered
_CENTURY = 50  # a year below it is one of 20xx: WOCE began in 1985
_ENDINGS = re.compile(r"(?:hyd?|ctd?|sum?)\d?$", re.IGNORECASE)
_ROW = re.compile(
    r"\s*(?P<expocode>\S+)\s+(?:\S+\s+){0,2}?(?P<station>\S+)\s+(?P<cast>\d+)\s+[A-Z]{3}\s+"
    r"(?P<month>\d\d)(?P<day>\d\d)(?P<year>\d\d)\s+(?P<clock>\d{1,4})?\s*(?P<event>[A-Z]{2})\s+"
    r"(?P<north>\d+)\s+(?P<north_minutes>[\d.]+)\s*(?P<north_sign>[NS])\s+"
    r"(?P<east>\d+)\s+(?P<east_minutes>[\d.]+)\s*(?P<east_sign>[EW])"
)
_NUMBERS = ["month", "day", "year", "clock", "north", "north_minutes", "east", "east_minutes"]


@dataclass(frozen=True)
class Where:
    """Where and when casts were.

    Parameters
    ----------
    time : datetime64[ms], shape (cast,)
        UTC.
    latitude, longitude : floats, shape (cast,)
        Degrees north and east.
    """

    time: Times
    latitude: Floats
    longitude: Floats


def looks_like_it(head: str) -> bool:
    """Tell whether text begins as a station summary."""
    lines = [line.upper() for line in head.splitlines()[:10]]
    return any(all(word in line for word in ("EXPOCODE", "STNNBR", "CAST", "LATITUDE")) for line in lines)


def beside(source: Source, expocode: str, station: Sequence[str], cast: Sequence[str]) -> Where:
    """Find the station summary of a WOCE file in the folder of the file or in the same bundle, and there its casts.

    A summary is named as the file is, but ends in "su.txt" or ".sum" (p01hy.txt: p01su.txt); one of another name
    counts if it holds the same expocode.

    Parameters
    ----------
    source : Source
        A .hyd or .ctd file, or the zip it is a member of.
    expocode : str
        Cruise, written with "_" rather than "/".
    station, cast : sequence of str, shape (cast,)
        Names of the casts.

    Returns
    -------
    Where
        Of each cast the event at the bottom, else of begin, else of end; NaN and NaT for a cast that is not there.

    Raises
    ------
    InputError
        If there is no summary of this cruise.
    """
    for summary in _summaries(source):
        frame = _rows(summary)
        frame = frame[frame["expocode"].str.upper() == expocode.upper()]
        if len(frame):
            return _look_up(frame, station, cast)
    name = f"{_key(source.name.split('#')[0])}su.txt"
    fix = f"lay it in the same folder as {name} or with the ending .sum"
    raise InputError(f"no station summary of {expocode} beside it, which has positions and times", source.name, fix)


def _summaries(source: Source) -> Iterator[Source]:
    """Give the summaries in the folder, then those in the bundle that the file is a member of."""
    for path in candidates(source):
        yield next(open_all(path))
    bundle, _, member = source.name.partition("#")
    if member and source.folder is not None and (source.folder / bundle).is_file():
        members = open_all(source.folder / bundle)
        yield from (one for one in members if looks_like_it(one.head(4096).decode("latin-1")))


def candidates(source: Source) -> Iterator[Path]:
    """Give the summaries in the folder of a file, by their endings; the one of the same name first."""
    if source.folder is None or not source.folder.is_dir():
        return
    key = _key(source.name.split("#")[0]).lower()
    files = (
        path for path in sorted(source.folder.iterdir()) if re.search(r"(?:su\.txt|\.sum)(?:\.gz)?$", path.name, re.I)
    )
    yield from sorted((path for path in files if path.stat().st_size), key=lambda path: _key(path.name).lower() != key)


def _key(name: str) -> str:
    """Return what the names of a cruise's files have in common."""
    stem = name.rsplit("__", 1)[-1].split(".", 1)[0]
    return _ENDINGS.sub("", stem)


def _rows(source: Source) -> pd.DataFrame:
    """Return the events of a summary, in the order in which they are preferred."""
    found = [match.groupdict() for match in map(_ROW.match, source.text().splitlines()) if match]
    frame = pd.DataFrame(found, columns=list(_ROW.groupindex))
    frame[_NUMBERS] = frame[_NUMBERS].astype(float)
    rank = frame["event"].map({event: i for i, event in enumerate(_EVENTS)}).fillna(len(_EVENTS))
    frame["expocode"] = frame["expocode"].str.replace("/", "_")
    return frame.iloc[np.argsort(rank.to_numpy(), kind="stable")]


def _look_up(frame: pd.DataFrame, station: Sequence[str], cast: Sequence[str]) -> Where:
    """Take of each cast the position of the first event, and the time of the first that has a time of day."""
    year = frame["year"] + np.where(frame["year"] < _CENTURY, 2000, 1900)
    clock = frame["clock"].to_numpy()
    time = calendar(year, frame["month"], frame["day"], clock // 100, clock % 100)
    key = frame["station"].str.lstrip("0") + " " + frame["cast"].str.lstrip("0")
    frame = frame.assign(key=key, day_alone=time, time=np.where(np.isnan(clock), np.datetime64("NaT", "ms"), time))
    keys = [f"{name.lstrip('0')} {number.lstrip('0')}" for name, number in zip(station, cast)]
    chosen = frame.groupby("key").first().reindex(keys)  # of each column the first that is not missing
    north = chosen["north"] + chosen["north_minutes"] / 60
    east = chosen["east"] + chosen["east_minutes"] / 60
    return Where(
        chosen["time"].fillna(chosen["day_alone"]).to_numpy().astype("datetime64[ms]"),
        np.where(chosen["north_sign"] == "S", -north, north).astype(float),
        np.where(chosen["east_sign"] == "W", -east, east).astype(float),
    )
