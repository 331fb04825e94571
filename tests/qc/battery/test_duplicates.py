from qc.battery.battery import load_battery
from qc.battery.duplicates import find_duplicates, mark_duplicates
from qc.duplicates import search
from tests.support.bottle_casts import cast, join


def test_without_rules_those_of_the_shipped_battery_apply():
    table = join(cast("wod", "7"), cast("glodap", "x"))
    rules = load_battery().duplicates
    assert find_duplicates(table).equals(search.find(table, rules)) and len(find_duplicates(table)) == 1
    assert mark_duplicates(table)["duplicate_of"].equals(search.mark(table, rules)["duplicate_of"])


def test_own_rules_and_preference_are_obeyed():
    table = join(cast("wod", "7"), cast("glodap", "x"))
    strict = load_battery().duplicates.model_copy(update={"levels": 8, "anywhere": 0})
    assert len(find_duplicates(table, strict)) == 0 and mark_duplicates(table, strict)["duplicate_of"].null_count == 14
    assert find_duplicates(table, preference=["wod"])["duplicate_of"].tolist() == ["wod/7"]
