import numpy as np
import pytest

from oxygen_recon.sources.twin.ocean.random_fields import RandomField


def test_a_field_has_unit_variance_and_the_same_value_by_point_and_by_time(points):
    waves = RandomField.draw(np.random.default_rng(1), 200, (300, 600), 0.5, (5, 20))
    years = np.array([1931.2, 1977.0, 2015.5])
    table = waves(*points, years[:, None])
    assert table.std() == pytest.approx(1, abs=0.1)
    for year, row in zip(years, table):
        np.testing.assert_allclose(waves(*points, np.full(points[0].shape, year)), row, atol=1e-9)


def test_correlation_falls_with_distance():
    longitude, depth = np.array([-170.0, -166.0, -140.0]), np.full(3, 300.0)
    fields = [
        RandomField.draw(np.random.default_rng(seed), 50, (500, 500), 0.5, None).static(np.zeros(3), longitude, depth)
        for seed in range(600)
    ]
    correlation = np.corrcoef(np.array(fields).T)
    assert correlation[0, 1] == pytest.approx(np.exp(-0.5 * (444.8 / 500) ** 2), abs=0.1)  # 4 degrees
    assert abs(correlation[0, 2]) < 0.12
