"""GEOTRACES netCDF.

No real file of this form is in the collection. The one made here follows the structure published of IDP2021 (ODV
NetCDF Export File V2.0): dimensions N_STATIONS and N_SAMPLES, text as characters, fill -1e10, flags as character codes
with fill 57, values named by `long_name`.
"""

from pathlib import Path

import netCDF4
import numpy as np
import pytest

from qc.errors import InputError
from qc.readers import registry as readers

FILL = -1.0e10
N = np.nan
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


def make(path: Path, without: tuple[str, ...] = (), units: str = "days since 2006-01-01 00:00:00 UTC") -> Path:
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


def test_bottles_and_the_sensor_are_two_casts(tmp_path: Path) -> None:
    path = make(tmp_path / "idp.nc")
    assert readers.sniff(path) == "geotraces"
    frame = readers.read(path).to_pandas()
    assert frame.row.tolist() == [0, 1, 2, 3, 0, 1, 2]  # the other two cells hold nothing that is read
    assert frame.instrument.tolist() == ["bottle"] * 4 + ["ctd"] * 3
    assert frame.source.eq("geotraces").all()
    bottle, sensor = frame.iloc[:4], frame.iloc[4:]
    assert bottle.cruise.tolist() == ["GA03"] * 3 + ["GN01"]
    assert bottle.cast.tolist() == ["GA03_1_2010-10-15T01:00"] * 3 + ["GN01_57 b_"]
    assert sensor.cast.eq("GA03_1_2010-10-15T01:00#stop").all()
    assert frame.time.isna().tolist() == [False] * 3 + [True] + [False] * 3
    assert bottle.longitude.tolist() == [-9.5] * 3 + [-160.0]
    np.testing.assert_array_equal(bottle.oxygen, [211, N, N, 340])
    assert sensor.oxygen.tolist() == [210, 190, 150]
    assert bottle.oxygen_flag.tolist() == [1, 9, 9, 4] and sensor.oxygen_flag.tolist() == [1, 1, 3]
    assert sensor.oxygen_original_flag.tolist() == [f"seadatanet:{code}" for code in "12A"]
    assert bottle.pressure[3] == pytest.approx(20.2, abs=0.1) and bottle.depth[1] == 99  # pressure from depth
    np.testing.assert_allclose(frame.nitrate, [0.1, N, 20, N, N, N, N])  # measured once
    assert frame.temperature.tolist() == [20, 15, 4, -1, 20, 15, 4]


def test_sensor_alone_and_another_epoch(tmp_path: Path) -> None:
    path = make(tmp_path / "sensor.nc", without=("OXYGEN",), units="days since 2000-01-01 00:00:00 UTC")
    frame = readers.read(path).to_pandas()
    assert frame.instrument.eq("ctd").all()
    assert frame.oxygen_flag.tolist() == [1, 1, 3, 9] and frame.time.dt.year[0] == 2004


def test_faults_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.nc: an ODV spreadsheet without oxygen|without oxygen"):
        readers.read(make(tmp_path / "none.nc", without=("OXYGEN", "CTDOXY")))
    path = make(tmp_path / "cut.nc")
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(InputError, match=r"cut\.nc"):
        readers.read(path)
