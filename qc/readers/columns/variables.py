"""One measured variable on its way into the table: value, flag, and what the archive delivered."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.columns.coordinates import floats
from qc.table import flags as qc_flags
from qc.types import Floats


@dataclass(frozen=True)
class State:
    """Seawater of each level, for conversions by density.

    Parameters
    ----------
    SP, t, p, lon, lat : array, shape (level,)
        PSS-78, degC in situ, dbar, degrees east, degrees north; NaN where unknown: take `Values.usable`.
    """

    SP: Floats
    t: Floats
    p: Floats
    lon: Floats
    lat: Floats

    @cached_property
    def density(self) -> Floats:
        """Potential density, kg/L, shape (level,), NaN where unknown: costly, and the same for every variable."""
        return seawater.potential_density(self.SP, self.t, self.p, self.lon, self.lat)


@dataclass(frozen=True)
class Values:
    """A variable of each level.

    Parameters
    ----------
    value, delivered : array, shape (level,)
        In the table's unit, and as the archive has it; NaN is missing.
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
    def of(cls, delivered: ArrayLike, unit: str, flags: ArrayLike | None = None, scheme: str = "iode") -> "Values":
        """Take an archive's numbers and flags as they are.

        Parameters
        ----------
        delivered : array, shape (level,)
            NaN or masked where missing.
        unit : str
            As the archive writes it.
        flags : array, optional
            The archive's flags; "not evaluated" when left out.
        scheme : str
            A key of `qc.table.flags.SCHEMES`.
        """
        value = floats(delivered)
        if flags is None:
            return cls(value, value, unit, np.full(value.shape, qc_flags.NOT_EVALUATED, np.int8))
        return cls(value, value, unit, qc_flags.to_iode(flags, scheme), qc_flags.original(flags, scheme))

    @property
    def usable(self) -> Floats:
        """The value where its archive does not call it bad, else NaN; a salinity wrong by 10 is 0.8 % of density."""
        return np.where(self.flag == qc_flags.FAIL, np.nan, self.value)

    def converted(self, policy: seawater.Policy, state: State, column: str, file: str) -> "Values":
        """Convert to umol/kg from the unit as delivered.

        Under "sample" the unit of levels without a density of their own ends in `qc.physics.seawater.CONSTANT_NOTE`.

        Parameters
        ----------
        policy : {"sample", "constant_1025", "refuse"}
            Density of `qc.physics.seawater.to_umol_kg`.
        state : State
            Seawater of each level.
        column, file : str
            What to name in an error.

        Raises
        ------
        InputError
            If the unit is unknown or the policy refuses it.
        """
        unit = seawater.normalise_unit(self.unit, column, file)
        density = state.density if policy == "sample" and seawater.is_volumetric(unit) else None
        water = (state.SP, state.t, state.p, state.lon, state.lat)
        try:
            value = seawater.to_umol_kg(self.delivered, unit, policy, *water, density)
        except InputError as error:
            raise InputError(error.what, f"{file}, column {column}", error.fix) from error
        if density is None:
            return replace(self, value=value)
        own = np.isfinite(density) | ~np.isfinite(value)
        return replace(self, value=value, unit=_either(own, self.unit, self.unit + seawater.CONSTANT_NOTE))

    def less_uncalibrated(self) -> "Values":
        """Call oxygen of a sensor that is not calibrated (flag 1 of the WHP for CTDs) suspect.

        It may be tens of per cent off (P01W 1999: 36 % low in the median); temperature and salinity are not.
        """
        uncalibrated = np.asarray(self.archive_flag == "whp_ctd:1", bool)
        return replace(self, flag=np.where(uncalibrated, qc_flags.SUSPECT, self.flag).astype(np.int8))

    def or_else(self, other: "Values", take_other: NDArray[np.bool_] | None = None) -> "Values":
        """Take another's values where this one has none, or where `take_other` says; delivered things go along."""
        here = np.isfinite(self.value) if take_other is None else ~take_other
        return Values(
            np.where(here, self.value, other.value),
            np.where(here, self.delivered, other.delivered),
            _either(here, self.unit, other.unit),
            np.where(here, self.flag, other.flag).astype(np.int8),
            _either(here, self.archive_flag, other.archive_flag),
        )

    def columns(self, name: str) -> dict[str, object]:
        """Name the columns of the observation table; flag and presence of the value are made to agree."""
        columns: dict[str, object] = {
            name: self.value,
            f"{name}_flag": qc_flags.agree(self.flag, self.value),
            f"{name}_original": self.delivered,
            f"{name}_original_unit": self.unit,
        }
        if self.archive_flag is not None:
            columns[f"{name}_original_flag"] = self.archive_flag
        return columns


def _either(here: NDArray[np.bool_], first: Any, second: Any) -> Any:
    """Choose between two texts (str, Categorical or None) level by level."""
    if isinstance(first, str) and (first == second or here.all()):
        return first
    if first is None and second is None:
        return None
    texts = [_codes(text, here.size) for text in (first, second)]
    (a, names_a), (b, names_b) = texts
    names = [*names_a, *(name for name in names_b if name not in names_a)]
    shift = np.array([names.index(name) for name in names_b] + [-1])
    codes: NDArray[np.int64] = np.where(here, a, shift[b])
    return pd.Categorical.from_codes(codes, pd.Index(names, dtype=str))


def _codes(text: Any, n: int) -> tuple[NDArray[np.int64], list[str]]:
    if text is None:
        return np.full(n, -1, np.int64), []
    if isinstance(text, str):
        return np.zeros(n, np.int64), [text]
    return text.codes.astype(np.int64), [str(name) for name in text.categories]
