"""Writer of a Seaglider dive."""

from pathlib import Path

import netCDF4
import numpy as np


def write_dive(path: Path, oxygen: str) -> Path:
    with netCDF4.Dataset(str(path), "w", format="NETCDF3_CLASSIC") as dataset:
        dataset.dive_number, dataset.base_station_version, dataset.glider = "7", "2.8", "1"
        dataset.createDimension("sg_data_point", 4)
        for name, values in {
            "ctd_time": [0.0, 60.0, 120.0, 180.0],
            "ctd_pressure": [1.0, 50.0, 20.0, np.nan],
            "latitude": [10.0] * 4,
            "longitude": [190.0] * 4,
            "temperature": [5.0] * 4,
            "salinity": [35.0] * 4,
            oxygen: [200.0, 201.0, np.nan, 203.0],
        }.items():
            dataset.createVariable(name, "f8", ("sg_data_point",))[:] = values
        flag = dataset.createVariable(f"{oxygen}_qc", "S1", ("sg_data_point",))
        flag[:] = np.array(list("1460"), "S1")
    return path
