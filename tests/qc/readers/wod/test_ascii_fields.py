"""Fields of World Ocean Database ASCII: generated casts are read as they were written, damage is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.errors import InputError
from qc.readers.registry import read
from tests.support.archive_files.wod_ascii import CAST, LEVELS, read_frame, write_casts
from tests.support.wod_writer import Cast, Number, Value, file

numbers: st.SearchStrategy[Number] = st.one_of(
    st.none(), st.tuples(st.one_of(st.integers(-999, 99999), st.integers(-99999999, 999999999)), st.integers(0, 9))
)


values: st.SearchStrategy[Value] = st.tuples(numbers, st.integers(0, 9), st.integers(0, 9))


pairs = st.lists(st.tuples(st.integers(1, 999), numbers), max_size=4)


@st.composite
def casts(draw: st.DrawFn) -> Cast:
    codes = draw(st.lists(st.sampled_from([1, 2, 9, 11, 17, 25, 35]), max_size=5, unique=True))
    level = st.tuples(values, st.lists(values, min_size=len(codes), max_size=len(codes)))
    return Cast(
        number=draw(st.integers(1, 20_000_000)),
        codes=codes,
        levels=draw(st.lists(level, max_size=6)),
        cruise=draw(st.one_of(st.none(), st.integers(0, 999999))),
        date=(draw(st.integers(1772, 2030)), draw(st.integers(0, 12)), draw(st.integers(0, 31))),
        hour=draw(st.one_of(st.none(), st.tuples(st.integers(0, 9999), st.just(2)))),
        latitude=draw(numbers),
        longitude=draw(numbers),
        metadata=draw(pairs),
        characters=draw(st.text("ABC 123", max_size=20)),
        secondary=draw(pairs),
        biology=draw(pairs),
    )


def plain(value: Number) -> float:
    return np.nan if value is None else value[0] / 10.0 ** value[1]


@settings(max_examples=60)
@given(st.lists(casts(), min_size=1, max_size=6), st.sampled_from("CQ"), st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_is_read(tmp_path: Path, some: list[Cast], version: str, end: str) -> None:
    table = read_frame(write_casts(tmp_path / "random.dat", *some, version=version, end=end), None)
    assert table.cast.tolist() == [str(cast.number) for cast in some for _ in cast.levels]
    depth = [plain(level[0][0]) for cast in some for level in cast.levels]
    for name, code in (("temperature", 1), ("salinity", 2), ("pressure", 25)):
        expected = [
            plain(level[1][cast.codes.index(code)][0]) if code in cast.codes and level[0][0] is not None else np.nan
            for cast in some
            for level in cast.levels
        ]
        given_ = np.isfinite(expected)
        column = name if name == "pressure" else f"{name}_original"
        np.testing.assert_array_equal(table[column][given_], np.array(expected)[given_])
        if name != "pressure":
            assert table[column][~given_].isna().all()
            codes = [
                f"wod:{level[1][cast.codes.index(code)][1]}"
                for cast in some
                for level in cast.levels
                if code in cast.codes and level[0][0] is not None and level[1][cast.codes.index(code)][0] is not None
            ]
            assert table[f"{name}_original_flag"][given_].astype(str).tolist() == codes
    known = np.isfinite(depth)
    np.testing.assert_array_equal(table.depth[known], np.array(depth)[known])


@settings(max_examples=80)
@given(st.integers(0, 10_000), st.sampled_from([b"", b"9", b"-", b" ", b"x", b"\n"]), st.booleans())
def test_damage_is_read_or_refused_in_one_line(tmp_path: Path, place: int, by: bytes, cut: bool) -> None:
    whole = file([replace(CAST, number=k, levels=LEVELS * 3) for k in (1, 2, 3)])  # type: ignore[operator]
    place %= len(whole)
    path = tmp_path / "damaged.dat"
    path.write_bytes(whole[:place] if cut else whole[:place] + by + whole[place + 1 :])
    try:
        read(path, wod_oxygen_unit="ml/l")
    except InputError as error:
        assert "\n" not in str(error) and "damaged.dat" in str(error)
