import numpy as np
import pyarrow as pa

from qc.battery import battery, run
from qc.table import flags
from qc.table.profiles import from_table
from tests.support.float_profiles import NOW, changed, make, names

SHIPPED = battery.load_battery()


def test_parts_evaluated_with_the_statistics_of_all_are_the_whole():
    """A cast that is odd among all others, in a part with too few of them."""
    table = changed(make(casts=40), "oxygen", 5 * 12 + 1, 150.0)
    table = changed(changed(table, "oxygen", 20 * 12 + 1, 150.0), "salinity", 20 * 12 + 1, 45.0)
    checks = battery.load_battery()
    cuts = [table.slice(0, 3 * 12), table.slice(3 * 12, 10 * 12), table.slice(13 * 12)]
    tested, counts = zip(*(run.run_profile_tests(part, checks, now=NOW) for part in cuts))
    regions = run.regional_statistics(counts, checks)
    together = pa.concat_tables([run.run_regional_tests(part, checks, regions) for part in tested])
    whole = run.run_battery(table, now=NOW)
    assert names(whole, 61) == ("regional",)
    assert names(whole, 241) == (), "without salinity its density is unknown"
    for column in ("oxygen_flag", "oxygen_checks", "temperature_flag", "salinity_flag"):
        np.testing.assert_array_equal(together[column].to_numpy(), whole[column].to_numpy())


def test_suspect_values_are_compared_with_their_region_and_do_not_define_it():
    rows = np.arange(38 * 12).reshape(38, 12)[:, 1]  # most of the 40 casts hold one wrong value
    crowd = run.run_battery(changed(make(casts=40), "oxygen", rows, 150.0), now=NOW)
    assert names(crowd, 1) == () and names(crowd, 39 * 12 + 1) == ("regional",)
    rows = rows[:25]
    table = changed(changed(make(casts=40), "oxygen", rows, 150.0), "oxygen_flag", rows, flags.SUSPECT)
    crowd = run.run_battery(table, now=NOW)
    assert names(crowd, 1) == () and names(crowd, 30 * 12 + 1) == (), "fifteen sound casts are too few"
    rows = rows[:15]
    table = changed(changed(make(casts=40), "oxygen", rows, 150.0), "oxygen_flag", rows, flags.SUSPECT)
    result = run.run_battery(table, now=NOW)
    assert names(result, 1) == ("regional",) and names(result, 30 * 12 + 1) == ()


def test_a_climatology_is_used_where_it_has_values_and_the_table_elsewhere():
    table = changed(make(casts=40), "oxygen", 5 * 12 + 1, 150.0)  # no spike, but 34 lower than in the other casts
    assert names(run.run_battery(table, now=NOW), 61) == ("regional",)

    def mean_and_spread(latitude, longitude, pressure):
        assert latitude.shape == longitude.shape == pressure.shape
        known = pressure > 200
        return np.where(known, 60.0, np.nan), np.where(known, 5.0, np.nan)

    result = run.run_battery(table, now=NOW, climatology=mean_and_spread)
    expected = (table["pressure"].to_numpy() > 200) & (np.abs(table["oxygen"].to_numpy() - 60) > 15)
    expected[61] = True
    found = np.array(["regional" in names(result, row) for row in range(result.num_rows)])
    np.testing.assert_array_equal(found, expected)


def test_sums_of_oxygen_and_nutrients_that_no_neighbour_has_are_suspect():
    only = SHIPPED.model_copy(
        update={"checks": tuple(c.model_copy(update={"enabled": c.name == "stoichiometry"}) for c in SHIPPED.checks)}
    )
    oxygen = make(casts=30)["oxygen"].to_numpy()
    table = make(casts=30, oxygen=oxygen, phosphate=(600 - oxygen) / 170)
    odd = 7 * 12 + 11
    result = run.run_battery(changed(table, "oxygen", odd, 110.0), only, now=NOW)
    assert np.flatnonzero(result["oxygen_checks"].to_numpy()).tolist() == [odd]
    assert (
        not run.run_battery(changed(table, "phosphate", odd, 5.0), only, now=NOW)["phosphate_checks"].to_numpy().any()
    )


def test_the_limits_are_those_by_which_values_fail():
    """With a climatology in deep water, by the table above it."""
    table = changed(make(casts=40), "oxygen", [61, 30 * 12 + 9], [150.0, 90.0])

    def mean_and_spread(latitude, longitude, pressure):
        return np.where(pressure > 200, 60.0, np.nan), np.where(pressure > 200, 5.0, np.nan)

    checks = battery.load_battery()
    (regional,) = checks.regional
    for climatology in (None, mean_and_spread):
        tested, counts = run.run_profile_tests(table, checks, now=NOW, climatology=climatology)
        regions = run.regional_statistics([counts], checks)
        result = run.run_regional_tests(tested, checks, regions, climatology)
        failed = (result["oxygen_checks"].to_numpy() >> np.uint64(regional.bit) & 1).astype(bool)
        levels = from_table(tested)
        known = {name: np.isfinite(value) & (levels.flags[name] != flags.FAIL) for name, value in levels.values.items()}
        limits = regional.limits(levels, known, regions, climatology)
        oxygen = levels.values["oxygen"]
        outside = [np.isfinite(low) & ((oxygen < low) | (oxygen > high)) for low, high in limits]
        assert failed.any() and np.array_equal(failed, known["oxygen"] & outside[0] & outside[1])
