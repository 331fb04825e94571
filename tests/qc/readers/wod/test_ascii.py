"""Native ASCII of the World Ocean Database: check values, round trips of wild casts, and what is refused."""

import gzip
import io
import re
import tarfile
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qc.errors import InputError
from qc.physics import seawater
from qc.readers import registry as readers
from qc.readers.wod import ascii as wod_ascii
from qc.readers.wod.ascii_fields import lay_out
from tests.support.wod_writer import Cast, Number, Value, file

LEVELS = [
    (((0, 0), 0, 0), [((896, 2), 0, 0), ((3090, 2), 0, 0), ((675, 2), 0, 0)]),
    (((10, 0), 0, 0), [((895, 2), 2, 0), ((3090, 2), 0, 0), ((670, 2), 1, 0)]),
]
CAST = Cast(67064, [1, 2, 3], LEVELS, secondary=[(1, (9500110, 0)), (3, (1427, 0)), (29, (7, 0))])  # type: ignore[arg-type]


def put(path: Path, *casts: Cast, version: str = "C", end: str = "\n") -> Path:
    path.write_bytes(file(casts, version, end))
    return path


def frame(path: Path, unit: wod_ascii.Unit | None = "ml/l") -> pd.DataFrame:
    return readers.read(path, wod_oxygen_unit=unit).to_pandas()


def test_check_values_of_the_classic_file(data_root: Path) -> None:
    path = data_root / "observations" / "wod" / "wodpy__classic.dat"
    assert readers.sniff(path) == "wod_ascii"
    table = readers.read(path).to_pandas()
    one, two = table[table.cast == "67064"], table[table.cast == "15556443"]
    assert (len(one), len(two)) == (4, 24)
    assert one.oxygen_original.tolist() == [6.75, 6.70, 8.62, 7.28] and one.depth.tolist() == [0, 10, 25, 50]
    assert one.time.iloc[0] == pd.Timestamp("1934-08-07 10:22:12")
    assert (one.latitude.iloc[0], one.longitude.iloc[0]) == (61.93, -172.27)
    assert one.cruise.unique().tolist() == ["US011203"] and two.cruise.unique().tolist() == ["FR015133"]
    assert two.time.iloc[0] == pd.Timestamp("2000-01-06 12:00")  # no time of day: noon
    assert (two.latitude.iloc[0], two.longitude.iloc[0]) == (-30.0, 66.42)
    assert two.depth.tolist()[:2] == [2.19, 11.62] and two.oxygen_original.iloc[0] == 5.091
    assert np.isnan(two.oxygen_original.iloc[1]) and two.oxygen_flag.iloc[1] == 9
    assert two.pressure.iloc[0] == 2.2  # measured, not made from depth
    assert one.phosphate_original.notna().any() and one.phosphate_original_unit.iloc[0] == "umol/l"
    assert table.instrument.unique().tolist() == ["bottle"]
    assert table.oxygen_original_unit.unique().tolist() == ["ml/l (told by magnitude)"]
    assert one.temperature_original_flag.astype(str).unique().tolist() == ["wod:0"]


def test_the_same_cast_in_ascii_and_netcdf(data_root: Path) -> None:
    folder = data_root / "observations" / "wod"
    columns = ["cast", "cruise", "depth", "temperature", "salinity", "oxygen", "phosphate", "silicate", "time"]
    tables = [
        readers.read(folder / name).to_pandas().query("cast == '67064'")[columns].reset_index(drop=True)
        for name in ("wodpy__classic.dat", "wodpy__ocldb1570984477.6279_OSD.nc")
    ]
    ascii_, netcdf = tables
    assert ascii_.cruise.tolist() == netcdf.cruise.tolist()
    np.testing.assert_allclose(ascii_.temperature, netcdf.temperature, atol=1e-5)
    np.testing.assert_allclose(ascii_.salinity, netcdf.salinity, atol=1e-5)
    np.testing.assert_allclose(ascii_.oxygen, netcdf.oxygen, rtol=0.002)  # rounded to 0.01 ml/l, at another density
    np.testing.assert_allclose(ascii_.phosphate, netcdf.phosphate, rtol=0.01)  # 1.025 kg/L in netCDF
    assert (abs(ascii_.time - netcdf.time) < pd.Timedelta("30s")).all()


