"""Examples of a check are its worst casts or cruises, each of another cruise, on a profile, a map or a timeline."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oxygen_recon.observations import parts, summaries
from oxygen_recon.report.quality_casts import EXAMPLES, QualityCasts
from oxygen_recon.report.quality_examples import draw_examples, failed_tracks, on_profiles
from qc.battery import battery, counts, run
from qc.table import flags, schema
from tests.support.float_profiles import NOW, changed, make
from tests.support.quality_results import results

CHECKS = battery.load_battery()
NAMED = {check.name: check for check in CHECKS.running}


def observations(cruise, failed, name="spike", levels=4, **columns):
    """Casts of cruises, one a day, at which the first values failed a check, as many as given."""
    n = len(cruise) * levels
    cast, level = np.repeat(np.arange(len(cruise)), levels), np.tile(np.arange(levels), len(cruise))
    given = {
        "source": "wod", "file": "f", "cast": cast.astype(str), "cruise": np.array(cruise, object)[cast],
        "instrument": "ctd", "time": np.datetime64("2001-05-01", "ms") + cast * np.timedelta64(1, "D"),
        "latitude": np.linspace(0.0, 5.0, n), "longitude": np.linspace(-150.0, -140.0, n),
        "pressure": 10.0 * level, "oxygen": 250.0 + np.zeros(n), "oxygen_flag": np.ones(n, np.int8),
    }  # fmt: skip
    table = schema.from_columns(given | columns, "test")
    bits = (level < np.array(failed)[cast]) * np.uint64(1 << NAMED[name].bit)
    return schema.replaced(table, "oxygen_checks", bits.astype(np.uint64))


def casts(tmp_path, *args, **kwargs):
    return QualityCasts(results(tmp_path / "qc", {"a": observations(*args, **kwargs)}), CHECKS)


def names(casts, check="spike"):
    return [example.name.split("\n")[0] for example in casts.examples([NAMED[check]]).get(check, [])]


def test_a_track_holds_all_casts_of_its_cruise_and_counts_those_that_failed(tmp_path):
    found = casts(tmp_path, ["B", "A", "B", "A", "A"], [0, 1, 1, 0, 1], "speed")
    first, second = failed_tracks(found, NAMED["speed"])
    assert first.name == "wod/A\n2 of 3 casts" and first.flagged.tolist() == [True, False, True], "the worst is first"
    assert second.name == "wod/B\ncast 2" and second.latitude.size == 2


def test_casts_without_a_cruise_are_tracks_of_their_own(tmp_path):
    tracks = failed_tracks(casts(tmp_path, [None, None, "A"], [1, 1, 0], "speed"), NAMED["speed"])
    assert [track.name for track in tracks] == ["wod\ncast 0", "wod\ncast 1"]


def test_no_more_cruises_than_fit_a_row_are_drawn(tmp_path):
    assert len(failed_tracks(casts(tmp_path, list("ABCDEF"), [1] * 6, "speed"), NAMED["speed"])) == EXAMPLES


def test_profiles_show_values_but_not_places_dates_and_speeds():
    assert on_profiles(NAMED["spike"]) and on_profiles(NAMED["below_floor"])
    others = ("speed", "on_land", "off_globe", "null_island", "cruise_date", "impossible_date")
    assert not any(on_profiles(NAMED[name]) for name in others)


def test_examples_are_the_casts_with_most_failures_each_of_another_cruise(tmp_path):
    found = casts(tmp_path, ["A", "A", "A", "B", "C", "D"], [1, 4, 3, 1, 2, 3])
    assert names(found) == ["wod/1", "wod/5", "wod/4", "wod/3"]


def test_a_second_cast_of_a_cruise_is_drawn_where_there_is_no_other_cruise(tmp_path):
    assert names(casts(tmp_path, ["A", "A", "A", "B"], [2, 3, 1, 1])) == ["wod/1", "wod/3", "wod/0", "wod/2"]


def test_a_copy_is_no_example_where_there_are_others(tmp_path):
    copy = np.repeat(np.array([None, "wod/0", None, None, None, None], object), 4)
    found = casts(tmp_path, list("ABCDEF"), [3, 3, 1, 1, 1, 1], duplicate_of=copy)
    assert names(found) == ["wod/0", "wod/2", "wod/3", "wod/4"]


def test_of_equally_bad_casts_the_one_furthest_from_its_other_values_is_first(tmp_path):
    oxygen = np.full(6 * 4, 250.0)
    oxygen[0::4] += [10, 60, 20, 50, 30, 40]
    assert names(casts(tmp_path, list("ABCDEF"), [1] * 6, oxygen=oxygen)) == ["wod/1", "wod/3", "wod/5", "wod/4"]


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 4)), min_size=1, max_size=9), st.integers(1, 9))
def test_the_order_is_the_same_however_casts_lie_in_parts(tmp_path_factory, made, cut):
    cruise, failed = zip(*made)
    home = tmp_path_factory.mktemp("qc")
    table = observations(cruise, failed)
    whole = QualityCasts(results(home / "one", {"a": table}), CHECKS)
    halves = {"a": table.slice(0, 4 * cut), "b": table.slice(4 * cut)}
    cut_in_two = QualityCasts(results(home / "two", {k: t for k, t in halves.items() if t.num_rows}), CHECKS)
    worst = whole.worst(NAMED["spike"])
    assert len(worst) == np.count_nonzero(failed), "every cast that failed has its place"
    first = worst.iloc[: len({c for c, n in made if n})]
    assert len({cruise[i] for i in first.index}) == len(first), "no cruise twice before each was there once"
    assert names(whole) == names(cut_in_two)


def test_an_example_has_its_levels_failures_and_place(tmp_path):
    depth = np.tile([5.0, 8.9, 12.0, 20.0], 2)
    pressure = np.where(np.arange(8) % 4 == 1, np.nan, depth)
    oxygen = np.array([np.nan, 400.0, 250, 250, np.nan, 250, 250, 250])
    found = casts(tmp_path, ["A", "B"], [2, 1], pressure=pressure, depth=depth, oxygen=oxygen,
                  oxygen_flag=np.where(np.isfinite(oxygen), 1, 9).astype(np.int8))  # fmt: skip
    (example,) = found.examples([NAMED["spike"]])["spike"]
    assert example.name == "wod/0\n2001-05-01, 0° 150°W\n1 of 3 values", "a missing value is no example"
    assert example.pressure.tolist() == pytest.approx([5, 8.96, 12, 20], abs=0.02), "from depth"
    assert example.failed.tolist() == [False, True, False, False] and not example.limits
    assert found.examples([NAMED["gradient"]]) == {}


def test_the_limits_of_the_regional_check_are_drawn(tmp_path):
    table = changed(make(casts=40), "oxygen", 61, 150.0)
    tested, histograms = run.run_profile_tests(table, CHECKS, now=NOW)
    regions = run.regional_statistics([histograms], CHECKS)
    home = results(tmp_path / "qc", {"a": run.run_regional_tests(tested, CHECKS, regions)})
    (home / "regions").mkdir()
    summaries.save_region_counts(histograms, parts.part(home / "regions", "a"))
    summaries.save_region_statistics([parts.part(home / "regions", "a")], CHECKS, home / "regions.npz")
    found = QualityCasts(home, CHECKS)
    (example,) = found.examples([NAMED["regional"]])["regional"]
    assert np.flatnonzero(example.failed).tolist() == [1] and len(example.limits) == 2
    for low, high in example.limits:
        assert not low[1] <= 150.0 <= high[1], "the value that failed lies outside"
        assert ((low < example.oxygen) & (example.oxygen < high) | np.isnan(low) | example.failed).all()
    ((path, caption),) = draw_examples(found, None, tmp_path)
    assert "median ± 6 robust standard deviations" in caption and 'opacity="0.7"' in path.read_text()


def test_interpolated_values_are_grey_and_not_suspect(tmp_path):
    n = 2 * 4
    flag = np.where(np.arange(n) % 4 == 2, flags.SUSPECT, flags.PASS).astype(np.int8)
    own = np.where(np.arange(n) % 4 == 2, "calcofi_recind:7", "calcofi_recind:3")
    found = casts(tmp_path, ["A", "B"], [1, 1], oxygen_flag=flag, oxygen_original_flag=own)
    for example in found.examples([NAMED["spike"]])["spike"]:
        assert example.interpolated.tolist() == [False, False, True, False]
    assert found.by_cruise[[counts.INTERPOLATED, counts.OWN]].to_numpy().tolist() == [[1, 0], [1, 0]]
    assert found.by_source[[counts.INTERPOLATED, counts.OWN]].to_numpy().tolist() == [[2, 0]]


@pytest.mark.parametrize("check", ["cruise_date", "speed", "spike"])
def test_each_figure_has_a_file_and_a_caption(check, tmp_path):
    ((path, caption),) = draw_examples(casts(tmp_path, ["A", "A", "A"], [0, 1, 0], check), None, tmp_path)
    assert path == tmp_path / f"{check}.svg" and path.read_text().rstrip().endswith("</svg>")
    assert caption.startswith(f"{check}: ") and "cruise" in caption


def test_only_parts_that_hold_an_example_are_read(tmp_path):
    tables = {"a": observations(["A"], [2]), "b": observations(["B"], [0])}
    home = results(tmp_path / "qc", tables)
    parts.part(home / "parts", "b").unlink()
    assert names(QualityCasts(home, CHECKS)) == ["wod/0"]
