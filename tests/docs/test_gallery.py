"""The gallery runs from top to bottom, and each of its examples makes a figure."""

import re
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

GALLERY = Path(__file__).parents[2] / "docs" / "gallery.md"


def test_every_example_of_the_gallery_makes_a_figure():
    setup, *examples = re.findall(r"```python\n(.*?)```", GALLERY.read_text(encoding="utf-8"), re.S)
    names: dict[str, Any] = {}
    exec(setup, names)
    for example in examples:
        names.pop("figure", None)
        exec(example, names)
        assert isinstance(names["figure"], Figure) and names["figure"].axes
    assert len(examples) == 8
