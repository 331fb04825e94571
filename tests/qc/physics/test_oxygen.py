import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.physics import oxygen, seawater

# SP, t, umol/L, ml/l, pH2O in mbar: check values of SCOR Working Group 142
SOLUBILITY = [
    (35, 10, 282.0150, 6.3148, 12.0347),
    (35, 0, 357.7286, 8.0101, 5.9897),
    (35, 20, 231.1067, 5.1748, 22.9223),
    (35, 30, 194.8676, 4.3634, 41.6150),
    (34.7, 2, 340.5902, 7.6264, 6.9193),
    (33, -1.5, 377.5306, 8.4535, 5.3735),
    (38.5, 15, 248.8056, 5.5712, 16.6827),
    (5, 5, 386.0006, 8.6432, 8.6910),
    (0, 10, 352.7548, 7.8987, 12.2661),
]


@pytest.mark.parametrize(("SP", "t", "per_litre", "ml", "vapour"), SOLUBILITY)
def test_solubility_and_vapour_check_values(SP, t, per_litre, ml, vapour):
    assert float(oxygen.solubility(SP, t)) == pytest.approx(per_litre, abs=6e-5)
    assert float(oxygen.solubility(SP, t)) / seawater.ML_PER_L == pytest.approx(ml, abs=6e-5)
    assert float(oxygen.pH2O(SP, t)) == pytest.approx(vapour, abs=6e-5)
    assert float(oxygen.saturation(per_litre, SP, t, 0)) == pytest.approx(100, abs=1e-4)


def test_the_two_fits_of_solubility_agree():
    per_kg = float(oxygen.solubility(35, 10)) / 1.0269541
    assert per_kg == pytest.approx(274.613, abs=1e-3)
    assert per_kg == pytest.approx(float(seawater.O2sol(35, 10)), abs=0.02)


def test_partial_pressure_and_saturation_check_values():
    state = [200, 282.015, 100, 250], [35, 35, 34.6, 36], [10, 10, 4, 25], [1000, 0, 1500, 0]
    np.testing.assert_allclose(oxygen.pO2(*state), [170.1640, 209.7146, 79.7808, 244.4629], atol=6e-5)
    np.testing.assert_allclose(oxygen.saturation(*state), [81.1408, 100.0, 37.8889, 118.8255], atol=6e-5)
    assert float(oxygen.in_air(0, 15)) == pytest.approx(208.67, abs=5e-3)
    factor = oxygen.pO2(200, 35, 10, 1000) / oxygen.pO2(200, 35, 10, 0)
    assert float(factor) == pytest.approx(1.1441, abs=6e-5)


def test_less_air_is_more_saturation():
    assert float(oxygen.saturation(282.015, 35, 10, 0, 980.0)) == pytest.approx(
        100 * (1013.25 - 12.0347) / (980 - 12.0347), abs=1e-4
    )


@given(st.floats(0, 500), st.floats(0, 42), st.floats(-2, 40), st.floats(0, 6000))
def test_partial_pressure_and_concentration_are_inverse(c, SP, t, p):
    back = oxygen.concentration(oxygen.pO2(c, SP, t, p), SP, t, p)
    assert float(back) == pytest.approx(c, rel=1e-12, abs=1e-12)
