import numpy as np

from oxygen_recon.sources.twin.ocean.atlas import basin_weights, east_coast, stretched, zonal_mean


def test_basin_weights_add_up_to_one(points):
    share = basin_weights(points[0], points[1])
    total = sum(share.values())
    np.testing.assert_allclose(total, 1, atol=1e-9)
    known = {
        (30, -40): "atlantic",
        (-10, 75): "indian",
        (5, -140): "pacific",
        (9.7, -79): "atlantic",
        (7.5, -80): "pacific",
    }
    for (latitude, longitude), basin in known.items():  # the last two: either side of Panama
        assert basin_weights(np.array([float(latitude)]), np.array([float(longitude)]))[basin][0] > 0.8


def test_sections_hold_the_values_of_their_tables():
    latitude, depth = np.array([0.0, 40.0, -60.0]), np.array([0.0, 1000.0, 4000.0])
    for name, values in (("theta", (27.0, 3.3, 0.4)), ("salinity", (34.8, 34.33, 34.7)), ("aou", (0.0, 291.0, 127.0))):
        np.testing.assert_allclose(zonal_mean(name, "pacific", latitude, depth), values, rtol=0.02, atol=0.05)


def test_the_stretched_depth_and_the_eastern_coasts():
    np.testing.assert_allclose(stretched(np.array([0.0, 100.0])), [0.0, np.log(2)])
    assert float(east_coast("pacific", np.array(0.0))) == -80.0
