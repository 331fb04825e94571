"""CF netCDF of profiles: discrete sampling geometry, contiguous ragged array.

Format: CF conventions 1.8, chapter 9 and appendix H.3.4; names of the attributes of a file: ACDD 1.3. Levels of all
profiles lie one after the other along `obs`; `row_size` is their number for each `profile`.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qc.table.cf_metadata import FLAG_MEANINGS, FLAG_VALUES, STANDARD_NAMES
from qc.table.schema import UNITS, VARIABLES
from qc.types import Integers
from qc.writers.parts import About, Profiles, Written

_NAMES = ("source", "file", "cast", "cruise", "platform", "instrument", "duplicate_of")
_LONG = {
    "source": "archive",
    "file": "archive file",
    "cast": "name of the cast, unique within the archive",
    "cruise": "cruise, or platform of a float or glider",
    "platform": "platform",
    "instrument": "bottle, ctd, float or glider",
    "duplicate_of": "archive/cast of the preferred copy of this profile, empty where it is no copy",
    "time": "time",
    "latitude": "latitude",
    "longitude": "longitude",
    "pressure": "sea pressure",
    "depth": "depth",
    "temperature": "temperature, in situ, ITS-90",
    "salinity": "practical salinity, PSS-78",
    "oxygen": "dissolved oxygen",
    "nitrate": "nitrate",
    "phosphate": "phosphate",
    "silicate": "silicate",
}
_SECONDS = "seconds since 1970-01-01 00:00:00"
_COORDINATES = {
    "time": {"units": _SECONDS, "calendar": "proleptic_gregorian", "axis": "T", "ancillary_variables": "time_flag"},
    "latitude": {"units": "degrees_north", "axis": "Y", "ancillary_variables": "position_flag"},
    "longitude": {"units": "degrees_east", "axis": "X", "ancillary_variables": "position_flag"},
    "time_flag": {"standard_name": "status_flag", "long_name": "quality flag of time"},
    "position_flag": {"standard_name": "status_flag", "long_name": "quality flag of latitude and longitude"},
}
_FLAG = {"flag_values": np.array(FLAG_VALUES, np.int8), "flag_meanings": " ".join(FLAG_MEANINGS)}
_IODE = "IODE, primary level (IOC Manuals and Guides 54, 2013), the same as QARTOD"
_CHUNK = 8192  # values, so that a file of one cast stays small


def write(parts: Iterable[Profiles], path: str, about: About) -> Written:
    """Write profiles as one CF netCDF file.

    Parameters
    ----------
    parts : iterable of Profiles
        Parts of the table; one is in memory at a time.
    path : str
        File to make.
    about : About
        Title, references, and names of the checks.

    Returns
    -------
    Written
        Numbers of profiles and levels, and of notes behind the unit as delivered; values, units and flags as delivered,
        before conversion, are not part of it.
    """
    import netCDF4

    with netCDF4.Dataset(path, "w") as dataset:
        file, lost = _File(dataset), Counter[str]()
        for part in parts:
            file.add(part, about.names)
            lost.update(part.notes_lost)
        file.finish(about)
        return Written(file.levels, file.casts, left_out=dict(lost))


class _File:
    """A file that grows by parts."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset
        self.levels = self.casts = 0
        self.extent: dict[str, tuple[float, float]] = {}
        self.failures: dict[str, dict[int, int]] = {name: {0: 0} for name in VARIABLES}  # bits to number in the file
        for name in ("profile", "obs"):
            dataset.createDimension(name, None)
        self._profile_variables()
        self._level_variables()

    def _create(self, name: str, kind: Any, dimension: str, fill: Any = None, **attributes: Any) -> Any:
        """Make a variable."""
        packed = {} if kind is str else {"zlib": True, "complevel": 4, "shuffle": True, "chunksizes": (_CHUNK,)}
        variable = self.dataset.createVariable(name, kind, (dimension,), fill_value=fill, **packed)
        variable.setncatts(attributes)
        return variable

    def _profile_variables(self) -> None:
        """Make what a profile has once."""
        self._create("profile", "i4", "profile", cf_role="profile_id", long_name="number of the profile in this file")
        for name in _NAMES:
            self._create(name, str, "profile", long_name=_LONG[name])
        for name in _COORDINATES:
            self._coordinate(name, name, "profile")
        self._create("row_size", "i4", "profile", sample_dimension="obs", long_name="number of levels of the profile")

    def _coordinate(self, name: str, of: str, dimension: str) -> Any:
        """Make time, latitude, longitude or a flag of them, of each profile or each level."""
        attributes = _COORDINATES[of]
        if of.endswith("_flag"):
            return self._create(name, "i1", dimension, np.int8(-127), conventions=_IODE, **attributes, **_FLAG)
        attributes = attributes | {"standard_name": STANDARD_NAMES[of], "long_name": _LONG[of]}
        if dimension == "obs":
            attributes = {key: one for key, one in attributes.items() if key not in ("axis", "ancillary_variables")}
            attributes["long_name"] += " of a level, where it differs within the profile"
        return self._create(name, "f8", dimension, np.nan, **attributes)

    def _level_variables(self) -> None:
        """Make what each level has."""
        self._create("row", "i4", "obs", long_name="line or level number in the archive file, from 0")
        for name in ("pressure", "depth"):
            axis = {"axis": "Z"} if name == "depth" else {}
            known = {"standard_name": STANDARD_NAMES[name], "units": UNITS[name], "positive": "down"} | axis
            self._create(name, "f8", "obs", np.nan, long_name=_LONG[name], **known)
        for name in VARIABLES:
            standard = STANDARD_NAMES[name]
            about = {"standard_name": standard, "units": UNITS[name], "long_name": _LONG[name]}
            linked = f"{name}_flag {name}_failed_checks" + (" oxygen_uncertainty" if name == "oxygen" else "")
            about |= {"coordinates": "time latitude longitude depth", "ancillary_variables": linked}
            self._create(name, "f8", "obs", np.nan, coverage_content_type="physicalMeasurement", **about)
            flag = {"long_name": f"quality flag of {name}", "conventions": _IODE} | _FLAG
            self._create(f"{name}_flag", "i1", "obs", np.int8(-127), standard_name=f"{standard} status_flag", **flag)
            self._create(f"{name}_failed_checks", "i4", "obs", long_name=f"quality checks that {name} failed")
        uncertainty = {"units": UNITS["oxygen"], "long_name": "standard error of oxygen"}
        standard = f"{STANDARD_NAMES['oxygen']} standard_error"
        self._create("oxygen_uncertainty", "f8", "obs", np.nan, standard_name=standard, **uncertainty)

    def add(self, part: Profiles, names: dict[int, str]) -> None:
        """Append the profiles of one part."""
        levels, casts = len(part.cast), len(part.first)
        profile, level = slice(self.casts, self.casts + casts), slice(self.levels, self.levels + levels)
        of = self.dataset.variables
        of["profile"][profile] = np.arange(self.casts, self.casts + casts)
        of["row_size"][profile] = np.bincount(part.cast, minlength=casts)
        for name in _NAMES:
            of[name][profile] = part.text(name)
        for name in _COORDINATES:
            self._add_coordinate(name, part, profile, level)
        of["row"][level] = part.table["row"].to_numpy()
        for name in ("pressure", "depth", "oxygen_uncertainty", *VARIABLES):
            of[name][level] = part.numbers(name)
        for name in VARIABLES:
            of[f"{name}_flag"][level] = part.flags(name)
            of[f"{name}_failed_checks"][level] = self._numbered(name, part.table[f"{name}_checks"].to_numpy())
        self._extend(part)
        self.levels, self.casts = self.levels + levels, self.casts + casts

    def _add_coordinate(self, name: str, part: Profiles, profile: slice, level: slice) -> None:
        """Append what a profile has once; of profiles within which it differs, that of each level too."""
        values: NDArray[Any] = part.times() if name == "time" else part.table[name].to_numpy()
        if name == "time":
            seconds = values.astype(np.int64) / 1000.0
            values = np.where(np.isnat(values), np.nan, seconds)
        first = values[part.first]
        self.dataset[name][profile] = first
        differs = ~((values == first[part.cast]) | ((values != values) & (first != first)[part.cast]))
        if not differs.any():
            return
        varying = np.bincount(part.cast, differs, len(part.first))[part.cast] > 0
        if f"level_{name}" not in self.dataset.variables:
            self._coordinate(f"level_{name}", name, "obs")
        fill = self.dataset[f"level_{name}"].get_fill_value()
        self.dataset[f"level_{name}"][level] = np.where(varying, values, fill)

    def _numbered(self, name: str, bits: NDArray[np.uint64]) -> Integers:
        """Give each set of failed checks a number, in order of appearance."""
        known = self.failures[name]
        sets, inverse = np.unique(bits, return_inverse=True)
        return np.array([known.setdefault(int(one), len(known)) for one in sets], np.int64)[inverse]

    def _extend(self, part: Profiles) -> None:
        """Note the extent of a part."""
        milliseconds = part.times()[part.first]
        given = {name: part.numbers(name) for name in ("latitude", "longitude", "depth")}
        given["time"] = milliseconds[~np.isnat(milliseconds)].astype(np.float64)
        for name, values in given.items():
            known = values[np.isfinite(values)]
            if known.size:
                low, high = self.extent.get(name, (np.inf, -np.inf))
                self.extent[name] = (min(low, float(known.min())), max(high, float(known.max())))

    def finish(self, about: About) -> None:
        """Write what is known at the end: meanings of the failed checks, extent, and origin."""
        for name, known in self.failures.items():
            variable = self.dataset[f"{name}_failed_checks"]
            variable.flag_values = np.arange(len(known), dtype=np.int32)
            variable.flag_meanings = " ".join(_set_name(bits, about.names) for bits in known)
        for name in ("time", "latitude", "longitude"):
            flag = _COORDINATES[name]["ancillary_variables"]
            if f"level_{flag}" in self.dataset.variables:
                self.dataset[name].ancillary_variables = f"{flag} level_{flag}"
        self.dataset.setncatts(_origin(about) | _extent(self.extent))


