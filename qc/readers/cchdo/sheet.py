"""Samples or levels of one file of CCHDO, as columns by the names of the WOCE Hydrographic Programme (WHP)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from qc.readers.columns.coordinates import floats
from qc.readers.columns.variables import Values
from qc.readers.files.source import Source
from qc.table import flags
from qc.types import Floats, Mask

COLUMNS = (
    "CTDPRS",
    "CTDTMP",
    "CTDSAL",
    "SALNTY",
    "CTDOXY",
    "OXYGEN",
    "NITRIT",
    "NITRAT",
    "NO2+NO3",
    "PHSPHT",
    "SILCAT",
)
BOTTLE = "BTLNBR"  # its flag is that of the bottle itself
MISSING_BELOW = -998.0  # "any value beginning -999"


@dataclass(frozen=True)
class Sheet:
    """Samples or levels of one file.

    Parameters
    ----------
    source : Source
        The file.
    expocode, station, cast : sequence of str, shape (profile,)
        As in the file; an expocode that is empty or became a number is taken from the file name.
    profile : integers, shape (level,)
        Index into those.
    ctd : mask, shape (level,)
        Whether the level is one of a CTD profile; else it is a bottle.
    row : integers, shape (level,)
        Number of the level in the file.
    time : datetime64[ms], shape (level,)
        UTC.
    latitude, longitude : floats, shape (level,)
        Degrees north and east, as in the file.
    values : dict
        Of `COLUMNS` those that the file has: floats, shape (level,), NaN where missing.
    units : dict
        Their units as the file writes them; for CTDTMP the temperature scale.
    codes : dict
        Their WHP flags and, under `BOTTLE`, that of the bottle: arrays that `qc.table.flags.to_iode` takes.
    """

    source: Source
    expocode: Sequence[str]
    station: Sequence[str]
    cast: Sequence[str]
    profile: NDArray[np.int64]
    ctd: Mask
    row: NDArray[np.int64]
    time: NDArray[np.datetime64]
    latitude: Floats
    longitude: Floats
    values: dict[str, Floats]
    units: dict[str, str]
    codes: dict[str, Any]

    def take(self, rows: NDArray[np.int64]) -> "Sheet":
        """Return a sheet of these levels, in this order."""
        levels = {
            name: getattr(self, name)[rows] for name in ("profile", "ctd", "row", "time", "latitude", "longitude")
        }
        return replace(
            self,
            **levels,
            values={name: array[rows] for name, array in self.values.items()},
            codes={name: np.asarray(array)[rows] for name, array in self.codes.items()},
        )

    def of(self, name: str, ctd: bool) -> Values:
        """Return a column with its flags; those of a bottle that leaked or mis-tripped are suspect at best.

        Parameters
        ----------
        name : str
            A WHP name; a column that the file does not have is missing everywhere.
        ctd : bool
            Whether a sensor measured it, for that decides what its flags mean.
        """
        value = self.values.get(name, np.full(self.profile.shape, np.nan))
        scheme = "whp_ctd" if ctd else "whp_bottle"
        values = Values.of(value, self.units.get(name, ""), self.codes.get(name), scheme)
        if ctd or BOTTLE not in self.codes:
            return values
        device = flags.to_iode(self.codes[BOTTLE], "whp_device")
        return replace(
            values,
            flag=np.where(device == flags.SUSPECT, flags.merge(values.flag, device), values.flag).astype(np.int8),
        )


def clean(array: Any) -> Floats:
    """Return floats with NaN where an array is masked or holds a WHP code of a missing value, -999 and below."""
    numbers = floats(array)
    with np.errstate(invalid="ignore"):
        return np.where(numbers < MISSING_BELOW, np.nan, numbers)


def parse(texts: Any) -> Floats:
    """Return texts as floats, NaN where one is missing or no number."""
    array = pa.array(texts, pa.string(), from_pandas=True)
    try:
        return pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:  # the slower parser says which
        return pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").to_numpy(np.float64)


def variables(dataset: Any, attribute: str, names: dict[str, str]) -> dict[str, str]:
    """Find the netCDF variables that hold WHP columns.

    Parameters
    ----------
    dataset : netCDF4.Dataset
        The file.
    attribute : str
        Attribute of a variable that gives its WHP name.
    names : dict
        Variable to WHP name, for variables without that attribute.

    Returns
    -------
    dict
        WHP name, of `COLUMNS`, to variable; of several in other units the one that is named in `names`.
    """
    found: dict[str, str] = {}
    for theirs, variable in dataset.variables.items():
        name = str(getattr(variable, attribute, names.get(theirs, ""))).strip().upper()
        if name in COLUMNS and (name not in found or theirs in names):
            found[name] = theirs
    return found
