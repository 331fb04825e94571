"""Casts of archives on a map, and single profiles."""

import numpy as np

from oxygen_recon.report.figures.drawings.casts import ProfileExample, cast_map, example_profiles


def test_the_map_of_all_casts_counts_archives_and_begins_behind_the_widest_gap():
    places = {
        "few": (np.array([0.0]), np.array([-170.0])),
        "many": (np.array([1.0, 2.0, 99.0]), np.array([170.0, 175, 0])),
    }
    figure = cast_map(places)
    assert [name for name, _ in figure.legend] == ["many (2)", "few (1)"]
    (panel,) = figure.panels
    assert 160 < panel.x.first < 170 and 190 < panel.x.last < 200
    assert "3 casts" in figure.title and "without a valid position: 1" in figure.note


def test_profiles_ring_the_levels_that_failed_and_mark_flags():
    p, oxygen = np.array([100.0, 0.0, 50.0, 70.0]), np.array([200.0, 250.0, 400.0, 210.0])
    grey = np.array([False, False, False, True])
    example = ProfileExample("wod/1", p, oxygen, np.array([1, 3, 4, 3]), p == 50.0, grey)
    (panel,) = example_profiles([example], "spike").panels
    joined, *marks = panel.marks
    assert joined.y.tolist() == [0, 50, 70, 100], "in order of pressure"
    assert [one.x.tolist() for one in marks] == [[200], [210], [250], [400], [400]]
    assert [one.kind for one in marks] == ["dots", "dots", "dots", "crosses", "rings"]
    assert panel.y.last > 100 and panel.y.first < 0, "pressure increases downwards"


def test_a_band_ends_where_a_limit_is_unknown():
    p, oxygen = np.arange(5) * 10.0, np.full(5, 200.0)
    low, high = np.array([190.0, 180, np.nan, 170, 160]), np.array([210.0, 220, np.nan, 230, 240])
    example = ProfileExample("wod/1", p, oxygen, np.ones(5, int), p < 0.0, limits=[(low, high)])
    (panel,) = example_profiles([example], "regional").panels
    band = panel.marks[0]
    assert band.kind == "areas" and np.isnan(band.x).sum() == 2, "two areas"
    assert band.y[:4].tolist() == [0, 10, 10, 0] and band.x[:4].tolist() == [190, 180, 220, 210]
    assert panel.x.first < 160 and panel.x.last > 240


def test_a_cast_without_any_value_has_a_panel():
    nothing = np.full(2, np.nan)
    example = ProfileExample("wod/1", nothing, nothing, np.full(2, 9), np.zeros(2, bool))
    assert "</svg>" in example_profiles([example], "spike").svg()


def test_values_off_the_scale_are_counted_and_do_not_hide_the_others():
    p, oxygen = np.arange(4) * 10.0, np.array([250.0, 30000.0, -900.0, 180.0])
    example = ProfileExample("wod/1", p, oxygen, np.array([1, 4, 4, 1]), oxygen > 1000)
    (panel,) = example_profiles([example], "range").panels
    assert panel.x.first > -150 and panel.x.last < 800 and panel.title == "wod/1, 2 off the scale"
