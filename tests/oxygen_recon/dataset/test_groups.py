"""Groups of casts: one cruise under several names is one group, and nothing else is merged."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qc
from graphs.time_axis import TimeAxis
from oxygen_recon.dataset.domain import make_domain
from oxygen_recon.dataset.folds import BalancedGroupKFold, FoldConfig, assign_folds
from oxygen_recon.dataset.groups import SAME, held_out_together, several_names
from oxygen_recon.dataset.samples import grid_samples
from oxygen_recon.dataset.vertical import extract
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


@st.composite
def archives(draw) -> list[tuple[str, str, str | None]]:
    """Casts of up to eight cruises, (cast, cruise, copy of), with copies of others' casts and copies of those."""
    sizes = draw(st.lists(st.integers(1, 40), min_size=2, max_size=8))
    rows = [(f"{cruise}.{i}", f"c{cruise}", None) for cruise, size in enumerate(sizes) for i in range(size)]
    for _ in range(draw(st.integers(0, 12))):
        cruise, number = draw(st.integers(0, len(sizes) - 1)), draw(st.integers(1, 6))
        start = draw(st.integers(0, len(rows) - 1))
        rows += [(f"{len(rows)}+{i}", f"c{cruise}", rows[(start + i) % len(rows)][0]) for i in range(number)]
    return rows


def joined(rows: list[tuple[str, str, str | None]]) -> dict[str, set[str]]:
    """The names of each name's group, found step by step: pairs with a tenth of the casts of the smaller in common."""
    has: dict[str, set[str]] = {}
    of_cruise: dict[str, set[str]] = {}
    for cast, cruise, copy in rows:
        has.setdefault(cruise, set()).update({cast} if copy is None else {cast, copy})
        of_cruise.setdefault(cruise, set()).add(cast)
    group = {name: {name} for name in has}
    copied = {copy for _, _, copy in rows if copy is not None}
    for one in has:
        for other in has:
            common = len(has[one] & has[other] & copied)
            if common and common >= 0.1 * min(len(of_cruise[one]), len(of_cruise[other])):
                both = group[one] | group[other]
                for name in both:
                    group[name] = both
    return group


@given(archives())
def test_any_chain_of_links_is_one_group_which_no_fold_splits_and_a_chance_copy_links_nothing(rows):
    cast, cruise, copy = zip(*rows)
    links = [None if name is None else f"a/{name}" for name in copy]
    number, group, texts = held_out_together(
        table(source=["a"] * len(rows), cast=list(cast), cruise=list(cruise), duplicate_of=links)
    )
    assert len(group) == len(rows) and np.unique(number).size == len(rows)
    for name, found in zip(cruise, group):
        assert set(texts[found].split(SAME)) == joined(rows)[name]
    held = np.unique(group)
    if held.size > 1:
        for _, test in BalancedGroupKFold(2, seed=0).split(group, groups=group):
            out = {name for i in test for name in texts[group[i]].split(SAME)}
            assert not out & {cruise[i] for i in np.setdiff1d(np.arange(len(rows)), test)}


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.booleans()), min_size=1, max_size=30), st.data())
def test_every_row_has_one_group_and_every_name_too(rows, data):
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
    for name in {text for text in cruise if text}:
        assert len({text for text, own in zip(group, cruise) if own == name}) == 1


def test_one_cast_in_common_of_many_does_not_join_two_cruises():
    rows = [(f"x{i}", "X", None) for i in range(60)] + [(f"y{i}", "Y", "a/x3" if i == 7 else None) for i in range(60)]
    cast, cruise, copy = zip(*rows)
    found = names(table(source=["a"] * 120, cast=list(cast), cruise=list(cruise), duplicate_of=list(copy)))
    assert found == ["X"] * 60 + ["Y"] * 60


@pytest.mark.parametrize("count", [1, 3, 12])
def test_groups_with_several_names_are_named(count):
    groups = [f"A{i} = B{i}" for i in range(count)] + ["C"]
    (line,) = several_names(groups, "cruises")
    assert line.startswith(f"{count} of {count + 1} cruises") and "A0 = B0" in line
    assert ("4 more in grid/coverage.json" in line) == (count == 12)
    assert several_names(["C"], "cruises") == []


def test_one_cruise_in_two_archives_is_one_group(data_root):
    """I08S 2007 stands in CCHDO and in GLODAP, which calls it 352; its second leg, 353, is in GLODAP alone."""
    home = data_root / "observations"
    files = "cchdo/libcchdo_samples/nc_hyd__i08s_33RR20070204_nc_hyd.zip", "glodap/33RR20070204.mat"
    found = qc.mark_duplicates(pa.concat_tables([qc.read(home / name) for name in files]).unify_dictionaries())
    profiles = extract(found, "oxygen")
    assert set(profiles.cruise) == {"33RR20070204 = 352", "353"}
    _, group, texts = held_out_together(found)
    for cruise in ("33RR20070204", "352"):
        rows = pc.equal(found["cruise"].cast(pa.string()), cruise).to_numpy()
        assert {texts[number] for number in np.unique(group[rows])} == {"33RR20070204 = 352"}


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
