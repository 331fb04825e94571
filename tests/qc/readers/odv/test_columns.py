"""Columns of ODV exports: which of them are read, with which units and flags."""

import pytest

from qc.errors import InputError
from qc.readers.odv.columns import description, is_sensor, positions, split_label

LABELS = [
    *("Cruise", "Station", "Type", "yyyy-mm-ddThh:mm:ss.sss", "Longitude [degrees_east]", "Latitude [degrees_north]"),
    *("PRESSURE [dbar]", "QV:ODV", "Oxygen [ml/l]", "STANDARD_DEV", "QV:SEADATANET", "CTDOXY [umol/kg]", "QV:OWN"),
    *("Oxygen [umol/kg]", "Oxygen [%]", "Nitrate+Nitrite [umol/kg]"),
]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Oxygen [umol/kg]", ("Oxygen", "umol/kg")),
        ("Oxygen [~$m~#mol/kg]", ("Oxygen", "umol/kg")),
        ("Station:METAVAR:INDEXED_TEXT", ("Station", "")),
        ("O2 [ml/l [STP]]", ("O2", "ml/l [STP]")),
    ],
)
def test_a_label_is_name_and_unit(label: str, expected: tuple[str, str]) -> None:
    assert split_label(label) == expected


def test_bottles_and_sensor_are_found_and_oxygen_per_mass_is_preferred() -> None:
    at = positions(LABELS, {}, "file")
    assert (at["oxygen"], at["second_oxygen"], at["pressure"]) == (13, 11, 6)
    assert (at["second_oxygen_flag"], at["pressure_flag"]) == (12, 7) and "oxygen_flag" not in at
    assert "nitrate" not in at  # a sum is not nitrate
    assert not is_sensor(LABELS, at)


def test_flags_are_right_of_a_value_or_of_its_standard_deviation() -> None:
    at = positions(LABELS[:11], {}, "file")
    assert (at["oxygen"], at["oxygen_flag"]) == (8, 10)
    spec = description(LABELS[:11], at)
    flag = spec.flag("oxygen")
    assert flag is not None and flag.scheme == "seadatanet" and spec.units == {"oxygen": "ml/l"}


def test_a_parameter_code_counts_more_than_the_name() -> None:
    labels = [*LABELS[:7], "probe 3 [umol/kg]"]
    assert positions(labels, {"probe 3": "DOXYZZXX"}, "file")["oxygen"] == 7
    with pytest.raises(InputError, match=r"^file: an ODV spreadsheet without oxygen"):
        positions(labels, {}, "file")


def test_codes_of_an_unknown_scheme_are_suspect() -> None:
    spec = description(LABELS, positions(LABELS, {}, "file"))
    assert spec.schemes["own"] == {} and spec.second_oxygen is not None
    assert spec.second_oxygen.unit == "umol/kg" and spec.archive == "odv"
