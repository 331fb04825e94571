import numpy as np
import pytest

from qc.physics import sphere


@pytest.mark.parametrize(
    ("here", "there", "km"),
    [
        ((0, 0), (0, 90), 10007.5),
        ((0, 179.9), (0, -179.9), 22.2),
        ((89.9, 0), (89.9, 180), 22.2),
        ((-90, 12), (-90, -77), 0),
        ((10, 20), (-10, -160), 20015.1),
    ],
)
def test_distances_at_the_dateline_the_poles_and_the_antipodes(here, there, km):
    assert sphere.distance(*map(np.array, (*here, *there))) == pytest.approx(km, abs=0.1)


def test_points_lie_on_the_unit_sphere_and_agree_with_distances():
    latitude, longitude = np.array([0.0, 90, -30, 12]), np.array([0.0, 77, 179, np.nan])
    found = sphere.points(latitude, longitude)
    assert found[:2] == pytest.approx(np.array([[1, 0, 0], [0, 0, 1]]), abs=1e-12) and np.isnan(found[3]).any()
    angle = np.arccos(found[0] @ found[2])
    arc = sphere.distance(*(np.array(x) for x in (0.0, 0.0, -30.0, 179.0)))
    assert sphere.EARTH_RADIUS_KM * angle == pytest.approx(arc)
