"""CF profiles as others write them: every layout of chapter 9, other units, other words for flags."""

from pathlib import Path

import netCDF4
import numpy as np
import pytest

from qc.errors import InputError
from qc.readers.registry import detect_format, read

OXYGEN = "moles_of_oxygen_per_unit_mass_in_sea_water"
WORDS = "good_data probably_good_data probably_bad_data bad_data not_checked missing_value"
TEMPERATURE, SALINITY = {"standard_name": "sea_water_temperature"}, {"standard_name": "sea_water_practical_salinity"}
Columns = dict[str, tuple[tuple[str, ...], object, dict[str, object]]]


def make(path: Path, sizes: dict[str, int], columns: Columns, feature: str = "profile") -> Path:
    with netCDF4.Dataset(path, "w") as dataset:
        dataset.featureType = feature
        for name, size in sizes.items():
            dataset.createDimension(name, size)
        for name, (dimensions, values, attributes) in columns.items():
            array = np.asarray(values)
            kind = str if array.dtype.kind == "U" else array.dtype
            variable = dataset.createVariable(name, kind, dimensions)
            variable.setncatts(attributes)
            variable[...] = array.astype(object) if kind is str else array
    return path


def coordinates(dimension: tuple[str, ...], n: int) -> Columns:
    return {
        "t": (dimension, np.arange(n) * 24.0, {"standard_name": "time", "units": "hours since 2001-05-01T12:00:00Z"}),
        "y": (dimension, np.arange(n) + 10.0, {"standard_name": "latitude", "units": "degrees_north"}),
        "x": (dimension, np.arange(n) + 179.5, {"standard_name": "longitude", "units": "degrees_east"}),
    }


def depth(dimension: tuple[str, ...], values: object, **more: object) -> Columns:
    return {"z": (dimension, values, {"standard_name": "depth", "units": "m", **more})}


def oxygen(dimension: tuple[str, ...], values: object, unit: str = "umol kg-1", **more: object) -> Columns:
    return {"o": (dimension, values, {"standard_name": OXYGEN, "units": unit, **more})}


def test_indexed_ragged_array(tmp_path: Path) -> None:
    columns = coordinates(("profile",), 2) | depth(("obs",), [5.0, 6.0, 50.0]) | oxygen(("obs",), [1.0, 2.0, 3.0])
    columns["index"] = (("obs",), np.array([0, 1, 0], np.int32), {"instance_dimension": "profile"})
    path = make(tmp_path / "a.nc", {"profile": 2, "obs": 3}, columns)
    assert detect_format(path) == "cf_dsg"
    table = read(path)
    assert table["oxygen"].to_pylist() == [1, 2, 3] and table["cast"].to_pylist() == ["0", "1", "0"]
    assert table["longitude"].to_pylist() == [179.5, -179.5, 179.5]
    assert [str(time) for time in table["time"].to_pylist()[:2]] == ["2001-05-01 12:00:00", "2001-05-02 12:00:00"]
    columns["index"] = (("obs",), np.array([0, 2, 0], np.int32), {"instance_dimension": "profile"})
    with pytest.raises(InputError, match="index leads outside profile"):
        read(make(tmp_path / "b.nc", {"profile": 2, "obs": 3}, columns))


def test_profiles_of_trajectories_in_contiguous_ragged_arrays(tmp_path: Path) -> None:
    columns = coordinates(("profile",), 3) | depth(("obs",), [5.0, 50.0, 5.0, 5.0]) | oxygen(("obs",), np.arange(4.0))
    columns["n"] = (("profile",), np.array([2, 1, 1], np.int32), {"sample_dimension": "obs"})
    columns["of"] = (("profile",), np.array([1, 0, 1], np.int32), {"instance_dimension": "trajectory"})
    columns["cruise"] = (("trajectory",), np.array(["A", "B"]), {"cf_role": "trajectory_id"})
    sizes = {"profile": 3, "obs": 4, "trajectory": 2}
    table = read(make(tmp_path / "a.nc", sizes, columns, "trajectoryProfile"))
    assert table["cruise"].to_pylist() == ["B", "B", "A", "B"] and len(set(table["cast"].to_pylist())) == 3
    columns["n"] = (("profile",), np.array([2, 1, 2], np.int32), {"sample_dimension": "obs"})
    with pytest.raises(InputError, match="n adds up to 5, but obs has 4 levels"):
        read(make(tmp_path / "b.nc", sizes, columns))


