"""Casts of archives on a map, and single profiles."""

import numpy as np

from oxygen_recon.report.figures.casts import ProfileExample, cast_map, example_profiles


def test_the_map_of_all_casts_counts_archives_and_begins_behind_the_widest_gap():
    places = {
        "few": (np.array([0.0]), np.array([-170.0])),
        "many": (np.array([1.0, 2.0, 99.0]), np.array([170.0, 175, 0])),
    }
    figure = cast_map(places)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["many (2)", "few (1)"]
    west, east = figure.axes[0].get_xlim()
    assert 160 < west < 170 and 190 < east < 200
    assert "3 casts" in figure.get_suptitle() and "without a valid position: 1" in figure.get_supxlabel()


def test_profiles_ring_the_levels_that_failed_and_mark_flags():
    p, oxygen = np.array([100.0, 0.0, 50.0]), np.array([200.0, 250.0, 400.0])
    axes = example_profiles([ProfileExample("wod/1", p, oxygen, np.array([1, 3, 4]), p == 50.0)], "spike").axes[0]
    joined, good, suspect, bad, ring = axes.lines
    assert joined.get_ydata().tolist() == [0, 50, 100], "in order of pressure"
    assert [line.get_xdata().tolist() for line in (good, suspect, bad, ring)] == [[200], [250], [400], [400]]
    assert axes.get_ylim()[0] > 100 and axes.get_ylim()[1] < 0, "pressure increases downwards"
