"""`experiments/shoreline.py`: land as polygons with holes, without islands that are too small."""

import numpy as np
import pytest
import shapely

from tests.support.scripts import script


def test_more_than_half_of_land_is_traced_and_small_islands_and_seas_are_left_out() -> None:
    shoreline = script("shoreline")
    share = np.zeros((180, 360), np.float32)  # cells of a degree, from 90 S and 180 W
    share[100:120, 10:40] = 1.0
    share[105:112, 15:25] = 0.0  # an enclosed sea
    share[150, 200] = 1.0  # an island of less than a square degree
    share[0:20] = 1.0  # Antarctica, around the globe
    antarctica, land = shoreline.outlines(share, 0.05, 2.0)
    assert antarctica.area == pytest.approx(360.0 * 20, rel=0.01) and antarctica.bounds == (-180.0, -90.0, 180.0, -70.0)
    assert land.area == pytest.approx(20 * 30 - 7 * 10, rel=0.02) and len(land.interiors) == 1
    assert land.contains(shapely.Point(-155.0, 25.0)) and not land.contains(shapely.Point(-160.0, 18.0))


def test_the_kept_shoreline_has_both_scales() -> None:
    shoreline = script("shoreline")
    with np.load(shoreline.KEPT, allow_pickle=False) as kept:
        assert set(kept) == {f"{scale}_{name}" for scale in shoreline.SCALES for name in ("points", "hole", "steps")}
    assert shoreline.KEPT.stat().st_size < 400_000
