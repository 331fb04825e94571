"""Tracks are continuous and flagged casts stand out."""

import numpy as np
import pytest

from oxygen_recon.report.figures.drawings.tracks import Track, track_maps, track_timelines


def track(longitude, flagged, latitude=None, time=None):
    n = len(longitude)
    days = np.arange(n) if time is None else time
    return Track(
        "wod/A", np.datetime64("2001-05-01", "ms") + np.asarray(days) * np.timedelta64(1, "D"),
        np.linspace(0.0, 10.0, n) if latitude is None else np.asarray(latitude, float),
        np.asarray(longitude, float), np.isin(np.arange(n), flagged),
    )  # fmt: skip


def test_a_track_across_the_date_line_is_continuous_and_the_flagged_cast_is_ringed():
    (panel,) = track_maps([track([178, 179, -180, -179, 100], [4])], "speed").panels
    joined, dashed, good, ring, _ = panel.marks[-5:]
    assert ring.x.tolist() == [100] and good.x.tolist() == [178, 179, 180, 181]
    assert dashed.dashes and np.isfinite(dashed.x).sum() == 2 and np.isfinite(joined.x).sum() == 6
    assert panel.x.first < 100 and 181 < panel.x.last < 300


def test_land_is_drawn_in_its_place_and_casts_without_position_are_counted():
    calls = []

    def is_land(north, east):
        calls.append((np.abs(north).max(), east.min(), east.max()))
        return east > 0

    (panel,) = track_maps([track([-5, 5, np.nan], [2], latitude=[-85, 85, np.nan])], "off", is_land=is_land).panels
    assert "1 flagged without a position" in panel.title
    ((north, west, east),) = calls
    assert north <= 90 and -180 <= west and east < 180
    land = panel.marks[1]
    x, y = land.x.reshape(-1, 5), land.y.reshape(-1, 5)
    area = ((x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0])).sum()
    whole = (panel.x.last - panel.x.first) * (min(panel.y.first, 90.0) - max(panel.y.last, -90.0))
    assert area / whole == pytest.approx(0.5, abs=0.02) and x[:, 0].min() == pytest.approx(0.0, abs=2.0)
    (nowhere,) = track_maps([track([np.nan], [0])], "off_globe").panels
    assert nowhere.message == "no position"


def test_latitudes_beyond_the_poles_are_marked():
    (panel,) = track_maps([track([0, 5], [1], latitude=[80, 99])], "off_globe").panels
    assert np.nanmin(panel.marks[0].y) == 90.0 and panel.y.first > 99


def test_a_timeline_shows_the_wrong_year():
    (panel,) = track_timelines([track([10, 11, 12], [2], time=[0, 1, 3652])], "cruise_date").panels
    ring = next(one for one in panel.marks if one.kind == "rings")
    assert ring.x == pytest.approx([2011.33], abs=0.02)
    assert panel.x.first < 2001.3 and 2011.4 < panel.x.last
