"""Shorelines agree with the mask they are made from, at either scale and across the dateline."""

import sys

import numpy as np
import pytest
import shapely

from oxygen_recon.report.figures import shoreline


@pytest.fixture(scope="module")
def points():
    """Random points of the globe, by area, and whether the mask has land there."""
    globe = pytest.importorskip("global_land_mask.globe")
    random = np.random.default_rng(5)
    north = np.degrees(np.arcsin(random.uniform(-1.0, 1.0, 40_000)))
    east = random.uniform(-180.0, 180.0, north.size)
    land = ~globe.is_ocean(north, east)
    archive = getattr(globe, "_mask_fid", None)
    if archive is not None:  # the package leaves its file open
        archive.close()
    for name in ("global_land_mask.globe", "global_land_mask"):  # and its mask of 0.9 GB in memory
        sys.modules.pop(name, None)
    return north, east, land


@pytest.mark.parametrize(("scale", "most"), [("global", 0.008), ("regional", 0.003)])
def test_land_is_that_of_the_mask(points, scale, most):
    north, east, land = points
    whole = shapely.union_all(shoreline.land(-180.0, -90.0, 180.0, 90.0, scale))
    shapely.prepare(whole)
    assert 0.28 < land.mean() < 0.30
    assert (shapely.contains_xy(whole, east, north) != land).mean() < most


def test_a_box_across_the_dateline_has_the_land_of_both_sides():
    whole = shapely.union_all(shoreline.land(150.0, -50.0, 210.0, 20.0))
    assert whole.contains(shapely.Point(175.5, -39.0)) and whole.contains(
        shapely.Point(204.5, 19.6)
    )  # New Zealand, Hawaii
    assert whole.bounds[0] >= 150.0 and whole.bounds[2] <= 210.0
    turned = shapely.union_all(shoreline.land(-210.0, -50.0, -150.0, 20.0))
    assert turned.area == pytest.approx(whole.area) and turned.bounds[0] >= -210.0


def test_shorelines_leave_out_the_sides_of_the_box_and_the_dateline():
    box = (-20.0, 0.0, 20.0, 30.0)  # Africa fills its eastern and northern side
    lines = shoreline.shorelines(*box)
    ends = np.concatenate([np.diff(np.isclose(line[:, 0], 20.0).astype(int)) for line in lines])
    assert lines and not any(
        (np.isclose(one[:-1], 20.0) & np.isclose(one[1:], 20.0)).any() for one in (line[:, 0] for line in lines)
    )
    assert ends.size
    antarctica = shoreline.shorelines(-180.0, -90.0, 180.0, -60.0)
    assert max(float(np.abs(np.diff(line[:, 0])).max()) for line in antarctica) < 30.0


def test_the_scale_follows_the_width_and_a_box_of_water_has_none():
    assert shoreline.scale_of(20.0, 380.0) == "global" and shoreline.scale_of(120.0, 150.0) == "regional"
    assert shoreline.land(-140.0, -20.0, -130.0, -10.0, "global") == []
    fine, coarse = (shoreline.land(118.0, 4.0, 127.0, 20.0, scale) for scale in ("regional", "global"))
    assert len(fine) > 3 * len(coarse)  # the Philippines


def test_packed_polygons_come_back_with_their_holes():
    ring = shapely.Point(0.0, 0.0).buffer(170.0).exterior  # steps of more than 16 bits
    polygons = [shapely.set_precision(shapely.Polygon(ring, [shapely.box(-10, -10, 10, 10).exterior]), shoreline.UNIT)]
    (back,) = shoreline.unpacked(**shoreline.packed(polygons))
    assert back.equals_exact(polygons[0], 1e-9) and len(back.interiors) == 1
