"""Sections of cruises with deep oxygen, and the casts that fail a check."""

import numpy as np
import pyarrow as pa

from qc.battery.battery import load_battery
from qc.table import schema

BIT = {check.name: np.uint64(1 << check.bit) for check in load_battery().cruises}
NOW = np.datetime64("2024-01-01", "ms")
DEEP = np.array([10.0, 500.0, 2400.0, 2900.0, 3400.0, 3900.0])
OFF = np.arange(20).repeat(len(DEEP)) + np.tile([260.0, 180, 220, 225, 230, 235], 20) + 15


def cruise(
    name: str = "A", n: int = 20, lat=None, lon=-30.0, start="1995-05-05T01:17", factor=1.0, **columns
) -> pa.Table:
    """A section of one degree and half a day a station; deep oxygen by latitude."""
    lat = np.arange(n, dtype=float) if lat is None else np.asarray(lat, float)
    time = np.datetime64(start, "ms") + (12 * 3_600_000 * np.arange(n)).astype("timedelta64[ms]")
    cast = np.repeat(np.arange(n), len(DEEP))
    true = np.arange(n)[cast] + np.tile([260.0, 180, 220, 225, 230, 235], n)
    base: dict[str, object] = {"source": "wod", "file": f"{name}.nc", "cruise": name, "instrument": "bottle"}
    base |= {"cast": [f"{name}{i}" for i in cast], "latitude": lat[cast], "longitude": np.full(n * len(DEEP), lon)}
    base |= {"time": columns.pop("time", time)[cast], "pressure": np.tile(DEEP, n), "oxygen": factor * true}
    return schema.from_columns(base | {"temperature": np.full(len(cast), 5.0)} | columns, "test")


def join(*tables: pa.Table) -> pa.Table:
    return pa.concat_tables(tables).unify_dictionaries()


def bits(table: pa.Table, variable: str = "oxygen") -> np.ndarray:
    return table[f"{variable}_checks"].to_numpy()


def cast_names(table: pa.Table, check: str) -> set[str]:
    return set(table.filter(pa.array(bits(table) & BIT[check] > 0))["cast"].to_pylist())


def names_by_source(table: pa.Table, check: str) -> set[tuple[str, str]]:
    hit = table.filter(pa.array(bits(table) & BIT[check] > 0))
    return set(zip(hit["source"].to_pylist(), hit["cruise"].to_pylist()))


def section(name: str, lon: float, start: str, offset: float) -> pa.Table:
    return cruise(name, lon=lon, start=start, oxygen=OFF - 15 + offset)
