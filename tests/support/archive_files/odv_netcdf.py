"""Writer of a GEOTRACES netCDF file, after the published structure of IDP2021."""

from pathlib import Path

import netCDF4
import numpy as np

N = np.nan


FILL = -1.0e10


VARIABLES = {
    "var1": ("CTDPRS_T_VALUE_SENSOR", "dbar", [[10, 100, 1000], [N, N, N]]),
    "var2": ("DEPTH", "m", [[9.9, 99, 989], [20, N, N]]),
    "var15": ("CTDTMP_T_VALUE_SENSOR", "deg C", [[20, 15, 4], [-1, N, N]]),
    "var16": ("CTDSAL_D_CONC_SENSOR", "pss-78", [[36, 35.5, 35], [34, N, N]]),
    "var17": ("CTDOXY_D_CONC_SENSOR", "umol/kg", [[210, 190, 150], [N, N, N]]),
    "var22": ("He_D_CONC_BOTTLE", "nmol/kg", [[1, 1, 1], [1, 1, N]]),
    "var35": ("OXYGEN_D_CONC_BOTTLE_n41f8b", "umol/kg", [[211, N, N], [340, N, N]]),
    "var40": ("NITRATE_D_CONC_BOTTLE", "umol/kg", [[0.1, N, 20], [N, N, N]]),
}


FLAGS = {"var35": [[49, 57, 57], [52, 57, 57]], "var17": [[49, 50, 65], [57, 57, 57]]}


def write_odv_netcdf(
    path: Path, without: tuple[str, ...] = (), units: str = "days since 2006-01-01 00:00:00 UTC"
) -> Path:
    with netCDF4.Dataset(str(path), "w") as dataset:
        dataset.Conventions, dataset.comment = "CF-1.7", "ODV NetCDF Export File V2.0"
        for name, size in (("N_STATIONS", 2), ("N_SAMPLES", 3), ("STRING6", 6)):
            dataset.createDimension(name, size)
        for name, long_name, text in (("metavar1", "Cruise", ["GA03", "GN01"]), ("metavar2", "Station", ["1", "57 b"])):
            variable = dataset.createVariable(name, "S1", ("N_STATIONS", "STRING6"))
            variable.long_name, variable.units = long_name, ""
            variable[:] = np.array([list(word.ljust(6, "\0")) for word in text], "S1")
        for name, kind, values in (
            ("longitude", "f4", [350.5, 200.0]),
            ("latitude", "f4", [38.25, 89.0]),
            ("date_time", "f8", [1748.0 + 1 / 24, FILL]),
        ):
            variable = dataset.createVariable(name, kind, ("N_STATIONS",), fill_value=FILL)
            variable.long_name, variable.units = name.capitalize(), units if name == "date_time" else ""
            variable[:] = values
        for name, (long_name, unit, values) in VARIABLES.items():
            if long_name.split("_")[0] in without:
                continue
            variable = dataset.createVariable(name, "f4", ("N_STATIONS", "N_SAMPLES"), fill_value=FILL)
            variable.long_name, variable.units = long_name, unit
            variable[:] = np.where(np.isnan(values), FILL, values)
            flag = dataset.createVariable(f"{name}_qc", "i1", ("N_STATIONS", "N_SAMPLES"), fill_value=57)
            flag.long_name, flag.comment = f"Quality flag of {long_name}", "SEADATANET - SeaDataNet quality codes"
            flag[:] = FLAGS.get(name, np.where(np.isnan(values), 57, 49))
    return path
