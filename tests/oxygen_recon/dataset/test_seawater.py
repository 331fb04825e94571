import gsw
import numpy as np
import pytest

from oxygen_recon.dataset.seawater import potential_density, saturation


def test_saturation_has_the_published_value_and_agrees_with_teos_10() -> None:
    assert saturation(np.array(35.0), np.array(10.0)) == pytest.approx(274.5957, abs=1e-4)
    salinity, temperature = np.meshgrid(np.linspace(0, 40, 9), np.linspace(-1.8, 35, 9))
    np.testing.assert_allclose(saturation(salinity, temperature), gsw.O2sol_SP_pt(salinity, temperature), rtol=1e-10)
    assert np.isnan(saturation(np.array(np.nan), np.array(10.0)))


def test_potential_density_has_the_published_value_and_agrees_with_teos_10() -> None:
    """Density at the surface of UNESCO (1983, Tech. Pap. mar. Sci. 44), at 5 degC of IPTS-68."""
    surface = potential_density(np.array(35.0), np.array(5.0) / 1.00024, np.array(0.0), np.array(0.0))
    assert surface == pytest.approx(27.67547, abs=1e-5)
    axes = np.linspace(0, 40, 9), np.linspace(-1.8, 32, 9), np.linspace(0, 6000, 9), np.linspace(-80, 80, 5)
    salinity, temperature, depth, latitude = np.meshgrid(*axes)
    temperature = np.where(depth > 1000, temperature / 8, temperature)
    absolute, pressure = gsw.SR_from_SP(salinity), gsw.p_from_z(-depth, latitude)
    expected = gsw.sigma0(absolute, gsw.CT_from_t(absolute, temperature, pressure))
    np.testing.assert_allclose(potential_density(salinity, temperature, depth, latitude), expected, atol=0.05)
    sea = (salinity > 30) & (salinity < 38)
    difference = (potential_density(salinity, temperature, depth, latitude) - expected)[sea]
    assert np.abs(difference).max() < 0.02
    unknown = potential_density(np.array([np.nan, -0.1]), np.array([10.0, 10.0]), np.zeros(2), np.zeros(2))
    assert np.isnan(unknown).tolist() == [True, False]
