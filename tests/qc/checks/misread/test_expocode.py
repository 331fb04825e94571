from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.battery import cruises
from qc.checks.cruises.cruise_table import departure
from qc.readers import registry as readers
from qc.table import schema
from tests.support.cruise_sections import cast_names, cruise

CHECK = "expocode_date"
START = np.datetime64("1993-12-01T01:17", "ms")
DAYS = START + np.arange(20) * np.timedelta64(60, "h")


def years(n: int) -> np.timedelta64:
    return np.timedelta64(round(365.25 * n), "D")


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("316N19931201", "1993-12-01"), ("06MT19931201_2", "1993-12-01"), (" 33rr19931201 ", "1993-12-01"),
        ("325019931201", "1993-12-01"), ("49KA199312_1", "1993-12-01"), ("318M199312", "1993-12-01"),
        ("RUCT40_1", ""), ("31WTTUNES_3", ""), ("2902746", ""), ("316N19931301", ""), ("316N19930230", ""),
        ("201203150830", ""), ("316N19931201X", ""), ("HOT155", ""), ("", ""),
    ],
)  # fmt: skip
def test_the_departure_of_an_expocode(name, day):
    expected = np.datetime64(day).astype(float) if day else np.nan
    assert departure(name) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("wrong", [range(3, 4), range(3, 5), range(3, 6), range(3, 8), range(10, 20), range(20)])
@pytest.mark.parametrize("by", [-10, -1, 1, 10])
def test_any_number_of_stations_of_a_wrong_year(wrong, by):
    time = DAYS.copy()
    time[wrong.start : wrong.stop] += years(by)
    table = cruises.check_cruises(cruise("316N19931201", time=time))
    assert cast_names(table, CHECK) == {f"316N19931201{i}" for i in wrong}


def test_a_new_year_that_was_not_counted_up():
    time = np.where(DAYS >= np.datetime64("1994-01-01"), DAYS - years(1), DAYS)
    table = cruises.check_cruises(cruise("316N19931201", time=time))
    assert 0 < len(cast_names(table, CHECK)) == (time != DAYS).sum() < 19


@pytest.mark.parametrize("name", ["316N19931120", "316N199312_1", "316N19931225", "A", "31WTTUNES_3"])
def test_a_cruise_near_its_departure_or_without_one_passes(name):
    assert cast_names(cruises.check_cruises(cruise(name, time=DAYS)), CHECK) == set()


def test_a_code_for_the_stations_of_years_passes():
    time = START + np.arange(20) * np.timedelta64(100, "D")
    assert cast_names(cruises.check_cruises(cruise("316N19931201", time=time)), CHECK) == set()


@given(st.lists(st.integers(-3000, 3000), min_size=20, max_size=20))
def test_a_cast_before_departure_never_passes_and_one_soon_after_always_does(days):
    time = START + np.array(days) * np.timedelta64(1, "D")
    found = cast_names(cruises.check_cruises(cruise("316N19931201", time=time)), CHECK)
    assert {f"316N19931201{i}" for i, day in enumerate(days) if day < -61} <= found
    assert not {f"316N19931201{i}" for i, day in enumerate(days) if -60 <= day < 299} & found


@pytest.mark.parametrize("name", ["cchdo/hydro__p02.csv.gz", "glodap/29HE19920714.mat"])
def test_a_real_cruise_passes_and_its_wrong_years_are_found(data_root: Path, name: str):
    table = readers.read(data_root / "observations" / name)
    assert cast_names(cruises.check_cruises(table), CHECK) == set()
    casts = sorted(set(table["cast"].to_pylist()))
    moved = set(casts[: len(casts) // 2])
    wrong = np.array([cast in moved for cast in table["cast"].to_pylist()])
    time = table["time"].to_numpy() - np.where(wrong, years(1), np.timedelta64(0, "D"))
    table = schema.replaced(table, "time", time.astype("datetime64[ms]"))
    assert cast_names(cruises.check_cruises(table), CHECK) == moved