def _set_name(bits: int, names: dict[int, str]) -> str:
    """Name a set of failed checks as one word of flag_meanings."""
    found = [names.get(bit, f"bit_{bit}") for bit in range(64) if bits >> bit & 1]
    return "+".join(found) or "none"


def _origin(about: About) -> dict[str, str]:
    """Return the attributes of a file that do not depend on its content."""
    optional = {"references": about.references, "license": about.licence}
    return {name: text for name, text in optional.items() if text} | {
        "Conventions": "CF-1.8, ACDD-1.3",
        "featureType": "profile",
        "cdm_data_type": "Profile",
        "title": about.title,
        "summary": about.summary,
        "keywords": "oceans, ocean chemistry, dissolved oxygen, profiles",
        "source": "observations read from the archive files that are named in the variable file",
        "history": f"{about.created} written by {about.software}",
        "date_created": about.created,
        "creator_name": about.software,
        "standard_name_vocabulary": "CF Standard Name Table v93",
    }


def _extent(extent: dict[str, tuple[float, float]]) -> dict[str, Any]:
    """Return the attributes of ACDD that bound the content, of what is known."""
    found: dict[str, Any] = {}
    for name, short, unit in (
        ("latitude", "lat", "degrees_north"), ("longitude", "lon", "degrees_east"), ("depth", "vertical", "m")
    ):  # fmt: skip
        if name in extent:
            low, high = extent[name]
            found |= {
                f"geospatial_{short}_min": low,
                f"geospatial_{short}_max": high,
                f"geospatial_{short}_units": unit,
            }
    if "depth" in extent:
        found["geospatial_vertical_positive"] = "down"
    if "time" in extent:
        start, end = (f"{np.datetime64(int(one), 'ms')}Z" for one in extent["time"])
        found |= {"time_coverage_start": start, "time_coverage_end": end}
    return found