def test_multidimensional_arrays_and_what_fills_them_up(tmp_path: Path) -> None:
    deep, values = np.array([[5.0, 50.0], [5.0, 9e36]]), np.ma.masked_greater(np.array([[1.0, 2.0], [3.0, 9e36]]), 1e30)
    columns = coordinates(("profile",), 2) | oxygen(("profile", "level"), values)
    sizes = {"profile": 2, "level": 2}
    incomplete = depth(("profile", "level"), np.ma.masked_greater(deep, 1e30))
    incomplete["z"][2]["valid_max"] = 1e4
    columns["o"][2]["valid_max"] = 1e4
    table = read(make(tmp_path / "a.nc", sizes, columns | incomplete))
    assert table["oxygen"].to_pylist() == [1, 2, 3] and table["row"].to_pylist() == [0, 1, 2]
    whole = read(make(tmp_path / "b.nc", sizes, columns | depth(("level",), [5.0, 50.0])))  # orthogonal
    np.testing.assert_array_equal(whole["depth"].to_numpy(), [5, 50, 5, 50])
    assert whole["oxygen_flag"].to_pylist() == [2, 2, 2, 9]
    single = coordinates((), 1) | depth(("level",), [5.0, 50.0]) | oxygen(("level",), [1.0, 2.0])
    single = {name: (dims, np.squeeze(np.asarray(one)), more) for name, (dims, one, more) in single.items()}
    assert read(make(tmp_path / "c.nc", sizes, single))["latitude"].to_pylist() == [10, 10]


def test_units_heights_and_words_of_flags(tmp_path: Path) -> None:
    columns = coordinates(("profile",), 1) | oxygen(
        ("obs",), np.full(6, 200.0), "mmol m-3", ancillary_variables="why q"
    )
    columns |= {
        "n": (("profile",), np.array([6], np.int32), {"sample_dimension": "obs"}),
        "z": (("obs",), -np.arange(6.0), {"standard_name": "height", "units": "m", "positive": "up"}),
        "T": (("obs",), np.full(6, 283.15), {"standard_name": "sea_water_temperature", "units": "K"}),
        "S": (("obs",), np.full(6, 35.0), {"standard_name": "sea_water_practical_salinity", "units": "1"}),
        "q": (
            ("obs",), np.array([49, 50, 51, 52, 48, 57], np.int8),
            {"flag_values": np.array([49, 50, 51, 52, 48, 57], np.int8), "flag_meanings": WORDS},
        ),
        "why": (
            ("obs",), np.array([0, 1] * 3, np.int8),
            {"flag_values": np.array([0, 1], np.int8), "flag_meanings": "spike range"},
        ),
    }  # fmt: skip
    columns["o"][2]["standard_name"] = "mole_concentration_of_dissolved_molecular_oxygen_in_sea_water"
    table = read(make(tmp_path / "a.nc", {"profile": 1, "obs": 6}, columns))
    np.testing.assert_allclose(table["depth"].to_numpy(), np.arange(6.0))
    np.testing.assert_allclose(table["temperature"].to_numpy(), 10.0)
    np.testing.assert_allclose(table["oxygen"].to_numpy(), 200 / 1.027, rtol=1e-3)
    assert table["oxygen_flag"].to_pylist() == [1, 1, 3, 4, 2, 3]  # there, though called missing: suspect
    assert table["oxygen_original_flag"].to_pylist()[2] == "cf:probably_bad_data"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"o": (("obs",), [1.0], {"units": "umol kg-1"})}, "no variable with a standard name of oxygen"),
        ({"z": (("obs",), [1.0], {"units": "m"})}, "no variable with standard name sea_water_pressure or depth"),
        ({"z": (("obs",), [1.0], {"standard_name": "depth", "units": "fathom"})}, "z in 'fathom'"),
        ({"t": (("p",), [1.0], {"units": "days"})}, "no variable with standard name time"),
        ({"T": (("obs",), [10.0], TEMPERATURE | {"units": "psi"})}, "T in 'psi', which is no scale of temperature"),
        ({"S": (("obs",), [0.035], SALINITY | {"units": "kg kg-1"})}, "S in 'kg kg-1', which is not that of PSS-78"),
        ({"t": (("p",), [1.0], {"standard_name": "time", "units": "moons since 2001-01-01"})}, "unknown unit of time"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, change: Columns, message: str) -> None:
    columns = coordinates(("p",), 1) | depth(("obs",), [1.0]) | oxygen(("obs",), [1.0])
    columns["n"] = (("p",), np.array([1], np.int32), {"sample_dimension": "obs"})
    with pytest.raises(InputError, match=message):
        read(make(tmp_path / "a.nc", {"p": 1, "obs": 1}, columns | change))


