"""Examples of a check are its first casts or cruises, on a profile, a map or a timeline."""

import numpy as np
import pyarrow as pa
import pytest

from oxygen_recon.report import quality_examples
from oxygen_recon.report.quality_examples import draw_examples, failed_tracks, on_profiles, profile_examples
from qc.battery import battery
from qc.table import schema

CHECKS = battery.load_battery()
NAMED = {check.name: check for check in CHECKS.running}


def casts(cruise, failed, name="speed"):
    """Casts of cruises, one a day, and whether each failed a check."""
    n = len(cruise)
    time = np.datetime64("2001-05-01", "ms") + np.arange(n) * np.timedelta64(1, "D")
    text = {"source": ["wod"] * n, "cast": [str(i) for i in range(n)], "cruise": cruise}
    columns = {key: pa.array(value).dictionary_encode() for key, value in text.items()}
    columns |= {"time": time, "latitude": np.linspace(0.0, 5.0, n), "longitude": np.linspace(-150.0, -140.0, n)}
    return pa.table(columns | {name: np.array(failed)})


def test_a_track_holds_all_casts_of_its_cruise_and_counts_those_that_failed():
    first, second = failed_tracks(casts(["A", "B", "A", "A", "B"], [True, False, True, False, True]), "speed")
    assert first.name == "wod/A\n2 of 3 casts" and first.flagged.tolist() == [True, True, False]
    assert second.name == "wod/B\ncast 4" and second.latitude.size == 2


def test_casts_without_a_cruise_are_tracks_of_their_own():
    tracks = failed_tracks(casts(["(none)", "(none)", "A"], [True, True, False]), "speed")
    assert [track.name for track in tracks] == ["wod\ncast 0", "wod\ncast 1"]


def test_no_more_cruises_than_fit_a_row_are_drawn():
    assert len(failed_tracks(casts(list("ABCDEF"), [True] * 6), "speed")) == quality_examples.EXAMPLES


def test_profiles_show_values_but_not_places_dates_and_speeds():
    assert on_profiles(NAMED["spike"]) and on_profiles(NAMED["below_floor"])
    names = ("speed", "on_land", "off_globe", "null_island", "cruise_date", "impossible_date")
    assert not any(on_profiles(NAMED[name]) for name in names)


def test_examples_are_the_first_casts_with_a_value_that_failed():
    n, bit = 6, np.uint64(1 << NAMED["spike"].bit)
    columns = {
        "source": "wod", "file": "f", "cast": np.repeat(["1", "2", "3"], 2), "latitude": np.zeros(n),
        "longitude": np.zeros(n), "pressure": [5.0, np.nan, 5.0, 9.0, 5.0, 9.0], "depth": [5.0, 8.9, 5, 9, 5, 9],
        "oxygen": [250.0, 400.0, np.nan, 250.0, 250.0, 400.0],
    }  # fmt: skip
    table = schema.from_columns(columns, "test")
    place = table.schema.get_field_index("oxygen_checks")
    bits = pa.array(np.array([0, 1, 1, 0, 0, 1], np.uint64) * bit)
    table = table.set_column(place, table.schema.field(place), bits)
    found = profile_examples(table, NAMED["spike"], 4)
    assert [example.name for example in found] == ["wod/1", "wod/3"], "a missing value is no example"
    assert found[0].pressure.tolist() == [5.0, 8.9], "depth in place of a missing pressure"
    assert found[0].failed.tolist() == [False, True]
    assert len(profile_examples(table, NAMED["spike"], 1)) == 1
    assert profile_examples(table, NAMED["gradient"], 4) == []


@pytest.mark.parametrize(("check", "words"), [("cruise_date", "cruises"), ("speed", "cruises")])
def test_each_figure_has_a_file_and_a_caption(check, words, tmp_path):
    table = casts(["A", "A", "A"], [False, True, False], check)
    for name in NAMED:
        if name != check and not on_profiles(NAMED[name]):
            table = table.append_column(name, pa.array([False] * 3))
    ((path, caption),) = draw_examples({}, table, CHECKS, None, tmp_path)
    assert path == tmp_path / f"{check}.png" and path.stat().st_size > 5000
    assert caption.startswith(f"{check}: ") and words in caption
