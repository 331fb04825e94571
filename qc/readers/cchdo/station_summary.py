"""WOCE station summaries (`.sum`, `*su.txt`): positions and times of the casts of a cruise."""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from qc.errors import InputError
from qc.readers.columns.coordinates import Times, calendar, time_flags
from qc.readers.columns.text import split_lines
from qc.readers.files.source import Source, open_all
from qc.table import flags
from qc.table.flags import Flags
from qc.types import Floats

_EVENTS = (
    "BO",
    "BE",
    "MR",
    "EN",
)  # bottom, begin, messenger released, end, by preference; then any other, in the order of the file
_CENTURY = 50  # years below it are 20xx: WOCE began in 1985
_SETTLED = 2_000_000_000  # ns: a folder that changed later may change again without another time of change
_NAMED = re.compile(r"(?:su\.txt|\.sum)(?:\.gz)?$", re.IGNORECASE)
_ENDINGS = re.compile(r"(?:hyd?|ctd?|sum?)\d?$", re.IGNORECASE)
_ROW = re.compile(
    r"\s*(?P<expocode>\S+)\s+(?:\S+\s+){0,2}?(?P<station>\S+)\s+(?P<cast>\d+)\s+[A-Z]{3}\s+"
    r"(?P<month>\d\d)(?P<day>\d\d)(?P<year>\d\d)\s+(?P<clock>\d{1,4})?\s*(?P<event>[A-Z]{2})\s+"
    r"(?P<north>\d+)\s+(?P<north_minutes>[\d.]+)\s*(?P<north_sign>[NS])\s+"
    r"(?P<east>\d+)\s+(?P<east_minutes>[\d.]+)\s*(?P<east_sign>[EW])"
)
_NUMBERS = ["month", "day", "year", "clock", "north", "north_minutes", "east", "east_minutes"]


@dataclass(frozen=True)
class Events:
    """Positions and times of casts.

    Parameters
    ----------
    time : datetime64[ms], shape (cast,)
        UTC; noon where the summary has no time of day.
    time_flag : int8, shape (cast,)
        IODE: suspect where the summary has impossible times of day only.
    latitude, longitude : floats, shape (cast,)
        Degrees north and east.
    """

    time: Times
    time_flag: Flags
    latitude: Floats
    longitude: Floats


def matches(head: str) -> bool:
    """Return whether a text begins like a station summary.

    Parameters
    ----------
    head : str
        Beginning of the text, 10 lines if it has them.
    """
    lines = [line.upper() for line in split_lines(head)[:10]]
    return any(all(word in line for word in ("EXPOCODE", "STNNBR", "CAST", "LATITUDE")) for line in lines)


def find_casts(source: Source, expocode: str, station: Sequence[str], cast: Sequence[str]) -> Events:
    """Find the casts of a WOCE file in the station summary of its cruise, in the same folder or bundle.

    A summary has the name of the file, but ends in "su.txt" or ".sum" (p01hy.txt: p01su.txt); one of another name is
    used if it has the same expocode.

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
    Events
        Of each cast the event at the bottom, else the begin, else the end; NaN and NaT for a cast that is not in it.

    Raises
    ------
    InputError
        If there is no summary of this cruise.
    """
    for summary in _summaries(source):
        frame = _rows(summary)
        frame = frame[frame["expocode"].str.upper() == expocode.upper()]
        if len(frame):
            return _select(frame, station, cast)
    name = f"{_key(source.name.split('#')[0])}su.txt"
    fix = f"put it into the same folder as {name} or with the ending .sum"
    raise InputError(f"no station summary of {expocode} beside it, which has positions and times", source.name, fix)


def _summaries(source: Source) -> Iterator[Source]:
    """Yield the summaries in the folder, then those in the bundle that the file is a member of."""
    for path in summary_files(source):
        yield next(open_all(path))
    bundle, _, member = source.name.partition("#")
    if member and source.folder is not None and (source.folder / bundle).is_file():
        members = open_all(source.folder / bundle, [])  # what is refused, the registry reports
        yield from (one for one in members if matches(one.head(4096).decode("latin-1")))


def summary_files(source: Source) -> Iterator[Path]:
    """Yield the station summaries in the folder of a file, by the ends of their names.

    Parameters
    ----------
    source : Source
        A WOCE file.

    Yields
    ------
    Path
        The summary of the same name first, then the others in order of name.
    """
    if source.folder is None or not source.folder.is_dir():
        return
    key = _key(source.name.split("#")[0]).lower()
    changed = source.folder.stat().st_mtime_ns
    settled = time.time_ns() - changed > _SETTLED
    files = (_summaries_in if settled else _summaries_in.__wrapped__)(source.folder, changed)
    yield from sorted((path for path in files if path.stat().st_size), key=lambda path: _key(path.name).lower() != key)


@lru_cache(maxsize=64)
def _summaries_in(folder: Path, changed: int) -> list[Path]:
    """List the summaries in a folder that changed at a time, ns; once for all of its files, which may be many."""
    return sorted(path for path in folder.iterdir() if _NAMED.search(path.name))


def _key(name: str) -> str:
    """Return the part of a file name that is the same for all files of a cruise."""
    stem = name.rsplit("__", 1)[-1].split(".", 1)[0]
    return _ENDINGS.sub("", stem)


def _rows(source: Source) -> pd.DataFrame:
    """Return the events of a summary, in order of preference."""
    found = [match.groupdict() for match in map(_ROW.match, split_lines(source.text())) if match]
    frame = pd.DataFrame(found, columns=list(_ROW.groupindex))
    frame[_NUMBERS] = frame[_NUMBERS].astype(float)
    rank = frame["event"].map({event: i for i, event in enumerate(_EVENTS)}).fillna(len(_EVENTS))
    frame["expocode"] = frame["expocode"].str.replace("/", "_")
    return frame.iloc[np.argsort(rank.to_numpy(), kind="stable")]


def _select(frame: pd.DataFrame, station: Sequence[str], cast: Sequence[str]) -> Events:
    """Return for each cast the position of the first event, and the time of the first with a possible time of day."""
    year = frame["year"] + np.where(frame["year"] < _CENTURY, 2000, 1900)
    clock = frame["clock"].to_numpy()
    time, flag = calendar(year, frame["month"], frame["day"], clock // 100, clock % 100)
    key = frame["station"].str.lstrip("0") + " " + frame["cast"].str.lstrip("0")
    whole = np.where(np.isnan(clock) | (flag != flags.NOT_EVALUATED), np.datetime64("NaT", "ms"), time)
    frame = frame.assign(key=key, date_only=time, time=whole, doubted=np.where(flag == flags.SUSPECT, True, np.nan))
    keys = [f"{name.lstrip('0')} {number.lstrip('0')}" for name, number in zip(station, cast)]
    chosen = frame.groupby("key").first().reindex(keys)  # of each column the first that is not missing
    north = chosen["north"] + chosen["north_minutes"] / 60
    east = chosen["east"] + chosen["east_minutes"] / 60
    time = chosen["time"].fillna(chosen["date_only"]).to_numpy().astype("datetime64[ms]")
    return Events(
        time,
        time_flags(time, (chosen["time"].isna() & chosen["doubted"].notna()).to_numpy()),
        np.where(chosen["north_sign"] == "S", -north, north).astype(float),
        np.where(chosen["east_sign"] == "W", -east, east).astype(float),
    )
