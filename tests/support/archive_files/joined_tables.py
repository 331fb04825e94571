"""A table of bottles that joins a table of casts, and its description."""

import gzip
from pathlib import Path
from typing import Any

from qc.readers.delimited.description import TableSpec

BOTTLES = "Cst,Depthm,T,S,O2,Note\n1,0,10,35,6,\n1,100,10,35,nd,\n2,50,10,,6,\n2,60,10,35,6.5,x\n"


CASTS = "Cst,Date,Year,Quarter,Lat,Lon\n2,06/15/1970,1970,2,27.19,-111.48\n1,02/01/1971,1971,1,27.2,248.5\n"


SPEC: dict[str, Any] = {
    "archive": "calcofi",
    "columns": {
        "latitude": "Lat",
        "longitude": "Lon",
        "depth": "Depthm",
        "temperature": "T",
        "salinity": "S",
        "oxygen": "O2",
    },
    "units": {"oxygen": "ml/l"},
    "time": {"columns": ["Date"], "format": "%m/%d/%Y", "hour": 12},
    "cast": "{Cst}",
    "cruise": "{Year}-{Quarter}",
    "layout": {"missing": ["nd"]},
    "join": {"file": "cast.csv", "by": "Cst"},
}


def write_tables(folder: Path, bottles: str = BOTTLES, casts: str = CASTS) -> Path:
    (folder / "cast.csv").write_text(casts)
    path = folder / "bottle.csv.gz"
    path.write_bytes(gzip.compress(bottles.encode()))
    return path


def spec_of(**changes: Any) -> TableSpec:
    return TableSpec.model_validate({**SPEC, **changes})
