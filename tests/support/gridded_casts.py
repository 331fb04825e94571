"""Casts as rows of the observation table, on a small grid across the dateline."""

import numpy as np
import pyarrow as pa

from graphs.time_axis import TimeAxis
from oxygen_recon.fields.grids import GridConfig
from qc.table import schema

YEARS = TimeAxis.regular(2000, 2003, "year")
REGION = GridConfig(latitude=(10.0, 14.0), longitude=(178.0, 184.0), resolution=2.0, levels=(0.0, 10.0, 50.0, 200.0))


def casts(rows: list[tuple], **more: object) -> pa.Table:
    """Table of (cast, cruise, day, latitude, longitude, depth, oxygen)."""
    names = ("cast", "cruise", "time", "latitude", "longitude", "depth", "oxygen")
    columns: dict[str, object] = dict(zip(names, map(list, zip(*rows))))
    columns["time"] = np.array(columns["time"], "datetime64[ms]")
    for name in ("latitude", "longitude", "depth", "oxygen"):
        columns[name] = np.array(columns[name], float)
    return schema.from_columns({"source": "made", "file": "made.csv", **columns, **more}, "test")


def profile(cast: str, cruise: str | None, day: str, latitude: float, longitude: float, depth: list, oxygen: list):
    return [(cast, cruise, day, latitude, longitude, z, o) for z, o in zip(depth, oxygen)]


def random_casts(n: int, levels: int, seed: int = 0) -> pa.Table:
    rng = np.random.default_rng(seed)
    cast = np.repeat(np.arange(n), levels)
    depth = np.tile(np.linspace(0, 220, levels), n)
    spread = [
        np.repeat(v, levels) for v in (rng.uniform(10, 14, n), rng.uniform(-180, -176, n), rng.integers(0, 1400, n))
    ]
    oxygen = 200 + 30 * spread[0] - depth / 2
    return schema.from_columns(
        {
            "source": "made", "file": "f", "cast": cast, "cruise": cast // 10, "depth": depth, "oxygen": oxygen,
            "latitude": spread[0], "longitude": spread[1], "temperature": 20 - depth / 20,
            "time": np.datetime64("2000-01-01", "ms") + spread[2] * np.timedelta64(86_400_000, "ms"),
        },
        "test",
    )  # fmt: skip
