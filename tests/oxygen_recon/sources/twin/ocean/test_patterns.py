import numpy as np
import pytest

from oxygen_recon.sources.twin.ocean.patterns import eddy_strength, enso, seasonal_cycle, trend, variability_profile


def test_the_trend_rises_and_the_seasons_oppose():
    assert trend(np.array(1920.0)) == pytest.approx(0) and trend(np.array(2020.0)) == pytest.approx(1)
    assert (np.diff(trend(np.arange(1920.0, 2024))) > 0).all()
    north, south = np.array([40.0]), np.array([-40.0])
    august, february = np.array(0.66), np.array(0.16)
    assert (
        seasonal_cycle(north, np.array([0.0]), august)[0] > 3 > -1 > seasonal_cycle(south, np.array([0.0]), august)[0]
    )
    assert seasonal_cycle(south, np.array([0.0]), february)[0] > 1
    assert seasonal_cycle(north, np.array([500.0]), august)[0] == 0


def test_variability_is_strongest_in_the_thermocline():
    profile = variability_profile(np.array([0.0, 300.0, 1000.0, 5000.0]))
    np.testing.assert_allclose(profile, [0.19, 0.89, 0.49, 0.14], atol=0.06)
    assert eddy_strength(np.array(38.0), np.array(300.0)) > eddy_strength(np.array(0.0), np.array(300.0))


def test_the_enso_pattern_changes_sign_along_the_equator():
    zero, share = np.zeros(2), {"pacific": np.ones(2)}
    temperature, aou = enso(zero, np.array([160.0, -100.0]), zero + 110.0, share)
    assert temperature[0] < 0 < temperature[1] and aou[1] < 0 < aou[0]
