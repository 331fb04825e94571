"""Conventions of the World Ocean Database, in netCDF and native ASCII: identity and flags of casts."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from qc.readers.columns.coordinates import Times
from qc.readers.columns.variables import Values
from qc.readers.files.source import Source
from qc.table import flags
from qc.table.flags import Flags
from qc.table.text_columns import categorical
from qc.types import Floats, Integers, Mask

_DATASETS = {"bottle": "bottle", "ctd": "ctd", "profiling float": "float", "glider": "glider"}
_FILES = {"osd": "bottle", "ctd": "ctd", "pfl": "float", "gld": "glider"}  # a part of the file name


def identity(
    cast: Integers,
    source: Source,
    *,
    unique: NDArray[np.str_],
    cruise: NDArray[np.str_],
    accession: Floats,
    platform: NDArray[np.str_],
    dataset: NDArray[np.str_],
    time: tuple[Times, Flags],
    north: Floats,
    east: Floats,
) -> dict[str, Any]:
    """Return the columns that are constant over a cast.

    Parameters
    ----------
    cast : integers, shape (level,)
        Number of the cast of each level in the file, from 0.
    source : Source
        The file; its name gives the instrument where `dataset` is empty.
    unique, cruise, platform, dataset : text, shape (cast,)
        WOD unique cast number; country and cruise; ship; name of the dataset. Empty where missing.
    accession : floats, shape (cast,)
        Accession number of the archive, NaN where unknown; it groups casts that have no cruise.
    time : datetime64[ms] and int8, shape (cast,)
        UTC, and IODE flag.
    north, east : floats, shape (cast,)
        Degrees north and east, longitude in [-180, 180).

    Returns
    -------
    dict
        Column of the observation table to array, shape (level,), or to a single text.
    """
    known = np.isfinite(accession) & (accession >= 0)
    name = np.char.add("accession ", np.where(known, accession, 0).astype(np.int64).astype(str))
    cruise = np.where((cruise == "") & known, name, cruise)
    cruise = np.where(cruise == "", np.char.add("cast ", unique), cruise)
    return {
        "source": "wod",
        "file": source.name,
        "row": np.arange(cast.size),
        "cast": _categories(unique, cast),
        "cruise": _categories(cruise, cast),
        "platform": _categories(platform, cast),
        "instrument": _categories(instrument(dataset, source), cast),
        "time": time[0][cast],
        "time_flag": time[1][cast],
        "latitude": north[cast],
        "longitude": east[cast],
    }


def _categories(text: NDArray[np.str_], cast: Integers) -> Any:
    """Return the text of each level's cast as a categorical, null where it is empty."""
    codes, names = pd.factorize(text)
    given = np.where(names[codes] == "", -1, codes) if names.size else codes
    return categorical(given[cast], names)


def instrument(dataset: NDArray[np.str_], source: Source) -> NDArray[np.str_]:
    """Return the instrument of each cast.

    Parameters
    ----------
    dataset : text, shape (cast,)
        Name of the dataset, empty where missing.
    source : Source
        The file; its name gives the instrument where `dataset` is empty.

    Returns
    -------
    array of str, shape (cast,)
        bottle, ctd, float, glider, or the name of the dataset in lower case.
    """
    text = np.char.lower(dataset)
    file = source.stem.lower()
    default = next((name for part, name in _FILES.items() if part in file), "")
    names = np.where(text == "", default, text).astype("U40")
    for part, name in _DATASETS.items():
        names[np.char.find(text, part) >= 0] = name
    return names


def with_flags(
    value: Floats, unit: str, codes: ArrayLike | None, profile: ArrayLike | None, suspect: Mask | None = None
) -> Values:
    """Return values with the flag of the level or that of the whole profile, whichever is worse.

    Parameters
    ----------
    value : floats, shape (level,)
        As delivered.
    unit : str
        As delivered.
    codes, profile : array, shape (level,), optional
        WOD flag of the level, and that of its profile.
    suspect : mask, shape (level,), optional
        Levels whose value is suspect or worse, independent of its WOD flags.

    Returns
    -------
    Values
        With IODE flags.
    """
    values = Values.of(value, unit, codes, "wod")
    if profile is not None:
        values = values.flagged(flags.to_iode(profile, "wod_profile"))
    return values if suspect is None else values.flagged(flags.SUSPECT, suspect)


def with_depth_flags(values: Values, codes: NDArray[Any]) -> Values:
    """Flag values as suspect or worse where WOD flags their depth: 1 repeated or inverted, 2 density inversion.

    Parameters
    ----------
    values : Values
        Values of the levels.
    codes : array, shape (level,)
        WOD flag of the depth of each level.

    Returns
    -------
    Values
        With the merged flags.
    """
    return values.flagged(flags.SUSPECT, np.isin(flags.to_iode(codes, "wod"), (flags.SUSPECT, flags.FAIL)))
