import numpy as np
import pytest

from qc.battery import cruises, run
from qc.table import flags
from tests.support.cruise_sections import BIT, NOW, bits, cast_names, cruise, join


def test_a_float_is_held_to_the_speed_of_floats():
    lat = 0.02 * np.arange(20)
    lat[7] += 3
    assert cast_names(cruises.check_cruises(cruise(lat=lat)), "speed") == set()
    assert cast_names(cruises.check_cruises(cruise(lat=lat, instrument="float")), "speed") == {"A7"}


def test_a_cast_that_is_possible_but_off_the_track():
    lat = np.arange(20.0)
    lat[7] += 4
    table = cruises.check_cruises(cruise(lat=lat))
    assert cast_names(table, "speed") == set() and cast_names(table, "off_track") == {"A7"}


def test_a_date_ten_years_off():
    time = np.datetime64("1995-05-05T12:00", "ms") + np.arange(20).astype("timedelta64[D]")
    time[3] = np.datetime64("1985-05-08T12:00", "ms")
    table = cruises.check_cruises(cruise(time=time))
    assert cast_names(table, "cruise_date") == {"A3"} and cast_names(table, "speed") == set()


def test_a_cruise_flagged_for_the_most_part_is_suspect_as_a_whole():
    oxygen = np.where(np.arange(120) % 5 < 2, 900.0, 200.0)
    table = cruises.check_cruises(run.run_battery(join(cruise(oxygen=oxygen), cruise("B", lon=10.0)), now=NOW))
    assert cast_names(table, "cruise_flagged") == {f"A{i}" for i in range(20)}
    assert set(table["oxygen_flag"].to_numpy()[:120]) == {flags.SUSPECT, flags.FAIL}
    assert not (bits(table, "temperature") & BIT["cruise_flagged"]).any()


@pytest.mark.parametrize(("factor", "off"), [(1.08, True), (0.92, True), (1.02, False)])
def test_a_cruise_with_deep_oxygen_off_against_all_around(factor, off):
    others = [cruise(name, lon=-30 + 0.2 * i, start=f"{1980 + i}-03-01T01:00") for i, name in enumerate("BCD")]
    table = cruises.check_cruises(join(*others, cruise(factor=factor)))
    assert cast_names(table, "cruise_offset") == ({f"A{i}" for i in range(20)} if off else set())
    pair = cruises.check_cruises(join(others[0], cruise(factor=factor)))  # one other: which of the two is off?
    assert cast_names(pair, "cruise_offset") == set()
