"""A vector figure is well-formed, shows every point that covers no other, and escapes names."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.report.figures.drawings.vector import Axis, Drawing, Marks, Panel, ticks

AXIS = Axis(0.0, 10.0, "dbar", np.array([0.0, 5.0, 10.0]))
VALUES = st.lists(st.tuples(st.floats(0, 10) | st.just(np.nan), st.floats(0, 10)), max_size=12)


def draw(kind, points, **kwargs):
    x, y = np.array(points, float).reshape(-1, 2).T
    return Drawing([Panel("p", AXIS, AXIS, [Marks(kind, x, y, "red", **kwargs)])], "t").svg()


@given(st.sampled_from(["dots", "crosses", "rings", "line", "areas"]), VALUES)
def test_any_points_give_a_well_formed_file_without_nan(kind, points):
    text = draw(kind, points)
    ElementTree.fromstring(text)
    assert "nan" not in text


@given(VALUES)
def test_every_point_is_drawn_once(points):
    places = {(round(x * 18.8, 1), round(y * 23.0, 1)) for x, y in points if np.isfinite(x)}
    assert abs(draw("dots", points).count("h0") - len(places)) <= 1, "rounding of halves apart"


def test_lines_break_at_missing_values_and_areas_close():
    assert 'd="M0.0 0.0L18.8 23.0M56.4 69.0"' in draw("line", [(0, 0), (1, 1), (np.nan, 2), (3, 3)])
    closed = draw("areas", [(0, 0), (1, 0), (1, 1), (np.nan, 0), (2, 2), (3, 3), (2, 3), (np.nan, 0)])
    assert 'd="M0.0 0.0L18.8 0.0L18.8 23.0zM37.6 46.0L56.4 69.0L37.6 69.0z"' in closed


@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e5), st.integers(2, 8))
def test_ticks_are_round_values_inside_the_limits(low, span, most):
    found = ticks(low, low + span, most)
    assert len(found) <= most + 1 and (found >= low - 1e-6 * span).all() and (found <= low + span * (1 + 1e-6)).all()
    assert len(found) >= 1 or span < 1e-2 or most < 4
    assert not np.signbit(found[found == 0]).any()


def test_names_are_escaped_and_panels_make_rows_of_four(tmp_path):
    panel = Panel("<b>\nsecond", AXIS, AXIS, [])
    drawing = Drawing([panel] * 5, "a & b", "note", [("<glodap>", "red")])
    path = drawing.save(tmp_path / "f.svg")
    root = ElementTree.parse(path).getroot()
    assert "<b>" not in path.read_text() and "&lt;glodap&gt;" in path.read_text() and "a &amp; b" in path.read_text()
    groups = [one.get("transform") for one in root.iter("{http://www.w3.org/2000/svg}g")]
    assert len({one.split()[1] for one in groups}) == 2 and groups[0].split()[0] == groups[4].split()[0]
    assert drawing._repr_svg_() == path.read_text()


def test_a_single_value_has_ticks():
    assert ticks(5.0, 5.0, 4).tolist() == pytest.approx([5.0])
