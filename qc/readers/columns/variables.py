"""A measured variable with its unit and flags, from what the archive delivered to columns of the observation table."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.columns.coordinates import floats
from qc.table import flags
from qc.table.text_columns import categorical
from qc.types import Floats, Integers, Mask

AMOUNTS = ("oxygen", "nitrate", "phosphate", "silicate")  # the variables that are converted to umol/kg
MOST_ML_PER_L = 15.0  # more oxygen than any seawater contains, ml/l: a larger number has another unit


@dataclass(frozen=True)
class Seawater:
    """State of the seawater at each level, for conversions by density.

    Parameters
    ----------
    SP, t, p, lon, lat : array, shape (level,)
        PSS-78, degC in situ, dbar, degrees east, degrees north; NaN where unknown; from `Values.usable`.
    """

    SP: Floats
    t: Floats
    p: Floats
    lon: Floats
    lat: Floats

    @classmethod
    def of(cls, variables: "Mapping[str, Values]", p: Floats, lon: Floats, lat: Floats) -> "Seawater":
        """Take salinity and temperature from the variables of a file.

        Parameters
        ----------
        variables : mapping of str to Values
            Variables by their names in the observation table; salinity or temperature may be missing.
        p, lon, lat : array, shape (level,)
            dbar, degrees east, degrees north.

        Returns
        -------
        Seawater
            Without the salinities and temperatures that are flagged 4 (fail).
        """
        unknown = np.full(np.shape(p), np.nan)
        SP, t = (variables[name].usable if name in variables else unknown for name in ("salinity", "temperature"))
        return cls(SP, t, p, lon, lat)

    @cached_property
    def density(self) -> Floats:
        """Potential density, kg/L, shape (level,), NaN where unknown; computed once, because every variable uses it."""
        return seawater.potential_density(self.SP, self.t, self.p, self.lon, self.lat)


@dataclass(frozen=True)
class Values:
    """Values of a variable, one for each level.

    Parameters
    ----------
    value, delivered : array, shape (level,)
        In the unit of the observation table, and as delivered by the archive; NaN is missing.
    unit : str or pandas.Categorical
        Unit as delivered.
    flag : int8 array, shape (level,)
        IODE.
    archive_flag : pandas.Categorical or None
        Flag as delivered, "scheme:code".
    """

    value: Floats
    delivered: Floats
    unit: Any
    flag: NDArray[np.int8]
    archive_flag: Any = None

    @classmethod
    def of(cls, delivered: ArrayLike, unit: str, codes: ArrayLike | None = None, scheme: str = "iode") -> "Values":
        """Make values of the numbers and flags of an archive.

        Parameters
        ----------
        delivered : array, shape (level,)
            NaN or masked where missing.
        unit : str
            As written by the archive.
        codes : array, shape (level,), optional
            Flags as delivered; flag 2 (not evaluated) for all values when left out.
        scheme : str
            A key of `qc.table.flags.SCHEMES`.

        Returns
        -------
        Values
            In the unit as delivered.
        """
        value = floats(delivered)
        if codes is None:
            return cls(value, value, unit, np.full(value.shape, flags.NOT_EVALUATED, np.int8))
        return cls(value, value, unit, flags.to_iode(codes, scheme), flags.original(codes, scheme))

    @property
    def usable(self) -> Floats:
        """Values, NaN where the flag is 4 (fail), for use in a density: an error of 10 in salinity is 0.8 % of it."""
        return np.where(self.flag == flags.FAIL, np.nan, self.value)

    def converted(self, policy: seawater.Policy, water: Seawater, column: str, file: str) -> "Values":
        """Convert to umol/kg from the unit as delivered.

        Under "sample" the unit of levels without a sample density ends in `qc.physics.seawater.CONSTANT_NOTE`.

        Parameters
        ----------
        policy : {"sample", "constant_1025", "refuse"}
            Density of `qc.physics.seawater.to_umol_kg`.
        water : Seawater
            Seawater of each level.
        column, file : str
            Names for the message of an error.

        Returns
        -------
        Values
            In umol/kg; numbers and unit as delivered are kept.

        Raises
        ------
        InputError
            If the unit is unknown or the policy refuses it.
        """
        unit = seawater.normalise_unit(self.unit, column, file)
        density = water.density if policy == "sample" and seawater.is_volumetric(unit) else None
        sample = (water.SP, water.t, water.p, water.lon, water.lat)
        try:
            value = seawater.to_umol_kg(self.delivered, unit, policy, *sample, density)
        except InputError as error:
            raise InputError(error.what, f"{file}, column {column}", error.fix) from error
        if density is None:
            return replace(self, value=value)
        by_sample = np.isfinite(density) | ~np.isfinite(value)
        return replace(self, value=value, unit=_either(by_sample, self.unit, self.unit + seawater.CONSTANT_NOTE))

    def uncalibrated_as_suspect(self) -> "Values":
        """Flag oxygen of an uncalibrated sensor (flag 1 of the WHP for CTDs) as suspect.

        It may be wrong by tens of per cent (P01W 1999: 36 % low in the median); temperature and salinity are not.
        """
        uncalibrated = np.asarray(self.archive_flag == "whp_ctd:1", bool)
        return replace(self, flag=np.where(uncalibrated, flags.SUSPECT, self.flag).astype(np.int8))

    def flagged(self, flag: ArrayLike, where: Mask | None = None) -> "Values":
        """Add a flag: of it and the flag of the value the worse is kept (`qc.table.flags.merge`).

        Parameters
        ----------
        flag : int or int8 array, shape (level,)
            IODE flag.
        where : mask, shape (level,), optional
            Levels that it is added to; all when left out.

        Returns
        -------
        Values
            The same values with the merged flags.
        """
        merged = flags.merge(self.flag, np.asarray(flag, np.int8))
        return replace(self, flag=merged if where is None else np.where(where, merged, self.flag).astype(np.int8))

    def noted(self, note: str, where: Mask | None = None) -> "Values":
        """Write a note behind the unit as delivered, once the values are converted.

        Parameters
        ----------
        note : str
            Such as `qc.table.schema.ADJUSTED_NOTE`.
        where : mask, shape (level,), optional
            Levels that get it; all when left out.

        Returns
        -------
        Values
            The same values.
        """
        noted = (
            self.unit + note if isinstance(self.unit, str) else self.unit.rename_categories(lambda unit: unit + note)
        )
        return replace(self, unit=noted if where is None else _either(where, noted, self.unit))

    def filled_from(self, other: "Values", where: Mask | None = None) -> "Values":
        """Replace values, with their units and flags as delivered, by those of another variable.

        Parameters
        ----------
        other : Values
            Values of the same levels.
        where : mask, shape (level,), optional
            Levels to replace; those without a value when left out.

        Returns
        -------
        Values
            The combination of both.
        """
        here = np.isfinite(self.value) if where is None else ~where
        return Values(
            np.where(here, self.value, other.value),
            np.where(here, self.delivered, other.delivered),
            _either(here, self.unit, other.unit),
            np.where(here, self.flag, other.flag).astype(np.int8),
            _either(here, self.archive_flag, other.archive_flag),
        )

    def columns(self, name: str) -> dict[str, object]:
        """Return the columns of the observation table.

        Parameters
        ----------
        name : str
            A variable of `qc.table.schema.VARIABLES`.

        Returns
        -------
        dict
            Column name to array; flag 9 exactly where the value is missing.
        """
        columns: dict[str, object] = {
            name: self.value,
            f"{name}_flag": flags.agree(self.flag, self.value),
            f"{name}_original": self.delivered,
            f"{name}_original_unit": self.unit,
        }
        if self.archive_flag is not None:
            columns[f"{name}_original_flag"] = self.archive_flag
        return columns


def _either(here: Mask, first: Any, second: Any) -> Any:
    """Return for each level the first or the second text (str, Categorical or None)."""
    if isinstance(first, str) and (first == second or here.all()):
        return first
    if first is None and second is None:
        return None
    texts = [_codes(text, here.size) for text in (first, second)]
    (a, names_a), (b, names_b) = texts
    names = [*names_a, *(name for name in names_b if name not in names_a)]
    shift = np.array([names.index(name) for name in names_b] + [-1])
    codes: Integers = np.where(here, a, shift[b])
    return categorical(codes, names)


def _codes(text: Any, n: int) -> tuple[Integers, list[str]]:
    """Return category number of each level, -1 where missing, and the categories."""
    if text is None:
        return np.full(n, -1, np.int64), []
    if isinstance(text, str):
        return np.zeros(n, np.int64), [text]
    return text.codes.astype(np.int64), [str(name) for name in text.categories]
