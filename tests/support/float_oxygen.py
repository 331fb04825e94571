"""Profiles of a float with oxygen, temperature and salinity."""

import numpy as np
import pyarrow as pa

from qc.table import schema

PRESSURE = np.array([5.0, 15, 50, 200, 1000])


def profile(name: str = "1_001", n: int = 1, **columns: object) -> pa.Table:
    base = {
        "source": "argo",
        "file": "x.nc",
        "cast": name,
        "cruise": "1",
        "instrument": "float",
        "time": np.datetime64("2015-01-01", "ms"),
        "latitude": -30.0,
        "longitude": 20.0,
        "pressure": PRESSURE,
        "temperature": np.array([18.0, 18, 15, 10, 4]),
        "salinity": np.array([35.5, 35.5, 35.4, 35, 34.6]),
        "oxygen": np.array([220.0, 220, 230, 200, 180]),
    } | columns
    size = len(np.asarray(base["pressure"]))
    return schema.from_columns(
        {k: v if isinstance(v, str) or np.ndim(v) else np.full(size, v) for k, v in base.items()}, "test"
    )


def oxygen(table: pa.Table) -> np.ndarray:
    return table["oxygen"].to_numpy()
