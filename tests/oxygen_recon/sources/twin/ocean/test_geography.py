import numpy as np
import pytest

from oxygen_recon.sources.twin.ocean.geography import LATITUDE, relief, sea_fraction, water_depth, wet_fraction_of_cells


def test_land_and_sea():
    share, height = sea_fraction(), relief()
    assert share.shape == height.shape == (180, 360)
    np.testing.assert_array_equal(height < 0, share >= 0.5)
    area = np.cos(np.radians(LATITUDE))[:, None] * np.ones(360)
    assert (area * (height < 0)).sum() / area.sum() == pytest.approx(0.70, abs=0.02)
    known = {(0, -150): True, (24, 10): False, (42, 51): False, (35, 18): False, (20, 65): True, (-89, 0): False}
    for (latitude, longitude), sea in known.items():  # Pacific, Sahara, Caspian, Mediterranean, Arabian Sea, South Pole
        assert (water_depth(np.array(latitude + 0.5), np.array(longitude + 0.5)) > 0) == sea
    sea_floor = -height[height < 0]
    assert 30 <= sea_floor.min() and 3500 < np.average(sea_floor, weights=area[height < 0]) < 4300


def test_water_depth_is_the_same_in_both_conventions_of_longitude():
    latitude, longitude = np.array([10.2, -40.7, 55.0]), np.array([-179.9, -20.3, 0.0])
    np.testing.assert_array_equal(water_depth(latitude, longitude), water_depth(latitude, longitude + 360))


def test_wet_fractions_add_up_over_coarser_cells():
    fine = wet_fraction_of_cells(np.arange(-89.5, 90), np.arange(-179.5, 180), np.array([1000.0]))[0]
    coarse = wet_fraction_of_cells(np.arange(-87.5, 90, 5), np.arange(-177.5, 180, 5), np.array([1000.0]))[0]
    weight = np.cos(np.radians(np.arange(-89.5, 90)))[:, None] * np.ones(360)
    blocks = (fine * weight).reshape(36, 5, 72, 5).sum((1, 3)) / weight.reshape(36, 5, 72, 5).sum((1, 3))
    np.testing.assert_allclose(coarse, blocks, atol=1e-12)
