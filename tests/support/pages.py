"""A parser of pages that refuses unclosed tags, and small tables of scores and counts."""

from html.parser import HTMLParser

import numpy as np
import pandas as pd

VOID = {"meta", "img", "br", "link", "hr", "input"}


class Page(HTMLParser):
    """Collects tags and text; refuses tags that do not close in order."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.text = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


SKILL = pd.DataFrame(
    {
        "split": ["held-out cruises"] * 3 + ["cells"] * 2,
        "method": ["graph", "extra_trees", "climate_model", "graph", "extra_trees"],
        "layer": "all",
        "n": [1234.0, 1234.0, 1234.0, 99.0, 99.0],
        "bias": [-0.5, 0.4, 9.0, 0.001, -0.002],
        "RMSE": [10.0, 12.0, 20.0, 8.0, 8.1],
        "R2": [0.9, 0.8, 0.3, 0.95, 0.96],
        "coverage_68": [0.60, 0.70, np.nan, 0.9, 0.68],
        "RMSE_spread": [0.5, 0.6, np.nan, 0.5, 0.4],
    }
)
COUNTS = pd.DataFrame(
    {"levels": [1000, 20], "not_evaluated": [0, 0], "spike": [3, 0]}, index=pd.Index(["wod", "argo"], name="source")
)
