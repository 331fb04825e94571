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
