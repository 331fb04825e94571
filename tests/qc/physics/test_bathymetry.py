import numpy as np
import pytest

from qc.errors import InputError
from qc.physics import bathymetry as relief


def test_the_floor_is_the_deepest_nearby_and_wraps_around_the_globe():
    y, x = np.arange(-80.0, 81, 20), np.arange(20.0, 380, 20)
    height = np.full((y.size, x.size), 300.0)
    height[4, 0] = -4000.0  # 0 N, 20 E
    for north, east in ((y, x), (y[::-1], x)):
        floor = relief.deepest_nearby(north, east, height if north is y else height[::-1])
        found, difference = floor(np.array([0.0, 19, 0, 0, 41]), np.array([20.0, 41, -1, 0.1, 20]))
        assert found.tolist() == difference.tolist() == [4000, 4000, 4000, 4000, 0]
    floor = relief.deepest_nearby(y, x, height - 1300)  # 1000 m deep but for one hole
    deepest, difference = floor(np.array([0.0, 41]), np.array([20.0, 20]))
    assert (deepest.tolist(), difference.tolist()) == ([5300, 1000], [4300, 0])
    for bad in ((y, x[:-1], height), (y**2, x, height), (y[:2], x, height[:2])):
        with pytest.raises(InputError):
            relief.deepest_nearby(*bad)
