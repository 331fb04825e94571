import numpy as np
import pytest

from qc.readers.columns.text import repeat_for_levels, strings

LETTERS = np.array([[b"a", b"b", b" "], [b"\xe9", b"\x00", b"\x00"]], "S1")


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (LETTERS, ["ab", "\xe9"]),
        (np.ma.masked_equal(LETTERS, b"b"), ["a", "\xe9"]),
        (LETTERS[:, 0], ["a", "\xe9"]),  # one letter a profile, nothing to join
        (LETTERS[None], [["ab", "\xe9"]]),
        (np.array([b" ab ", b""]), ["ab", ""]),
        (np.array([" ab", "c\x00"], object), ["ab", "c"]),
        (np.array([1, 20]), ["1", "20"]),
        (LETTERS[:0], []),
    ],
)
def test_characters_strings_and_numbers_become_stripped_strings(array, expected):
    assert strings(array).tolist() == expected


def test_a_byte_that_is_no_letter_does_not_stop_the_reader():
    assert strings(LETTERS, "utf-8").tolist() == ["ab", "\ufffd"]


@pytest.mark.parametrize("texts", [["b", "a", "b"], np.array(["b", "a", "b"])])
def test_names_of_profiles_are_repeated_for_their_levels(texts):
    found = repeat_for_levels(texts, np.array([0, 0, 1, 2]))
    assert found.tolist() == ["b", "b", "a", "b"] and found.categories.tolist() == ["b", "a"]
