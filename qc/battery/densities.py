"""Values per volume whose density came from a temperature or salinity that the checks found to be wrong."""

import numpy as np
import pyarrow as pa

from qc.errors import InputError
from qc.physics import seawater
from qc.table import flags, schema
from qc.table.schema import VARIABLES
from qc.table.text_columns import dictionary_codes
from qc.types import Floats, Integers

_AMOUNTS = tuple(name for name in VARIABLES if name not in ("temperature", "salinity"))


def without_failed_density(table: pa.Table) -> pa.Table:
    """Convert values per volume with 1025 kg/m3 where the temperature or salinity of their density is flagged bad.

    Readers treat a temperature or salinity that is missing, or that its archive flags bad, in the same way. The
    constant is 0.3 % off at most in the open ocean, 2.5 % in fresh water. By GSW a temperature of 30 instead of 10 degC
    makes a value 0.5 % too high, one of 99 3 %; a salinity of 0 instead of 35 2.7 %, and one of 350 18 % too low.

    Parameters
    ----------
    table : pyarrow.Table
        Observations, after checks of temperature and salinity; not edited.

    Returns
    -------
    pyarrow.Table
        The same rows in the same order. The original unit of a value that is changed ends in
        `qc.physics.seawater.CONSTANT_NOTE`: none is changed twice. The number as delivered stays.

    Examples
    --------
    >>> import qc
    >>> table = qc.from_columns({"latitude": [10.0], "longitude": [20.0], "pressure": [5.0], "temperature": [45.0],
    ...     "temperature_flag": [4], "salinity": [35.0], "oxygen": [218.49], "oxygen_original": [4.97],
    ...     "oxygen_original_unit": "ml/l"}, "example")
    >>> changed = without_failed_density(table)
    >>> round(changed["oxygen"][0].as_py(), 2), changed["oxygen_original_unit"][0].as_py()
    (216.54, 'ml/l; density 1025')
    """
    failed = np.zeros(table.num_rows, bool)
    for name in ("temperature", "salinity"):
        failed |= table[f"{name}_flag"].to_numpy() == flags.FAIL
    rows = np.flatnonzero(failed)
    if not rows.size:
        return table
    density = _density(table, rows)
    for name in _AMOUNTS:
        table = _reconverted(table, name, rows[np.isfinite(density)], density[np.isfinite(density)])
    return table


def _density(table: pa.Table, rows: Integers) -> Floats:
    """Density that the readers converted with, kg/L, shape (row,); NaN where they had none."""
    names = ("salinity", "temperature", "pressure", "longitude", "latitude")
    return seawater.potential_density(*(table[name].to_numpy()[rows] for name in names))


def _reconverted(table: pa.Table, name: str, rows: Integers, density: Floats) -> pa.Table:
    """Exchange the density of the values of one variable at some rows for the constant one."""
    code, units = dictionary_codes(table[f"{name}_original_unit"])
    volumetric = np.array([*map(_is_converted_by_density, units), False])[code[rows]]  # the last where there is none
    rows, density = rows[volumetric], density[volumetric]
    value, delivered = (table[column].to_numpy() for column in (name, f"{name}_original"))
    new = value[rows] * density / seawater.RHO_CONSTANT  # not from the number as delivered: an adjustment stays
    made = np.full(rows.size, np.nan)  # what the constant makes of that number
    for number in np.unique(code[rows]):
        here, unit = code[rows] == number, seawater.normalise_unit(units[number])
        given = delivered[rows[here]]
        made[here] = seawater.to_umol_kg(given, unit, "constant_1025", *[np.full(given.shape, np.nan)] * 5)
    changed = np.isfinite(new) & ~np.isclose(value[rows], made, rtol=1e-6, atol=0)
    if not changed.any():
        return table
    rows, value = rows[changed], value.copy()
    value[rows] = new[changed]
    code = code.copy()
    code[rows] += len(units)
    names = [*units, *(unit + seawater.CONSTANT_NOTE for unit in units)]
    text = pa.DictionaryArray.from_arrays(pa.array(code.astype(np.int32), mask=code < 0), pa.array(names, pa.string()))
    position = table.schema.get_field_index(f"{name}_original_unit")
    table = table.set_column(position, table.schema.field(position), text)
    return schema.replaced(table, name, value)


def _is_converted_by_density(unit: str) -> bool:
    """Tell whether a unit as delivered is per volume, and its values were converted by a density of their own."""
    try:
        return ";" not in unit and seawater.is_volumetric(seawater.normalise_unit(unit))
    except InputError:  # what was measured in the unit of the table
        return False
