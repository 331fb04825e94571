import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.battery import battery, run
from qc.table import flags
from tests.support.bottle_cruises import PRESSURE, STATIONS, table, water
from tests.support.float_profiles import NOW, changed

CHECKS = ("winkler_sensor", "bottle_neighbours", "bottle_nutrients", "bottle_station")
SHIPPED = battery.load_battery()
N = STATIONS * len(PRESSURE)
DEEP = np.tile(PRESSURE >= 2000, STATIONS)


def failed(given_table: pa.Table, name: str, checked: pa.Table | None = None) -> list[int]:
    checked = run.run_battery(given_table, now=NOW) if checked is None else checked
    (bit,) = [check.bit for check in SHIPPED.checks if check.name == name]
    return np.flatnonzero(checked["oxygen_checks"].to_numpy() >> np.uint64(bit) & np.uint64(1)).tolist()


def with_error(index: int, size: float, of: str = "oxygen") -> dict[str, np.ndarray]:
    values = water()
    values[of][index] += size
    return values


@pytest.mark.parametrize("sensor", [True, False])
def test_a_good_cruise_passes(sensor):
    checked = run.run_battery(table(water(), sensor), now=NOW)
    assert [failed(checked, name, checked) for name in CHECKS] == [[], [], [], []]
    assert (checked["oxygen_flag"].to_numpy() == flags.PASS).all()


@given(st.integers(0, N - 1), st.sampled_from([-12, 12]), st.sampled_from(["oxygen", "sensor"]))
def test_of_a_pair_the_one_that_is_wrong_is_suspect_and_no_other(index, size, of):
    """12 umol/kg: far less than any check along the vertical finds."""
    wrong = run.run_battery(table(with_error(index, size, of)), now=NOW)
    row = index + N * (of == "sensor")
    found = failed(wrong, "winkler_sensor", wrong)
    assert found == [row] or (found == [] and not DEEP[index]), "in the oxycline the neighbours do not tell which"
    assert all(failed(wrong, name, wrong) in ([], [row]) for name in CHECKS)
    assert all(wrong["oxygen_flag"][one].as_py() == flags.SUSPECT for one in found)


def test_where_neighbours_do_not_reach_a_large_difference_makes_both_suspect():
    values = with_error(40, 30)
    far = table(values, latitude=np.tile(values["station"] * 7.0, 2) - 40)  # stations 780 km apart
    assert failed(far, "winkler_sensor") == [40, N + 40]


def test_without_density_nothing_is_compared():
    values = with_error(40, 30)
    values["salinity"] = np.where(np.arange(N) == 40, np.nan, values["salinity"])
    assert failed(table(values), "winkler_sensor") == []


@given(st.sampled_from(np.flatnonzero(DEEP).tolist()), st.sampled_from([-25, 25]))
def test_without_a_sensor_the_neighbours_tell(index, size):
    wrong = table(with_error(index, size), sensor=False)
    checked = run.run_battery(wrong, now=NOW)
    assert failed(wrong, "bottle_neighbours", checked) == failed(wrong, "bottle_nutrients", checked) == [index]


def test_a_true_feature_that_the_sensor_has_too_passes():
    values = with_error(60, 25)
    values["sensor"][60] += 25
    checked = run.run_battery(table(values), now=NOW)
    assert [failed(checked, name, checked) for name in CHECKS] == [[], [], [], []]


def test_a_feature_that_nutrients_have_too_passes_their_check():
    values = with_error(60, 14)
    assert failed(table(values, sensor=False), "bottle_nutrients") == [60]
    values["nitrate"][60] -= 14 / 9
    assert failed(table(values, sensor=False), "bottle_nutrients") == []


def test_a_station_that_is_wrong_as_a_whole_is_found_though_its_levels_agree_with_each_other():
    values = water()
    station = values["station"] == 5
    values["oxygen"] = np.where(station, values["oxygen"] + 20, values["oxygen"])
    wrong = table(values, sensor=False)
    assert failed(wrong, "bottle_station") == np.flatnonzero(station).tolist()


def test_a_cruise_of_few_samples_and_one_without_positions_are_not_compared():
    few = table(with_error(20, 80), sensor=False).slice(0, 45)
    assert failed(few, "bottle_neighbours") == []
    lost = changed(table(with_error(20, 80), sensor=False), "latitude", slice(None), np.nan)
    lost = changed(lost, "position_flag", slice(None), flags.MISSING)
    assert failed(lost, "bottle_neighbours") == []


def test_the_result_is_that_of_each_file_though_cruises_share_a_name():
    one, other = table(with_error(30, 40)), table(with_error(50, -40), file="y_hy1.csv")
    both = run.run_battery(pa.concat_tables([one, other]).unify_dictionaries(), now=NOW)
    apart = [run.run_battery(part, now=NOW) for part in (one, other)]
    expected = np.concatenate([part["oxygen_checks"].to_numpy() for part in apart])
    np.testing.assert_array_equal(both["oxygen_checks"].to_numpy(), expected)
    assert failed(both, "winkler_sensor", both) == [30, 2 * N + 50]


def test_a_value_that_its_originator_flags_bad_is_no_neighbour():
    values = water()
    rows = np.flatnonzero(values["station"] % 2 == 0)
    values["oxygen"][rows] += 60
    wrong = changed(table(values, sensor=False), "oxygen_flag", rows, flags.FAIL)
    assert failed(wrong, "bottle_neighbours") == []


@given(st.integers(0, 2**31), st.floats(0, 0.9))
def test_every_row_is_kept_and_only_made_worse_whatever_is_missing(seed, share):
    random = np.random.default_rng(seed)
    given_table = table(with_error(100, 30), file=random.choice(["a.csv", "b.zip#1", "b.zip#2"], 2 * N))
    for name in ("salinity", "oxygen", "nitrate"):
        lost = random.random(2 * N) < share / 2
        given_table = changed(changed(given_table, name, lost, np.nan), f"{name}_flag", lost, flags.MISSING)
    some = given_table.take(np.flatnonzero(random.random(2 * N) >= share))
    checked = run.run_battery(some, now=NOW)
    kept = [name for name in some.column_names if not name.endswith(("_flag", "_checks"))]
    assert checked.select(kept).to_pandas().equals(some.select(kept).to_pandas())
    before, after = (one["oxygen_flag"].to_numpy() for one in (some, checked))
    assert ((before == flags.MISSING) == (after == flags.MISSING)).all()
    missing = ~np.isfinite(some["oxygen"].to_numpy())
    assert all(not missing[failed(some, name, checked)].any() for name in CHECKS), "nothing that is not there fails"


@given(st.permutations(range(2 * STATIONS)))
def test_the_order_of_casts_does_not_matter(casts):
    wrong = table(with_error(100, 30))
    order = np.arange(2 * N).reshape(2 * STATIONS, -1)[casts].ravel()
    shuffled = run.run_battery(wrong.take(order), now=NOW)
    for name in CHECKS:
        assert sorted(order[failed(wrong, name, shuffled)].tolist()) == failed(wrong, name)
