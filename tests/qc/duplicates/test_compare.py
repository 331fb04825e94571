import numpy as np
import pytest

from qc.battery import battery
from qc.duplicates import search
from tests.support.bottle_casts import OXYGEN, PRESSURE, cast, copies, join

RULES = battery.load_battery().duplicates


@pytest.mark.parametrize(
    "columns",
    [
        {"latitude": 10.05},  # 5.6 km
        {"time": np.datetime64("1995-05-06T12:01", "ms")},
        {"time": np.datetime64("NaT", "ms")},
        {"oxygen": OXYGEN + np.resize([3.0, -3.0], 7)},
        {"oxygen": OXYGEN * 1.2},
        {"instrument": "ctd"},  # a calibration pair, no copy
        {"pressure": PRESSURE + 15},
        {"oxygen": np.where(np.arange(7) < 3, OXYGEN, np.nan)},  # too few levels
    ],
)
def test_what_is_no_copy(columns):
    assert copies(cast("wod", "7", **columns), cast("glodap", "x")) == {}


@pytest.mark.parametrize(
    "columns",
    [
        {"latitude": 10.04, "time": np.datetime64("1995-05-06T11:59", "ms")},
        {"oxygen": OXYGEN * 1.0045},  # constant density of the World Ocean Database
        {"oxygen": OXYGEN * 1.025},  # adjustment of GLODAP
        {"pressure": PRESSURE * 1.001},  # depth taken for pressure by another formula
        {"oxygen": np.where(np.arange(7) == 2, 400, OXYGEN)},  # one value corrected by one archive
        {"pressure": PRESSURE[::-1], "oxygen": OXYGEN[::-1]},  # delivered upwards
    ],
)
def test_what_is_a_copy_all_the_same(columns):
    assert copies(cast("wod", "7", **columns), cast("glodap", "x")) == {"wod/7": "glodap/x"}


def test_a_sparse_sensor_cast_is_compared_with_a_dense_one_by_interpolation():
    dense = np.arange(2, 1600, 4.0)
    columns = {"instrument": "ctd", "pressure": dense, "oxygen": np.interp(dense, PRESSURE, OXYGEN)}
    assert copies(cast("wod", "7", instrument="ctd"), cast("argo", "x", **columns)) == {"wod/7": "argo/x"}


def test_inside_an_archive_only_equal_values_are_copies():
    again = cast("cchdo", "second", oxygen=OXYGEN + 0.3)  # a repeated cast of the station
    assert copies(cast("cchdo", "first"), again) == {}
    assert copies(cast("cchdo", "first"), cast("cchdo", "second")) == {"cchdo/second": "cchdo/first"}


def test_anoxic_waters_of_a_basin_are_all_alike_and_no_copies():
    pressure = np.arange(0, 1300, 100.0)
    first = np.where(pressure < 250, [200.0] * 13, 0.0)
    second = np.where(pressure < 250, [205.0] * 13, 0.0)
    one, other = (cast("wod", str(i), pressure=pressure, oxygen=o) for i, o in enumerate((first, second)))
    assert copies(one, other) == {}


def test_calm_water_of_a_time_series_is_copied_cast_by_cast():
    hours = np.arange(0, 20, 2)
    shift = np.random.default_rng(1).normal(0, 0.4, (len(hours), 7))  # within the tolerance between archives
    series = [
        cast(source, f"{hour:02d}", time=np.datetime64("2001-01-01", "ms") + np.timedelta64(int(hour), "h"), oxygen=o)
        for hour, noise in zip(hours, shift)
        for source, o in (("cchdo", OXYGEN + noise), ("wod", np.round(OXYGEN + noise, 1)))
    ]
    assert copies(*series) == {f"wod/{hour:02d}": f"cchdo/{hour:02d}" for hour in hours}


def test_casts_without_oxygen_are_compared_by_temperature_and_salinity():
    t, SP = 20 - np.arange(7.0), 35 + 0.1 * np.arange(7)
    dry = {"oxygen": np.full(7, np.nan), "temperature": t, "salinity": SP}
    other = dry | {"temperature": np.round(t + 0.004, 2), "latitude": 10.01}
    assert copies(cast("wod", "7", **dry), cast("glodap", "x", **other)) == {"wod/7": "glodap/x"}
    for changed in ({"temperature": t + 0.05}, {"salinity": SP + 0.05}, {"oxygen": OXYGEN}):
        assert copies(cast("wod", "7", **dry), cast("glodap", "x", **(other | changed))) == {}
    assert copies(cast("wod", "7", **(dry | {"salinity": np.full(7, np.nan)})), cast("glodap", "x", **other))


def test_an_exact_copy_excludes_one_that_is_merely_alike():
    pressure = np.arange(10) * 50.0
    oxygen = 250 - 17.3 * np.arange(10)
    later = {"time": np.datetime64("1995-05-05T15:00", "ms"), "oxygen": oxygen + 0.3}
    table = [
        cast("cchdo", "1", pressure=pressure, oxygen=oxygen),
        cast("wod", "1", pressure=pressure, oxygen=oxygen),
        cast("cchdo", "2", pressure=pressure, **later),
    ]
    assert copies(*table) == {"wod/1": "cchdo/1"}


def test_equal_values_are_copies_whatever_their_positions_but_even_water_is_not():
    pressure = np.arange(0, 1000, 100.0)
    oxygen = 250 - 17.3 * np.arange(10)
    there = {"pressure": pressure, "oxygen": oxygen, "latitude": -40.0, "time": np.datetime64("1999-01-01", "ms")}
    here = cast("wod", "7", pressure=pressure, oxygen=oxygen)
    assert copies(here, cast("wod", "8", **there)) == {"wod/8": "wod/7"}
    assert copies(here, cast("wod", "8", **(there | {"time": np.datetime64("NaT", "ms")}))) == {"wod/8": "wod/7"}
    near_only = battery.load_battery().duplicates.model_copy(update={"anywhere": 0})
    assert len(search.find(join(here, cast("wod", "8", **there)), near_only)) == 0
    even = {"pressure": pressure, "oxygen": np.full(10, 300.0)}
    assert copies(cast("wod", "7", **even), cast("wod", "8", **(there | even))) == {}
