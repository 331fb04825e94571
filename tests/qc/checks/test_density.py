import gsw
import numpy as np

from qc.checks.density import density_inversion


def test_a_density_inversion_is_one_of_both_levels_and_not_of_compression():
    SA, pt, pressure, cast = (
        np.full(4, 35.0),
        np.array([10.0, 10.1, 9.0, 2.0]),
        np.array([0.0, 10, 20, 4000]),
        np.zeros(4, int),
    )
    size = gsw.rho(35.0, gsw.CT_from_pt(35.0, 10.0), 5.0) - gsw.rho(35.0, gsw.CT_from_pt(35.0, 10.1), 5.0)
    for threshold, expected in ((size - 1e-6, [True, True, False, False]), (size + 1e-6, [False] * 4)):
        assert density_inversion(SA, pt, pressure, cast, threshold).tolist() == expected
    assert not density_inversion(SA, pt, pressure, np.array([0, 1, 1, 1]), size / 2).any()
