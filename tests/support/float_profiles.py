"""Clean profiles of a float, and the flags and failed checks of a table."""

import numpy as np
import pyarrow as pa

from qc.battery.battery import bit_names
from qc.table import schema

NOW = np.datetime64("2025-01-01", "ms")


def make(casts: int = 4, levels: int = 12, **columns: object) -> pa.Table:
    """Clean profiles of a float; columns replace what is there."""
    n = casts * levels
    pressure = np.tile(np.linspace(2, 400, levels), casts)
    decay = np.exp(-pressure / 150)
    base = {
        "source": "argo",
        "file": "profiles.nc",
        "cast": np.repeat([f"c{i}" for i in range(casts)], levels),
        "cruise": "5900001",
        "instrument": "float",
        "time": np.full(n, np.datetime64("2010-06-01", "ms")),
        "latitude": np.full(n, 20.0),
        "longitude": np.full(n, -150.0),
        "pressure": pressure,
        "temperature": 5 + 15 * decay,
        "salinity": np.full(n, 35.0),
        "oxygen": 60 + 160 * decay,
    }
    return schema.from_columns(base | columns, "test")


def changed(table: pa.Table, column: str, rows: object, value: object) -> pa.Table:
    values = table[column].to_numpy().copy()
    values[rows] = value
    field = table.schema.field(column)
    return table.set_column(table.schema.get_field_index(column), field, pa.array(values, field.type))


def names(table: pa.Table, row: int, variable: str = "oxygen") -> tuple[str, ...]:
    return bit_names(table[f"{variable}_checks"][row].as_py())


def flag(table: pa.Table, variable: str = "oxygen") -> np.ndarray:
    return table[f"{variable}_flag"].to_numpy()