def test_iquod_and_a_long_cast(data_root: Path) -> None:
    folder = data_root / "observations" / "wod"
    q = readers.read(folder / "wodpy__iquod.dat").to_pandas()
    assert q.groupby("cast", observed=True).size().to_dict() == {"13393621": 5, "9615302": 1000}
    assert q.temperature.tolist()[:5] == [11.1, 11.2, 11.0, 11.0, 11.0] and q.salinity.iloc[4] == 31.5
    assert q.latitude.iloc[0] == 34.5883 and q.time.iloc[0] == pd.Timestamp("2000-01-04 03:42")
    assert q.temperature.iloc[5] == -1.6601 and q.instrument.unique().tolist() == ["ctd"]
    long = readers.read(folder / "wodpy__pathological.dat").to_pandas()
    assert (len(long), long.cast.iloc[0], long.instrument.iloc[0]) == (1576, "175", "xbt")
    assert long.depth.iloc[0] == 0.6691 and long.temperature.iloc[5] == 29.318


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


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(casts(), min_size=1, max_size=6), st.sampled_from("CQ"), st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_is_read(tmp_path: Path, some: list[Cast], version: str, end: str) -> None:
    table = frame(put(tmp_path / "wild.dat", *some, version=version, end=end), None)
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


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000), st.sampled_from([b"", b"9", b"-", b" ", b"x", b"\n"]), st.booleans())
def test_damage_is_read_or_refused_in_one_line(tmp_path: Path, place: int, by: bytes, cut: bool) -> None:
    whole = file([replace(CAST, number=k, levels=LEVELS * 3) for k in (1, 2, 3)])  # type: ignore[operator]
    place %= len(whole)
    path = tmp_path / "damaged.dat"
    path.write_bytes(whole[:place] if cut else whole[:place] + by + whole[place + 1 :])
    try:
        readers.read(path, wod_oxygen_unit="ml/l")
    except InputError as error:
        assert "\n" not in str(error) and "damaged.dat" in str(error)


def test_nothing_but_blanks_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"blank\.dat: no cast in it"):
        list(lay_out(b" " * 80 + b"\n", "blank.dat"))


def test_batches_make_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_oxygen = replace(CAST, codes=[1, 2, 11], number=2)
    path = put(tmp_path / "many.dat", *[CAST, no_oxygen, replace(CAST, number=3, levels=LEVELS * 4)] * 5)
    whole = frame(path, None)
    monkeypatch.setattr(wod_ascii, "lay_out", partial(lay_out, batch=500))
    assert len(list(wod_ascii.lay_out(path.read_bytes(), "many.dat"))) > 4
    pd.testing.assert_frame_equal(frame(path, None), whole, check_categorical=False)
    before = file([CAST] * 8)
    first = before.count(b"\n") + 1  # line of the damaged cast
    path.write_bytes(before + file([replace(CAST, number=77, levels=[])]).replace(b"1934", b"19x4"))
    with pytest.raises(InputError, match=rf"many\.dat, cast 77, line {first} column \d+: no digit"):
        readers.read(path)


def test_every_cut_cast_is_refused(tmp_path: Path) -> None:
    whole = file([CAST, replace(CAST, number=99)])
    text = len(whole.replace(b"\n", b"").rstrip())
    path = tmp_path / "cut.dat"
    for end in range(2 + whole.index(b"\n"), text, 7):
        path.write_bytes(whole[:end])
        if end <= len(file([CAST])) and len(whole[:end].replace(b"\n", b"")) >= len(file([CAST]).rstrip()):
            continue  # only blanks behind the first cast were cut
        with pytest.raises(InputError, match=r"cut\.dat, cast number \d, line \d+|content of no known archive"):
            readers.read(path, wod_oxygen_unit="ml/l")


