from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from qc.checks.base import AllVariablesCheck, Check, CheckEntry, CheckInput, Mark, lowered
from qc.table import flags
from qc.table.profiles import from_table
from qc.table.schema import VARIABLES
from qc.types import Mask
from tests.support.float_profiles import NOW, make

SETTINGS = {"name": "odd", "bit": 3, "severity": "suspect", "enabled": True, "source": "test"}


def given_data(**columns: object) -> CheckInput:
    levels = from_table(make(casts=1, levels=4, **columns))
    usable = {name: np.isfinite(levels.values[name]) for name in VARIABLES}
    return CheckInput(levels, usable, usable, NOW)


@given(st.lists(st.sampled_from([1, 2, 3, 4, 9]), min_size=1))
def test_severity_lowers_a_flag_and_never_raises_it(given_flags):
    flag = np.array(given_flags, np.int8)
    np.testing.assert_array_equal(lowered(flag, "note"), flag)
    np.testing.assert_array_equal(lowered(flag, "suspect"), np.where(flag == flags.FAIL, flags.FAIL, flags.SUSPECT))
    assert (lowered(flag, "fail") == flags.FAIL).all()


class Warm(Check):
    """Temperatures above 10 degC."""

    def _failures(self, data: CheckInput) -> Iterator[tuple[str, Mask]]:
        yield "temperature", data.levels.values["temperature"] > 10


class Deep(AllVariablesCheck):
    """Pressures above 100 dbar."""

    def _failed(self, data: CheckInput) -> Mask:
        return data.levels.pressure > 100


def test_a_check_of_values_is_one_of_its_variable_and_of_its_instruments():
    ((variable, failed, severity),) = Warm(**SETTINGS).failures(given_data())
    assert (variable, severity) == ("temperature", "suspect") and failed.tolist() == [True, True, False, False]
    ((_, failed, _),) = Warm(**SETTINGS, instruments=["ctd"]).failures(given_data())
    assert not failed.any(), "the levels are those of a float"
    assert not Warm(**SETTINGS).all_variables and Warm(**SETTINGS).effect == "suspect"


def test_a_check_of_the_level_is_one_of_every_variable():
    found = list(Deep(**SETTINGS).failures(given_data()))
    assert [variable for variable, _, _ in found] == list(VARIABLES)
    assert all(failed.tolist() == [False, True, True, True] for _, failed, _ in found)
    assert Deep(**SETTINGS).all_variables


def test_solubility_is_unknown_where_a_value_is_not_usable():
    data = given_data(salinity=np.array([35.0, np.nan, 35, 35]))
    assert np.isnan(data.solubility).tolist() == [False, True, False, False]


@pytest.mark.parametrize("wrong", [{"bit": 64}, {"name": "Odd one"}, {"severity": "bad"}, {"source": ""}, {"bit": "3"}])
def test_settings_are_strict(wrong):
    with pytest.raises(ValidationError):
        CheckEntry(**SETTINGS | wrong)
    with pytest.raises(ValidationError):
        Mark(**SETTINGS), "a mark is a note"
