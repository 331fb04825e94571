from pathlib import Path

import netCDF4
import numpy as np
import pandas as pd
import pytest

from qc.battery.battery import bit_names
from qc.errors import InputError
from qc.readers.registry import detect_format, read

FILL = 99999.0
RAW, ADJUSTED = [200.0, 201.0, 202.0, 203.0], [210.0, 211.0, FILL, 213.0]


def _put(
    file: netCDF4.Dataset,
    name: str,
    dims: tuple[str, ...],
    values: object,
    kind: str = "f4",
    fill: float | None = None,
) -> None:
    variable = file.createVariable(name, kind, dims, fill_value=fill)
    variable.set_auto_maskandscale(False)
    variable[:] = values


def write(
    path: Path, modes: tuple[str, str] = ("DDD", "AAR"), kind: str = "synthetic", fill: float | None = None
) -> Path:
    """Write a file of two profiles of four levels: PRES, TEMP, DOXY (a b-file has only PRES and DOXY).

    `fill` is declared, and stands where a value is missing; otherwise that of the format does, which is not declared.
    """
    declared, missing = {"fill": fill}, FILL if fill is None else fill
    names = ["PRES", "TEMP", "DOXY"]
    with netCDF4.Dataset(path, "w", format="NETCDF3_CLASSIC") as file:
        for name, length in (("N_PROF", 2), ("N_LEVELS", 4), ("N_PARAM", 3), ("STRING64", 64), ("STRING8", 8)):
            file.createDimension(name, length)
        parameters = np.array([[name.ljust(64) for name in names]] * 2, "S64").view("S1").reshape(2, 3, 64)
        _put(file, "STATION_PARAMETERS", ("N_PROF", "N_PARAM", "STRING64"), parameters, "S1")
        letters = np.array([list(mode) for mode in modes], "S1")
        _put(file, "PARAMETER_DATA_MODE", ("N_PROF", "N_PARAM"), letters, "S1")
        number = np.array(["4900001 "] * 2, "S8").view("S1").reshape(2, 8)
        _put(file, "PLATFORM_NUMBER", ("N_PROF", "STRING8"), number, "S1")
        _put(file, "CYCLE_NUMBER", ("N_PROF",), [7, 7], "i4")
        _put(file, "DIRECTION", ("N_PROF",), np.array(["A", "D"], "S1"), "S1")
        _put(file, "JULD", ("N_PROF",), [25567.5, 999999.0], "f8")
        _put(file, "LATITUDE", ("N_PROF",), [10.0, 11.0], "f8")
        _put(file, "LONGITUDE", ("N_PROF",), [359.0, 180.0], "f8")
        _put(file, "POSITION_QC", ("N_PROF",), np.array(["1", "4"], "S1"), "S1")
        level = ("N_PROF", "N_LEVELS")
        _put(file, "PRES", level, [[5.0, 10.0, 20.0, missing]] * 2, **declared)
        oxygen = [missing if value == FILL else value for value in ADJUSTED]
        for name, raw, adjusted in (("TEMP", [1.0] * 4, [2.0] * 4), ("DOXY", RAW, oxygen)):
            _put(file, name, level, [raw] * 2, **declared)
            _put(file, f"{name}_QC", level, np.array([list("3111")] * 2, "S1"), "S1")
            _put(file, f"{name}_ADJUSTED", level, [adjusted] * 2, **declared)
            _put(file, f"{name}_ADJUSTED_QC", level, np.array([list("1841")] * 2, "S1"), "S1")
            _put(file, f"{name}_ADJUSTED_ERROR", level, [[3.0, 0.001, 3.0, 3.0]] * 2)
        if kind == "synthetic":
            _put(file, "PRES_QC", level, np.array([list("1141")] * 2, "S1"), "S1")
            _put(file, "PRES_ADJUSTED", level, [[4.0, 9.0, 19.0, missing]] * 2, **declared)
            _put(file, "PRES_ADJUSTED_QC", level, np.array([list("1811")] * 2, "S1"), "S1")
        file["DOXY"].units = "micromole/kg"
    return path


@pytest.mark.parametrize("fill", [-1.0, -9999.0, 9.96921e36, 99999.0])
def test_the_declared_fill_value_is_missing(fill: float, tmp_path: Path) -> None:
    plain = read(write(tmp_path / "4900001_Sprof.nc")).to_pandas()
    pd.testing.assert_frame_equal(read(write(tmp_path / "4900001_Sprof.nc", fill=fill)).to_pandas(), plain)


