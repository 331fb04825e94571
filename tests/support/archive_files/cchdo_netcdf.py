"""Writers of CCHDO netCDF files in both formats, laid out like those of the archive."""

from pathlib import Path

import netCDF4
import numpy as np

NAN = np.nan


# variable, WHP name, unit, values, flags; units as in files whose micro sign was lost
COARDS = [
    ("pressure", "CTDPRS", "decibar", [4.7, 50.0, 100.0, 150.0], None),
    ("temperature", "CTDTMP", "?C (ITS-90)", [10.0, 9.0, 8.0, 7.0], None),
    ("salinity", "CTDSAL", "PSS-78", [35.0, 35.0, 35.0, 35.0], [2, 2, 4, 2]),
    ("bottle_salinity", "SALNTY", "PSS-78", [35.1, NAN, 35.3, NAN], [2, 9, 2, 9]),
    ("oxygen", "CTDOXY", "?mol/kg", [250.0, 251.0, NAN, 253.0], [2, 1, 9, 4]),
    ("bottle_oxygen", "OXYGEN", "?mol/kg", [260.0, 261.0, 262.0, -999.0], [2, 2, 6, 9]),
    ("nitrate", "NITRAT", "?mol/kg", [10.0, 11.0, 12.0, -999.0], [2, 2, 2, 9]),
]


def write_coards(path: Path, clock: int = 7, named: bool = True, **attributes: object) -> Path:
    """Write a cast like the "Diggs" and libcchdo writers of the archive."""
    with netCDF4.Dataset(path, "w", format="NETCDF3_CLASSIC") as file:
        default = {
            "EXPOCODE": "33HQ20150809",
            "Conventions": "COARDS/WOCE",
            "WOCE_VERSION": "3.0",
            "DATA_TYPE": "WOCE Bottle",
            "STATION_NUMBER": "    66",
            "CAST_NUMBER": "  1",
            "BOTTLE_QUALITY_CODES": np.array([2, 3, 4, 9], np.int16),
        }
        file.setncatts({name: value for name, value in (default | attributes).items() if value is not None})
        for dimension, size in (("time", 1), ("pressure", 4), ("latitude", 1), ("longitude", 1)):
            file.createDimension(dimension, size)
        for name, whp, unit, values, codes in COARDS:
            variable = file.createVariable(name, "f8", ("pressure",))
            variable[:] = values
            variable.units = unit
            if named:
                variable.WHPO_Variable_Name = whp
            if codes is not None:
                file.createVariable(f"{name}_QC", "i2", ("pressure",))[:] = codes
        file.createVariable("latitude", "f4", ("latitude",))[:] = 89.99
        file.createVariable("longitude", "f4", ("longitude",))[:] = -180.0
        file.createVariable("woce_date", "i4", ("time",))[:] = 20150905
        file.createVariable("woce_time", "i2", ("time",))[:] = clock
    return path


def write_cf(path: Path, resolution: float = 1 / 1440, units: str = "days since 1950-01-01T00:00:00+00:00") -> Path:
    """Write a file as cchdo.hydro 1.0.2.14 does: dimensions, types, fill values and attributes are the same."""
    with netCDF4.Dataset(path, "w") as file:
        file.setncatts({"Conventions": "CF-1.8 CCHDO-1.0", "featureType": "profile"})
        file.setncatts({"cchdo_software_version": "hydro 1.0.2.14", "cchdo_parameters_version": "params 2025.10.0"})
        sizes = {"N_PROF": 3, "N_LEVELS": 3, "string12": 12, "string3": 3, "string2": 2, "string1": 1}
        for name, size in sizes.items():
            file.createDimension(name, size)
        _characters(file, "expocode", ["318M20130321"] * 3, "string12")
        _characters(file, "station", ["1", "159", "159"], "string3")
        _characters(file, "profile_type", ["B", "B", "C"], "string1")
        file.createVariable("cast", "i4", ("N_PROF",))[:] = [2, 1, 1]
        sample = file.createVariable("sample", "S1", ("N_PROF", "N_LEVELS", "string2"))
        sample[:] = netCDF4.stringtochar(np.array([["12", "11", "10"], ["2", "1", ""], ["", "", ""]], "S2"))
        sample._Encoding = "utf-8"
        time = file.createVariable("time", "f8", ("N_PROF",))
        time.setncatts(
            {"units": units, "resolution": resolution, "calendar": "gregorian", "whp_name": ["DATE", "TIME"]}
        )
        time[:] = 23091 + np.array([7 / 1440, 0.5, 0.5])
        for name, values in (("latitude", [30.0, 32.6, 32.6]), ("longitude", [-179.5, 179.9, 179.9])):
            file.createVariable(name, "f8", ("N_PROF",))[:] = values
        _write_levels(file)
    return path


def _characters(file: netCDF4.Dataset, name: str, texts: list[str], dimension: str) -> None:
    """Write a text of each profile as characters."""
    variable = file.createVariable(name, "S1", ("N_PROF", dimension))
    variable[:] = netCDF4.stringtochar(np.array(texts, f"S{len(file.dimensions[dimension])}"))
    variable._Encoding = "utf-8"


def _write_levels(file: netCDF4.Dataset) -> None:
    """Write pressure, temperature, salinity, oxygen and their flags; the second profile is shorter."""
    pressure = np.array([[5, 50, 100], [5, 50, NAN], [1, 2, 3]])
    data = {
        "pressure": ("CTDPRS", {"units": "dbar"}, pressure),
        "ctd_temperature": ("CTDTMP", {"units": "degC", "reference_scale": "IPTS-68"}, 0 * pressure + 10.0),
        "ctd_salinity": ("CTDSAL", {"units": "1", "reference_scale": "PSS-78"}, 0 * pressure + 35.0),
        "ctd_oxygen": ("CTDOXY", {"units": "umol/kg"}, [[219, 220, NAN], [222, 223, NAN], [230, 231, 232]]),
        "oxygen": ("OXYGEN", {"units": "umol/kg"}, [[220.7, NAN, 221.3], [222.1, 223.2, NAN], [NAN] * 3]),
        "oxygen_ml_l": ("OXYGEN", {"units": "ml/l"}, np.full((3, 3), NAN)),
    }
    for name, (whp, attributes, values) in data.items():
        variable = file.createVariable(name, "f8", ("N_PROF", "N_LEVELS"), fill_value=NAN)
        variable.setncatts({"whp_name": whp, **attributes})
        variable[:] = values
    flags = {
        "oxygen_qc": [[2, 9, 3], [6, 2, 9], [9, 9, 9]],
        "ctd_oxygen_qc": [[2, 6, 9], [2, 1, 9], [2, 2, 2]],
        "bottle_number_qc": [[2, 2, 2], [2, 4, 9], [9, 9, 9]],
    }
    for name, codes in flags.items():
        file.createVariable(name, "i1", ("N_PROF", "N_LEVELS"), fill_value=9)[:] = codes
