"""What the accepted flags let in and leave out: every level with oxygen in region and period is counted once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.dataset.acceptance import (
    acceptance_lines,
    count_accepted,
    flags_line,
    nothing_on_the_grid,
    unreached_levels,
)
from oxygen_recon.dataset.samples import grid_samples
from oxygen_recon.fields.grids import make_grid
from qc.table import schema
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
    let_in, left_out = flags_line(found, sorted(accept)).split(": let in ")[1].split("; left out ")
    for flag in (1, 2, 3, 4):
        number = flags.count(flag)
        named = f"{number} flag {flag} " in f"{let_in}; "
        assert named == (flag in accept), "what is let in is named, also where there is none"
        assert (f"{number} flag {flag} " in left_out) == (number > 0 and flag not in accept)


def test_flags_of_a_covariate_are_those_of_its_own_values():
    given = table([1, 1, 4], [None] * 3)
    given = schema.from_columns(
        {name: given[name].to_pylist() for name in ("source", "cast", "latitude", "longitude", "time", "depth")}
        | {"temperature": [10.0, np.nan, 12.0], "temperature_flag": np.array([1, 9, 2], np.int8)},
        "test",
    )
    counts = count_accepted(given, GRID, YEARS, (1,), "temperature")
    assert flags_line(counts, (1,), "temperature") == (
        "accept [1], temperature: let in 1 flag 1 (pass); left out 1 flag 2 (not evaluated)"
    )


@pytest.mark.parametrize(
    "flags, latitude, said",
    [
        ([1, 1], 80.0, "the casts lie in 80 to 80 N, 179 to 179 E, 2001-2001; the grid in 10 to 14 N, "),
        ([1, 1], np.nan, "the casts lie in no known latitude, 179 to 179 E"),
        ([3, 4], 11.0, "has an accepted flag [1, 2]: 1 of flag 3, 1 of flag 4; change quality.accept"),
        ([1, 3], 11.0, "none of 1 accepted levels in the region lies in the sea of the relief, at the grid's levels"),
    ],
)
def test_why_nothing_falls_on_the_grid_is_said(flags, latitude, said):
    found = table(flags, [None] * 2, latitude=latitude)
    counts = count_accepted(found, GRID, YEARS, (1, 2))
    assert said in str(nothing_on_the_grid(found, GRID, YEARS, counts, (1, 2), "mine"))


@given(st.sets(st.integers(0, 3), min_size=1))
def test_every_level_that_no_observation_reaches_is_named_in_one_line(reached):
    rows = [("a", "x", "2001-05-01", 11.0, 179.0, float(GRID.depth[level]), 200.0) for level in sorted(reached)]
    samples, _, _ = grid_samples(casts(rows), GRID, YEARS, vertical="bin")
    line = unreached_levels(samples, GRID)
    there = {level for level in range(4) if (samples.cell // 6 == level).any()}
    missing = [f"{GRID.depth[level]:g}" for level in range(4) if level not in there]
    assert line.count("\n") == 0 and bool(line) == bool(missing)
    if missing:
        assert line.startswith(f"level{'s' * (len(missing) > 1)} {', '.join(missing)} m: no observation; ")
