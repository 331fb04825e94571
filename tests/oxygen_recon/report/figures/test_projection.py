"""Projections preserve areas."""

import numpy as np
import pytest

from oxygen_recon.report.figures.projection import equal_earth


def test_equal_earth_keeps_areas():
    # A band of the globe, drawn, encloses what it does on the sphere of radius 1; both halves are alike.
    for south, north in ((-90.0, 90.0), (0.0, 30.0), (60.0, 75.0)):
        up = np.linspace(south, north, 2001)
        x, y = equal_earth(np.full(up.size, 180.0), up, 0.0)
        area = 2.0 * np.trapezoid(x, y)
        assert area == pytest.approx(2.0 * np.pi * (np.sin(np.radians(north)) - np.sin(np.radians(south))), rel=1e-5)
