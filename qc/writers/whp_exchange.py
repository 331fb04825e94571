"""WHP-Exchange text of CCHDO: for each cruise a bottle file (`*_hy1.csv`) and a zip of CTD casts (`*_ct1.zip`).

Format: Swift and Diggs, Description of WHP-Exchange format, 2008 (CCHDO). Flags are those of the WHP for water samples
and for CTDs (`qc.table.flag_schemes`).
"""

import re
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from qc.table import flags
from qc.table.bottle_stops import STOP, partners
from qc.types import Floats, Integers, Mask
from qc.writers.parts import About, Profiles, Written

_LEAST = -998.0  # the format: any value beginning -999 is missing
_MISSING = "-999"
_SENSOR = {"CTDTMP": ("temperature", "ITS-90"), "CTDSAL": ("salinity", "PSS-78")}
_BOTTLE = {
    "OXYGEN": ("oxygen", "UMOL/KG"),
    "SILCAT": ("silicate", "UMOL/KG"),
    "NITRAT": ("nitrate", "UMOL/KG"),
    "PHSPHT": ("phosphate", "UMOL/KG"),
}
_RENUMBERED = "cast numbers that another cast of the station has: the next free one is written"
_NUTRIENTS = ("silicate", "nitrate", "phosphate")
_OXYGEN = "CTDOXY"
_KEYS = ("EXPOCODE", "STNNBR", "CASTNO")
_PLACE = ("DATE", "TIME", "LATITUDE", "LONGITUDE", "DEPTH")
Column = NDArray[np.object_]


def write(parts: Iterable[Profiles], path: str, about: About) -> Written:
    """Write the bottle samples and CTD profiles of each cruise into a new folder.

    Parameters
    ----------
    parts : iterable of Profiles
        Parts of the table; one is in memory at a time.
    path : str
        Folder to make.
    about : About
        Title.

    Returns
    -------
    Written
        Numbers of casts and levels, and of what the format does not express: floats and gliders, copies, flags of time
        and position, nutrients of sensors, standard errors, cast numbers that are taken. Times are written to the
        minute, depths not at all: they follow from pressure. A sensor at bottle stops goes into the rows of its
        bottles; where they are copies, left out, it is written as a profile.
    """
    folder = Path(path)
    folder.mkdir()
    files: dict[str, _Cruise] = {}
    without, lost = Counter[str](), Counter[str]()
    levels = casts = 0
    for part in parts:
        taken = _Part(part)
        for expocode in dict.fromkeys(taken.expocode[taken.written]):
            cruise = files.setdefault(expocode, _Cruise(folder, expocode, about))
            cruise.add(taken, np.flatnonzero(taken.written & (taken.expocode == expocode)))
        without.update(taken.without)
        lost.update(taken.lost())
        levels += taken.levels
        casts += taken.casts
    for cruise in files.values():
        cruise.finish()
        lost[_RENUMBERED] += cruise.renumbered
    return Written(levels, casts, dict(without), dict(lost))


