import numpy as np
import pytest

from qc.battery import battery
from qc.duplicates import search, signatures
from qc.errors import InputError
from tests.support.bottle_casts import OXYGEN, cast, copies, join

RULES = battery.load_battery().duplicates


def test_a_summary_without_signatures_is_refused():
    summary = signatures.summarise(cast("wod", "7")).drop_columns(["coarse"])
    with pytest.raises(InputError, match="no column coarse"):
        search.plan(summary, RULES)


def test_parts_and_processings_of_one_cast_are_distinguished():
    def part(name, scale):
        return cast("argo", name, file=name, instrument="float", oxygen=OXYGEN * scale)

    raw, adjusted = [part("9_001#BR0", 0.93), part("9_001#BR1", 0.5)], [part("9_001#BD0", 1), part("9_001#BD1", 0.6)]
    assert copies(*adjusted, *raw) == {"argo/9_001#BR0": "argo/9_001#BD0", "argo/9_001#BR1": "argo/9_001#BD1"}
    assert copies(part("9_001", 1.1), *raw) == {"argo/9_001#BR0": "argo/9_001", "argo/9_001#BR1": "argo/9_001"}
    ctd = cast("cchdo", "E_1_1#ctd", instrument="ctd")
    assert copies(cast("cchdo", "E_1_1"), ctd) == {}


def test_one_name_in_two_files_is_one_cast_and_the_better_copy_is_kept():
    elsewhere = cast("argo", "1", file="raw.nc", oxygen=OXYGEN * 0.8, time=np.datetime64("NaT", "ms"))
    table = search.mark(join(cast("argo", "1", oxygen=np.where(np.arange(7) == 0, np.nan, OXYGEN)), elsewhere), RULES)
    assert table["duplicate_of"].to_pylist() == ["argo/1"] * 7 + [None] * 7
    assert search.find(table, RULES)["reason"].tolist() == ["name"]


def test_dateline_and_pole_are_no_borders():
    assert copies(cast("wod", "7", longitude=179.99), cast("argo", "x", longitude=-179.99))
    polar = {"latitude": 89.99, "longitude": 0.0}
    assert copies(cast("wod", "7", **polar), cast("argo", "x", latitude=89.99, longitude=-179.0))


def test_unfilled_positions_make_no_neighbours_and_an_empty_table_no_trouble():
    nowhere = {"latitude": 0.0, "longitude": 0.0}
    assert copies(cast("wod", "7", **nowhere), cast("argo", "x", **nowhere)) == {}
    assert len(search.find(cast("wod", "7").slice(0, 0), RULES)) == 0
    assert search.mark(cast("wod", "7").slice(0, 0), RULES).num_rows == 0
