"""Conversion of flags, and the schemes of `qc.table.flag_schemes` that it is made by."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.errors import InputError
from qc.table import flags

# one line per scheme: its codes, and the IODE flag of each
MAPPING = [
    ("wod", "0123456789", "1433334444"),
    ("wod_profile", "0123456789", "1344333333"),
    ("whp_bottle", "0123456789", "2913491339"),
    ("whp_ctd", "012345679", "221349339"),
    ("argo", "012345 89", "211341939"),
    ("glodap", "029", "319"),
    ("seadatanet", "0123456789ABQ", "2113433339323"),
    ("iode", "12349", "12349"),
    ("qartod", "12349", "12349"),
]


@pytest.mark.parametrize(("scheme", "codes", "iode"), MAPPING)
def test_mapping_table(scheme: str, codes: str, iode: str) -> None:
    expected = [int(flag) for flag in iode]
    assert flags.to_iode(np.array(list(codes)), scheme).tolist() == expected
    assert flags.to_iode(np.array(list(codes), "S1"), scheme).tolist() == expected
    characters = np.array([ord(code) for code in codes])
    assert flags.to_iode(characters, scheme).tolist() == expected
    digits = [(int(code), flag) for code, flag in zip(codes, expected) if code.isdigit()]
    numbers = np.array([number for number, _ in digits])
    assert flags.to_iode(numbers, scheme).tolist() == [flag for _, flag in digits]
    assert flags.to_iode(numbers.astype(float), scheme).dtype == np.int8


def test_table_may_be_of_any_shape_masked_or_blank() -> None:
    matrix = np.ma.masked_equal(np.array([[b"1", b"4"], [b" ", b"8"]]), b"4")
    assert flags.to_iode(matrix, "argo").tolist() == [[1, 9], [9, 3]]
    assert flags.to_iode(np.array([2.0, np.nan]), "whp_bottle").tolist() == [1, 2]
    assert flags.to_iode(np.ma.masked_equal([2, -127], -127), "whp_bottle").tolist() == [1, 2]
    assert flags.to_iode(np.array(["2", None, " 3 "], object), "whp_ctd").tolist() == [1, 2, 3]


@pytest.mark.parametrize("kind", [object, "S4", "U4"])
@given(
    case=st.sampled_from([(scheme, *pair) for scheme, codes, iode in MAPPING for pair in zip(codes, iode)]),
    form=st.sampled_from([" {}", "{} ", "0{}", "00{}", "{}.", "{}.0", " {}.0"]),
)
def test_a_code_means_the_same_however_it_is_spelled(kind: object, case: tuple[str, str, str], form: str) -> None:
    scheme, code, iode = case
    spelled = np.array([form.format(code) if code.isdigit() else f" {code}"], kind)
    assert flags.to_iode(spelled, scheme).tolist() == [int(iode)]
    kept = flags.original(spelled, scheme)
    assert list(kept) == list(flags.original(np.array([code]), scheme))


@given(st.sampled_from(sorted(flags.SCHEMES)), st.text(min_size=1, max_size=4))
def test_a_code_that_a_scheme_does_not_define_is_never_good_and_is_kept(scheme: str, code: str) -> None:
    text = code.strip(" \t\r\n\0")
    defined = {*flags.SCHEMES[scheme].meanings, ""} | set("".join(flags.SCHEMES[scheme].iode.values()))
    try:
        known = text in defined or str(int(float(text))) in defined
    except (ValueError, OverflowError):
        known = False
    if not known:
        assert flags.to_iode(np.array([code], object), scheme).tolist() == [flags.SUSPECT]
        assert list(flags.original(np.array([code], object), scheme)) == [f"{scheme}:{text}"]


def test_undefined_codes_are_suspect_and_schemes_must_exist() -> None:
    assert flags.to_iode([7, 300, -3, 1.5], "argo").tolist() == [3, 3, 3, 3]
    with pytest.raises(InputError, match="unknown flag scheme 'woce'"):
        flags.to_iode([2], "woce")


def test_original_flag_keeps_scheme_and_code() -> None:
    kept = flags.original(np.array([b"2", b" ", b"4"]), "whp_bottle")
    assert [None if code < 0 else kept.categories[code] for code in kept.codes] == [
        "whp_bottle:2",
        None,
        "whp_bottle:4",
    ]


@given(st.lists(st.sampled_from([1, 2, 3, 4, 9]), min_size=1))
def test_merge_is_commutative_associative_and_idempotent(given_flags: list[int]) -> None:
    a = np.array(given_flags, np.int8)
    b, c = np.roll(a, 1), a[::-1]
    assert np.array_equal(flags.merge(a, b), flags.merge(b, a))
    assert np.array_equal(flags.merge(flags.merge(a, b), c), flags.merge(a, flags.merge(b, c)))
    assert np.array_equal(flags.merge(a, a), a)
    assert np.array_equal(flags.merge(a, np.full_like(a, flags.FAIL)), np.full_like(a, flags.FAIL))


@given(st.lists(st.tuples(st.sampled_from([1, 2, 3, 4, 9]), st.sampled_from([np.nan, 200.0])), min_size=1))
def test_flag_nine_and_missing_coincide(rows: list[tuple[int, float]]) -> None:
    given_flags, values = (np.array(column) for column in zip(*rows))
    agreed = flags.agree(given_flags, values)
    assert np.array_equal(agreed == flags.MISSING, np.isnan(values))
    both = np.isfinite(values) & (given_flags != 9)
    assert np.array_equal(agreed[both], given_flags[both])


@pytest.mark.parametrize("scheme", ["iode", "qartod", "whp_bottle", "whp_ctd", "argo", "seadatanet"])
def test_every_flag_goes_there_and_back(scheme: str) -> None:
    ours = np.array([[1, 2, 3], [4, 9, 1]], np.int8)
    assert flags.to_iode(flags.from_iode(ours, scheme), scheme).tolist() == ours.tolist()


def test_flags_without_a_code_in_a_scheme_are_blank_or_missing() -> None:
    assert flags.from_iode([1, 2, 3, 4, 9], "wod").tolist() == ["0", " ", "4", "1", " "]
    assert flags.from_iode([1, 2, 3, 4, 9], "wod_profile").tolist() == ["0", " ", "7", "3", " "]
    assert flags.from_iode([1, 2, 3, 4, 9], "glodap").tolist() == ["2", " ", "0", "9", "9"]
    for scheme in flags.SCHEMES:
        written = set(flags.from_iode([1, 2, 3, 4, 9], scheme).tolist()) - {" "}
        assert written <= set(flags.SCHEMES[scheme].meanings), scheme
    with pytest.raises(InputError, match="outside 1, 2, 3, 4, 9"):
        flags.from_iode([0], "argo")
    with pytest.raises(InputError, match="unknown flag scheme"):
        flags.from_iode([1], "woce")


def test_a_flag_that_means_not_evaluated_or_missing_is_no_evaluation():
    meant = {"whp_bottle:2": True, "whp_bottle:4": True, "whp_bottle:0": False, "whp_bottle:9": False, "recind:7": True}
    assert {text: flags.is_evaluated(text) for text in meant} == meant