class _Part:
    """The casts of one part that the format can express, and their names."""

    def __init__(self, part: Profiles) -> None:
        self.part = part
        self.instrument, self.name = part.text("instrument"), part.text("cast")
        known = np.isin(self.instrument, ("bottle", "ctd"))
        copy = (part.text("duplicate_of") != "") & known
        self.sample_of = self._pairs((self.instrument == "bottle") & ~copy)
        stop = np.unique(part.cast[self.sample_of >= 0])  # sensors that go into the rows of their bottles
        self.written = known & ~copy
        self.written[stop] = False
        of_stop = np.isin(np.arange(len(part.first)), stop)
        length = np.bincount(part.cast, minlength=len(part.first))
        others = sorted(set(self.instrument[~known]))
        self.without = {
            f"levels of instrument {one or '(none)'}": int(length[self.instrument == one].sum()) for one in others
        }
        self.without["levels of copies"] = int(length[copy & ~of_stop].sum())
        self.levels = int(length[self.written].sum()) + int((self.sample_of >= 0).sum())
        self.casts = int(self.written.sum()) + len(stop)
        self.expocode = self._expocodes()
        self.ctd = self.instrument == "ctd"

    def _pairs(self, bottle: Mask) -> Integers:
        """Return for each level of a sensor at bottle stops the level of its bottle, -1 where there is none.

        `bottle` are the casts of bottles that are written; a sensor is paired with all of its levels or not at all.
        """
        part, cast = self.part, self.part.cast
        at_stop = np.array([name.endswith(STOP) for name in self.name], bool) & (self.instrument == "ctd")
        place = ["\n".join(names) for names in zip(part.text("source"), part.text("file"))]
        file = np.unique(place, return_inverse=True)[1]
        row = pc.if_else(pa.array((bottle | at_stop)[cast]), part.table["row"], None)
        pair = np.where(at_stop[cast], partners(row, file[cast], cast, list(self.name)), -1)
        bottle_of = np.array([name.removesuffix(STOP) for name in self.name], object)
        whole = (pair >= 0) & bottle[cast[pair]] & (self.name[cast[pair]] == bottle_of[cast])
        unpaired = np.bincount(cast, ~whole, len(part.first)) > 0
        return np.where(unpaired[cast], -1, pair)

    def _expocodes(self) -> Column:
        """Return the cruise of each cast, the platform where there is none, in the letters of an expocode."""
        names = [cruise or platform for cruise, platform in zip(self.part.text("cruise"), self.part.text("platform"))]
        return np.array([_plain(name, r"[^A-Za-z0-9_-]") or "UNKNOWN" for name in names], object)

    def lost(self) -> dict[str, int]:
        """Count the values and flags of written casts that the format has no place for."""
        part, here = self.part, self.written[self.part.cast]
        sensor = here & self.ctd[part.cast]
        place = np.stack([part.numbers("latitude"), part.numbers("longitude"), part.times().astype(np.float64)])
        first = place[:, part.first][:, part.cast]
        differs = ((place != first) & ~(np.isnan(place) & np.isnan(first))).any(axis=0)
        stop, bottle = np.flatnonzero(self.sample_of >= 0), self.sample_of[self.sample_of >= 0]
        values = ("pressure", "temperature", "salinity", "oxygen", *_NUTRIENTS)
        masks = {
            "flags of time, suspect or bad": [here & np.isin(part.flags("time"), (flags.SUSPECT, flags.FAIL))],
            "flags of position, suspect or bad": [here & np.isin(part.flags("position"), (flags.SUSPECT, flags.FAIL))],
            "flags of temperature or salinity at bottle stops, other than those of the bottle": [
                part.flags(name)[stop] != part.flags(name)[bottle] for name in ("temperature", "salinity")
            ],
            "nutrients of sensors": [sensor & np.isfinite(part.numbers(name)) for name in _NUTRIENTS],
            "standard errors of oxygen": [here & np.isfinite(part.numbers("oxygen_uncertainty"))],
            "values below -998, read as missing": [here & (part.numbers(n) < _LEAST) for n in values],
            "times or positions of levels other than those of their CTD cast": [sensor & differs],
        }
        return {what: int(sum(mask.sum() for mask in found)) for what, found in masks.items()}

    def values(self, name: str, scheme: str, rows: Integers) -> tuple[Column, Column]:
        """Return values as written, and their flags."""
        value = self.part.numbers(name)[rows]
        there = value >= _LEAST
        flag = np.where(there, self.part.flags(name)[rows], flags.MISSING)
        return _written(value), flags.from_iode(flag, scheme).astype(object)


