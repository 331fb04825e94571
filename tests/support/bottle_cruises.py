"""A cruise of bottle stations with a sensor at each stop: smooth water, measured with little scatter."""

import numpy as np
import pyarrow as pa

from qc.table import schema

PRESSURE = np.array([5, 50, 100, 200, 300, 400, 600, 800, 1000, 1250, 1500, 2000, 2500, 3000, 3500, 4000.0])
STATIONS = 12


def water(stations: int = STATIONS, seed: int = 0) -> dict[str, np.ndarray]:
    """Properties of a section, station by station; oxygen in umol/kg with a scatter of 0.5."""
    rng = np.random.default_rng(seed)
    station = np.repeat(np.arange(stations), len(PRESSURE))
    pressure = np.tile(PRESSURE, stations) + rng.uniform(-2, 2, len(station))
    deep = pressure + 40 * np.sin(station)  # heave
    decay = np.exp(-deep / 600)
    oxygen = 160 + 80 * decay - 90 * np.exp(-(((deep - 900) / 400) ** 2)) + 0.5 * station
    return {
        "station": station,
        "pressure": pressure,
        "temperature": 2 + 18 * decay + 0.02 * station,
        "salinity": 34.6 + 0.6 * decay,
        "oxygen": oxygen + rng.normal(0, 0.5, len(station)),
        "nitrate": (340 - oxygen) / 9 + rng.normal(0, 0.05, len(station)),
        "sensor": oxygen + 3 + 0.2 * station + rng.normal(0, 0.5, len(station)),
    }


def table(of: dict[str, np.ndarray], sensor: bool = True, **columns: object) -> pa.Table:
    """Return bottles, then the sensor at the same stops."""
    n, times = len(of["station"]), 1 + sensor
    name = [f"X_{i}_1" for i in of["station"]]
    repeated = {key: np.tile(of[key], times) for key in ("pressure", "temperature", "salinity")}
    base: dict[str, object] = {"source": "cchdo", "file": "x_hy1.csv", "cruise": "X"}
    base |= {"row": np.tile(np.arange(n), times), "cast": name + [f"{one}#stop" for one in name] * sensor}
    base |= {"instrument": np.repeat(["bottle", "ctd"], n)[: n * times], "time": np.datetime64("2010-01-01", "ms")}
    base |= {"time": np.full(n * times, np.datetime64("2010-01-01", "ms"))}
    base |= {"latitude": np.tile(of["station"] * 0.5, times) + 10, "longitude": np.full(n * times, -150.0)}
    base |= {"oxygen": np.concatenate([of["oxygen"], of["sensor"]][:times])}
    base |= {"nitrate": np.concatenate([of["nitrate"], np.full(n, np.nan)][:times])}
    return schema.from_columns(base | repeated | columns, "test")