def one_profile(**change: tuple[tuple[str, ...], object, dict[str, object]]) -> Columns:
    columns = coordinates(("p",), 1) | depth(("obs",), [1.0]) | oxygen(("obs",), [1.0])
    columns["n"] = (("p",), np.array([1], np.int32), {"sample_dimension": "obs"})
    return columns | change


def test_a_time_without_a_standard_name_is_found_by_axis_or_unit(tmp_path: Path) -> None:
    by_axis, by_unit = {"units": "days since 1950-01-01", "axis": "T"}, {"units": "days since 1950-01-01"}
    other = (("p",), [9.0], {"units": "days since 1950-01-01", "long_name": "date of calibration"})
    reference = (("p",), [9.0], {"units": "days since 1950-01-01", "standard_name": "forecast_reference_time"})
    for i, columns in enumerate((
        one_profile(t=(("p",), [1.5], by_axis), a=other), one_profile(t=(("p",), [1.5], by_unit), r=reference)
    )):  # fmt: skip
        table = read(make(tmp_path / f"{i}.nc", {"p": 1, "obs": 1}, columns))
        assert [str(time) for time in table["time"].to_pylist()] == ["1950-01-02 12:00:00"]
    with pytest.raises(InputError, match="no variable with standard name time"):
        read(make(tmp_path / "two.nc", {"p": 1, "obs": 1}, one_profile(t=(("p",), [1.5], by_unit), a=other)))


@pytest.mark.parametrize(
    ("unit", "celsius"), [("degree_F", 10.0), ("degrees_Celsius", 50.0), ("degC", 50.0), ("kelvin", 50 - 273.15)]
)
def test_units_of_temperature(unit: str, celsius: float, tmp_path: Path) -> None:
    columns = one_profile(T=(("obs",), [50.0], TEMPERATURE | {"units": unit}))
    table = read(make(tmp_path / "a.nc", {"p": 1, "obs": 1}, columns))
    np.testing.assert_allclose(table["temperature"].to_numpy(), [celsius])
    assert table["temperature_original"].to_pylist() == [50.0]


@pytest.mark.parametrize("unit", ["1", "1e-3", "0.001", "PSU", "PSS-78", "g kg-1"])
def test_units_of_salinity(unit: str, tmp_path: Path) -> None:
    columns = one_profile(S=(("obs",), [35.0], SALINITY | {"units": unit}))
    assert read(make(tmp_path / "a.nc", {"p": 1, "obs": 1}, columns))["salinity"].to_pylist() == [35.0]


def test_a_number_that_only_carries_attributes_is_no_name(tmp_path: Path) -> None:
    columns = one_profile(platform=((), np.int32(7), {"long_name": "R/V One"}), cruise=((), np.array("A"), {}))
    table = read(make(tmp_path / "a.nc", {"p": 1, "obs": 1}, columns))
    assert table["platform"].to_pylist() == [None] and table["cruise"].to_pylist() == ["A"]


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        (
            1,
            "good good_data probably_good_data ProbablyGood pass passed accepted_value acceptable_measurement ok qc_ok",
        ),
        (1, "valid in_valid_range good_value good_1"),
        (2, "not_evaluated unknown no_qc_performed no_quality_control unchecked none"),
        (3, "outside_valid_range out_of_valid_range not_ok not-ok no_good not_yet_validated validation_pending token"),
        (3, "never_validated nogood probably_bad_data value_changed interpolated_value"),
        (4, "bad_data fail not_good not_accepted invalid unacceptable error"),
        (9, "missing_value not_sampled no_data"),
    ],
)
def test_words_of_flags(flag: int, words: str, tmp_path: Path) -> None:
    n = len(words.split())
    numbers = np.arange(n, dtype=np.int8)
    meanings = f"{words} good bad"  # a variable of suspect alone is no flag
    flags = {"flag_values": np.arange(n + 2, dtype=np.int8), "flag_meanings": meanings}
    columns = coordinates(("p",), 1) | depth(("obs",), np.ones(n))
    columns |= oxygen(("obs",), np.full(n, 200.0), ancillary_variables="q") | {"q": (("obs",), numbers, flags)}
    columns["n"] = (("p",), np.array([n], np.int32), {"sample_dimension": "obs"})
    found = read(make(tmp_path / "a.nc", {"p": 1, "obs": n}, columns))["oxygen_flag"].to_pylist()
    assert dict(zip(words.split(), found)) == dict.fromkeys(words.split(), 3 if flag == 9 else flag)  # 9, but there