def test_mode_decides_per_parameter(tmp_path: Path) -> None:
    path = write(tmp_path / "4900001_Sprof.nc")
    assert detect_format(path) == "argo"
    table = read(path).to_pandas()
    assert table.row.tolist() == [0, 1, 2, 4, 5, 6]  # no level without pressure
    assert table.pressure.tolist() == [4.0, 9.0, 19.0] * 2
    assert table.temperature.tolist() == [2.0] * 3 + [2.0] * 3
    np.testing.assert_array_equal(table.oxygen, [210.0, 211.0, np.nan, 200.0, 201.0, 202.0])
    # delayed: 1 passes, 8 (interpolated) with a bit, rejected is missing; raw: suspect though its own flag is 1
    assert table.oxygen_flag.tolist() == [1, 1, 9, 3, 3, 3]
    assert [bit_names(bits) for bits in table.oxygen_checks] == [(), ("interpolated",), (), (), (), ()]
    assert table.oxygen_original_flag.tolist() == ["argo:1", "argo:8", "argo:4", "argo:3", "argo:1", "argo:1"]
    np.testing.assert_array_equal(table.oxygen_uncertainty, [3.0, np.nan, np.nan, np.nan, np.nan, np.nan])
    adjusted = "micromole/kg; adjusted by its operator"
    assert table.oxygen_original_unit.tolist() == [adjusted] * 3 + ["micromole/kg"] * 3


def test_oxygen_is_suspect_where_temperature_is_and_has_a_bit_where_salinity_is(tmp_path: Path) -> None:
    path = write(tmp_path / "4900001_Sprof.nc")
    with netCDF4.Dataset(path, "a") as file:
        file["DOXY_ADJUSTED_QC"][:] = np.array([list("1115")] * 2, "S1")
        file["TEMP_ADJUSTED_QC"][:] = np.array([list("1381")] * 2, "S1")
        for name in ("PSAL", "PSAL_ADJUSTED"):
            _put(file, name, ("N_PROF", "N_LEVELS"), [[35.0] * 4] * 2)
            _put(file, f"{name}_QC", ("N_PROF", "N_LEVELS"), np.array([list("3381")] * 2, "S1"), "S1")
        names = file["STATION_PARAMETERS"][:]
        file.renameDimension("N_PARAM", "N_THREE")
        file.createDimension("N_PARAM", 4)
        file.renameVariable("STATION_PARAMETERS", "OLD_NAMES")
        file.renameVariable("PARAMETER_DATA_MODE", "OLD_MODES")
        salinity = np.array(["PSAL".ljust(64)] * 2, "S64").view("S1").reshape(2, 1, 64)
        _put(file, "STATION_PARAMETERS", ("N_PROF", "N_PARAM", "STRING64"), np.concatenate([names, salinity], 1), "S1")
        _put(file, "PARAMETER_DATA_MODE", ("N_PROF", "N_PARAM"), np.array([list("DDDD"), list("AARD")], "S1"), "S1")
    table = read(path).to_pandas()[:3]
    assert table.oxygen_flag.tolist() == [1, 3, 9] and table.temperature_flag.tolist() == [1, 3, 3]
    assert [bit_names(bits) for bits in table.oxygen_checks] == [("suspect_salinity",), (), ()]


def test_identity_time_and_place(tmp_path: Path) -> None:
    table = read(write(tmp_path / "4900001_Sprof.nc")).to_pandas()
    assert table.cast.unique().tolist() == ["4900001_007", "4900001_007D"]
    assert table.cruise.unique().tolist() == ["4900001"] and table.instrument.unique().tolist() == ["float"]
    assert table.time[0] == pd.Timestamp("2020-01-01 12:00") and table.time[3:].isna().all()
    assert table.longitude[0] == -1.0
    assert (table.longitude[3:] == -180).all() and (table.latitude[3:] == 11).all()  # kept, and flagged bad
    assert table.position_flag.tolist() == [1] * 3 + [4] * 3 and table.time_flag.tolist() == [2] * 3 + [9] * 3


def test_a_value_at_a_bad_pressure_is_flagged_bad(tmp_path: Path) -> None:
    table = read(write(tmp_path / "R.nc", modes=("RRR", "RRR"))).to_pandas()
    assert table.pressure.tolist() == [5.0, 10.0, 20.0] * 2
    assert table.oxygen_flag.tolist() == [3, 3, 4] * 2


def test_b_file_has_its_own_cast_names(tmp_path: Path) -> None:
    table = read(write(tmp_path / "BD4900001_007.nc", kind="b")).to_pandas()
    assert table.cast.unique().tolist() == ["4900001_007#BD0", "4900001_007D#BD1"]
    assert table.pressure.tolist() == [5.0, 10.0, 20.0] * 2


def test_a_cut_classic_file_is_refused_wherever_it_is_cut(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole_Sprof.nc").read_bytes()
    cut = tmp_path / "cut_Sprof.nc"
    for length in np.linspace(1, len(whole) - 1, 25).astype(int):
        cut.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"cut_Sprof\.nc"):
            read(cut)
