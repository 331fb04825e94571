import numpy as np
import pyarrow as pa
import pytest

from qc.battery import cruises, run
from qc.table import flags
from qc.types import Climatology, Floats
from tests.support.cruise_sections import BIT, DEEP, NOW, bits, cast_names, cruise, join


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


def test_an_offset_must_exceed_its_limit_by_two_standard_errors():
    others = [cruise(name, lon=-30 + 0.2 * i, start=f"{1980 + i}-03-01T01:00") for i, name in enumerate("BCD")]
    scatter = 1 + 0.03 * np.where(np.arange(20) % 2, 1, -1)  # standard error 0.8 %
    for factor, off in ((1.06, False), (1.09, True)):
        table = cruises.check_cruises(join(*others, cruise(factor=factor * np.repeat(scatter, len(DEEP)))))
        assert bool(cast_names(table, "cruise_offset")) == off


STATIONS = np.repeat(np.arange(20), len(DEEP))
SURFACE = {"temperature": np.full(120, 10.0), "salinity": np.full(120, 35.0)}
NEW = ("cruise_saturation", "cruise_high_saturation", "cruise_climatology")


def at_saturation(percent: float = 100.0, **columns: object) -> pa.Table:
    """A section of 20 stations in the tropics whose surface has a percentage of saturation, 274.6 umol/kg."""
    profile = 2.746 * percent * np.array([1.0, 0.5, 0.75, 0.77, 0.78, 0.8])
    return cruise(**(SURFACE | {"oxygen": np.tile(profile, 20)} | columns))


def flagged(table: pa.Table, climatology: Climatology | None = None) -> set[str]:
    """Names of the new checks that a cruise fails after the profile tests, as a whole or not at all."""
    table = cruises.check_cruises(run.run_battery(table, now=NOW, climatology=climatology), climatology=climatology)
    failed = {name: len(cast_names(table, name)) for name in NEW}
    assert set(failed.values()) <= {0, 20}
    return {name for name, casts in failed.items() if casts}


@pytest.mark.parametrize("factor", [0.1, 0.5, 0.7, 1.43, 2, 10])
def test_a_cruise_multiplied_by_a_factor_is_found_by_its_surface(factor):
    assert flagged(at_saturation(100 * factor))
    without = {name: np.full(120, np.nan) for name in SURFACE}
    gross = factor not in (0.7, 1.43)  # at the mean temperature of the latitude 100 % is 137 %
    assert bool(flagged(at_saturation(73 * factor, **without))) == gross, "no temperature, no salinity"


@pytest.mark.parametrize("percent", [78, 100, 128])
def test_an_unusual_cruise_passes(percent):
    assert flagged(at_saturation(percent)) == set()


def test_upwelling_at_some_stations_is_no_fault_of_the_cruise():
    oxygen = np.where(STATIONS < 8, 0.55, 1.0) * np.tile(274.6 * np.array([1.0, 0.5, 0.5, 0.5, 0.5, 0.5]), 20)
    table = at_saturation(oxygen=oxygen)
    assert flagged(table) == set()


def test_anoxic_water_under_a_sound_surface_is_no_fault():
    anoxic = np.tile([230.0, 0.5, 0, 0, 0, 0], 20)
    assert flagged(at_saturation(oxygen=anoxic)) == set()


@pytest.mark.parametrize("factor", [0.5, 0.7, 1.0, 1.43, 2])
def test_a_cruise_without_a_surface_is_found_by_a_climatology(factor):
    deep = cruise(pressure=np.tile([150.0, 500, 2400, 2900, 3400, 3900], 20), factor=factor)

    def climatology(north: Floats, east: Floats, dbar: Floats) -> tuple[Floats, Floats]:
        return np.full(len(north), 237.0), np.full(len(north), np.nan)

    assert flagged(deep) == set()
    assert flagged(deep, climatology) == ({"cruise_climatology"} if factor != 1 else set())


def test_values_that_the_archive_flags_do_not_make_a_cruise_suspect():
    flag = np.where(STATIONS < 15, flags.FAIL, flags.PASS).astype(np.int8)
    oxygen = np.where(STATIONS < 15, 0.2, 1.0) * 274.6
    assert flagged(at_saturation(oxygen=oxygen, oxygen_flag=flag)) == set()
