"""Single bottle casts, and a crowd of casts of a mooring."""

import numpy as np
import pyarrow as pa

from qc.battery.duplicates import find_duplicates
from qc.table import schema

PRESSURE = np.array([5.0, 50, 100, 200, 400, 800, 1500])
OXYGEN = np.array([240.0, 235, 200, 150, 80, 60, 110])


def cast(source: str, name: str, **columns: object) -> pa.Table:
    base = {
        "source": source,
        "file": f"{source}.csv",
        "cast": name,
        "instrument": "bottle",
        "time": np.datetime64("1995-05-05T12:00", "ms"),
        "latitude": 10.0,
        "longitude": 20.0,
        "pressure": PRESSURE,
        "oxygen": OXYGEN,
    } | columns
    n = len(np.asarray(base["pressure"]))
    table = {k: v if isinstance(v, str) or np.ndim(v) else np.full(n, v) for k, v in base.items()}
    return schema.from_columns(table, "test")


def join(*tables: pa.Table) -> pa.Table:
    return pa.concat_tables(tables).unify_dictionaries()


def crowd(n: int, **columns: object) -> pa.Table:
    """A mooring: n casts in one place within a day, whose water moves up and down; every 50th has a rounded copy."""
    random = np.random.default_rng(3)
    pressure = np.tile([5.0, 20, 40, 80, 150, 250, 400, 600], n)
    heave = np.repeat(random.normal(0, 20, n), 8) + np.repeat(random.uniform(0.8, 1.2, n), 8)
    oxygen = 250 - 25 * np.log1p(np.maximum(pressure + heave, 0)) + random.normal(0, 1, 8 * n)
    number = np.repeat(np.arange(n), 8)
    base = {
        "source": "cchdo",
        "file": "mooring",
        "cast": np.char.mod("m%05d", number),
        "instrument": "ctd",
        "time": np.datetime64("2001-01-01", "ms") + (number * 86_000_000 // n).astype("m8[ms]"),
        "latitude": np.full(8 * n, 36.0),
        "longitude": np.full(8 * n, -122.0),
        "pressure": pressure,
        "oxygen": oxygen,
    }
    copied = number % 50 == 0
    copy = {k: v if isinstance(v, str) else v[copied] for k, v in base.items()}
    copy |= {"source": "wod", "latitude": copy["latitude"] + 0.01, "oxygen": np.round(copy["oxygen"] * 1.004, 1)}
    copy["time"] = copy["time"] + np.timedelta64(3, "h")  # nearer in time are more than a thousand others
    return join(schema.from_columns(base, "test"), schema.from_columns(copy, "test"))


def copies(*tables: pa.Table, preference=None) -> dict[str, str]:
    found = find_duplicates(join(*tables), preference=preference)
    return dict(zip(found["name"], found["duplicate_of"]))
