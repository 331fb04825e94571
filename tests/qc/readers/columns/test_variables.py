"""Values of a variable: flags, conversion to umol/kg, combination, and columns of the observation table."""

import numpy as np
import pytest

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.columns.variables import Seawater, Values
from qc.table import flags

N = np.nan
OXYGEN = Values.of([6.0, 5.0, N, 4.0], "ml/l", ["1", "3", "9", "4"], "argo")
NORTH, EAST, PRESSURE = np.full(4, 30.0), np.full(4, -20.0), np.array([0.0, 10.0, 20.0, 30.0])


def water(salinity_flag: str = "1111") -> Seawater:
    temperature = Values.of(np.full(4, 10.0), "ITS-90")
    salinity = Values.of(np.full(4, 35.0), "1", list(salinity_flag), "argo")
    return Seawater.of({"temperature": temperature, "salinity": salinity}, PRESSURE, EAST, NORTH)


def test_flags_without_codes_are_not_evaluated() -> None:
    values = Values.of([1.0, N], "1")
    assert values.flag.tolist() == [flags.NOT_EVALUATED] * 2 and values.archive_flag is None
    assert values.columns("salinity")["salinity_flag"].tolist() == [flags.NOT_EVALUATED, flags.MISSING]  # type: ignore[attr-defined]


def test_bad_values_are_not_usable() -> None:
    np.testing.assert_array_equal(OXYGEN.usable, [6.0, 5.0, N, N])
    np.testing.assert_array_equal(water("1419").SP, [35.0, N, 35.0, 35.0])


def test_seawater_without_salinity_has_no_density() -> None:
    unsalted = Seawater.of({"temperature": Values.of(np.full(4, 10.0), "ITS-90")}, PRESSURE, EAST, NORTH)
    assert np.isnan(unsalted.SP).all() and np.isnan(unsalted.density).all()


def test_a_level_without_a_density_uses_the_constant_one_and_its_unit_records_it() -> None:
    converted = OXYGEN.converted("sample", water("1411"), "O2", "file")
    per_litre = np.array([6.0, 5.0, N, 4.0]) * seawater.ML_PER_L
    density = np.where([True, False, True, True], water().density, seawater.RHO_CONSTANT)
    np.testing.assert_array_equal(converted.value, per_litre / density)
    assert list(converted.unit) == ["ml/l", "ml/l" + seawater.CONSTANT_NOTE, "ml/l", "ml/l"]
    np.testing.assert_array_equal(converted.delivered, OXYGEN.delivered)


def test_a_refused_unit_names_file_and_column() -> None:
    with pytest.raises(InputError, match=r"^file, column O2: oxygen in ml/l needs a density"):
        OXYGEN.converted("refuse", water(), "O2", "file")


def test_a_flag_is_added_where_it_is_worse() -> None:
    assert OXYGEN.flagged(flags.SUSPECT).flag.tolist() == [3, 3, 3, 4]
    assert OXYGEN.flagged(flags.SUSPECT, np.array([False, True, False, True])).flag.tolist() == [1, 3, 9, 4]
    assert OXYGEN.flagged(np.array([4, 1, 9, 2], np.int8)).flag.tolist() == [4, 3, 9, 4]
    assert OXYGEN.flagged(flags.SUSPECT).flag.dtype == np.int8


def test_an_uncalibrated_sensor_is_suspect() -> None:
    values = Values.of([1.0, 2.0, 3.0], "umol/kg", ["1", "2", "4"], "whp_ctd").uncalibrated_as_suspect()
    assert values.flag.tolist() == [3, 1, 4]


def test_values_are_filled_with_unit_and_flag_as_delivered() -> None:
    other = Values.of([1.0, 2.0, 3.0, 4.0], "umol/kg", ["2", "2", "2", "2"], "whp_bottle")
    filled = OXYGEN.filled_from(other)
    assert filled.value.tolist() == [6.0, 5.0, 3.0, 4.0] and filled.flag.tolist() == [1, 3, 1, 4]
    assert list(filled.unit) == ["ml/l", "ml/l", "umol/kg", "ml/l"]
    assert list(filled.archive_flag) == ["argo:1", "argo:3", "whp_bottle:2", "argo:4"]
    replaced = OXYGEN.filled_from(other, np.array([True, False, False, True]))
    np.testing.assert_array_equal(replaced.value, [1.0, 5.0, N, 4.0])
    assert OXYGEN.filled_from(OXYGEN).unit == "ml/l"
