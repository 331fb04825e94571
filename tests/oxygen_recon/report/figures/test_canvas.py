"""Colours, limits, files, and the state of matplotlib."""

import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from oxygen_recon.report import figures
from oxygen_recon.report.figures.canvas import oxygen_colours, upper_limit


@given(st.lists(st.one_of(st.floats(0.0, 500.0), st.just(float("nan"))), max_size=20))
def test_oxygen_colours_turn_from_red_to_blue_at_60(values):
    colours, norm = oxygen_colours(np.array(values))
    assert norm.vmin == 0.0 and norm.vmax >= 100.0
    below, above = colours(norm(59.0)), colours(norm(61.0))
    assert below[0] > below[2] and above[2] > above[0]


def test_upper_limit_is_round_and_never_zero():
    assert upper_limit(np.array([np.nan])) == upper_limit(np.zeros(3)) == 1.0
    assert upper_limit(np.array([13.2])) == 15.0
    assert upper_limit(np.append(np.ones(999), 1e6)) == 1.0


def test_saving_is_complete_and_reproducible(tmp_path, globe):
    first = figures.save(figures.maps(globe, [10.0]), tmp_path / "deep" / "a.png")
    second = figures.save(figures.maps(globe, [10.0]), tmp_path / "deep" / "b.png")
    assert first.read_bytes() == second.read_bytes()
    assert {path.name for path in first.parent.iterdir()} == {"a.png", "b.png"}
    with Image.open(first) as image:
        assert image.width > 800 and len(image.convert("RGB").getcolors(1 << 20) or []) > 50


def test_importing_figures_loads_no_drawing_library():
    check = (
        "import sys, oxygen_recon.report.figures; sys.exit(any(m in sys.modules for m in ('matplotlib', 'cmocean')))"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_drawing_leaves_no_global_state(globe):
    from matplotlib import pyplot

    figures.section(globe).canvas.draw()
    assert pyplot.get_fignums() == []


def test_a_vector_figure_is_the_same_each_time_and_holds_its_maps_as_images(globe, tmp_path):
    texts = []
    for name in "ab":
        figure = figures.maps(globe, [10.0])
        figures.save(figure, tmp_path / f"{name}.png")
        texts.append(figures.save_vector(figure, tmp_path / f"{name}.svg").read_text(encoding="utf-8"))
    assert texts[0] == texts[1] and texts[0].startswith("<?xml") and "<image" in texts[0]
    assert "oxygen at 10 m" in texts[0]  # text stays text
    assert len(texts[0]) < 1_000_000
    assert not list(tmp_path.glob("*partial*"))
