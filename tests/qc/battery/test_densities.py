import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.battery import run
from qc.battery.densities import without_failed_density
from qc.physics import seawater
from qc.readers.columns.variables import Seawater, Values
from qc.table import schema

NOW = np.datetime64("2025-01-01", "ms")
OXYGEN = np.array([4.9, 4.8, 4.5, 4.0, 3.0, 3.5])  # ml/l


def bottles(policy="sample", unit="ml/l", **changed):
    """A cast of six bottles, read by the archive's unit."""
    n = len(OXYGEN)
    pressure = np.array([5.0, 50, 100, 200, 500, 1000])
    place = {"pressure": pressure, "longitude": np.full(n, -30.0), "latitude": np.full(n, 20.0)}
    water = {"temperature": np.array([24.0, 22, 18, 14, 9, 5]), "salinity": np.full(n, 36.0)} | changed
    variables = {name: Values.of(value, "") for name, value in water.items()}
    amounts = Seawater.of(variables, *place.values())
    columns = place | {"time": np.full(n, NOW), "cast": "a", "cruise": "c", "source": "mine", "instrument": "bottle"}
    for name, values in variables.items():
        columns |= values.columns(name)
    oxygen = Values.of(OXYGEN if unit == "ml/l" else 40 * OXYGEN, unit)
    return schema.from_columns(columns | oxygen.converted(policy, amounts, "O2", "f").columns("oxygen"), "test")


@pytest.mark.parametrize(("name", "wrong"), [("temperature", 44.0), ("temperature", -4.5), ("salinity", 45.0)])
def test_oxygen_with_a_failed_temperature_or_salinity_is_converted_with_the_constant_density(name, wrong):
    sound = {"temperature": np.array([24.0, 22, 18, 14, 9, 5]), "salinity": np.full(6, 36.0)}
    value = sound[name].copy()
    value[2] = wrong
    before = bottles(**{name: value})
    table = run.run_battery(before, now=NOW)
    assert table[f"{name}_flag"][2].as_py() == 4
    missing = value.copy()
    missing[2] = np.nan
    expected = run.run_battery(bottles(**{name: missing}), now=NOW)
    np.testing.assert_allclose(table["oxygen"].to_numpy(), expected["oxygen"].to_numpy(), rtol=1e-12)
    for column in ("oxygen_original", "oxygen_original_unit", "oxygen_flag"):
        assert table[column].to_pylist() == expected[column].to_pylist(), column
    assert table["oxygen_original_unit"][2].as_py() == "ml/l; density 1025"
    again = run.run_battery(table, now=NOW)
    pd.testing.assert_frame_equal(again.to_pandas(), table.to_pandas())


@given(
    st.floats(-10, 60), st.floats(0, 60), st.integers(0, 5), st.sampled_from(["sample", "constant_1025"]),
    st.sampled_from(["ml/l", "umol/kg", "umol/l"]),
)  # fmt: skip
def test_no_value_has_the_density_of_a_temperature_or_salinity_that_failed(t, SP, row, policy, unit):
    water = {"temperature": np.array([24.0, 22, 18, 14, 9, 5]), "salinity": np.full(6, 36.0)}
    water["temperature"][row], water["salinity"][row] = t, SP
    before = bottles(policy, unit, **water)
    table = run.run_battery(before, now=NOW)
    failed = (table["temperature_flag"].to_numpy() == 4) | (table["salinity_flag"].to_numpy() == 4)
    value, was = table["oxygen"].to_numpy(), before["oxygen"].to_numpy()
    constant = seawater.to_umol_kg(before["oxygen_original"].to_numpy(), unit, "constant_1025", *[np.nan] * 5)
    np.testing.assert_allclose(value[failed], constant[failed], rtol=1e-6)
    np.testing.assert_array_equal(value[~failed], was[~failed])
    assert table["oxygen_original"].equals(before["oxygen_original"])


def test_an_adjustment_of_the_value_stays():
    table = bottles(temperature=np.array([44.0, 22, 18, 14, 9, 5]))
    flag = table["temperature_flag"].to_numpy().copy()
    flag[0] = 4
    adjusted = schema.replaced(table, "oxygen", 1.02 * table["oxygen"].to_numpy())
    found = [
        without_failed_density(schema.replaced(one, "temperature_flag", flag))["oxygen"].to_numpy()
        for one in (table, adjusted)
    ]
    np.testing.assert_allclose(found[1], 1.02 * found[0])
    assert found[0][0] != table["oxygen"][0].as_py()
