import numpy as np
import pyarrow as pa
import pytest

from qc.battery import battery, cruises, run
from qc.duplicates import search
from tests.support.cruise_sections import BIT, DEEP, NOW, OFF, bits, cast_names, cruise, join, names_by_source, section

RULES = battery.load_battery().duplicates


def test_without_a_cruise_name_the_platform_makes_the_cruise():
    lat = np.where(np.arange(20) == 7, -60.0, np.arange(20.0))
    none = [None] * (20 * len(DEEP))
    assert cast_names(cruises.check_cruises(cruise(lat=lat, cruise=none, platform="ship")), "speed") == {"A7"}
    assert cast_names(cruises.check_cruises(cruise(lat=lat, cruise=none)), "speed") == set()


def test_cruises_of_different_archives_are_not_compared():
    there, here = cruise(source="cchdo"), cruise(lon=20.0)
    assert not any(cast_names(cruises.check_cruises(join(there, here)), name) for name in BIT)


@pytest.mark.parametrize(
    ("copies", "offsets"),
    [({"glodap": "33XX1995", "wod": "US0012"}, (-1.0, 4.0)), ({"glodap": "X", "cchdo": "Y", "wod": "Z"}, (0.0, 0.0))],
)
def test_a_cruise_is_not_compared_with_its_copies(copies, offsets):
    """Off by 15 umol/kg among two good cruises: flagged in every archive, where no copy is taken for a third one."""
    others = [section("B", -29.8, "1982-03-01T01:00", offsets[0]), section("C", -29.6, "2003-03-01T01:00", offsets[1])]
    table = join(*others, *(cruise(name, source=source, oxygen=OFF) for source, name in copies.items()))
    unknown = names_by_source(cruises.check_cruises(table), "cruise_offset")
    assert not unknown & set(copies.items()), "as long as copies are not marked, they confirm each other"
    marked = search.mark(table, RULES)
    assert marked["duplicate_of"].null_count == 3 * 20 * len(DEEP)
    assert names_by_source(cruises.check_cruises(marked), "cruise_offset") == set(copies.items())


def test_the_rest_of_a_copied_cruise_is_not_compared_with_it_either():
    """Half of the second archive's casts have no copy in the first: they belong to the same merged cruise."""
    others = [section("B", -29.8, "1982-03-01T01:00", -1.0), section("C", -29.6, "2003-03-01T01:00", 4.0)]
    whole = cruise("X", source="glodap", oxygen=OFF)
    half = whole.slice(0, 10 * len(DEEP))
    there = cruise("Y", oxygen=OFF, lon=-30.01)
    marked = search.mark(join(*others, half, there), RULES)
    assert marked["duplicate_of"].null_count == 60 * len(DEEP)
    assert names_by_source(cruises.check_cruises(marked), "cruise_offset") == {("glodap", "X"), ("wod", "Y")}


def test_a_ship_without_cruise_names_does_not_merge_its_cruises():
    """An archive that names only the ship repeats one cast of each of its cruises: its cruises stay apart."""
    others = [section(name, -30 + 0.2 * i, f"{1980 + i}-03-01T01:00", 0.0) for i, name in enumerate("BCD")]
    off = cruise("X", source="glodap", oxygen=OFF)
    whole = join(*others, off)
    few = pa.concat_tables([one.slice(0, len(DEEP)) for one in (*others, off)]).to_pandas()
    few = few.assign(source="cchdo", cruise=None, platform="ship", file="ship.csv")
    marked = search.mark(join(whole, pa.Table.from_pandas(few, whole.schema, preserve_index=False)), RULES)
    assert marked["duplicate_of"].null_count == len(whole)
    assert ("glodap", "X") in names_by_source(cruises.check_cruises(marked), "cruise_offset")


def test_a_copy_that_its_archive_has_spoilt_is_evaluated_by_its_own_values():
    others = [section(name, -30 + 0.2 * i, f"{1980 + i}-03-01T01:00", 0.0) for i, name in enumerate("BCD")]
    good, spoilt = cruise("X", source="glodap", oxygen=OFF - 15), cruise("Y", oxygen=1.06 * (OFF - 15))
    marked = search.mark(join(*others, good, spoilt), RULES)
    assert set(marked["source"].filter(marked["duplicate_of"].is_valid()).to_pylist()) == {"wod"}
    assert names_by_source(cruises.check_cruises(marked), "cruise_offset") == {("wod", "Y")}


def test_a_copy_inside_a_cruise_does_not_count_twice_and_shares_the_flags():
    """Two files of one cruise repeat the same casts, five of which failed: that is five of twenty, not of ten more."""
    lat = np.where(np.arange(20) == 7, -60.0, np.arange(20.0))
    one = cruise(lat=lat)
    again = one.slice(6 * len(DEEP), 6 * len(DEEP))
    again = again.set_column(
        1, again.schema.field(1), pa.array(["again.nc"] * len(again)).cast(again.schema.field(1).type)
    )
    marked = search.mark(join(one, again), RULES)
    assert marked["duplicate_of"].null_count == 20 * len(DEEP)
    table = cruises.check_cruises(marked)
    hit = (bits(table) & BIT["speed"] > 0).reshape(-1, len(DEEP)).all(axis=1)
    assert np.flatnonzero(hit).tolist() == [7, 21], "the cast, and its copy in the other file"
    oxygen = np.where(np.arange(120) // len(DEEP) < 5, 900.0, 200.0 + np.tile(np.arange(6.0), 20))
    table = run.run_battery(cruise(oxygen=oxygen), now=NOW)
    some = table.slice(0, 5 * len(DEEP))
    some = some.set_column(1, some.schema.field(1), pa.array(["again.nc"] * len(some)).cast(some.schema.field(1).type))
    both = join(table, some)
    assert cast_names(cruises.check_cruises(both), "cruise_flagged"), "10 of 25 casts"
    assert not cast_names(cruises.check_cruises(search.mark(both, RULES)), "cruise_flagged"), "5 of 20"
