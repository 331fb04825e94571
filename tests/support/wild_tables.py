"""Observation tables as hypothesis draws them: several archives and instruments, gaps, the date line, awkward names."""

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st

from qc.readers.columns.coordinates import position, pressure_and_depth
from qc.table import flags, schema

NAMES = st.sampled_from(["A1", "B,2", 'he said "x"', "Südmeer µ", "tab\there", " blank ", "日本海", "33RR_1_1", "#7"])
INSTRUMENTS = st.sampled_from(["bottle", "ctd", "float", "glider"])
VALUES = st.floats(-5, 4000, allow_subnormal=False) | st.sampled_from([np.nan, 0.0, 0.1, 230.7, 1e-9, 1 / 3])
TIMES = st.datetimes(pd.Timestamp("1900-01-01").to_pydatetime(), pd.Timestamp("2029-12-31").to_pydatetime())


@st.composite
def casts(draw: st.DrawFn, instruments: st.SearchStrategy[str] = INSTRUMENTS) -> pd.DataFrame:
    """One cast; of some each level has its own time and position."""
    n = draw(st.integers(1, 4))
    drifting = draw(st.booleans())
    one = 1 if not drifting else n
    longitude = st.sampled_from([-180.0, 179.999, np.nan]) | st.floats(-180, 179.99, allow_subnormal=False)
    time = st.none() | TIMES.map(lambda moment: pd.Timestamp(moment).floor("ms"))
    frame = pd.DataFrame({
        "source": draw(st.sampled_from(["wod", "cchdo"])),
        "file": draw(st.sampled_from(["a.csv", "b.nc#c"])),
        "cast": draw(NAMES),
        "cruise": draw(NAMES | st.none()),
        "platform": draw(NAMES | st.none()),
        "instrument": draw(instruments),
        "duplicate_of": draw(st.none() | st.just("argo/7")),
        "row": np.arange(n),
        "time": pd.to_datetime(pd.Series((draw(st.lists(time, min_size=one, max_size=one)) * n)[:n])),
        "latitude": (draw(st.lists(st.floats(-90, 90, allow_subnormal=False), min_size=one, max_size=one)) * n)[:n],
        "longitude": (draw(st.lists(longitude, min_size=one, max_size=one)) * n)[:n],
        "pressure": draw(st.lists(st.floats(0, 6000, allow_subnormal=False), min_size=n, max_size=n)),
    })  # fmt: skip
    for name in schema.VARIABLES:
        frame[name] = draw(st.lists(VALUES, min_size=n, max_size=n))
    return frame


@st.composite
def tables(draw: st.DrawFn, instruments: st.SearchStrategy[str] = INSTRUMENTS) -> pa.Table:
    """A table of a few casts, whose levels may be interleaved, with any flags that agree with the values."""
    frame = pd.concat(draw(st.lists(casts(instruments), min_size=1, max_size=4)), ignore_index=True)
    if draw(st.booleans()):
        frame = frame.sample(frac=1, random_state=draw(st.integers(0, 9)))
    columns = {name: frame[name].to_numpy() for name in frame}
    columns["latitude"], columns["longitude"] = position(columns["latitude"], columns["longitude"])
    columns["pressure"], columns["depth"] = pressure_and_depth(
        columns["pressure"], np.full(len(frame), np.nan), columns["latitude"]
    )
    columns["time"] = columns["time"].astype("datetime64[ms]")
    table = schema.from_columns(columns, "wild")
    random = np.random.default_rng(draw(st.integers(0, 99)))
    for name in (*schema.VARIABLES, "time", "position"):
        flag = table[f"{name}_flag"].to_numpy()
        other = random.choice([flags.PASS, flags.NOT_EVALUATED, flags.SUSPECT, flags.FAIL], len(flag))
        table = schema.replaced(table, f"{name}_flag", np.where(flag == flags.MISSING, flag, other))
    for name in schema.VARIABLES:
        bits = random.choice(np.array([0, 1 << 8, 1 << 8 | 1 << 63, 1 << 49], np.uint64), table.num_rows)
        table = schema.replaced(table, f"{name}_checks", bits)
    return table