class _Cruise:
    """The files of one cruise, which grow by parts."""

    def __init__(self, folder: Path, expocode: str, about: About) -> None:
        self.bottles, self.ctds = folder / f"{expocode}_hy1.csv", folder / f"{expocode}_ct1.zip"
        self.expocode, self.about = expocode, about
        self.stamp = f"{re.sub('[^0-9]', '', about.created)[:8]}OXYGENRECON"
        self.taken: dict[bool, set[tuple[str, int]]] = {False: set(), True: set()}  # of bottles, of CTD profiles
        self.renumbered = 0

    def add(self, taken: _Part, casts: Integers) -> None:
        """Append casts of one part."""
        for cast in casts:
            levels = taken.part.levels_of(cast)
            station, number = self._identity(taken.name[cast], bool(taken.ctd[cast]))
            if taken.ctd[cast]:
                self._add_profile(taken, levels, station, number)
            else:
                self._add_samples(taken, levels, station, number)

    def _identity(self, name: str, ctd: bool) -> tuple[str, int]:
        """Return station and cast number: those of a name "expocode_station_cast", with the next number if taken.

        Bottles and CTD profile of one cast share a number, by which they are known to be one.
        """
        found = re.fullmatch(rf"{re.escape(self.expocode)}_(.+)_(\d+)(?:{STOP}|#ctd)?", name)
        station, number = (found[1], int(found[2])) if found else (name.partition("#")[0], 1)
        station = _plain(station, r"[^A-Za-z0-9_./+-]") or "UNKNOWN"
        free = number
        while (station, free) in self.taken[ctd]:
            free += 1
        self.renumbered += free != number
        self.taken[ctd].add((station, free))
        return station, free

    def _add_samples(self, taken: _Part, rows: Integers, station: str, number: int) -> None:
        """Append the samples of one cast of bottles, each with the value of the sensor at its stop."""
        columns: dict[str, Column] = {
            name: np.full(len(rows), text, object) for name, text in zip(_KEYS, (self.expocode, station, str(number)))
        }
        columns["SAMPNO"] = np.arange(1, len(rows) + 1).astype(str).astype(object)
        columns |= dict(zip(_PLACE, _place(taken.part, rows))) | {
            "CTDPRS": _written(taken.part.numbers("pressure")[rows])
        }
        units = {"CTDPRS": "DBAR"}
        for name, (ours, unit) in (_SENSOR | _BOTTLE).items():
            scheme = "whp_ctd" if name in _SENSOR else "whp_bottle"
            columns[name], columns[f"{name}_FLAG_W"] = taken.values(ours, scheme, rows)
            units[name] = unit
        columns[_OXYGEN] = np.full(len(rows), _MISSING, object)
        columns[f"{_OXYGEN}_FLAG_W"], units[_OXYGEN] = np.full(len(rows), "9", object), "UMOL/KG"
        sensor = np.flatnonzero(np.isin(taken.sample_of, rows))
        at = np.searchsorted(rows, taken.sample_of[sensor])
        columns[_OXYGEN][at], columns[f"{_OXYGEN}_FLAG_W"][at] = taken.values("oxygen", "whp_ctd", sensor)
        if not self.bottles.exists():
            head = [f"BOTTLE,{self.stamp}", f"# {self.about.title}, written by {self.about.software}"]
            self._append([*head, ",".join(columns), ",".join(units.get(name, "") for name in columns)])
        self._append(_lines(columns))

    def _append(self, lines: list[str]) -> None:
        """Append lines to the bottle file."""
        with self.bottles.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)

    def _add_profile(self, taken: _Part, rows: Integers, station: str, number: int) -> None:
        """Add one CTD cast to the zip."""
        place = [column[0] for column in _place(taken.part, rows[:1])]
        keys = dict(zip((*_KEYS, *_PLACE), (self.expocode, station, str(number), *place)))
        columns: dict[str, Column] = {"CTDPRS": _written(taken.part.numbers("pressure")[rows])}
        units = {"CTDPRS": "DBAR"}
        for name, (ours, unit) in (_SENSOR | {_OXYGEN: ("oxygen", "UMOL/KG")}).items():
            columns[name], columns[f"{name}_FLAG_W"] = taken.values(ours, "whp_ctd", rows)
            units[name] = unit
        lines = [f"CTD,{self.stamp}", f"# {self.about.title}, written by {self.about.software}"]
        lines += [f"NUMBER_HEADERS = {len(keys) + 1}", *(f"{key} = {text}" for key, text in keys.items())]
        lines += [",".join(columns), ",".join(units.get(name, "") for name in columns), *_lines(columns), "END_DATA"]
        member = f"{self.expocode}_{_plain(station, '[/]')}_{number:05d}_ct1.csv"
        with zipfile.ZipFile(self.ctds, "a", zipfile.ZIP_DEFLATED) as bundle:
            bundle.writestr(member, "".join(f"{line}\n" for line in lines))

    def finish(self) -> None:
        """End the bottle file."""
        if self.bottles.exists():
            self._append(["END_DATA"])


def _lines(columns: dict[str, Column]) -> list[str]:
    """Join columns to lines."""
    return [",".join(fields) for fields in zip(*columns.values())]


def _place(part: Profiles, rows: Integers) -> tuple[Column, ...]:
    """Return date, time of day, latitude, longitude and depth of the bottom, which is unknown, as written."""
    time = part.times()[rows]
    known = ~np.isnat(time)
    text = np.datetime_as_string(time + np.timedelta64(30, "s"), "m").astype(object)  # to the nearest minute
    date = np.array([one[:10].replace("-", "") if there else _MISSING for one, there in zip(text, known)], object)
    clock = np.array([one[11:16].replace(":", "") if there else _MISSING for one, there in zip(text, known)], object)
    bottom = np.full(len(rows), _MISSING, object)
    return date, clock, _written(part.numbers("latitude")[rows]), _written(part.numbers("longitude")[rows]), bottom


def _written(values: Floats) -> Column:
    """Write numbers with the digits that give the same float64."""
    array = pa.array(np.where(values >= _LEAST, values, np.nan), from_pandas=True)
    return np.asarray(pc.fill_null(pc.cast(array, pa.string()), _MISSING).to_numpy(zero_copy_only=False), object)


def _plain(name: str, unwanted: str) -> str:
    """Replace the characters that the format cannot carry."""
    return re.sub(unwanted, "_", name)
