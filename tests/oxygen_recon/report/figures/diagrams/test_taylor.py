"""Places in a Taylor diagram follow the law of cosines."""

import numpy as np
import pytest

from oxygen_recon.report.figures.diagrams.taylor import taylor_diagrams, taylor_points


def test_the_distance_to_the_truth_is_the_centred_error():
    random = np.random.default_rng(0)
    truth = random.normal(50.0, 10.0, 500)
    mean = 0.8 * truth + random.normal(3.0, 4.0, 500)
    ratio, correlation = taylor_points(truth, mean)
    error = (mean - mean.mean()) - (truth - truth.mean())
    x, y = ratio * correlation, ratio * np.sqrt(1.0 - correlation**2)
    assert np.hypot(x - 1.0, y) == pytest.approx(np.sqrt(np.mean(error**2)) / truth.std())


def test_methods_stand_at_their_angle_and_a_negative_correlation_is_said():
    panels = [{"held out": {"graph": (0.9, 0.95), "model": (1.4, -0.2)}}, {"cells": {"graph": (1.0, 0.5)}}]
    figure = taylor_diagrams(panels, "Taylor", "note")
    lines = {line.get_label(): line for line in figure.axes[0].get_lines()}
    (angle,), (ratio,) = lines["graph"].get_data()
    assert np.cos(angle) == pytest.approx(0.95) and ratio == 0.9
    assert np.cos(lines["model"].get_xdata()[0]) == pytest.approx(0.0, abs=1e-9)
    assert figure.get_supxlabel().endswith("a negative correlation is drawn at 0")
    assert figure.axes[0].get_rmax() > 1.4
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["truth", "graph", "model"]
    figure.canvas.draw()
