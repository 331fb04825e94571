"""WHP-Exchange that is written and read again: values, flags, times, positions and names, or their loss is counted."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.errors import InputError
from qc.readers.registry import read
from qc.table import schema
from qc.writers.parts import Profiles, Written
from qc.writers.registry import write
from tests.support.wild_tables import tables

PLACE = ["latitude", "longitude", "time"]
SHIP = "33RR20070204"


def expected(table: pa.Table) -> pd.DataFrame:
    """A table as the format holds it: times to the minute, and one time and position of each CTD cast."""
    profiles = Profiles.of(table)
    frame = profiles.table.to_pandas()
    frame["time"] = (frame["time"] + pd.Timedelta(30, "s")).dt.floor("min").dt.as_unit("ms")
    first = frame.iloc[profiles.first[profiles.cast]].set_axis(frame.index)
    ctd = frame["instrument"] == "ctd"
    frame[PLACE] = frame[PLACE].where(~ctd, first[PLACE])
    return frame


def station(copy_of: tuple[str | None, str | None, str | None] = (None, None, None)) -> pa.Table:
    """Samples, the sensor at their stops, and the profile of one cast, each perhaps a copy; then one more cast."""
    samples, stops, profile, other = (f"{SHIP}_7_2", f"{SHIP}_7_2#stop", f"{SHIP}_7_2#ctd", f"{SHIP}_7_3")
    columns = {
        "source": "cchdo",
        "file": np.array(["a_hy1.csv"] * 4 + ["a_ct1.zip#2"] * 2 + ["a_hy1.csv"]),
        "row": np.array([0, 1, 0, 1, 0, 1, 2]),
        "cruise": SHIP,
        "cast": np.array([samples] * 2 + [stops] * 2 + [profile] * 2 + [other]),
        "instrument": np.array(["bottle"] * 2 + ["ctd"] * 4 + ["bottle"]),
        "latitude": np.array([10.25] * 6 + [-11.5]),
        "longitude": np.array([-170.125] * 6 + [179.5]),
        "time": np.array(["2007-02-10T03:04"] * 6 + ["2007-02-11T23:59"], "datetime64[ms]"),
        "pressure": [5.0, 50, 5, 50, 4, 6, 5],
        "temperature": [9.0, 8, 9, 8, 9, 9, 10],
        "oxygen": [200.0, 210, 201, 211, 202, 203, 220],
        "duplicate_of": np.repeat(np.array([*copy_of, None], object), [2, 2, 2, 1]),
    }
    return schema.from_columns(columns, "x")


def exported(table: pa.Table, folder: Path) -> tuple[Written, list[tuple[object, ...]]]:
    """What was written, and in any order cast, instrument, pressure, oxygen and place of what is read again."""
    written = write([table], folder, "whp-exchange")
    found = pa.concat_tables([read(file) for file in sorted(folder.iterdir())]).unify_dictionaries()
    return written, rows(found)


def rows(table: pa.Table) -> list[tuple[object, ...]]:
    names = ["cast", "instrument", "pressure", "oxygen", "oxygen_flag", *PLACE]
    return sorted(zip(*(table[name].to_pylist() for name in names)))


@settings(max_examples=30)
@given(tables(instruments=st.sampled_from(["bottle", "ctd"])))
def test_whp_exchange_gives_back_bottles_and_profiles_or_counts_them(table: pa.Table) -> None:
    table = table.set_column(
        table.schema.get_field_index("duplicate_of"), schema.OBSERVATIONS.field("duplicate_of"),
        pa.nulls(table.num_rows, pa.string()),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cruises")
        written = write([table], path, "whp-exchange")
        files = sorted(path.iterdir())
        found = pa.concat_tables([read(file) for file in files]).unify_dictionaries()
    assert written.levels == found.num_rows == table.num_rows
    for instrument, variables in (("bottle", schema.VARIABLES), ("ctd", schema.VARIABLES[:3])):
        names = ["pressure", *PLACE, *(f"{name}{end}" for name in variables for end in ("", "_flag"))]
        a, b = (
            one[one["instrument"] == instrument][names].sort_values(names, ignore_index=True)
            for one in (expected(table), found.to_pandas())
        )
        pd.testing.assert_frame_equal(a, b, rtol=1e-15)


def test_what_whp_exchange_cannot_express_is_counted(tmp_path: Path) -> None:
    columns = {"latitude": np.ones(4), "longitude": np.ones(4), "oxygen": np.ones(4), "nitrate": np.ones(4)}
    columns |= {
        "instrument": np.array(["float", "ctd", "bottle", "bottle"]),
        "time": np.full(4, np.datetime64("2001-01-01", "ms")),
    }
    table = schema.from_columns(columns | {"duplicate_of": [None, None, None, "a/b"]}, "x")
    table = schema.replaced(table, "time_flag", np.array([3, 3, 1, 1]))
    written = write([table], tmp_path / "out", "whp-exchange")
    assert (written.levels, written.casts) == (2, 2)
    assert written.notes == [
        "left out: 1 levels of instrument float",
        "left out: 1 levels of copies",
        "left out: 1 flags of time, suspect or bad",
        "left out: 1 nutrients of sensors",
    ]


def test_a_sensor_at_a_bottle_stop_goes_into_the_row_of_its_bottle(tmp_path: Path) -> None:
    columns = {"source": "cchdo", "file": "a", "row": np.array([0, 1, 0, 1]), "cruise": "33RR20070204"}
    columns |= {"cast": np.array(["33RR20070204_7_2"] * 2 + ["33RR20070204_7_2#stop"] * 2)}
    columns |= {"instrument": np.repeat(["bottle", "ctd"], 2), "latitude": np.ones(4), "longitude": np.ones(4)}
    columns |= {"pressure": [5.0, 50, 5, 50], "temperature": [9.0, 8, 9, 8], "oxygen": [200.0, 210, 201, 211]}
    table = schema.from_columns(columns, "x")
    table = schema.replaced(table, "temperature_flag", np.array([1, 1, 1, 3]))
    written = write([table], tmp_path / "out", "whp-exchange")
    assert written.notes == [
        "left out: 1 flags of temperature or salinity at bottle stops, other than those of the bottle"
    ]
    again = read(tmp_path / "out" / "33RR20070204_hy1.csv")
    for name in ("cast", "instrument", "pressure", "oxygen", "oxygen_flag"):
        assert again[name].to_pylist() == table[name].to_pylist(), name


def test_names_of_samples_stops_and_profile_of_one_cast_come_back(tmp_path: Path) -> None:
    written, again = exported(station(), tmp_path / "out")
    assert (written.levels, written.casts, written.notes) == (7, 4, [])
    assert again == rows(station())


def test_a_sensor_at_a_stop_whose_bottle_is_a_copy_is_written_as_a_profile(tmp_path: Path) -> None:
    table = station(("glodap/1", None, f"cchdo/{SHIP}_7_2#stop"))
    written, again = exported(table, tmp_path / "out")
    assert (written.levels, written.casts) == (3, 2)
    assert written.notes == ["left out: 4 levels of copies"]
    assert [row[:4] for row in again] == [
        (f"{SHIP}_7_2#ctd", "ctd", 5.0, 201.0),
        (f"{SHIP}_7_2#ctd", "ctd", 50.0, 211.0),
        (f"{SHIP}_7_3", "bottle", 5.0, 220.0),
    ]


def test_a_sensor_at_a_stop_that_is_a_copy_goes_with_its_bottle_only(tmp_path: Path) -> None:
    copy = f"cchdo/{SHIP}_7_2#ctd"
    written, again = exported(station((None, copy, None)), tmp_path / "together")
    assert (written.levels, written.notes) == (7, []) and again == rows(station())
    written, again = exported(station(("glodap/1", copy, None)), tmp_path / "alone")
    assert (written.levels, written.notes) == (3, ["left out: 4 levels of copies"])
    assert [row[0] for row in again] == [f"{SHIP}_7_2#ctd"] * 2 + [f"{SHIP}_7_3"]


def test_rows_that_stand_twice_do_not_hide_the_good_half_of_their_cast(tmp_path: Path) -> None:
    copies = station(("cchdo/x", "cchdo/x", None)).slice(0, 4)
    copies = schema.replaced(copies, "row", np.array([10, 11, 10, 11]))
    written, again = exported(pa.concat_tables([station(), copies]), tmp_path / "out")
    assert (written.levels, written.notes) == (7, ["left out: 4 levels of copies"])
    assert again == rows(station())


def test_a_number_that_is_taken_is_counted(tmp_path: Path) -> None:
    other = station().slice(0, 2)
    place = other.schema.get_field_index("file")
    other = other.set_column(place, other.schema.field(place), pa.array(["b_hy1.csv"] * 2).dictionary_encode())
    written, again = exported(pa.concat_tables([station(), other]), tmp_path / "out")
    assert written.notes == [
        "left out: 1 cast numbers that another cast of the station has: the next free one is written"
    ]
    assert {row[0] for row in again} == {f"{SHIP}_7_{end}" for end in ("2", "2#stop", "2#ctd", "3", "4")}


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["bottle", "ctd"]), min_size=4, max_size=9), st.data())
def test_every_level_is_written_or_counted_whatever_is_a_copy(instruments: list[str], data: st.DataObject) -> None:
    n = len(instruments)
    columns = {"source": "cchdo", "file": "a", "cruise": SHIP, "instrument": np.array(instruments)}
    columns |= {"row": np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))}
    columns |= {"cast": np.array([f"{SHIP}_7_2{'#stop' if one == 'ctd' else ''}" for one in instruments])}
    copies = data.draw(st.lists(st.sampled_from([None, "a/b"]), min_size=n, max_size=n))
    columns |= {"oxygen": np.arange(n) + 1.0, "latitude": np.ones(n), "longitude": np.ones(n), "pressure": np.ones(n)}
    table = schema.from_columns(columns | {"duplicate_of": copies}, "x")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "out")
        try:
            written = write([table], path, "whp-exchange")
        except InputError as error:
            assert "nothing to write" in str(error) and all(table["duplicate_of"].to_pylist())
            return
        found = pa.concat_tables([read(file) for file in path.iterdir()])
    oxygen = set(found["oxygen"].drop_null().to_pylist())
    assert found.num_rows == written.levels
    assert oxygen >= {value for value, copy in zip(columns["oxygen"], copies) if copy is None}
    assert written.levels + sum(written.levels_left_out.values()) == table.num_rows
