import gsw
import numpy as np
import pytest

from oxygen_recon.dataset.solubility import saturation


def test_saturation_has_the_published_value_and_agrees_with_teos_10() -> None:
    assert saturation(np.array(35.0), np.array(10.0)) == pytest.approx(274.5957, abs=1e-4)
    salinity, temperature = np.meshgrid(np.linspace(0, 40, 9), np.linspace(-1.8, 35, 9))
    np.testing.assert_allclose(saturation(salinity, temperature), gsw.O2sol_SP_pt(salinity, temperature), rtol=1e-10)
    assert np.isnan(saturation(np.array(np.nan), np.array(10.0)))
