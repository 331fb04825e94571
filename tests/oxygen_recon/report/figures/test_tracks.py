"""Tracks are continuous and flagged casts stand out."""

import numpy as np
import pytest

from oxygen_recon.report.figures.tracks import Track, track_maps, track_timelines
from tests.support.oceans import meshes


def track(longitude, flagged, latitude=None, time=None):
    n = len(longitude)
    days = np.arange(n) if time is None else time
    return Track(
        "wod/A", np.datetime64("2001-05-01", "ms") + np.asarray(days) * np.timedelta64(1, "D"),
        np.linspace(0.0, 10.0, n) if latitude is None else np.asarray(latitude, float),
        np.asarray(longitude, float), np.isin(np.arange(n), flagged),
    )  # fmt: skip


def test_a_track_across_the_date_line_is_continuous_and_the_flagged_cast_is_ringed():
    axes = track_maps([track([178, 179, -180, -179, 100], [4])], "speed").axes[0]
    _, ring, _ = axes.lines
    assert ring.get_xdata().tolist() == [100] and axes.lines[0].get_xdata().tolist() == [178, 179, 180, 181]
    west, east = axes.get_xlim()
    assert west < 100 and 181 < east < 300


def test_land_is_drawn_in_its_place_and_casts_without_position_are_counted():
    calls = []

    def is_land(north, east):
        calls.append((np.abs(north).max(), east.min(), east.max()))
        return east > 0

    axes = track_maps([track([-5, 5, np.nan], [2], latitude=[-85, 85, np.nan])], "off_globe", is_land=is_land).axes[0]
    assert "1 flagged without a position" in axes.get_title(loc="left")
    ((north, west, east),) = calls
    assert north <= 90 and -180 <= west and east < 180
    (mesh,) = meshes(axes)
    assert (~np.ma.getmaskarray(mesh.get_array())).mean() == pytest.approx(0.5, abs=0.02)
    nowhere = track_maps([track([np.nan], [0])], "off_globe").axes[0]
    assert [text.get_text() for text in nowhere.texts] == ["no position"]


def test_a_timeline_shows_the_wrong_year():
    axes = track_timelines([track([10, 11, 12], [2], time=[0, 1, 3652])], "cruise_date").axes[0]
    assert axes.lines[1].get_xdata() == pytest.approx([2011.33], abs=0.02)
    low, high = axes.get_xlim()
    assert low < 2001.3 and 2011.4 < high
