import numpy as np
import pytest
import yaml

from qc.battery import battery, run
from qc.errors import InputError
from qc.table import flags
from tests.support.float_profiles import NOW, flag, make

SHIPPED = battery.load_battery()


def test_names_and_reasons_of_bits():
    bits = 1 << 8 | 1 << 16 | 1 << 31
    without = SHIPPED.model_copy(update={"marks": ()})
    assert battery.bit_names(bits, without) == ("range", "spike", "bit 31")
    assert "Argo real-time test 9" in battery.explain(bits)
    assert battery.explain(0) == "no check failed"
    spoilt = battery.explain(1 << 24)
    assert spoilt.startswith("bad_temperature_salinity (fail by temperature, suspect by salinity): ")


def test_every_check_of_the_shipped_battery_is_cited_and_disabled_ones_do_not_run():
    assert all(check.source for check in SHIPPED.checks)
    assert "stoichiometry" not in [check.name for check in SHIPPED.enabled]


@pytest.mark.parametrize(
    "spoil, message",
    [
        (lambda b: b["checks"][0].update(thresh=3), "thresh"),
        (lambda b: b["checks"][0].update(bit=1), "bit 1"),
        (lambda b: b["checks"][0].update(bit=64), "bit"),
        (lambda b: b["checks"][0].update(severity="bad"), "severity"),
        (lambda b: b["checks"][0].update(kind="magic"), "kind"),
        (lambda b: b["checks"][0].update(kind="bad_state"), "is called bad_temperature_salinity since"),
        (lambda b: b["cruises"][0].update(kind="date_apart"), "is called date_outlier since"),
        (lambda b: b["cruises"][1].update(kind="way"), "cruises: the kind way is called impossible_speed since"),
        (lambda b: b["checks"][0].pop("source"), "source"),
        (lambda b: b["duplicates"].update(agreement=2), "agreement"),
        (lambda b: b.pop("duplicates"), "duplicates"),
    ],
)
def test_a_battery_file_at_fault_gets_one_clear_line(tmp_path, spoil, message):
    content = yaml.safe_load(battery.SHIPPED.read_text())
    spoil(content)
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(InputError, match=message) as error:
        battery.load_battery(path)
    assert "\n" not in str(error.value) and "mine.yaml" in str(error.value)


def test_a_battery_file_that_is_none(tmp_path):
    path = tmp_path / "mine.yaml"
    with pytest.raises(InputError, match="no such battery"):
        battery.load_battery(path)
    path.write_text("checks: [")
    with pytest.raises(InputError, match="not a YAML"):
        battery.load_battery(path)


def test_a_custom_battery_is_obeyed(tmp_path):
    content = yaml.safe_load(battery.SHIPPED.read_text())
    content["checks"] = [c for c in content["checks"] if c["name"] == "range"]
    content["checks"][0]["limits"]["oxygen"] = [0, 100]
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(content))
    mine = battery.load_battery(path)
    table = run.run_battery(make(), mine, now=NOW)
    high = table["oxygen"].to_numpy() > 100
    np.testing.assert_array_equal(flag(table) == flags.FAIL, high)


def test_every_check_that_changes_flags_says_what_was_measured():
    """A climatology is not part of the measurement; the page of the documentation says so."""
    shipped = battery.load_battery()
    changing = [one for one in (*shipped.checks, *shipped.cruises) if one.enabled and one.severity != "note"]
    assert {one.name for one in changing if not one.measured} == {"cruise_climatology"}
    assert all("of good" in one.measured for one in changing if one.measured)
