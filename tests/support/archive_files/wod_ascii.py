"""A cast in World Ocean Database ASCII, written to a file and read as a data frame."""

from pathlib import Path

import pandas as pd

from qc.readers.registry import read
from qc.readers.wod import ascii as wod_ascii
from tests.support.wod_writer import Cast, file

LEVELS = [
    (((0, 0), 0, 0), [((896, 2), 0, 0), ((3090, 2), 0, 0), ((675, 2), 0, 0)]),
    (((10, 0), 0, 0), [((895, 2), 2, 0), ((3090, 2), 0, 0), ((670, 2), 1, 0)]),
]


CAST = Cast(67064, [1, 2, 3], LEVELS, secondary=[(1, (9500110, 0)), (3, (1427, 0)), (29, (7, 0))])  # type: ignore[arg-type]


def write_casts(path: Path, *casts: Cast, version: str = "C", end: str = "\n") -> Path:
    path.write_bytes(file(casts, version, end))
    return path


def read_frame(path: Path, unit: wod_ascii.Unit | None = "ml/l") -> pd.DataFrame:
    return read(path, wod_oxygen_unit=unit).to_pandas()