@pytest.mark.parametrize("wrap", ["plain", "gz", "zip", "tar"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_wrapping_and_line_ends_make_no_difference(tmp_path: Path, wrap: str, end: str) -> None:
    raw, box = file([CAST, replace(CAST, number=8)], end=end), io.BytesIO()
    if wrap == "zip":
        with zipfile.ZipFile(box, "w") as archive:
            archive.writestr("OSDO1934", raw)
    elif wrap == "tar":
        with tarfile.open(fileobj=box, mode="w") as archive:
            info = tarfile.TarInfo("OSDO1934")
            info.size = len(raw)
            archive.addfile(info, io.BytesIO(raw))
    path = tmp_path / "OSDO1934"
    path.write_bytes({"plain": raw, "gz": gzip.compress(raw)}.get(wrap, box.getvalue()))
    assert readers.sniff(path) == "wod_ascii"
    assert frame(path).oxygen_original.tolist() == [6.75, 6.70, 6.75, 6.70]


def test_blanks_cut_off_at_line_ends_and_no_last_line_end(tmp_path: Path) -> None:
    raw = file([CAST, replace(CAST, number=8)])
    path = tmp_path / "stripped.dat"
    path.write_bytes(b"\n".join(line.rstrip() for line in raw.split(b"\n")).rstrip(b"\n"))
    assert frame(path).cast.tolist() == ["67064", "67064", "8", "8"]
    path.write_bytes(raw.replace(b"\n", b"\r\n", 1) + b"\n\n")  # mixed ends, empty lines behind
    assert frame(path).cast.tolist() == ["67064", "67064", "8", "8"]
    path.write_bytes(raw[:81] + raw[81:].replace(b"\n", b"", 1))
    with pytest.raises(InputError, match=r"stripped\.dat, line 2: 160 characters; lines have 80"):
        readers.read(path)


def test_identity_and_flags(tmp_path: Path) -> None:
    deep = ((1000, 0), 1, 0)  # a depth that WOD flags: repeated or inverted
    level = (deep, [((800, 2), 0, 0), ((3400, 2), 0, 0), ((600, 2), 0, 0)])
    no_cruise = replace(CAST, number=2, cruise=0, date=(1955, 6, 0), hour=(2600, 2), longitude=(180, 0))
    alone = replace(CAST, number=3, cruise=None, secondary=[], date=(1955, 0, 0), latitude=None)
    a_float = replace(CAST, number=4, secondary=[(29, (9, 0))], whole=[0, 0, 3], levels=[*LEVELS, level])
    table = frame(put(tmp_path / "CTDO1955", CAST, no_cruise, alone, a_float))
    first = table.drop_duplicates("cast").set_index("cast")
    assert first.cruise.tolist() == ["US011203", "accession 9500110", "cast 3", "US011203"]
    assert first.instrument.tolist() == ["bottle", "bottle", "ctd", "float"]  # the third from the file's name
    assert first.platform.tolist()[:2] == ["WOD 1427"] * 2 and first.platform[2:].isna().all()
    assert first.time["2"] == pd.Timestamp("1955-06-15 12:00")  # day 0, and no such hour
    assert pd.isna(first.time["3"]) and np.isnan(first.latitude["3"]) and first.longitude["2"] == -180
    assert table[table.cast == "67064"].oxygen_flag.tolist() == [1, 4]
    assert table[table.cast == "67064"].temperature_flag.tolist() == [1, 3]
    last = table[table.cast == "4"]
    assert last.oxygen_flag.tolist() == [4, 4, 4]  # the cruise is flagged as a whole
    assert last.salinity_flag.tolist() == [1, 1, 3] and last.salinity_original_flag.iloc[2] == "wod:0"
    assert table.row.tolist() == list(range(9))


def test_a_variable_that_occurs_twice_is_read_once_and_suspect(tmp_path: Path) -> None:
    levels = [(depth, [*values, ((999, 2), 0, 0)]) for depth, values in LEVELS]
    twice = replace(CAST, codes=[1, 2, 3, 3], levels=levels)
    table = frame(put(tmp_path / "twice.dat", twice, replace(CAST, number=5)))
    assert table.oxygen_original.tolist() == [6.75, 6.70, 6.75, 6.70]
    assert table.oxygen_flag.tolist() == [3, 4, 1, 4] and table.temperature_flag.tolist() == [1, 3, 1, 3]


def test_standard_levels_are_refused(tmp_path: Path) -> None:
    path = put(tmp_path / "standard.dat", CAST, replace(CAST, number=5, kind=1))
    with pytest.raises(InputError, match=r"standard\.dat, cast 5: 1 casts on standard levels.*get the observed"):
        readers.read(path)


@pytest.mark.parametrize("version", "AB")
def test_other_versions_are_refused(tmp_path: Path, version: str) -> None:
    with pytest.raises(InputError, match="no cast of version C or Q begins here; other versions are not read"):
        readers.read(put(tmp_path / "old.dat", CAST, version=version))


def with_oxygen(*oxygen: Number, depth: int = 0, flag: int = 0) -> Cast:
    levels = [(((depth, 0), 0, 0), [((1000, 2), 0, 0), ((3500, 2), 0, 0), (value, flag, 0)]) for value in oxygen]
    return replace(CAST, levels=levels)


def test_the_unit_of_oxygen_is_told_said_or_asked(tmp_path: Path) -> None:
    path = put(tmp_path / "a.dat", with_oxygen((26142, 2), (600, 2)), with_oxygen((26142, 2), (60000, 2)))
    with pytest.raises(InputError, match=r"a\.dat: is oxygen in ml/l .* or umol/kg .*\?.*say it with wod_oxygen_unit"):
        readers.read(path)  # surface values of both kinds
    assert frame(path, "umol/kg").oxygen.tolist() == [261.42, 6.0, 261.42, 600.0]
    path = put(tmp_path / "b.dat", with_oxygen((600, 2)))
    told, said = frame(path, None), frame(path, "ml/l")
    assert told.oxygen[0] == pytest.approx(6 * seawater.ML_PER_L / 1.02695, rel=1e-4) == said.oxygen[0]
    assert told.oxygen_original_unit[0] == "ml/l (told by magnitude)" and said.oxygen_original_unit[0] == "ml/l"
    with pytest.raises(InputError, match=re.escape("oxygen of the upper 10 m can be ml/l only, not umol/kg")):
        frame(path, "umol/kg")
    path = put(tmp_path / "c.dat", with_oxygen((26142, 2)))
    assert frame(path, None).oxygen_original_unit[0] == "umol/kg (told by magnitude)"
    assert frame(path, None).oxygen[0] == 261.42
    for unclear in (with_oxygen((600, 2), depth=100), with_oxygen((600, 2), flag=1), with_oxygen((2, 2))):
        with pytest.raises(InputError, match="say it with wod_oxygen_unit"):
            readers.read(put(tmp_path / "d.dat", unclear))
    with_none = put(tmp_path / "e.dat", with_oxygen(None))
    assert frame(with_none, None).oxygen_flag.tolist() == [9]  # no oxygen, no question


@pytest.mark.parametrize(("unit", "factor"), [("ml/l", 1 / 1.02695), ("umol/kg", 1.0)])
def test_nutrients_changed_their_unit_with_oxygen(tmp_path: Path, unit: wod_ascii.Unit, factor: float) -> None:
    levels = [(((50, 0), 0, 0), [((1000, 2), 0, 0), ((3500, 2), 0, 0), ((250, 2), 0, 0)])]
    table = frame(put(tmp_path / "n.dat", replace(CAST, codes=[1, 2, 8], levels=levels)), unit)
    assert table.nitrate[0] == pytest.approx(2.5 * factor, rel=1e-4)
