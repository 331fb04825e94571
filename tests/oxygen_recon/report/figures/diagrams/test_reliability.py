"""Calibrated estimates lie on the line; too narrow ones below it."""

import numpy as np

from oxygen_recon.report.figures.diagrams.reliability import NOMINAL, observed_shares, reliability_diagrams


def test_calibrated_and_overconfident_estimates_are_distinguished():
    error = np.random.default_rng(1).normal(0.0, 3.0, 50_000)
    good, narrow = (observed_shares(error, np.full(error.size, scale)) for scale in (3.0, 1.5))
    np.testing.assert_allclose(good, NOMINAL, atol=0.01)
    assert (narrow < NOMINAL - 0.02).all()
    figure = reliability_diagrams({"held out": {"graph": good, "trees": narrow}}, "Reliability")
    above, below = figure.axes
    lines = {line.get_label(): line.get_ydata() for line in above.get_lines()}
    np.testing.assert_allclose(lines["trees"], narrow)
    np.testing.assert_allclose(
        {line.get_label(): line.get_ydata() for line in below.get_lines()}["trees"], narrow - NOMINAL
    )
    low, high = below.get_ylim()
    assert low < (narrow - NOMINAL).min() and high >= 0.05
    figure.canvas.draw()
