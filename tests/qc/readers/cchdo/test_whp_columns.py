"""Columns of a CCHDO file by their WHP names: selection of levels, flags of bottles, numbers, times and profiles."""

from pathlib import Path

import netCDF4
import numpy as np
import pandas as pd
import pytest

from qc.readers.cchdo.whp_columns import WhpColumns, clean, number_profiles, parse, time_of, variables
from qc.readers.files.source import Source

N = np.nan


def columns() -> WhpColumns:
    return WhpColumns(
        source=Source("a_hy1.csv"),
        expocode=["33RO20110926"],
        station=["1"],
        cast=["1"],
        profile=np.zeros(3, np.int64),
        ctd=np.zeros(3, bool),
        row=np.arange(3),
        time=np.full(3, np.datetime64("2011-09-28", "ms")),
        time_flag=np.full(3, 2, np.int8),
        latitude=np.full(3, -28.5),
        longitude=np.full(3, 190.0),
        values={"OXYGEN": np.array([200.0, 201.0, N])},
        units={"OXYGEN": "UMOL/KG"},
        codes={"OXYGEN": ["2", "2", "9"], "BTLNBR": ["2", "3", "4"]},
    )


def test_levels_are_taken_in_the_order_given() -> None:
    taken = columns().take(np.array([2, 0, 0]))
    assert taken.row.tolist() == [2, 0, 0] and taken.codes["OXYGEN"].tolist() == ["9", "2", "2"]
    np.testing.assert_array_equal(taken.values["OXYGEN"], [N, 200.0, 200.0])


def test_a_leaking_bottle_makes_its_samples_suspect_but_not_the_sensor() -> None:
    assert columns().of("OXYGEN", ctd=False).flag.tolist() == [1, 3, 3]
    assert columns().of("OXYGEN", ctd=True).flag.tolist() == [1, 1, 9]
    assert np.isnan(columns().of("CTDOXY", ctd=True).value).all()


def test_numbers() -> None:
    np.testing.assert_array_equal(clean(np.ma.masked_equal([1.0, -999.0, 7.0, -9.0], 7.0)), [1.0, N, N, -9.0])
    np.testing.assert_array_equal(parse(["1.5", "-2", None]), [1.5, -2.0, N])
    np.testing.assert_array_equal(parse(["1.5", "x", None, ""]), [1.5, N, N, N])


@pytest.mark.parametrize(
    ("date", "clock", "time", "flag"),
    [
        (20110928.0, 7.0, "2011-09-28T00:07", 2),
        (20110928.0, 2359.0, "2011-09-28T23:59", 2),
        (20110928.0, N, "2011-09-28T12:00", 2),
        (20110928.0, -9.0, "2011-09-28T12:00", 2),
        (20110928.0, 81.0, "2011-09-28T12:00", 3),
        (20110928.0, 2500.0, "2011-09-28T12:00", 3),
        (20110928.0, 123015.0, "2011-09-28T12:30:15", 2),  # with seconds
        (20110928.0, 123075.0, "2011-09-28T12:00", 3),
        (20110900.0, N, "2011-09-15T12:00", 3),
        (20110931.0, 7.0, "NaT", 9),
        (N, 7.0, "NaT", 9),
    ],
)
def test_date_and_time_of_day_are_numbers(date: float, clock: float, time: str, flag: int) -> None:
    made, flags = time_of([date], [clock])
    np.testing.assert_array_equal(made, np.array([time], "datetime64[ms]"))
    assert flags.tolist() == [flag]


def test_profiles_are_numbered_by_their_first_levels() -> None:
    keys = pd.DataFrame({"station": ["b", "b", "a", "b"], "cast": ["1", "2", "1", "1"]})
    profile, first = number_profiles(keys)
    assert profile.tolist() == [0, 1, 2, 0] and first.tolist() == [0, 1, 2]


def test_the_variable_that_is_named_wins(tmp_path: Path) -> None:
    with netCDF4.Dataset(tmp_path / "a.nc", "w") as file:
        file.createDimension("n", 1)
        for name in ("oxygen_ml_l", "oxygen", "other"):
            file.createVariable(name, "f8", ("n",)).whp_name = "OXYGEN" if name != "other" else "ARGON"
        file.createVariable("pressure", "f8", ("n",))
        found = variables(file, "whp_name", {"oxygen": "OXYGEN", "pressure": "CTDPRS"})
    assert found == {"OXYGEN": "oxygen", "CTDPRS": "pressure"}
