import numpy as np

from oxygen_recon.sources.twin.ocean.atlas import basin_weights
from oxygen_recon.sources.twin.ocean.low_oxygen import ZONES, zone_utilisation


def test_low_oxygen_zones_lie_at_their_observed_positions(ocean):
    zone = {
        "North Pacific": (15, -108, 400),
        "South Pacific": (-9, -84, 350),
        "Arabian Sea": (17, 64, 400),
        "Bengal": (15, 88, 250),
    }
    at = np.array(list(zone.values()), float).T
    oxygen = ocean.annual(*at, np.arange(2005.0, 2020))["oxygen"].mean(0)
    assert (oxygen < 15).all() and oxygen.min() < 5
    atlantic = ocean.annual(np.array([11.0]), np.array([-22.0]), np.array([430.0]), np.arange(2005.0, 2020))[
        "oxygen"
    ].mean()
    assert 25 < atlantic < 110


def test_the_state_of_2020_does_not_depend_on_the_growth(points):
    share = basin_weights(points[0], points[1])
    states = [sum(zone_utilisation(*points, share, growth)) for growth in (0.5, 2.0)]
    np.testing.assert_allclose(states[0], states[1], atol=1e-9)
    assert states[0].max() > 100


def test_a_zone_is_strongest_in_its_core():
    offshore = [zone for zone in ZONES if zone.longitude is not None]
    assert len(offshore) == 2
    for zone in offshore:
        core = np.array([zone.latitude]), np.array([zone.longitude]), np.array([float(zone.depth)])
        assert zone.shape(*core)[0] == 1.0 and zone.shape(core[0] + 5, core[1], core[2])[0] < 1.0
