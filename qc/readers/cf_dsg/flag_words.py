"""Flags of CF files by the words of flag_meanings, whatever their numbers."""

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qc.readers.cf_dsg.levels import Levels
from qc.table import flags
from qc.table.cf_metadata import FLAG_MEANINGS, FLAG_VALUES
from qc.table.text_columns import categorical

# the first expression that matches a word gives its IODE flag; a word that none matches is suspect
_WORDS = (
    (r"miss|not_(sampled|measured|reported)|no_(data|sample|value)|absent|fill", flags.MISSING),
    (r"(not_|un)(eval|check|test|assess|applied|flagged)|no_(q|check|flag)|unknown|none$|raw$", flags.NOT_EVALUATED),
    (r"prob\w*_bad|suspect|question|doubt|interest|uncertain|change|interpol|estimat|correctable", flags.SUSPECT),
    (r"fail|bad|erro|reject|wrong|invalid|(un|not_)(accept|good|pass|valid)", flags.FAIL),
    (r"(^|_)(no|not|non|never|out|outside|beyond|without|lacks)(_|$)", flags.SUSPECT),  # a negation of what follows
    (r"(^|_|probably)(good(data|values?)?|pass(ed|es)?|accept(ed|able)?|ok|valid(ated)?)(_|\d|$)", flags.PASS),
)


def flag_variables(variable: Any, levels: Levels) -> list[Any]:
    """Return the flags that are linked to a variable.

    Parameters
    ----------
    variable : netCDF4.Variable
        With `ancillary_variables`, or without.
    levels : Levels
        Levels of the file.

    Returns
    -------
    list of netCDF4.Variable
        The linked variables with flag_values and flag_meanings that have a value at each level, and of which one word
        at least says more than suspect: names of checks do not.
    """
    names = str(getattr(variable, "ancillary_variables", "")).split()
    linked = [flag for name in names if (flag := variable.group().variables.get(name)) is not None]
    return [flag for flag in linked if levels.has(flag) and set(_meanings(flag).values()) - {flags.SUSPECT}]


def iode(flag: Any, levels: Levels) -> NDArray[np.int8]:
    """Return the IODE flag of each level.

    Parameters
    ----------
    flag : netCDF4.Variable
        From `flag_variables`.
    levels : Levels
        Levels of the file.

    Returns
    -------
    int8 array, shape (level,)
        9 (missing) where it is masked, 3 (suspect) where a number has no meaning.
    """
    given = levels.take(flag)
    known = _meanings(flag)
    codes, unique = pd.factorize(np.ma.getdata(given))
    found = np.array([known.get(_plain(one), flags.SUSPECT) for one in unique], np.int8)
    return np.where(np.ma.getmaskarray(given), flags.MISSING, found[codes]).astype(np.int8)


def as_delivered(flag: Any, levels: Levels) -> "pd.Categorical[str]":
    """Return the flag of each level as the observation table keeps it.

    Parameters
    ----------
    flag : netCDF4.Variable
        From `flag_variables`.
    levels : Levels
        Levels of the file.

    Returns
    -------
    pandas.Categorical, shape (level,)
        "iode:3" where the meanings are those of IODE, otherwise "cf:" and the meaning; null where masked.
    """
    given = levels.take(flag)
    words = dict(zip(map(_plain, np.atleast_1d(flag.flag_values)), str(flag.flag_meanings).split()))
    scheme = "iode" if words == dict(zip(FLAG_VALUES, FLAG_MEANINGS)) else "cf"
    codes, unique = pd.factorize(np.ma.getdata(given))
    names = [
        f"iode:{_plain(one)}" if scheme == "iode" else f"cf:{words.get(_plain(one), _plain(one))}" for one in unique
    ]
    position, categories = pd.factorize(np.array(names, object))
    codes = np.where(np.ma.getmaskarray(given), -1, position[codes])
    return categorical(codes, categories)


def _meanings(flag: Any) -> dict[Any, int]:
    """Return the IODE flag of each flag value; nothing where the variable has no meanings."""
    values = getattr(flag, "flag_values", None)
    words = re.sub("[-.+@]", "_", str(getattr(flag, "flag_meanings", "")).lower()).split()  # all that CF allows in one
    if values is None or len(np.atleast_1d(values)) != len(words):
        return {}
    found = [next((one for pattern, one in _WORDS if re.search(pattern, word)), flags.SUSPECT) for word in words]
    return dict(zip(map(_plain, np.atleast_1d(values)), found))


def _plain(value: Any) -> Any:
    """Return a flag as a Python number or text."""
    return value.decode("latin-1") if isinstance(value, bytes) else value.item() if hasattr(value, "item") else value
