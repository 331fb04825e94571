"""Groups of casts: one cruise under several names is one group, and nothing else is merged."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.time_axis import TimeAxis
from oxygen_recon.dataset.domain import make_domain
from oxygen_recon.dataset.folds import FoldConfig, assign_folds
from oxygen_recon.dataset.groups import held_out_together
from oxygen_recon.dataset.samples import grid_samples
from oxygen_recon.fields.grids import make_grid
from tests.support.gridded_casts import REGION, casts, profile

YEARS = TimeAxis.regular(2000, 2003, "year")


def table(**columns) -> pa.Table:
    size = len(columns["cast"])
    return pa.table(
        {name: pa.array([None] * size, pa.string()) for name in ("cruise", "platform", "duplicate_of", "instrument")}
        | {name: pa.array(values, pa.string()) for name, values in columns.items()}
    )


def names(found: pa.Table) -> list[str]:
    _, group, texts = held_out_together(found)
    return [texts[number] for number in group]


@pytest.mark.parametrize(
    ("columns", "groups"),
    [
        ({"cruise": ["X", "X", "Y", "Y"], "duplicate_of": [None, None, "a/1", None]}, ["X = Y"] * 4),
        ({"cruise": ["X", "X", "Y", "Y"]}, ["X", "X", "Y", "Y"]),
        # only the copy of a ship without cruise names joins the cruise: the ship made other cruises too
        ({"cruise": ["X", "X", None, None], "platform": ["S"] * 4, "duplicate_of": [None, None, "a/1", None]},
         ["X", "X", "X", "S"]),
        ({"cruise": ["X", "X", None, None], "platform": ["S"] * 4, "duplicate_of": [None, "b/2", None, None]},
         ["X", "X", "S", "X"]),
        # a float is one unit under any name
        ({"platform": ["1900", "1900", "F7", "F7"], "instrument": ["float"] * 4,
          "duplicate_of": [None, None, "a/1", None]}, ["1900 = F7"] * 4),
        # a cast without any name belongs to the cruise that holds its copy
        ({"cruise": ["X", "X", None, None], "duplicate_of": ["b/1", None, None, None]}, ["X = b/1"] * 3 + ["b/2"]),
        # a row that stands twice in its cast names the cast itself
        ({"cruise": ["X", "Y", "Z", None], "duplicate_of": ["a/1", None, None, None]}, ["X", "Y", "Z", "b/2"]),
    ],
)  # fmt: skip
def test_copies_link_the_names_of_one_cruise(columns, groups):
    assert names(table(source=["a", "a", "b", "b"], cast=["1", "2", "1", "2"], **columns)) == groups


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.booleans()), min_size=1, max_size=30), st.data())
def test_a_cast_and_its_copy_are_always_one_group_and_every_row_has_one(rows, data):
    cruise = [f"c{number}" if number < 4 else None for number, _, _ in rows]
    platform = [f"p{number}" if number else None for _, number, _ in rows]
    instrument = ["float" if drifting else "ctd" for *_, drifting in rows]
    cast = [str(number) for number in range(len(rows))]
    copy = [data.draw(st.sampled_from([None, *cast[:number]])) for number in range(len(rows))]
    found = table(
        source=["a"] * len(rows), cast=cast, cruise=cruise, platform=platform, instrument=instrument,
        duplicate_of=[None if name is None else f"a/{name}" for name in copy],
    )  # fmt: skip
    group = names(found)
    assert len(group) == len(rows) and all(group)
    for number, name in enumerate(copy):
        if name is not None:
            named = [cruise[i] or instrument[i] == "float" or not platform[i] for i in (number, int(name))]
            assert group[number] == group[int(name)] or not any(named)
    for name in {text for text in cruise if text}:
        assert len({text for text, own in zip(group, cruise) if own == name}) == 1


def test_two_names_of_one_cruise_share_a_fold_and_a_sample():
    """Archive b calls cruise X by another name, and has one cast more."""
    rows = [profile(f"x{i}", "X", f"2001-0{i + 1}-01", 11, 179.0, [0], [200 + i]) for i in range(3)]
    rows += [profile(f"y{i}", "Y", f"2001-0{i + 1}-01", 11, 179.0, [0], [200 + i]) for i in range(4)]
    rows += [profile(f"z{i}", f"Z{i}", "2002-05-01", 13, -179.0, [0], [150 + i]) for i in range(4)]
    copies = [*[None] * 3, *(f"made/x{i}" for i in range(3)), *[None] * 5]
    found = casts([row for one in rows for row in one], duplicate_of=copies)
    grid = make_grid(REGION, wet=np.ones((4, 2, 3), bool))
    samples, groups, coverage = grid_samples(found, grid, YEARS)
    assert groups == ["X = Y", "Z0", "Z1", "Z2", "Z3"] and coverage.groups == 5
    assert samples.count.tolist().count(4) == 1, "its four casts are one sample"
    domain = make_domain(grid, YEARS, np.zeros((4, grid.cells, 0)), ())
    fold = assign_folds(FoldConfig(by="cruise", n=3), domain, samples)
    assert all(np.unique(fold[samples.group == number]).size == 1 for number in range(5))
