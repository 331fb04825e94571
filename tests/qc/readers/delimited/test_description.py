"""Table descriptions that contradict themselves are refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from tests.support.archive_files.joined_tables import SPEC, spec_of


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"units": {"oxygen": "bushels"}}, "unknown oxygen unit 'bushels'"),
        ({"units": {}}, "unit of oxygen"),
        ({"colums": {}}, "Extra inputs"),
        ({"flag_scheme": "mine"}, "unknown flag_scheme"),
        ({"columns": {"latitude": "Lat", "longitude": "Lon", "oxygen": "O2"}}, "depth or pressure"),
        ({"join": {"file": "../cast.csv", "by": "Cst"}}, "pattern"),
        ({"columns": {**SPEC["columns"], "chlorophyll": "Chl"}}, "chlorophyll"),
    ],
)
def test_a_wrong_description_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        spec_of(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"flags": {"oxygen": {"column": "Q", "scheme": "mine"}}}, "unknown flag_scheme 'mine'"),
        ({"flags": {"oxygen": {"column": "Q", "digit": 0}}}, "digit counts from 1"),
        ({"second_oxygen": {"column": "X", "unit": "bushels"}}, "unknown oxygen unit 'bushels'"),
        ({"time": {"columns": ["Date"], "format": "%m%d%y", "pad": [6, 4]}}, "one width for each"),
        ({"optional": ["oxygen"]}, "oxygen cannot be optional"),
        ({"schemes": {"mine": {5: "0"}}}, "Input should be 1, 2, 3, 4 or 9"),
    ],
)
def test_a_wrong_extension_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        spec_of(**changes)


def test_columns_that_are_read_and_that_are_required() -> None:
    spec = spec_of(
        columns={**SPEC["columns"], "nitrate": "NO3"},
        units={"oxygen": "ml/l", "nitrate": "umol/l"},
        optional=["nitrate"],
        flags={"oxygen": "QO", "nitrate": {"column": "QN", "scheme": "wod"}},
    )
    assert spec.used_columns - spec.required_columns == {"NO3", "QN"}
    assert spec.required_columns == {"Lat", "Lon", "Depthm", "T", "S", "O2", "QO", "Cst", "Year", "Quarter", "Date"}
    assert spec.text_columns == {"QO", "QN", "Cst", "Year", "Quarter", "Date"}
    shorter = spec.without({"nitrate"})
    assert "nitrate" not in shorter.columns and shorter.flag("nitrate") is None and spec.flag("nitrate") is not None


def test_a_flag_without_scheme_has_that_of_the_table() -> None:
    flag = spec_of(flags={"oxygen": "QO"}, flag_scheme="argo").flag("oxygen")
    assert flag is not None and (flag.column, flag.scheme, flag.digit) == ("QO", "argo", None)


def test_the_second_oxygen_is_a_cast_without_nutrients() -> None:
    spec = spec_of(
        columns={**SPEC["columns"], "nitrate": "NO3"},
        units={"oxygen": "ml/l", "nitrate": "umol/l"},
        second_oxygen={"column": "CTDO2", "unit": "umol/kg", "flag": {"column": "QS"}},
    )
    assert spec.number_columns["second_oxygen"] == "CTDO2"
    second = spec.second_cast
    assert second.columns["oxygen"] == "CTDO2" and "nitrate" not in second.columns
    assert (second.unit("oxygen"), second.cast, second.instrument) == ("umol/kg", "{Cst}#stop", "ctd")
    flag = second.flag("oxygen")
    assert flag is not None and flag.column == "QS" and second.second_oxygen is None
