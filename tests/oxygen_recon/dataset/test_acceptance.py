"""What the accepted flags let in and leave out: every level with oxygen in region and period is counted once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.dataset.acceptance import acceptance_lines, count_accepted
from oxygen_recon.fields.grids import make_grid
from tests.support.gridded_casts import REGION, YEARS, casts

GRID = make_grid(REGION, wet=np.ones((4, 2, 3), bool))


def table(flags, originals, copies=None, latitude=11.0):
    rows = [(f"{i}", "x", "2001-05-01", latitude, 179.0, 0.0, 200.0) for i in range(len(flags))]
    return casts(
        rows,
        oxygen_flag=np.array(flags, np.int8),
        oxygen_original_flag=originals,
        duplicate_of=copies or [None] * len(flags),
    )


def test_levels_are_counted_by_archive_flag_and_flag():
    found = count_accepted(table([1, 1, 3, 4], ["k:2", "k:2", "k:2", None]), GRID, YEARS, (1, 2))
    assert found.to_dict("list") == {
        "archive": ["made"] * 3, "archive_flag": ["k:2", "none", "k:2"], "flag": [1, 4, 3], "levels": [2, 1, 1],
        "accepted": [True, False, False],
    }  # fmt: skip
    (line,) = acceptance_lines(found, (1, 2))
    assert line == (
        "accept [1, 2]: made: 2 of 4 levels let in (50.0 %): 2 flag 1 (k:2); left out: 1 flag 4 (none), 1 flag 3 (k:2)"
    )


def test_copies_and_casts_outside_are_not_counted():
    assert count_accepted(table([1, 1], [None] * 2, ["made/0", None]), GRID, YEARS, (1,))["levels"].tolist() == [1]
    assert count_accepted(table([1, 1], [None] * 2, latitude=80.0), GRID, YEARS, (1,)).empty
    assert acceptance_lines(count_accepted(table([1], [None], latitude=80.0), GRID, YEARS, (1,)), (1,)) == []


@given(st.lists(st.sampled_from([1, 2, 3, 4]), min_size=1, max_size=30), st.sets(st.sampled_from([1, 2, 3, 4])))
def test_every_level_is_let_in_or_left_out(flags, accept):
    found = count_accepted(table(flags, [f"k:{i % 2}" for i in range(len(flags))]), GRID, YEARS, sorted(accept))
    assert found["levels"].sum() == len(flags)
    assert found["levels"][found["accepted"]].sum() == sum(flag in accept for flag in flags)
