import numpy as np
import pyarrow as pa

from qc.battery import battery
from qc.duplicates import candidates, search, signatures
from qc.duplicates.cast_index import decode
from tests.support.bottle_casts import OXYGEN, PRESSURE, cast, crowd, join

RULES = battery.load_battery().duplicates


def test_a_crowd_is_searched_without_all_its_pairs_and_without_losing_copies():
    table = crowd(10_000)
    planned = search.plan(signatures.summarise(table), RULES)
    assert len(planned.pairs) < 60 * 10_200  # of 52 million
    found = search.find(table, RULES)
    own, theirs = (found[name].str.extract(r"m(\d+)$")[0] for name in ("name", "duplicate_of"))
    right = (own == theirs).to_numpy()
    assert right.sum() >= 0.99 * 200 and (~right).sum() <= 2


def test_candidates_in_crowds_and_around_them_are_near_and_of_one_kind():
    index = decode(signatures.summarise(join(crowd(500), crowd(40).slice(0, 8 * 40))))
    rules = battery.load_battery().duplicates
    one, other = candidates.candidates(index, rules).T
    assert len(one) > 1000 and (one < other).all()
    assert (np.abs(index.time[one] - index.time[other]) <= rules.days).all()
    assert (index.kind[one] == index.kind[other]).all()


def test_a_stuck_sensor_makes_no_crowd_of_pairs():
    n = 3000
    columns = {"pressure": np.tile(PRESSURE, n), "oxygen": np.tile(OXYGEN, n), "instrument": "ctd"}
    columns["time"] = np.datetime64("2001-01-01", "ms") + np.repeat(np.arange(n), 7).astype("m8[s]")
    table = cast("cchdo", "x", **columns)
    names = pa.array(np.char.mod("%04d", np.repeat(np.arange(n), 7))).dictionary_encode()
    place = table.schema.get_field_index("cast")
    table = table.set_column(place, table.schema.field(place), names.cast(table.schema.field(place).type))
    assert len(search.plan(signatures.summarise(table), RULES).pairs) < 30 * n
    assert set(search.find(table, RULES)["duplicate_of"]) == {"cchdo/0000"}
